"""Replicas that move between the log directories of their brokers (KIP-113), while they are written and read, and
under kill -9 at any moment: nothing is lost, and a move that was begun comes to its end."""
import os
import random
import struct
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from harness import long, run, until
import raw
from nodes import BROKER_PORT
from replication_test import KILLS, SEED, TOPIC, WHOLE_SECONDS, Client, Cluster, log_bytes, read, set_on_brokers, write

DIRS = ("data", "more")
SMALL = {"log.segment.bytes": 1048576}
RATE = "replica.alter.log.dirs.io.max.bytes.per.second"
ERRORS = {0: "NONE", 3: "UNKNOWN_TOPIC_OR_PARTITION", 9: "REPLICA_NOT_AVAILABLE", 17: "INVALID_TOPIC_EXCEPTION",
          39: "INVALID_REPLICA_ASSIGNMENT", 56: "KAFKA_STORAGE_ERROR", 57: "LOG_DIR_NOT_FOUND"}


def call(node, api, body):
    """A request of version 1 of `api`, and what came back behind the throttle time."""
    answer = raw.ask(node.cluster.net.address[node.host], BROKER_PORT, api, 1, body)
    answer.take("i")
    return answer


def alter(node, directory, topic, partitions):
    """AlterReplicaLogDirs: the error of the first partition."""
    path = directory if directory.startswith("/") else str(node.dir / directory)
    numbers = struct.pack(f">i{len(partitions)}i", len(partitions), *partitions)
    out = call(node, 34, struct.pack(">i", 1) + raw.text(path) + struct.pack(">i", 1) + raw.text(topic) + numbers)
    assert (out.take("i"), out.text(), out.take("i"), out.take("i")) == (1, topic, len(partitions), partitions[0])
    return ERRORS[out.take("h")]


def described(node):
    """DescribeLogDirs: {(directory, topic, partition): (size, lag, future)}."""
    r = call(node, 35, struct.pack(">i", -1))
    found = {}
    for _ in range(r.take("i")):
        error, path = r.take("h"), r.text()
        for _ in range(r.take("i")):
            topic = r.text()
            for _ in range(r.take("i")):
                index, size, lag, future = r.take("i"), r.take("q"), r.take("q"), bool(r.take("b"))
                assert not error
                found[os.path.basename(path), topic, index] = (size, lag, future)
    return found


def is_in(node, directory, topic, index):
    try:
        all_of_it = described(node)
    except OSError:
        return False
    others = [d for d in DIRS if d != directory and (d, topic, index) in all_of_it]
    return not others and all_of_it.get((directory, topic, index), (0, 0, True))[2] is False


def copied(node, directory, topic, index):
    """Bytes of the future replica there; None: there is none, or the broker is not up."""
    try:
        size, _, future = described(node).get((directory, topic, index), (0, 0, False))
    except OSError:
        return None
    return size if future else None


def place(node, topic, index):
    """Where the replica lies on disk."""
    found = [d for d in DIRS if (node.dir / d / f"{topic}-{index}").is_dir()]
    assert len(found) == 1, f"{node.host}: {topic}-{index} is in {found}"
    return found[0]


def other(directory):
    return DIRS[1 - DIRS.index(directory)]


def check_replicas(cluster, topic, partitions):
    """Stops all: every replica lies in one directory, all are the same bytes, and no copy is left over."""
    for node in cluster.brokers:
        assert node.terminate(), f"{node.host} did not stop"
    total = 0
    for index in range(partitions):
        logs = [log_bytes(b.dir / place(b, topic, index) / f"{topic}-{index}") for b in cluster.brokers]
        assert all(log == logs[0] for log in logs), f"{topic}-{index}: {[len(x) for x in logs]} bytes differ"
        total += len(logs[0])
    for node in cluster.brokers:
        left = [str(p) for d in DIRS for p in (node.dir / d).glob("*-future")]
        assert not left, left
    return total


