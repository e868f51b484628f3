"""Transactions and compaction, one node of either kind and three."""
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic

from clusters import BenchCluster, load
import records as topics
from harness import until
from one_node import Server

COMPACTED = {"cleanup.policy": "compact", "segment.bytes": str(100 * 1024 * 1024), "min.cleanable.dirty.ratio": "1",
             "segment.index.bytes": str(16 * 1024 * 1024), "file.delete.delay.ms": "0"}


class CleaningServer(Server):
    """Its cleaner looks often, and at its data alone."""

    def __init__(self, kind):
        super().__init__(kind)
        with open(self.config, "a") as f:
            f.write("log.cleaner.backoff.ms=500\n")


def fill(server, keys, rounds, size):
    """Every key `rounds` times, in an order of its own each time."""
    p = Producer({"bootstrap.servers": server.bootstrap, "acks": 1, "linger.ms": 20, "batch.size": 262144,
                  "queue.buffering.max.messages": 200000})
    value = bytes(range(256)) * (size // 256)
    for n in range(rounds):
        for i in range(keys):
            key = b"%08d" % (i * 7919 % keys)
            while True:
                try:
                    p.produce("compacted", value, key=key, partition=0)
                    break
                except BufferError:
                    p.poll(0.05)
            p.poll(0)
    p.flush()


def log_bytes(server):
    return sum(f.stat().st_size for f in (server.dir / "data/compacted-0").glob("*.log"))


def p23(server, quick):
    """CPU of one cleaning over all of a log that waited for it."""
    keys, rounds, size = (200_000, 3, 1024) if quick else (1_000_000, 3, 1024)
    server.up("bench", 1)
    admin = AdminClient({"bootstrap.servers": server.bootstrap})
    admin.create_topics([NewTopic("compacted", 1, config=COMPACTED)])["compacted"].result(30)
    fill(server, keys, rounds, size)
    time.sleep(3)
    dirty = log_bytes(server)
    before = server.cpu()
    began = time.monotonic()
    resource = ConfigResource(ConfigResource.Type.TOPIC, "compacted", incremental_configs=[
        ConfigEntry("min.cleanable.dirty.ratio", "0.01", incremental_operation=AlterConfigOpType.SET)])
    admin.incremental_alter_configs([resource])[resource].result(30)
    # All but the active segment comes down to a record a key.
    until(lambda: log_bytes(server) < keys * (size + 100) + 150_000_000, 600, "a cleaned log", 0.2)
    wall, cpu = time.monotonic() - began, server.cpu() - before
    return {"MB/s a core": dirty / 1e6 / cpu, "cpu-s per GB": cpu / (dirty / 1e9), "wall s": wall}


COPIERS, WARM = 6, 100


def copy(server, bootstrap, records, txns):
    """Exactly once from one topic to another: all partitions at once, one transaction after the other in each."""
    load("produce", bootstrap, "in", COPIERS * (txns + WARM) * records, 100, ACKS="all", SPREAD=str(COPIERS))
    before = server.cpu()
    seen = load("copy", bootstrap, "in", "out", COPIERS, records, txns, WARM)
    cpu = server.cpu() - before
    return {"txn/s": seen["txn"], "records/s": seen["records"], "commit p50 ms": seen["p50"], "commit p99 ms": seen["p99"],
            "cpu-s per 1000 txn": cpu / (COPIERS * (txns + WARM)) * 1000}


def replicated_copy(records, txns):
    def measure(c, quick):
        for name in ("in", "out"):
            c.made(name, COPIERS)
        return copy(c, c.bootstrap(), records, txns // 10 if quick else txns)
    return measure


def lone_copy(server, quick):
    server.up("in", COPIERS)
    topics.create_topic(server.bootstrap, "out", COPIERS)
    return copy(server, server.bootstrap, 750, 200 if quick else 1000)


MEASURES = {"P22": ("consume, transform, produce: 750 records a transaction, RF3", BenchCluster, replicated_copy(750, 1000)),
            "P22-1": ("the same with 1 record a transaction", BenchCluster, replicated_copy(1, 10000)),
            "P22-one": ("750 records a transaction, one node", Server, lone_copy),
            "P23": ("compaction, 1 KiB records, 3 of each key", CleaningServer, p23)}
