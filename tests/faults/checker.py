#!/usr/bin/env python3
"""The client of the fault tests: writes, reads, and accounts for every acknowledged record.

    checker.py BOOTSTRAP TOPIC PARTITIONS RECORDS_PER_SECOND REQUESTS_IN_FLIGHT

Reads commands from standard input, one a line, answers each with one line of JSON:
    health   whether every partition has a leader and a full ISR
    totals   acknowledged so far, the longest time without an acknowledgement since the last `totals`
    finish   stops writing, waits for all acknowledgements, reads everything back, tells what is wrong

Two producers write to every partition: one idempotent (every record once, in order, with so many requests in
flight; a restarted broker of Apache Kafka knows a producer's last batch alone), one not (a retry may
write a record twice, and may come after a request that was sent meanwhile; but what was acknowledged before
a record was sent stands before it). A consumer and a consumer group read along.
"""
import json
import logging
import os
import select
import struct
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from group import Group

IDEMPOTENT, PLAIN = 0, 1
OPEN_MAX = 2000  # records sent and not yet acknowledged, per producer
HEADER = struct.Struct(">BIq")
PADDING = os.urandom(150)


class Bumps(logging.Handler):
    """Hears of the client's new producer epochs: all that was open then it may send again, with new sequences."""

    def __init__(self, account):
        super().__init__()
        self.account = account

    def emit(self, record):
        text = record.getMessage()
        print(text, file=sys.stderr, flush=True)
        if "bumped epoch to" in text or "Acquired PID" in text:
            self.account.bumps += any(self.account.next)
            for partition, upto in enumerate(self.account.next):
                self.account.resent[partition].update(range(max(0, upto - 2 * OPEN_MAX), upto))


class Account:
    """What one producer sent and what came back."""

    def __init__(self, number, bootstrap, topic, partitions, in_flight):
        config = {"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 2, "message.timeout.ms": 0,
                  "retry.backoff.ms": 20, "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 500,
                  "socket.timeout.ms": 5000, "request.timeout.ms": 4000, "retries": 2147483647,
                  "topic.metadata.refresh.interval.ms": 5000, "log_level": 0}
        logger = logging.Logger(f"producer {number}")
        config["max.in.flight.requests.per.connection"] = in_flight if number == IDEMPOTENT else 1
        if number == IDEMPOTENT:
            config.update({"enable.idempotence": True, "debug": "eos", "log_level": 7})
            logger.addHandler(Bumps(self))
        self.number, self.topic = number, topic
        self.producer = Producer({**config, "error_cb": self.on_error}, logger=logger)
        self.resent = [set() for _ in range(partitions)]  # what a new epoch may have written once more
        self.bumps = 0
        self.next = [0] * partitions
        self.acked = [{} for _ in range(partitions)]  # offset -> number of the record
        self.unplaced = [set() for _ in range(partitions)]  # acknowledged by an answer to later ones: no offset
        self.done = [set() for _ in range(partitions)]  # acknowledged, from the first that is not
        self.first_open = [0] * partitions
        self.behind = [[] for _ in range(partitions)]  # of each record: first_open when it was sent
        self.open, self.total, self.wrong, self.dead = 0, 0, [], False
        self.last_ack, self.gap = time.monotonic(), 0.0

    def on_error(self, error):
        """A producer that saw its own records vanish sends no more."""
        if error.fatal() or error.name() == "_FATAL":
            self.dead = True
            self.wrong.append(f"producer {self.number}: {error}")

    def poll(self, seconds):
        try:
            self.producer.poll(seconds)
        except KafkaException as e:
            self.on_error(e.args[0])

    def note_done(self, partition, seq):
        done = self.done[partition]
        done.add(seq)
        while self.first_open[partition] in done:
            done.discard(self.first_open[partition])
            self.first_open[partition] += 1

    def send(self, partition):
        if self.dead:
            return
        seq = self.next[partition]
        self.next[partition] += 1
        self.behind[partition].append(self.first_open[partition])
        self.open += 1

        def done(error, message):
            self.open -= 1
            if error is not None:
                self.wrong.append(f"producer {self.number} partition {partition} record {seq}: {error}")
                return
            now = time.monotonic()
            self.gap, self.last_ack = max(self.gap, now - self.last_ack), now
            self.total += 1
            self.note_done(partition, seq)
            if message.offset() is None:
                self.unplaced[partition].add(seq)
                return
            twin = self.acked[partition].setdefault(message.offset(), seq)
            if twin != seq:
                self.wrong.append(f"partition {partition} offset {message.offset()} acknowledged twice: {twin}, {seq}")

        value = HEADER.pack(self.number, partition, seq) + PADDING[:seq % 150]
        try:
            self.producer.produce(self.topic, value, partition=partition, on_delivery=done)
        except KafkaException as e:
            self.open -= 1
            self.on_error(e.args[0])