def a_replica_moves_and_everything_goes_on():
    with Cluster(SMALL, log_dirs=DIRS) as c:
        c.topic("moved")
        c.wait_whole("moved")
        assert not write(c, "moved", 5000, 600)
        for node in c.brokers:
            to = other(place(node, "moved", 0))
            assert alter(node, to, "moved", [0]) == "NONE"
            until(lambda: is_in(node, to, "moved", 0), 20, "the replica is there", 0.05)
            assert not list(node.dir.glob("*/*-future"))
            assert not write(c, "moved", 500, 600)
        assert len(read(c, "moved")) == 6500
        for node in c.brokers:
            assert "partition_offline" not in (node.dir / "log.txt").read_text()
        c.broker(1).kill()
        c.broker(1).start()
        until(lambda: (c.broker(1).dir / "log.txt").read_text().count("broker_running") == 2, WHOLE_SECONDS, "it runs")
        c.wait_whole("moved")
        assert not write(c, "moved", 100)
        return f"{check_replicas(c, 'moved', 1)} bytes"


def moving(cluster, rng, partitions):
    """Replicas of all brokers are asked to go to and fro."""
    node = rng.choice(cluster.brokers)
    index = rng.randrange(partitions)
    try:
        return alter(node, rng.choice(DIRS), TOPIC, [index])
    except (OSError, struct.error):
        return "down"


def rate_is_set(cluster, value):
    """False while a broker that has just come back is not found by the client."""
    try:
        set_on_brokers(cluster, RATE, value)
        return True
    except KafkaException:
        return False


def killed_while_moving(extra, kills):
    rng = random.Random(SEED)
    with Cluster({**SMALL, **extra}, log_dirs=DIRS) as c:
        client = Client(c, 300, TOPIC)
        asked = 0
        try:
            set_on_brokers(c, RATE, "400000")
            for _ in range(kills):
                until_time = time.monotonic() + rng.uniform(0.2, 1.2)
                while time.monotonic() < until_time:
                    asked += moving(c, rng, 6) == "NONE"
                    time.sleep(rng.uniform(0, 0.05))
                victims = rng.sample(c.brokers, rng.choice((1, 1, 3)))
                for node in victims:
                    node.kill()
                for node in victims:
                    node.start()
                if rng.random() < 0.5:
                    until(lambda: client.ask("health")["healthy"], WHOLE_SECONDS, "the cluster is whole again", 0.1)
            until(lambda: client.ask("health")["healthy"], WHOLE_SECONDS, "the cluster is whole in the end", 0.1)
            until(lambda: rate_is_set(c, "100000000"), WHOLE_SECONDS, "the brokers take the rate")
            until(lambda: not any(future for b in c.brokers for _, _, future in described(b).values()), WHOLE_SECONDS,
                  "all moves have ended", 0.2)
            result = client.ask("finish")
        finally:
            client.stop()
        for key in ("lost", "doubled", "reordered"):
            assert result[key] == 0, result
        assert not result["wrong"] and result["acked"] > 0, result
        moved = sum((b.dir / "log.txt").read_text().count("replica_moved ") for b in c.brokers)
        assert moved, "no replica moved"
        check_replicas(c, TOPIC, 6)
    return f"{kills} kills, {asked} asked, {moved} moved, {result['acked']} acknowledged, KLAMM_SEED={SEED}"


def brokers_killed_at_any_moment_of_moves_lose_nothing():
    return killed_while_moving({}, KILLS)


