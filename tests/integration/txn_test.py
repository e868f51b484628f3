"""Transactions on real brokers: what is committed is read once and whole, what is aborted never, whoever is killed."""
import os
import random
import threading
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from harness import PATIENCE, long, run, until
from replication_test import Cluster, bounce

KILLS = int(os.environ.get("KLAMM_KILLS", "6"))
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))
PARTITIONS = 3
SMALL = {"transaction.state.log.num.partitions": 5, "offsets.topic.num.partitions": 5,
         "transaction.abort.timed.out.transaction.cleanup.interval.ms": 500, "group.initial.rebalance.delay.ms": 0}


def producer(cluster, name, **config):
    p = Producer({"bootstrap.servers": cluster.bootstrap(), "transactional.id": name, "linger.ms": 0, "log_level": 0,
                  "retry.backoff.ms": 20, **config})
    p.init_transactions(120)
    return p


def read(cluster, topic, partition=0, isolation="read_committed", seconds=30):
    """Values of a partition up to where this isolation level ends now."""
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap(), "group.id": "r", "isolation.level": isolation,
                         "auto.offset.reset": "error", "enable.auto.commit": False, "enable.partition.eof": True,
                         "fetch.wait.max.ms": 20,
                         "log_level": 0})
    consumer.assign([TopicPartition(topic, partition, 0)])
    found, deadline = [], time.monotonic() + seconds * PATIENCE
    while True:
        assert time.monotonic() < deadline, f"{topic}-{partition}: no end after {len(found)} records"
        m = consumer.poll(0.5)
        if m is None:
            continue
        if m.error():
            if m.error().code() == KafkaError._PARTITION_EOF:
                break
            assert m.error().retriable(), m.error()
            continue
        found.append(m.value())
    consumer.close()
    return found


def send(p, topic, values, partition=0):
    failed = []
    for v in values:
        p.produce(topic, v, partition=partition, on_delivery=lambda e, m: failed.append(e) if e else None)
    assert p.flush(100) == 0
    assert not failed, failed


def committed_records_are_read_and_aborted_ones_are_not():
    with Cluster({**SMALL, "log.segment.bytes": 1048576}) as c:
        c.topic("t")
        p = producer(c, "one")
        want = []
        for n in range(40):
            values = [b"%03d-%d" % (n, i) + b"." * 20000 for i in range(5)]
            p.begin_transaction()
            send(p, "t", values)
            if n % 3 == 1:
                p.abort_transaction(100)
            else:
                p.commit_transaction(100)
                want += values
        until(lambda: read(c, "t") == want, 10, "what was committed")
        assert len(read(c, "t", isolation="read_uncommitted")) == 200
        for b in c.brokers:  # the same after all has been read from disk again
            b.kill()
        for b in c.brokers:
            b.start()
        c.wait_whole("t")
        until(lambda: read(c, "t") == want, 10, "what was committed, after a restart")


def an_open_transaction_holds_readers_of_committed_records_back():
    with Cluster(SMALL) as c:
        c.topic("t")
        p, other = producer(c, "one"), producer(c, "two")
        p.begin_transaction()
        send(p, "t", [b"open"])
        other.begin_transaction()
        send(other, "t", [b"behind"])
        other.commit_transaction(100)
        assert read(c, "t") == []
        assert read(c, "t", isolation="read_uncommitted") == [b"open", b"behind"]
        p.commit_transaction(100)
        until(lambda: read(c, "t") == [b"open", b"behind"], 10, "both")


def a_second_instance_fences_the_first():
    with Cluster(SMALL) as c:
        c.topic("t")
        old = producer(c, "one")
        old.begin_transaction()
        send(old, "t", [b"of the old"])
        new = producer(c, "one")
        try:
            old.commit_transaction(100)
            raise AssertionError("the old one has committed")
        except KafkaException as e:
            assert e.args[0].fatal(), e
        new.begin_transaction()
        send(new, "t", [b"of the new"])
        new.commit_transaction(100)
        until(lambda: read(c, "t") == [b"of the new"], 10, "what the new one wrote")


def a_transaction_that_takes_too_long_is_aborted():
    with Cluster(SMALL) as c:
        c.topic("t")
        p = producer(c, "one", **{"transaction.timeout.ms": 4000, "message.timeout.ms": 4000})
        p.begin_transaction()
        send(p, "t", [b"late"])
        time.sleep(0.2)
        other = producer(c, "two")
        other.begin_transaction()
        send(other, "t", [b"in time"])
        other.commit_transaction(100)
        until(lambda: read(c, "t") == [b"in time"], 10, "the late one is aborted")
        try:
            p.commit_transaction(100)
            raise AssertionError("it has been committed after all")
        except KafkaException as e:
            assert e.args[0].fatal() or e.args[0].txn_requires_abort(), e


