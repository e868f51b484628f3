"""A job that copies exactly once, while it, its brokers and its controllers are killed: in the end the output is the
input, transformed, every record once and in order.

    tests/integration/run.sh copy_job_test.py     the short form, in make test
    KLAMM_COPY_RECORDS=10000000 KLAMM_COPY_KILLS=120 tests/integration/run.sh copy_job_test.py
                                                  the long one, seven minutes; KLAMM_SEED repeats a run"""
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, TopicPartition

from copier import GROUP, QUIET, transform
from harness import long, run, until
from replication_test import Cluster, bounce
from txn_test import SMALL

RECORDS = int(os.environ.get("KLAMM_COPY_RECORDS", "60000"))
KILLS = int(os.environ.get("KLAMM_COPY_KILLS", "6"))
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))
PARTITIONS, COPIERS = 6, 3
EACH = -(-RECORDS // PARTITIONS)
SECONDS_A_KILL = 2.5  # about; the input lasts as long as the kills
SETTINGS = {**SMALL, "group.min.session.timeout.ms": 1000, "group.consumer.min.session.timeout.ms": 1000,
            "group.consumer.session.timeout.ms": 3000, "group.consumer.min.heartbeat.interval.ms": 300,
            "group.consumer.heartbeat.interval.ms": 500}


class Process:
    """One of the job's; the next life has the same name."""

    def __init__(self, directory, name, *argv):
        self.name, self.argv, self.log = name, argv, directory / f"{name}.txt"
        self.start()

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen([sys.executable, Path(__file__).parent / "copier.py", *map(str, self.argv)],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def healthy(self):
        assert self.process.poll() in (None, 0), f"{self.name} ended:\n{self.log.read_text()[-3000:]}"
        return True


def copiers(cluster):
    """Static members and others, of either protocol: a rebalance each time one dies, or none."""
    rng = random.Random(SEED)
    protocol = rng.choice((("group.protocol=consumer",), ("group.protocol=classic", "session.timeout.ms=2000")))
    static = rng.random() < 0.5
    return [Process(cluster.dir, f"copier-{i}", "copy", cluster.bootstrap(), f"copier-{i}", cluster.dir / "journal.txt", SEED,
                    *protocol, *([f"group.instance.id=i{i}"] if static else [])) for i in range(COPIERS)]


class Killer:
    """Kills one process, or all of a kind, and starts them again."""

    def __init__(self, cluster, job):
        self.cluster, self.job, self.rng, self.killed = cluster, job, random.Random(SEED), Counter()
        self.kinds = {"broker": cluster.brokers, "controller": cluster.controllers, "copier": job}

    def one(self):
        kind = self.rng.choice(("broker", "broker", "controller", "copier", "copier"))
        victims = self.kinds[kind] if self.rng.random() < 0.06 else [self.rng.choice(self.kinds[kind])]
        time.sleep(self.rng.uniform(0.5, 3))
        bounce(victims, self.rng.choice((0, 0, 0.2, 1)))
        self.killed[kind] += len(victims)

    def all(self):
        while self.killed.total() < KILLS:
            self.one()
            assert all(p.healthy() for p in self.job)


def copied(cluster):
    """Records behind the committed offsets; None while nobody can tell."""
    c = Consumer({"bootstrap.servers": cluster.bootstrap(), "group.id": GROUP, "isolation.level": "read_committed", **QUIET})
    try:
        return sum(max(p.offset, 0) for p in c.committed([TopicPartition("in", i) for i in range(PARTITIONS)], 10))
    except KafkaException:
        return None
    finally:
        c.close()


def numbers(cluster, topic, partition, seconds):
    """Batches of values of a partition, up to EACH of them, and then for a moment whatever there is too much."""
    c = Consumer({"bootstrap.servers": cluster.bootstrap(), "group.id": "check", "isolation.level": "read_committed",
                  "auto.offset.reset": "error", "enable.auto.commit": False, "check.crcs": True, **QUIET})
    c.assign([TopicPartition(topic, partition, 0)])
    n, deadline = 0, time.monotonic() + seconds
    while n < EACH and time.monotonic() < deadline:
        batch = [m.value() for m in c.consume(10000, 0.5) if not m.error()]
        n += len(batch)
        yield batch
    yield [m.value() for m in c.consume(10, 1) if not m.error()]
    c.close()


def check(cluster, topic, value, failures):
    """Every number once, in order, and no more."""
    for partition in range(PARTITIONS):
        n = 0
        for batch in numbers(cluster, topic, partition, 60 + EACH / 5000):
            want = [value(i) for i in range(n, min(n + len(batch), EACH))]
            if batch != want:
                at = next((i for i, (a, b) in enumerate(zip(batch, want)) if a != b), len(want))
                failures.append(f"{topic}-{partition} at {n + at}: {batch[at:at + 4]}, not {want[at:at + 4]}")
                return
            n += len(batch)
        if n != EACH:
            failures.append(f"{topic}-{partition}: {n} of {EACH}")


def check_all(cluster):
    failures = []
    checks = [threading.Thread(target=check, args=(cluster, topic, value, failures)) for topic, value in
              (("in", lambda i: b"%d" % i), ("out", lambda i: transform(b"%d" % i)))]
    for t in checks:
        t.start()
    for t in checks:
        t.join()
    assert not failures, failures


@long
def a_job_copies_exactly_once_though_it_and_its_cluster_are_killed():
    with Cluster(SETTINGS, ("klamm",) * 3) as c:
        for name in ("in", "out"):
            c.topic(name, PARTITIONS, {"min.insync.replicas": "2"})
        feeder = Process(c.dir, "feeder", "feed", c.bootstrap(), EACH * PARTITIONS, KILLS * SECONDS_A_KILL, PARTITIONS)
        job = copiers(c)
        killer = Killer(c, job)
        try:
            killer.all()
            until(lambda: feeder.healthy() and all(p.healthy() for p in job) and copied(c) == EACH * PARTITIONS,
                  60 + RECORDS / 5000, f"{RECORDS} records are copied", 0.1)
        except AssertionError as e:
            raise AssertionError(f"{e} ({copied(c)} copied, {killer.killed}, KLAMM_SEED={SEED})") from e
        finally:
            for p in (feeder, *job):
                p.kill()
        check_all(c)
        ends = Counter((c.dir / "journal.txt").read_text().split())
        return (f"{EACH * PARTITIONS} records, {ends['committed']} transactions committed, {ends['aborted']} aborted; killed: "
                f"{', '.join(f'{n} {kind}s' for kind, n in sorted(killer.killed.items()))}; KLAMM_SEED={SEED}")


if __name__ == "__main__":
    run([a_job_copies_exactly_once_though_it_and_its_cluster_are_killed])
