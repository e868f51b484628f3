"""Consumer groups with confluent-kafka while brokers are killed: members share the partitions, no record is missed,
what was committed never goes back, and the group goes on with the next coordinator."""
import struct
import subprocess
import threading
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

import records
from failover_test import Load, all_in_sync, broker_pid
from harness import Dev, kill9, run, until

PARTITIONS = 6


class Member(threading.Thread):
    """Reads, remembers what it has read, commits it, again when that fails."""

    def __init__(self, bootstrap, group, topic, protocol, **config):
        super().__init__(daemon=True)
        self.seen, self.over, self.error, self.assigned = set(), False, None, []
        settings = {"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False,
                    "auto.offset.reset": "earliest", "group.protocol": protocol, "reconnect.backoff.ms": 5,
                    "reconnect.backoff.max.ms": 50, "topic.metadata.refresh.fast.interval.ms": 20, **config}
        if protocol == "classic":
            settings.update({"session.timeout.ms": 10000, "heartbeat.interval.ms": 500})
        self.consumer = Consumer(settings)
        self.consumer.subscribe([topic])

    def run(self):
        pending = False
        try:
            while not self.over:
                got = [m for m in self.consumer.consume(500, 0.05) if not m.error()]
                self.seen.update(struct.unpack(">q", m.value()[:8])[0] for m in got)
                self.assigned = [p.partition for p in self.consumer.assignment()]
                pending = (pending or bool(got)) and not self.commit()
            self.consumer.close()
        except Exception as error:  # the test shows it
            self.error = error

    def commit(self):
        try:
            self.consumer.commit(asynchronous=False)
            return True
        except KafkaException as error:  # a rebalance or a coordinator that moves: again, later
            return error.args[0].code() == KafkaError._NO_OFFSET


class Watch(threading.Thread):
    """Asks for the committed offsets all the time: none may ever go back. (A consumer, as librdkafka 2.16's
    admin client crashes on an answer from a broker that is not the coordinator any more.)"""

    def __init__(self, bootstrap, group, topic, partitions=PARTITIONS):
        super().__init__(daemon=True)
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "reconnect.backoff.ms": 5,
                                  "reconnect.backoff.max.ms": 50})
        self.partitions = [TopicPartition(topic, p) for p in range(partitions)]
        self.over, self.offsets, self.looks, self.errors = False, {}, 0, []

    def run(self):
        while not self.over:
            try:
                self.look()
            except KafkaException:
                pass  # no coordinator for a moment
            time.sleep(0.02)
        self.consumer.close()

    def look(self):
        found = self.consumer.committed(self.partitions, timeout=5)
        self.looks += 1
        for p in found:
            before = self.offsets.get(p.partition, p.offset)
            if p.error is None and p.offset < before:
                self.errors.append(f"partition {p.partition}: {p.offset} after {before}")
            if p.error is None and p.offset >= 0:
                self.offsets[p.partition] = p.offset


def coordinator(bootstrap, group):
    def told():
        try:
            admin = AdminClient({"bootstrap.servers": bootstrap})
            return admin.describe_consumer_groups([group], request_timeout=10)[group].result(60).coordinator.id
        except KafkaException:  # it moves
            return None
    return until(told, 30, f"the coordinator of {group}", 0.1)


def shared(members):
    return sorted(p for m in members for p in m.assigned) == list(range(PARTITIONS)) and all(m.assigned for m in members)


def kill_coordinators(dev, topic, group, members, kills):
    for _ in range(kills):
        all_in_sync(dev, topic)
        node = coordinator(dev.bootstrap, group)
        old = broker_pid(dev, node)
        kill9([old])
        until(lambda node=node, old=old: broker_pid(dev, node) not in (None, old), 30, "the broker is back")
        until(lambda: shared(members), 60, "the members share the partitions again")
        time.sleep(1)


def group_survives(protocol, kills=4):
    topic, group = f"shared-{protocol}", f"group-{protocol}"
    with Dev() as dev:
        records.create_topic(dev.bootstrap, topic, PARTITIONS, replicas=-1)
        load = Load(dev.bootstrap, topic, 0)
        members = [Member(dev.bootstrap, group, topic, protocol) for _ in range(2)]
        watch = Watch(dev.bootstrap, group, topic)
        for thread in (load, watch, *members):
            thread.start()
        try:
            until(lambda: shared(members), 40, "two members share the partitions")
            kill_coordinators(dev, topic, group, members, kills)
        finally:
            load.over = True
            load.join()
        until(lambda: load.acked <= members[0].seen | members[1].seen, 60, "every acknowledged record is read")
        until(lambda: sum(watch.offsets.values()) >= len(load.acked), 30, "all that was read is committed")
        for thread in (watch, *members):
            thread.over = True
        for thread in (watch, *members):
            thread.join()
        assert not watch.errors, f"{len(watch.errors)} committed offsets went back, the first: {watch.errors[0]}"
        for m in members:
            assert m.error is None, m.error
        return f"{protocol}: {kills} coordinators killed, {len(load.acked)} records read, " \
               f"{watch.looks} looks at committed offsets"


def a_classic_group_survives_its_coordinators():
    return group_survives("classic")


def a_consumer_group_survives_its_coordinators():
    return group_survives("consumer")


def kcat_reads_as_a_group():
    with Dev() as dev:
        records.create_topic(dev.bootstrap, "kcat", 3, replicas=-1)
        acked = records.produce(dev.bootstrap, "kcat", 3, range(300))
        out = subprocess.run(["kcat", "-b", dev.bootstrap, "-G", "kcat-group", "-e", "-f", "%p\n", "-X",
                              "auto.offset.reset=earliest", "kcat"], capture_output=True, text=True, timeout=300)
        assert out.stdout.count("\n") == len(acked), f"{out.stdout.count(chr(10))} of {len(acked)}: {out.stderr}"
        consumer = Consumer({"bootstrap.servers": dev.bootstrap, "group.id": "kcat-group"})
        found = consumer.committed([TopicPartition("kcat", p) for p in range(3)], timeout=120)
        consumer.close()
        assert [p.offset for p in found] == [100, 100, 100], found
        return "300 records"


if __name__ == "__main__":
    run([kcat_reads_as_a_group, a_classic_group_survives_its_coordinators,
         a_consumer_group_survives_its_coordinators])