class Writer(threading.Thread):
    """Transactions over all partitions, one after the other; how each of them ended."""

    def __init__(self, cluster, name):
        super().__init__()
        self.cluster, self.name = cluster, name
        self.committed, self.aborted, self.unknown = set(), set(), set()
        self.stop, self.producer, self.failure = False, None, None
        self.rng = random.Random(f"{SEED}{name}")

    def run(self):
        n = 0
        try:
            while not self.stop:
                n += 1
                self.one(n)
        except BaseException as e:
            self.failure = e

    def ready(self):
        while self.producer is None:
            try:
                self.producer = producer(self.cluster, self.name, **{"transaction.timeout.ms": 20000,
                                                                     "message.timeout.ms": 15000})
            except KafkaException as e:
                assert e.args[0].retriable() or e.args[0].code() == KafkaError._TIMED_OUT, e

    def one(self, n):
        """Whatever fails before the commit is aborted; a commit that fails is asked for again until it is decided."""
        self.ready()
        commit = self.rng.random() < 0.7
        try:
            self.producer.begin_transaction()
            for partition in range(PARTITIONS):
                for i in range(3):
                    self.producer.produce("t", f"{self.name}/{n}/{i}".encode(), partition=partition)
            assert self.producer.flush(30) == 0
        except KafkaException as e:
            self.undo(n, e)
            return
        if commit:
            self.settle(n, self.producer.commit_transaction, self.committed)
        else:
            self.settle(n, self.producer.abort_transaction, self.aborted)

    def settle(self, n, call, outcome):
        while True:
            try:
                call(10)
                outcome.add(n)
                return
            except KafkaException as e:
                if e.args[0].retriable():
                    continue
                if e.args[0].txn_requires_abort():
                    self.undo(n, e)
                else:
                    self.unknown.add(n)
                    self.producer = None
                return

    def undo(self, n, why):
        if why.args[0].fatal():
            self.unknown.add(n)
            self.producer = None
        else:
            self.settle(n, self.producer.abort_transaction, self.aborted)


def check_whole(cluster, writers):
    """Every transaction is in all partitions or in none, in order, and as its end was told."""
    parts = [[v.decode().split("/") for v in read(cluster, "t", i)] for i in range(PARTITIONS)]
    for w in writers:
        seen = [[(int(n), int(i)) for name, n, i in part if name == w.name] for part in parts]
        assert all(s == seen[0] for s in seen), f"{w.name}: partitions differ"
        assert seen[0] == sorted(set(seen[0])), f"{w.name}: doubled or out of order"
        found = {n for n, _ in seen[0]}
        assert len(seen[0]) == 3 * len(found), f"{w.name}: half transactions"
        assert w.committed <= found, f"{w.name}: lost {sorted(w.committed - found)[:5]}"
        assert not found & w.aborted, f"{w.name}: aborted ones are read: {sorted(found & w.aborted)[:5]}"
        assert found <= w.committed | w.unknown, f"{w.name}: invented"


def kills(victims):
    rng = random.Random(SEED)
    with Cluster(SMALL) as c:
        c.topic("t", PARTITIONS, {"min.insync.replicas": "2"})
        writers = [Writer(c, f"w{i}") for i in range(3)]
        for w in writers:
            w.start()
        try:
            for _ in range(KILLS):
                time.sleep(rng.uniform(0.2, 1.5))
                bounce(victims(c, rng), rng.choice((0, 0, 0.3, 1)))
                if rng.random() < 0.5:
                    c.wait_whole("t")
            c.wait_whole("t")
            time.sleep(1)
        finally:
            for w in writers:
                w.stop = True
            for w in writers:
                w.join(300)
        assert not any(w.is_alive() for w in writers), "a writer hangs"
        for w in writers:
            if w.failure:
                raise w.failure
        ended = sum(len(w.committed) for w in writers)
        assert ended > 0
        for w in writers:  # what nobody has ended would hold readers back
            w.producer = producer(c, w.name)
        check_whole(c, writers)
        return (f"{ended} committed, {sum(len(w.aborted) for w in writers)} aborted, "
                f"{sum(len(w.unknown) for w in writers)} unknown, {KILLS} kills, KLAMM_SEED={SEED}")


@long
def any_broker_killed_at_any_moment_leaves_whole_transactions():
    return kills(lambda c, rng: [rng.choice(c.brokers)])


def all_brokers_killed_at_once_leave_whole_transactions():
    return kills(lambda c, rng: list(c.brokers))


if __name__ == "__main__":
    run([committed_records_are_read_and_aborted_ones_are_not,
         an_open_transaction_holds_readers_of_committed_records_back, a_second_instance_fences_the_first,
         a_transaction_that_takes_too_long_is_aborted, any_broker_killed_at_any_moment_leaves_whole_transactions,
         all_brokers_killed_at_once_leave_whole_transactions], together=2)
