"""Consume, transform, produce: every record is copied exactly once and in order, whoever is killed."""
import os
import random
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from copier import GROUP, Copier, transform
from harness import long, run, until
from replication_test import Cluster, bounce
from txn_test import SMALL, read

KILLS = int(os.environ.get("KLAMM_KILLS", "4"))
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))
PARTITIONS = 3
HANGS_SECONDS = 45  # no call is given more than 30


class Feeder(threading.Thread):
    """Records into all partitions of `in` until it is stopped."""

    def __init__(self, cluster, per_second=600):
        super().__init__()
        self.cluster, self.per_second, self.stop, self.failed = cluster, per_second, False, []

    def run(self):
        p = Producer({"bootstrap.servers": self.cluster.bootstrap(), "enable.idempotence": True, "log_level": 0,
                      "message.timeout.ms": 60000})
        n = 0
        while not self.stop:
            for _ in range(self.per_second // 20):
                p.produce("in", b"%d" % n, partition=n % PARTITIONS,
                          on_delivery=lambda e, m: self.failed.append(e) if e else None)
                n += 1
            p.poll(0)
            time.sleep(0.05)
        p.flush(60)


def copier(cluster, name, **options):
    return Copier(cluster.bootstrap(), name, SEED, **options)


def committed(cluster):
    c = Consumer({"bootstrap.servers": cluster.bootstrap(), "group.id": GROUP, "log_level": 0})
    try:
        return [p.offset for p in c.committed([TopicPartition("in", i) for i in range(PARTITIONS)], 10)]
    except KafkaException:
        return None
    finally:
        c.close()


def check(cluster):
    for i in range(PARTITIONS):
        want, have = [transform(v) for v in read(cluster, "in", i)], read(cluster, "out", i)
        if want != have:
            at = next((k for k, (a, b) in enumerate(zip(want, have)) if a != b), min(len(want), len(have)))
            raise AssertionError(f"partition {i}: {len(want)} in, {len(have)} out; first difference at {at}: "
                                 f"{want[at:at + 5]} {have[at:at + 5]}")
        assert want


def replace_hung(jobs):
    """librdkafka 2.16 forgets the time that send_offsets_to_transaction was given (its issue 5456), and waits for ever
    when the group's coordinator had gone from the metadata (5511), as all brokers do that are killed at once."""
    hung = [t for t in jobs if t.is_alive() and time.monotonic() - t.moved > HANGS_SECONDS]
    for t in hung:
        new = t.replaced()
        new.start()
        jobs[jobs.index(t)] = new
    return len(hung)


def copied(disturb, copiers, seconds=60, settings=None, brokers=("klamm",) * 3):
    with Cluster(settings or SMALL, brokers=brokers) as c:
        for name in ("in", "out"):
            c.topic(name, PARTITIONS, {"min.insync.replicas": "2"})
        feeder, jobs, hung = Feeder(c), copiers(c), 0
        for t in [feeder, *jobs]:
            t.start()

        def is_copied():
            nonlocal hung
            hung += replace_hung(jobs)
            return any(t.failure for t in jobs) or committed(c) == ends
        try:
            disturb(c)
            feeder.stop = True
            feeder.join(90)
            assert not feeder.failed, feeder.failed[0]
            ends = [len(read(c, "in", i)) for i in range(PARTITIONS)]
            until(is_copied, seconds, f"everything is copied: {ends}")
        finally:
            for t in [feeder, *jobs]:
                t.stop = True
            for t in [feeder, *jobs]:
                t.join(HANGS_SECONDS)
        hung += sum(t.is_alive() for t in jobs)
        for t in jobs:
            if t.failure:
                raise t.failure
        check(c)
        return (f"{sum(ends)} records, {sum(t.committed for t in jobs)} transactions committed, "
                f"{sum(t.aborted for t in jobs)} aborted, {hung} hung, KLAMM_SEED={SEED}")


def kill(victims):
    rng = random.Random(SEED)

    def disturb(c):
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.5, 2))
            bounce(victims(c, rng), rng.choice((0, 0, 0.3, 1)))
        c.wait_whole("in")
        c.wait_whole("out")
    return disturb


def every_record_is_copied_once():
    return copied(lambda c: time.sleep(3), lambda c: [copier(c, "one")])


@long
def every_record_is_copied_once_by_members_that_come_and_go():
    return copied(lambda c: time.sleep(15), lambda c: [copier(c, f"c{i}", lives=20 + 13 * i) for i in range(3)])


@long
def every_record_is_copied_once_by_members_of_a_consumer_group():
    return copied(lambda c: time.sleep(15),
                  lambda c: [copier(c, f"c{i}", lives=20 + 13 * i, **{"group.protocol": "consumer"}) for i in range(3)])


@long
def every_record_is_copied_once_though_brokers_are_killed():
    return copied(kill(lambda c, rng: [rng.choice(c.brokers)]), lambda c: [copier(c, f"c{i}") for i in range(2)])


@long
def every_record_is_copied_once_though_all_brokers_are_killed():
    return copied(kill(lambda c, rng: list(c.brokers)), lambda c: [copier(c, f"c{i}") for i in range(2)])


if __name__ == "__main__":
    run([every_record_is_copied_once, every_record_is_copied_once_though_brokers_are_killed,
         every_record_is_copied_once_by_members_that_come_and_go,
         every_record_is_copied_once_by_members_of_a_consumer_group,
         every_record_is_copied_once_though_all_brokers_are_killed])
