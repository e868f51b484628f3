"""Share groups on real brokers, with confluent-kafka's share consumer: members share partitions, every record is
delivered, what was accepted never comes back, whoever is killed."""
import os
import random
import threading
import time

from confluent_kafka import KafkaException, Producer, ShareConsumer
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from harness import run, until
from replication_test import Cluster

KILLS = int(os.environ.get("KLAMM_KILLS", "4"))
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))
PARTITIONS = 3
SMALL = {"offsets.topic.num.partitions": 5, "share.coordinator.state.topic.num.partitions": 5,
         "group.share.min.session.timeout.ms": 3000, "group.share.session.timeout.ms": 6000,
         "group.share.min.heartbeat.interval.ms": 200, "group.share.heartbeat.interval.ms": 500,
         "group.share.min.record.lock.duration.ms": 1000, "group.share.record.lock.duration.ms": 3000}


class Member(threading.Thread):
    """Reads and accepts, one poll after the other, and remembers what it knows of."""

    def __init__(self, cluster, group, topic, release=0):
        super().__init__(daemon=True)
        self.seen, self.accepted, self.over, self.error, self.counts = [], [], False, None, {}
        self.consumer = ShareConsumer({"bootstrap.servers": cluster.bootstrap(), "group.id": group, "log_level": 0,
                                       "share.acknowledgement.mode": "implicit", "reconnect.backoff.ms": 5,
                                       "reconnect.backoff.max.ms": 50, "topic.metadata.refresh.fast.interval.ms": 20})
        self.consumer.subscribe([topic])

    def run(self):
        try:
            while not self.over:
                self.once()
            self.consumer.close()
        except Exception as error:  # the test shows it
            self.error = error

    def once(self):
        got = [m for m in self.consumer.poll(0.5) if not m.error()]
        self.seen += [(m.partition(), m.offset()) for m in got]
        if not got:
            return
        try:
            ended = self.consumer.commit_sync(10)
        except KafkaException:
            return  # not known: they may come again
        good = {(tp.topic, tp.partition) for tp, error in ended.items() if error is None}
        self.accepted += [(m.partition(), m.offset()) for m in got if (m.topic(), m.partition()) in good]


def earliest(cluster, group):
    resource = ConfigResource(ResourceType.GROUP, group, incremental_configs=[
        ConfigEntry("share.auto.offset.reset", "earliest", incremental_operation=AlterConfigOpType.SET)])
    admin = cluster.admin()
    admin.incremental_alter_configs([resource])[resource].result(10)


def produce(cluster, topic, n, failed):
    p = Producer({"bootstrap.servers": cluster.bootstrap(), "acks": "all", "enable.idempotence": True, "log_level": 0,
                  "message.timeout.ms": 120000, "linger.ms": 5, "batch.num.messages": 20})
    for i in range(n):
        p.produce(topic, b"%d" % i, partition=i % PARTITIONS, on_delivery=lambda e, m: failed.append(e) if e else None)
        if i % 20 == 0:
            p.poll(0.01)
    p.flush(120)


def check(members, records):
    """Every record was seen; none was accepted twice, or seen by anybody after it was known to be accepted."""
    for m in members:
        assert m.error is None, m.error
    accepted = [a for m in members for a in m.accepted]
    assert len(accepted) == len(set(accepted)), f"{len(accepted) - len(set(accepted))} records were accepted twice"
    seen = [s for m in members for s in m.seen]
    assert len(set(seen)) == records, f"{len(set(seen))} of {records} records were seen"
    return f"{records} records, {len(accepted)} known to be accepted, {len(seen) - records} delivered again"


def members_share_partitions_and_each_record_goes_to_one():
    with Cluster(SMALL) as c:
        c.topic("t", PARTITIONS)
        earliest(c, "g")
        members, failed = [Member(c, "g", "t") for _ in range(4)], []
        for m in members:
            m.start()
        produce(c, "t", 3000, failed)
        assert not failed, failed[0]
        until(lambda: sum(len(m.seen) for m in members) >= 3000, 60, "all is delivered")
        time.sleep(1)
        for m in members:
            m.over = True
        for m in members:
            m.join(20)
        assert sum(len(m.seen) for m in members) == 3000
        return check(members, 3000)


def nothing_accepted_comes_back_when_brokers_are_killed():
    rng, records = random.Random(SEED), 3000 * KILLS
    with Cluster(SMALL) as c:
        c.topic("t", PARTITIONS)
        earliest(c, "g")
        members, failed = [Member(c, "g", "t") for _ in range(3)], []
        writer = threading.Thread(target=produce, args=(c, "t", records, failed), daemon=True)
        for t in (writer, *members):
            t.start()

        def seen():
            return len({s for m in members for s in m.seen})
        until(lambda: seen() > 100, 60, "the first records")
        for _ in range(KILLS):
            victim = rng.choice(c.brokers)
            victim.kill()
            time.sleep(rng.random() * 2)
            victim.start()
            for topic in ("t", "__share_group_state", "__consumer_offsets"):
                c.wait_whole(topic)
        writer.join(150)
        assert not failed, failed[0]
        until(lambda: seen() == records, 90, f"all {records} records: {seen()}", 0.2)
        time.sleep(4)  # locks that were left are over
        for m in members:
            m.over = True
        for m in members:
            m.join(20)
        return f"seed {SEED}: {check(members, records)}"


if __name__ == "__main__":
    run([members_share_partitions_and_each_record_goes_to_one, nothing_accepted_comes_back_when_brokers_are_killed])
