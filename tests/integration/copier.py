"""Consume, transform, produce, exactly once: a thread of a test, or a process to be killed.

    copier.py copy BOOTSTRAP NAME JOURNAL SEED KEY=VALUE...   until it is killed; JOURNAL gets a line a transaction
    copier.py feed BOOTSTRAP RECORDS SECONDS PARTITIONS       writes `in`, spread over that time

A record of `in` is its number in its partition; `out` has the same in the same places, transformed."""
import random
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

GROUP = "copy"
AGAIN = (KafkaError._TIMED_OUT, KafkaError._STATE, KafkaError._FENCED, KafkaError.NOT_COORDINATOR,
         KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)
QUIET = {"log_level": 0, "retry.backoff.ms": 20, "reconnect.backoff.max.ms": 500}


def transform(value):
    return value + b" copied"


class Undo(Exception):
    pass


class Copier(threading.Thread):
    """From `in` to the same partition of `out`, up to `most` records a transaction; some of them it aborts."""

    def __init__(self, bootstrap, name, seed, aborts=0.1, lives=None, most=60, **config):
        super().__init__(daemon=True)  # a client that hangs does not keep the process
        self.arguments = (bootstrap, name, f"{seed}.", aborts, lives, most, config)
        self.moved = time.monotonic()
        self.bootstrap, self.name, self.aborts, self.most = bootstrap, name, aborts, most
        self.config = config or {"session.timeout.ms": 6000}
        self.lives = lives  # transactions after which it starts anew
        self.stop, self.failure, self.committed, self.aborted = False, None, 0, 0
        self.rng = random.Random(f"{seed}{name}")
        self.consumer = self.producer = None

    def run(self):
        try:
            while not self.stop:
                try:
                    self.live()
                except KafkaException as e:
                    self.again(e)
                finally:
                    self.close()
        except BaseException as e:
            self.failure = e

    def replaced(self):
        """What its supervisor does with a job that hangs: another one takes its place and fences it."""
        *arguments, config = self.arguments
        consumer, self.consumer = self.consumer, None
        if consumer:
            consumer.close()  # or it would keep its partitions for as long as max.poll.interval.ms
        return type(self)(*arguments, **config)

    def again(self, e):
        """Another instance, or a coordinator that stayed away too long: from the beginning."""
        error = e.args[0]
        assert error.fatal() or error.retriable() or error.txn_requires_abort() or error.code() in AGAIN, \
            (self.name, error)

    def close(self):
        if self.consumer:
            self.consumer.close()
        self.consumer = self.producer = None

    def live(self):
        self.moved = time.monotonic()
        self.producer = Producer({"bootstrap.servers": self.bootstrap, "transactional.id": self.name, "linger.ms": 0,
                                  "transaction.timeout.ms": 20000, "message.timeout.ms": 15000, **QUIET})
        self.producer.init_transactions(30)
        self.consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": GROUP,
                                  "isolation.level": "read_committed", "auto.offset.reset": "earliest",
                                  "enable.auto.commit": False, "fetch.wait.max.ms": 100,
                                  "max.poll.interval.ms": 60000, **QUIET, **self.config})
        self.consumer.subscribe(["in"])
        for _ in range(self.lives or 1 << 30):
            if self.stop:
                return
            self.moved = time.monotonic()
            batch = [m for m in self.consumer.consume(self.rng.randrange(1, self.most), 0.3) if not m.error()]
            if batch:
                self.copy(batch)

    def copy(self, batch):
        try:
            self.producer.begin_transaction()
            for m in batch:
                self.producer.produce("out", transform(m.value()), partition=m.partition())
            self.producer.send_offsets_to_transaction(self.consumer.position(self.consumer.assignment()),
                                                      self.consumer.consumer_group_metadata(), 20)
            if self.rng.random() < self.aborts:
                raise Undo
            self.settle(self.producer.commit_transaction)
            self.ended(True)
        except Undo:
            self.undo()
        except KafkaException as e:
            if not e.args[0].txn_requires_abort():
                raise
            self.undo()

    def settle(self, call):
        while True:
            self.moved = time.monotonic()
            try:
                return call(10)
            except KafkaException as e:
                if not e.args[0].retriable():
                    raise

    def undo(self):
        """What was read is read again."""
        self.settle(self.producer.abort_transaction)
        self.ended(False)
        for p in self.consumer.committed(self.consumer.assignment(), 20):
            self.consumer.seek(TopicPartition(p.topic, p.partition, max(p.offset, 0)))

    def ended(self, committed):
        self.committed += committed
        self.aborted += not committed


class Journaling(Copier):
    """Says in a file how each transaction ended, as its own end may come at any moment."""

    def __init__(self, journal, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.journal = open(journal, "a", buffering=1)

    def ended(self, committed):
        self.journal.write("committed\n" if committed else "aborted\n")


def feed(bootstrap, records, seconds, partitions):
    """Every record is acknowledged in the end, and none doubled."""
    failed, began = [], time.monotonic()
    p = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5,
                  "message.timeout.ms": 120000, **QUIET})
    for n in range(records):
        while True:
            try:
                p.produce("in", b"%d" % (n // partitions), partition=n % partitions,
                          on_delivery=lambda e, m: failed.append(e) if e else None)
                break
            except BufferError:
                p.poll(0.1)
        if n % 1000 == 0:
            p.poll(0)
            time.sleep(max(0, began + seconds * n / records - time.monotonic()))
    assert p.flush(120) == 0, "not all is acknowledged"
    assert not failed, failed[0]


def main(kind, bootstrap, *words):
    if kind == "feed":
        records, seconds, partitions = words
        feed(bootstrap, int(records), float(seconds), int(partitions))
        return
    name, journal, seed, *config = words
    copier = Journaling(journal, bootstrap, name, seed, most=5000, aborts=0.05, **dict(c.split("=", 1) for c in config))
    copier.run()
    raise copier.failure


if __name__ == "__main__":
    main(*sys.argv[1:])
