"""Consume, transform, produce: every record is copied exactly once and in order, whoever is killed."""
import os
import random
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from harness import run, until
from replication_test import Cluster
from txn_test import SMALL, producer, read

KILLS = int(os.environ.get("KLAMM_KILLS", "4"))
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))
PARTITIONS = 3
GROUP = "copy"
AGAIN = (KafkaError._TIMED_OUT, KafkaError._STATE, KafkaError._FENCED, KafkaError.NOT_COORDINATOR,
         KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)


class Copier(threading.Thread):
    """From `in` to the same partition of `out`, some records a transaction; some of them it aborts."""

    def __init__(self, cluster, name, aborts=0.1, lives=None, **config):
        super().__init__()
        self.cluster, self.name, self.config, self.aborts = cluster, name, config, aborts
        self.lives = lives  # transactions after which it starts anew
        self.stop, self.failure, self.committed, self.aborted, self.begun = False, None, 0, 0, 0
        self.rng = random.Random(f"{SEED}{name}")
        self.consumer = self.producer = None

    def run(self):
        try:
            while not self.stop:
                try:
                    self.live()
                except KafkaException as e:
                    self.note(e)
                finally:
                    self.close()
        except BaseException as e:
            self.failure = e

    def note(self, e):
        """Another instance, or a coordinator that stayed away too long: from the beginning."""
        error = e.args[0]
        assert error.fatal() or error.retriable() or error.txn_requires_abort() or error.code() in AGAIN, \
            (self.name, error)

    def close(self):
        if self.consumer:
            self.consumer.close()
        self.consumer = self.producer = None

    def live(self):
        self.producer = producer(self.cluster, self.name, **{"transaction.timeout.ms": 20000,
                                                             "message.timeout.ms": 15000})
        self.consumer = Consumer({"bootstrap.servers": self.cluster.bootstrap(), "group.id": GROUP, "log_level": 0,
                                  "isolation.level": "read_committed", "auto.offset.reset": "earliest",
                                  "enable.auto.commit": False, **(self.config or {"session.timeout.ms": 6000})})
        self.consumer.subscribe(["in"])
        for n in range(self.lives or 1 << 30):
            if self.stop:
                return
            batch = [m for m in self.consumer.consume(self.rng.randrange(1, 60), 0.3) if not m.error()]
            if batch:
                self.copy(batch)

    def copy(self, batch):
        self.begun += 1
        try:
            self.producer.begin_transaction()
            for m in batch:
                self.producer.produce("out", m.value(), partition=m.partition())
            self.producer.send_offsets_to_transaction(self.consumer.position(self.consumer.assignment()),
                                                      self.consumer.consumer_group_metadata(), 20)
            if self.rng.random() < self.aborts:
                raise Undo
            self.settle(self.producer.commit_transaction)
            self.committed += 1
        except Undo:
            self.undo()
        except KafkaException as e:
            if not e.args[0].txn_requires_abort():
                raise
            self.undo()

    def settle(self, call):
        while True:
            try:
                return call(10)
            except KafkaException as e:
                if not e.args[0].retriable():
                    raise

    def undo(self):
        """What was read is read again."""
        self.settle(self.producer.abort_transaction)
        self.aborted += 1
        for p in self.consumer.committed(self.consumer.assignment(), 20):
            self.consumer.seek(TopicPartition(p.topic, p.partition, max(p.offset, 0)))


class Undo(Exception):
    pass


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
        want, have = read(cluster, "in", i), read(cluster, "out", i)
        if want != have:
            at = next((k for k, (a, b) in enumerate(zip(want, have)) if a != b), min(len(want), len(have)))
            raise AssertionError(f"partition {i}: {len(want)} in, {len(have)} out; first difference at {at}: "
                                 f"{want[at:at + 5]} {have[at:at + 5]}")
        assert want


def copied(disturb, copiers, seconds=60):
    with Cluster(SMALL) as c:
        for name in ("in", "out"):
            c.topic(name, PARTITIONS, {"min.insync.replicas": "2"})
        threads = [Feeder(c)] + copiers(c)
        for t in threads:
            t.start()
        try:
            disturb(c)
            threads[0].stop = True
            threads[0].join(90)
            assert not threads[0].failed, threads[0].failed[0]
            ends = [len(read(c, "in", i)) for i in range(PARTITIONS)]
            until(lambda: any(t.failure for t in threads[1:]) or committed(c) == ends, seconds,
                  f"everything is copied: {ends}")
        finally:
            for t in threads:
                t.stop = True
            for t in threads:
                t.join(90)
        assert not any(t.is_alive() for t in threads), "a thread hangs"
        for t in threads[1:]:
            if t.failure:
                raise t.failure
        check(c)
        return (f"{sum(ends)} records, {sum(t.committed for t in threads[1:])} transactions committed, "
                f"{sum(t.aborted for t in threads[1:])} aborted, KLAMM_SEED={SEED}")


def kill(victims):
    rng = random.Random(SEED)

    def disturb(c):
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.5, 2))
            killed = victims(c, rng)
            for node in killed:
                node.kill()
            time.sleep(rng.choice((0, 0, 0.3, 1)))
            for node in killed:
                node.start()
        c.wait_whole("in")
        c.wait_whole("out")
    return disturb


def every_record_is_copied_once():
    return copied(lambda c: time.sleep(3), lambda c: [Copier(c, "one")])


def every_record_is_copied_once_by_members_that_come_and_go():
    return copied(lambda c: time.sleep(15), lambda c: [Copier(c, f"c{i}", lives=20 + 13 * i) for i in range(3)])


def every_record_is_copied_once_by_members_of_a_consumer_group():
    return copied(lambda c: time.sleep(15),
                  lambda c: [Copier(c, f"c{i}", lives=20 + 13 * i, **{"group.protocol": "consumer"}) for i in range(3)])


def every_record_is_copied_once_though_brokers_are_killed():
    return copied(kill(lambda c, rng: [rng.choice(c.brokers)]), lambda c: [Copier(c, f"c{i}") for i in range(2)])


def every_record_is_copied_once_though_all_brokers_are_killed():
    return copied(kill(lambda c, rng: list(c.brokers)), lambda c: [Copier(c, f"c{i}") for i in range(2)])


if __name__ == "__main__":
    quick = [every_record_is_copied_once, every_record_is_copied_once_though_brokers_are_killed]
    run(quick if "KLAMM_RECORDS" not in os.environ and not sys.argv[1:] else quick +
        [every_record_is_copied_once_by_members_that_come_and_go,
         every_record_is_copied_once_by_members_of_a_consumer_group,
         every_record_is_copied_once_though_all_brokers_are_killed])