class Order:
    """The records of one producer as they stand in a partition: `next` is the first that has not come."""

    def __init__(self):
        self.next, self.early = 0, set()

    def put(self, seq):
        """False for one that was there already."""
        if seq < self.next or seq in self.early:
            return False
        self.early.add(seq)
        while self.next in self.early:
            self.early.discard(self.next)
            self.next += 1
        return True


class Checker:
    def __init__(self, bootstrap, topic, partitions, rate, in_flight):
        self.bootstrap, self.topic, self.partitions, self.rate = bootstrap, topic, partitions, rate
        self.accounts = [Account(n, bootstrap, topic, partitions, in_flight) for n in (IDEMPOTENT, PLAIN)]
        self.group = Group(bootstrap, topic, partitions)
        self.seen = [{} for _ in range(partitions)]  # offset -> value as a consumer saw it during the faults
        self.wrong = []
        self.reader = self.consumer()
        self.reader.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
        self.turn, self.began, self.sent = 0, time.monotonic(), 0

    def consumer(self):
        return Consumer({"bootstrap.servers": self.bootstrap, "group.id": "checker", "enable.auto.commit": False,
                         "auto.offset.reset": "error", "check.crcs": True, "reconnect.backoff.ms": 10,
                         "reconnect.backoff.max.ms": 500, "socket.timeout.ms": 5000, "fetch.wait.max.ms": 100,
                         "log_level": 0})

    def note(self, message):
        before = self.seen[message.partition()].setdefault(message.offset(), message.value()[:HEADER.size])
        if before != message.value()[:HEADER.size]:
            self.wrong.append(f"partition {message.partition()} offset {message.offset()} changed: "
                              f"{HEADER.unpack(before)}, then {HEADER.unpack(message.value()[:HEADER.size])}")

    def write(self):
        due = int((time.monotonic() - self.began) * self.rate) - self.sent
        for _ in range(min(due, 200)):
            for account in self.accounts:
                if account.open < OPEN_MAX:
                    account.send(self.turn % self.partitions)
            self.turn += 1
        self.sent += max(due, 0)
        for account in self.accounts:
            account.poll(0)

    def read(self, seconds=0.0):
        for m in self.reader.consume(1000, seconds):
            if m.error():
                if m.error().name() in ("OFFSET_OUT_OF_RANGE", "_AUTO_OFFSET_RESET"):
                    self.wrong.append(f"the consumer: {m.error()}")
                continue
            self.note(m)
        self.group.poll()

    def health(self):
        try:
            admin = AdminClient({"bootstrap.servers": self.bootstrap, "socket.timeout.ms": 3000, "log_level": 0})
            topics = admin.list_topics(timeout=3).topics
        except KafkaException as e:
            return {"healthy": False, "why": str(e)}
        thin = [f"{t.topic}-{p.id} leader {p.leader} isr {p.isrs}" for t in topics.values() for p in t.partitions.values()
                if p.leader < 0 or len(p.isrs) < len(p.replicas)]
        mine = topics.get(self.topic)
        return {"healthy": bool(mine) and not mine.error and not thin and len(mine.partitions) == self.partitions,
                "thin": thin[:5]}

    def totals(self):
        now = time.monotonic()
        gap = max(max(a.gap, now - a.last_ack) for a in self.accounts)
        for account in self.accounts:
            account.gap, account.last_ack = 0.0, now
        return {"acked": sum(a.total for a in self.accounts), "gap": round(gap, 3),
                "wrong": (self.wrong + self.group.wrong + [w for a in self.accounts for w in a.wrong])[:10]}

    def finish(self):
        deadline = time.monotonic() + 120
        for account in self.accounts:
            while account.open and not account.dead and time.monotonic() < deadline:
                account.poll(0.1)
                self.read()
            if account.open:
                self.wrong.append(f"producer {account.number}: {account.open} records were never acknowledged")
        found = self.read_back()
        lost = sum(self.account_for(account, found) for account in self.accounts)
        for partition, seen in enumerate(self.seen):
            for offset, value in seen.items():
                if found[partition].get(offset) != value:
                    self.wrong.append(f"partition {partition} offset {offset} was read once and is not there now")
        group = self.group.finish([max(records, default=-1) + 1 for records in found])
        doubled, unordered = self.check_order(found)
        result = self.totals()
        return {**result, **group, "bumps": self.accounts[IDEMPOTENT].bumps, "lost": lost, "doubled": doubled,
                "reordered": unordered, "records": sum(map(len, found)), "read_during_faults": sum(map(len, self.seen))}

    def read_back(self):
        reader, found = self.consumer(), [{} for _ in range(self.partitions)]
        ends = {}
        for p in range(self.partitions):
            low, high = reader.get_watermark_offsets(TopicPartition(self.topic, p), timeout=30)
            if low != 0:
                self.wrong.append(f"partition {p} begins at {low}")
            ends[p] = high
        left = {p for p, end in ends.items() if end}
        reader.assign([TopicPartition(self.topic, p, 0) for p in left])
        deadline = time.monotonic() + 180
        while left and time.monotonic() < deadline:
            for m in reader.consume(10000, 0.5):
                if m.error():
                    continue
                found[m.partition()][m.offset()] = m.value()[:HEADER.size]
                if m.offset() + 1 >= ends[m.partition()]:
                    left.discard(m.partition())
        if left:
            self.wrong.append(f"partitions not read to their end: {left}")
        reader.close()
        return found

    def account_for(self, account, found):
        lost = 0
        for partition, acked in enumerate(account.acked):
            there = set(found[partition].values()) if account.unplaced[partition] else ()
            missing = [(offset, seq) for offset, seq in acked.items()
                       if found[partition].get(offset) != HEADER.pack(account.number, partition, seq)]
            missing += [(None, seq) for seq in account.unplaced[partition]
                        if HEADER.pack(account.number, partition, seq) not in there]
            lost += len(missing)
            for offset, seq in missing[:10]:
                self.wrong.append(f"producer {account.number} partition {partition} offset {offset}: record "
                                  f"{seq} was acknowledged and is not there")
        return lost

    def check_order(self, found):
        doubled = unordered = 0
        for partition, records in enumerate(found):
            orders = [Order(), Order()]
            for offset in sorted(records):
                number, where, seq = HEADER.unpack(records[offset])
                if where != partition or number > PLAIN or seq >= self.accounts[number].next[partition]:
                    self.wrong.append(f"partition {partition} offset {offset}: an invented record")
                    continue
                must = seq if number == IDEMPOTENT else self.accounts[number].behind[partition][seq]
                if orders[number].next < must:
                    unordered += 1
                    self.wrong.append(f"partition {partition} offset {offset}: record {seq} of producer {number} stands "
                                      f"before {orders[number].next}")
                again = not orders[number].put(seq)
                doubled += again and number == IDEMPOTENT and seq not in self.accounts[number].resent[partition]
        return doubled, unordered


def create_topic(bootstrap, topic, partitions):
    deadline = time.monotonic() + 60
    while True:
        admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
        try:
            admin.create_topics([NewTopic(topic, partitions, 3, config={"min.insync.replicas": "2"})],
                                request_timeout=5)[topic].result(10)
            return
        except KafkaException as e:
            if e.args[0].name() == "TOPIC_ALREADY_EXISTS":
                return
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def main():
    bootstrap, topic, partitions, rate, in_flight = *sys.argv[1:3], *map(int, sys.argv[3:])
    create_topic(bootstrap, topic, partitions)
    checker = Checker(bootstrap, topic, partitions, rate, in_flight)
    print(json.dumps({"ready": True}), flush=True)
    while True:
        checker.write()
        checker.read(0.005)
        if not select.select([sys.stdin], [], [], 0)[0]:
            continue
        command = sys.stdin.readline().strip()
        if not command:
            return
        print(json.dumps({"health": checker.health, "totals": checker.totals, "finish": checker.finish}[command]()),
              flush=True)
        if command == "finish":
            return


if __name__ == "__main__":
    main()