@long
def brokers_of_a_durable_topic_killed_while_moving_lose_nothing():
    return killed_while_moving({"klamm.durable.acks": "true"}, max(KILLS // 2, 2))


@long
def a_move_keeps_to_its_rate_and_goes_on_after_a_restart():
    with Cluster({**SMALL, "min.insync.replicas": 1}, log_dirs=DIRS, brokers=("klamm",)) as c:
        node = c.broker(1)
        c.topic("slow", replicas=[[1]])
        assert not write(c, "slow", 6000, 1000, **{"batch.size": 60000})
        set_on_brokers(c, RATE, "1000000")
        was = place(node, "slow", 0)
        to = other(was)
        assert alter(node, to, "slow", [0]) == "NONE"
        began = time.monotonic()
        time.sleep(1.5)
        size, lag, future = described(node)[to, "slow", 0]
        assert future and 0 < size < 5000000 and 0 < lag < 6000, (size, lag, future)
        assert described(node)[was, "slow", 0][2] is False
        node.kill()
        node.start()
        until(lambda: copied(node, to, "slow", 0) is not None, 20, "the move goes on")
        until(lambda: copied(node, to, "slow", 0) >= size, 0.8, "what was copied is there")  # at 1 MB/s
        until(lambda: is_in(node, to, "slow", 0), 30, "the replica is there", 0.1)
        took = time.monotonic() - began
        assert took > 3, took
        assert len(read(c, "slow")) == 6000
        return f"6 MB in {took:.1f} s at 1 MB/s"


def a_move_is_called_off():
    with Cluster({**SMALL, "min.insync.replicas": 1}, log_dirs=DIRS, brokers=("klamm",)) as c:
        node = c.broker(1)
        c.topic("stays", replicas=[[1]])
        assert not write(c, "stays", 3000, 1000)
        set_on_brokers(c, RATE, "100000")
        was = place(node, "stays", 0)
        assert alter(node, other(was), "stays", [0]) == "NONE"
        until(lambda: list((node.dir / other(was)).glob("stays-0.*-future")), 10, "the copy", 0.05)
        assert alter(node, was, "stays", [0]) == "NONE"
        until(lambda: is_in(node, was, "stays", 0), 10, "the copy is gone", 0.05)
        until(lambda: not list((node.dir / other(was)).glob("*-future")), 10, "its files too", 0.05)
        node.kill()
        node.start()
        assert len(read(c, "stays")) == 3000
        assert place(node, "stays", 0) == was


def aborted_transactions_are_not_read_from_the_copy():
    with Cluster({**SMALL, "transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1,
                  "min.insync.replicas": 1}, log_dirs=DIRS, brokers=("klamm",)) as c:
        node = c.broker(1)
        c.topic("txn", replicas=[[1]])
        producer = Producer({"bootstrap.servers": c.bootstrap(), "transactional.id": "t", "log_level": 0})
        producer.init_transactions(20)
        for n in range(20):
            producer.begin_transaction()
            for _ in range(50):
                producer.produce("txn", (b"good" if n % 2 else b"evil") + os.urandom(1000))
            producer.flush(20)
            producer.commit_transaction(20) if n % 2 else producer.abort_transaction(20)
        to = other(place(node, "txn", 0))
        producer.begin_transaction()
        producer.produce("txn", b"evil")
        producer.flush(20)
        assert alter(node, to, "txn", [0]) == "NONE"
        until(lambda: is_in(node, to, "txn", 0), 20, "the replica is there", 0.05)
        producer.abort_transaction(20)  # its producer was not forgotten
        producer.begin_transaction()
        producer.produce("txn", b"good")
        producer.commit_transaction(20)
        for _ in range(2):
            assert committed(c, "txn") == [b"good"] * 501
            node.kill()
            node.start()


def committed(cluster, topic):
    """The first four bytes of what a read_committed consumer gets."""
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap(), "group.id": "r", "log_level": 0,
                         "enable.auto.commit": False, "isolation.level": "read_committed", "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found, deadline = [], time.monotonic() + 30
    while time.monotonic() < deadline:
        for m in consumer.consume(1000, 0.5):
            if m.error() and m.error().name() == "_PARTITION_EOF":
                consumer.close()
                return found
            if not m.error():
                found.append(m.value()[:4])
    raise AssertionError(f"no end of {topic}: {len(found)}")


def refusals_are_apaches():
    with Cluster(SMALL, log_dirs=DIRS, brokers=("klamm",) * 3) as c:
        c.topic("here", replicas=[[1]])
        c.topic("there", replicas=[[2]])
        node = c.broker(1)
        assert alter(node, "/nowhere", "here", [0]) == "LOG_DIR_NOT_FOUND"
        assert alter(node, "more", "missing", [0]) == "UNKNOWN_TOPIC_OR_PARTITION"
        assert alter(node, "more", "here", [7]) == "UNKNOWN_TOPIC_OR_PARTITION"
        assert alter(node, "more", "there", [0]) == "REPLICA_NOT_AVAILABLE"
        assert alter(node, "more", "x" * 230, [0]) == "INVALID_TOPIC_EXCEPTION"
        for directory in DIRS:  # what is to come is kept in mind
            name = f"comes-{directory}"
            assert alter(node, directory, name, [0]) == "UNKNOWN_TOPIC_OR_PARTITION"
            c.topic(name, replicas=[[1]])
            until(lambda: is_in(node, directory, name, 0), 10, "it is where it was wanted", 0.05)


if __name__ == "__main__":
    run([a_replica_moves_and_everything_goes_on, a_move_keeps_to_its_rate_and_goes_on_after_a_restart,
         a_move_is_called_off, aborted_transactions_are_not_read_from_the_copy, refusals_are_apaches,
         brokers_killed_at_any_moment_of_moves_lose_nothing,
         brokers_of_a_durable_topic_killed_while_moving_lose_nothing])
