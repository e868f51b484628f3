"""Applications on `klamm dev`'s cluster: Kafka Streams counts words exactly once, Kafka Connect carries a file's lines
into a topic and out again; both are killed in the middle, and a broker with them."""
import json
import os
import random
import struct
import subprocess
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/integration"))
import records  # noqa: E402
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition  # noqa: E402
from harness import Dev, broker_pids, free_port_block, kill9, run, until  # noqa: E402

SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))
LINES = 3000  # before and after what is killed
PARTITIONS = 3


class Application:
    """A Java process with a file of properties, in the directory of a `klamm dev`."""

    def __init__(self, dev, name, main, **properties):
        self.main, self.file, self.log = main, dev.dir / f"{name}.properties", dev.dir / f"{name}.log"
        self.file.write_text("".join(f"{k.replace('_', '.')}={v}\n" for k, v in properties.items()))
        self.process = None

    def start(self):
        env = {**os.environ, "KLAMM_JAVA_OPTS": "-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"}
        with open(self.log, "a") as log:
            self.process = subprocess.Popen([ROOT / "tests/interop/apache.sh", self.main, self.file], env=env, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL, cwd=self.file.parent)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def wait(self, condition, seconds, what):
        """Until `condition`, as long as the process runs."""
        def now():
            assert self.process.poll() is None, f"{self.main} ended"
            return condition()
        try:
            return until(now, seconds, what, 0.2)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.log.read_text()[-4000:]}") from e


def read_all(bootstrap, topic):
    """(key, value) of all partitions, what is committed."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "read", "isolation.level": "read_committed",
                         "auto.offset.reset": "error", "enable.auto.commit": False, "enable.partition.eof": True,
                         "fetch.wait.max.ms": 50, "log_level": 0})
    left = set(consumer.list_topics(topic, 10).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, p, 0) for p in left])
    found = []
    while left:
        for m in consumer.consume(10000, 1):
            if m.error():
                assert m.error().code() == KafkaError._PARTITION_EOF, m.error()
                left.discard(m.partition())
            else:
                found.append((m.key(), m.value()))
    consumer.close()
    return found


def kill_a_broker(dev):
    victim = random.Random(SEED).choice(broker_pids(dev.dir))
    kill9([victim])
    until(lambda: victim not in broker_pids(dev.dir), 10)


# ---- Kafka Streams ----

WORDS = "the castle hill was hidden veiled in mist and darkness nor there even a glimmer of light to show that".split()


def say(bootstrap, rng, expected):
    """Lines of words; `expected` counts them."""
    p = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True})
    for _ in range(LINES):
        words = rng.choices(WORDS, k=rng.randint(1, 8))
        for w in words:
            expected[w] += 1
        p.produce("streams-plaintext-input", " ".join(words).encode())
        p.poll(0)
    assert p.flush(60) == 0


def counted(bootstrap):
    """{word: the counts in the order in which they were told}"""
    found = defaultdict(list)
    for key, value in read_all(bootstrap, "streams-wordcount-output"):
        found[key.decode()].append(struct.unpack(">q", value)[0])
    return found


def kafka_streams_counts_every_word_exactly_once():
    rng, expected = random.Random(SEED), defaultdict(int)
    with Dev() as dev:
        for topic in ("streams-plaintext-input", "streams-wordcount-output"):
            records.create_topic(dev.bootstrap, topic, PARTITIONS, replicas=-1)
        app = Application(dev, "streams", "org.apache.kafka.streams.examples.wordcount.WordCountDemo",
                          bootstrap_servers=dev.bootstrap, processing_guarantee="exactly_once_v2", num_stream_threads=2,
                          state_dir=dev.dir / "state", commit_interval_ms=100, session_timeout_ms=6000)
        try:
            app.start()
            say(dev.bootstrap, rng, expected)
            app.wait(lambda: sum(map(len, counted(dev.bootstrap).values())) > LINES, 60, "half of the words are counted")
            app.kill()
            kill_a_broker(dev)
            say(dev.bootstrap, rng, expected)
            app.start()
            app.wait(lambda: sum(map(len, counted(dev.bootstrap).values())) >= sum(expected.values()), 90,
                     "all words are counted")
        finally:
            app.kill()
        found = counted(dev.bootstrap)
        assert set(found) == set(expected)
        for word, n in expected.items():
            assert found[word] == list(range(1, n + 1)), f"{word}: {len(found[word])} counts of {n}; KLAMM_SEED={SEED}"
        return f"{sum(expected.values())} words, KLAMM_SEED={SEED}"


# ---- Kafka Connect ----


class Worker(Application):
    """A distributed worker, exactly once for its sources."""

    def __init__(self, dev):
        self.url = f"http://127.0.0.1:{free_port_block()}"
        converter = "org.apache.kafka.connect.storage.StringConverter"
        topics = {f"{kind}_storage_{what}": value for kind in ("config", "offset", "status")
                  for what, value in (("topic", f"connect-{kind}s"), ("replication_factor", -1))}
        super().__init__(dev, "connect", "org.apache.kafka.connect.cli.ConnectDistributed", bootstrap_servers=dev.bootstrap,
                         group_id="connect", listeners=self.url, key_converter=converter, value_converter=converter,
                         exactly_once_source_support="enabled", offset_flush_interval_ms=500, **topics)

    def call(self, path, body=None):
        """None while it is refused: the worker starts, or joins its group."""
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError):
            return None

    def create(self, name, kind, **config):
        config.update({"connector.class": f"org.apache.kafka.connect.file.FileStream{kind}Connector", "tasks.max": "1"})
        self.wait(lambda: self.call("/connectors", {"name": name, "config": config}) or self.call(f"/connectors/{name}"), 90,
                  f"{name} is created")


def kafka_connect_carries_a_file_into_a_topic_and_out_again():
    lines = [f"line {i} {'.' * (i % 50)}" for i in range(2 * LINES)]
    with Dev() as dev:
        records.create_topic(dev.bootstrap, "lines", 1, replicas=-1)
        source, sink = dev.dir / "source.txt", dev.dir / "sink.txt"

        def append(part):
            with open(source, "a") as f:
                f.write("".join(f"{line}\n" for line in part))

        def arrived():
            """In the sink's order; a sink that is killed may write some again."""
            return list(dict.fromkeys(sink.read_text().split("\n")[:-1])) if sink.exists() else []
        worker = Worker(dev)
        try:
            append(lines[:LINES])
            worker.start()
            worker.create("in", "Source", file=str(source), topic="lines")
            worker.create("out", "Sink", file=str(sink), topics="lines")
            worker.wait(lambda: len(arrived()) >= LINES, 60, "the first half is in the sink's file")
            append(lines[LINES:])
            worker.wait(lambda: len(arrived()) > LINES, 60, "more is there")
            worker.kill()
            kill_a_broker(dev)
            worker.start()
            worker.wait(lambda: arrived() == lines, 90, "all lines, in their order")
        finally:
            worker.kill()
        found = [value.decode() for _, value in read_all(dev.bootstrap, "lines")]
        assert found == lines, f"{len(found)} records of {len(lines)} lines"
        return f"{len(lines)} lines"


if __name__ == "__main__":
    run([kafka_streams_counts_every_word_exactly_once, kafka_connect_carries_a_file_into_a_topic_and_out_again])
