"""Share groups of klamm against Apache Kafka: the same requests are answered alike; under Apache's share consumers no
record is lost, none comes back once it is accepted, whatever broker is killed; coordinators and leaders of both kinds
work together."""
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/integration"))
sys.path.insert(0, str(ROOT / "tests/interop/groups"))
from confluent_kafka import Producer  # noqa: E402
from harness import run, until  # noqa: E402
from replication_test import Cluster  # noqa: E402
from tool import Tool  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent))
from share_scenarios import SCENARIOS, Broker  # noqa: E402

ONE = {"offsets.topic.replication.factor": 1, "offsets.topic.num.partitions": 4,
       "share.coordinator.state.topic.replication.factor": 1, "share.coordinator.state.topic.min.isr": 1,
       "share.coordinator.state.topic.num.partitions": 4, "group.share.assignment.interval.ms": 0,
       "broker.session.timeout.ms": 6000, "broker.heartbeat.interval.ms": 500}
THREE = {"offsets.topic.num.partitions": 4, "share.coordinator.state.topic.num.partitions": 4,
         "group.share.min.session.timeout.ms": 6000, "group.share.session.timeout.ms": 6000,
         "group.share.min.heartbeat.interval.ms": 500, "group.share.heartbeat.interval.ms": 500,
         "group.share.min.record.lock.duration.ms": 2000, "group.share.record.lock.duration.ms": 3000}
KINDS = ("apache", "klamm")
APACHE, KLAMM = KINDS
KILLS = int(os.environ.get("KLAMM_KILLS", "4"))
RECORDS = int(os.environ.get("KLAMM_RECORDS", "20000"))
PARTITIONS = 3


def answers(tool, cluster, scenario):
    broker = Broker(tool, cluster.bootstrap().split(",")[0], scenario.__name__)
    broker.prepare()
    return [f"{what}: {broker.plain(answer)}" for what, answer in scenario(broker)]


def the_same_requests_get_the_same_answers():
    tool, count, different = Tool(), 0, []
    with Cluster(ONE, (APACHE,), (APACHE,)) as apache, Cluster(ONE, (KLAMM,), (KLAMM,)) as klamm:
        for cluster in (apache, klamm):
            until(lambda c=cluster: c.brokers_up() == 1, 90, "the broker is up", 0.2)
        for scenario in SCENARIOS:
            theirs, ours = (answers(tool, c, scenario) for c in (apache, klamm))
            different += [f"{scenario.__name__}\napache {a}\nklamm  {b}" for a, b in zip(theirs, ours) if a != b]
            assert len(theirs) == len(ours)
            count += len(ours)
        tool.close()
    assert not different, f"{len(different)} of {count}\n" + "\n".join(different)
    return f"{count} answers"


# ---- real consumers ----

class Consumer(threading.Thread):
    """Apache's VerifiableShareConsumer: what it read and what it knows to be acknowledged."""

    def __init__(self, bootstrap, group, topic):
        super().__init__(daemon=True)
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log", delete=False)
        self.java = subprocess.Popen(
            [ROOT / "tests/interop/apache.sh", "org.apache.kafka.tools.VerifiableShareConsumer", "--bootstrap-server",
             bootstrap, "--topic", topic, "--group-id", group, "--acknowledgement-mode", "sync", "--offset-reset-strategy",
             "earliest", "--verbose"], stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={**os.environ, "KLAMM_JAVA_OPTS": "-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"})
        self.read, self.acknowledged, self.bad = [], [], []

    def run(self):
        for line in self.java.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if event.get("name") == "record_data":
                self.read.append((event["partition"], event["offset"], event["value"]))
            elif event.get("name") == "offsets_acknowledged":
                if event.get("success"):
                    self.acknowledged += [(p["partition"], o) for p in event["partitions"] for o in p["offsets"]]

    def end(self):
        self.java.terminate()
        self.java.wait(90)  # after a broker died the client may close for 30 s before it says goodbye
        self.join(10)


def earliest(cluster, group):
    done = subprocess.run([ROOT / "tests/interop/apache.sh", "kafka.admin.ConfigCommand", "--bootstrap-server",
                           cluster.bootstrap(), "--alter", "--entity-type", "groups", "--entity-name", group, "--add-config",
                           "share.auto.offset.reset=earliest"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def produce(cluster, topic, n, failed):
    p = Producer({"bootstrap.servers": cluster.bootstrap(), "acks": "all", "enable.idempotence": True, "log_level": 0,
                  "message.timeout.ms": 120000, "linger.ms": 20, "batch.num.messages": 50})
    for i in range(n):
        p.produce(topic, b"%d" % i, partition=i % PARTITIONS, on_delivery=lambda e, m: failed.append(e) if e else None)
        if i % 50 == 0:
            p.poll(0.05)
    p.flush(120)


def everything_is_read_and_nothing_accepted_comes_back(brokers, kills, notes):
    rng = random.Random(int(os.environ.get("KLAMM_SEED", "3")))
    with Cluster(THREE, (KLAMM,), brokers) as c:
        c.topic("t", PARTITIONS)
        earliest(c, "g")
        failed, consumers = [], [Consumer(c.bootstrap(), "g", "t") for _ in range(2)]
        writer = threading.Thread(target=produce, args=(c, "t", RECORDS, failed), daemon=True)
        for t in (writer, *consumers):
            t.start()

        def seen():
            return {v for k in consumers for _, _, v in k.read}
        until(lambda: len(seen()) > RECORDS // 20, 60, "the first records")
        for _ in range(kills):
            victim = rng.choice(c.brokers)
            victim.kill()
            time.sleep(1.5)
            victim.start()
            notes.append(victim.engine)
            for topic in ("t", "__share_group_state", "__consumer_offsets"):
                c.wait_whole(topic)
        writer.join(200)
        until(lambda: len(seen()) == RECORDS, 120, f"all {RECORDS} records, seen", 0.5)
        time.sleep(4)  # locks that ended would be delivered again by now
        for k in consumers:
            k.end()
        assert not failed, failed[0]
        acked = [a for k in consumers for a in k.acknowledged]
        twice = len(acked) - len(set(acked))
        assert not twice, f"{twice} records were accepted twice"
        again = sum(len(k.read) for k in consumers) - RECORDS
        return f"{RECORDS} records, {len(acked)} known to be accepted, {again} delivered again"


def share_consumers_under_kills_of_brokers():
    return everything_is_read_and_nothing_accepted_comes_back((KLAMM,) * 3, KILLS, [])


def leaders_and_coordinators_of_both_kinds():
    notes = []
    found = everything_is_read_and_nothing_accepted_comes_back((KLAMM, APACHE, KLAMM), KILLS // 2, notes)
    return f"{found}, killed {' '.join(notes)}"


if __name__ == "__main__":
    run([the_same_requests_get_the_same_answers, share_consumers_under_kills_of_brokers,
         leaders_and_coordinators_of_both_kinds])
