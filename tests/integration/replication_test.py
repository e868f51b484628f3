"""Three replicas of every record on real brokers: kill -9, lost disks, logs that part; every acknowledged record
is accounted for, and in the end the logs of all replicas are the same bytes.

The cluster and the accounting client are those of tests/faults, on loopback addresses instead of hosts."""
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic

from harness import PATIENCE, long, run, until
import raw
import records
from faults import Client
from nodes import BROKER_PORT, Cluster as Nodes

KILLS = int(os.environ.get("KLAMM_KILLS", "6"))
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))
WHOLE_SECONDS = 40
TOPIC = "accounted"
SHORT = {"broker.session.timeout.ms": 1500, "broker.heartbeat.interval.ms": 200, "replica.lag.time.max.ms": 1000}
# Where nobody may be fenced, or leave an in-sync set, for being slow: near Kafka's own.
LONG = {"broker.session.timeout.ms": 6000, "replica.lag.time.max.ms": 30000}


class Loopback:
    """The hosts of a cluster as addresses of this machine."""

    given = set()  # to clusters of this process: one that is made binds its addresses only when it starts

    def __init__(self, hosts):
        while True:
            network = random.randrange(20, 250)
            self.address = {h: f"127.{network}.7.{i + 1}" for i, h in enumerate(hosts)}
            if network not in self.given and not any(self.taken(a) for a in self.address.values()):
                self.given.add(network)
                return

    @staticmethod
    def taken(address):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((address, BROKER_PORT))
                return False
            except OSError:
                return True

    @staticmethod
    def command(_host, argv):
        return [str(a) for a in argv]


class Cluster(Nodes):
    """One controller and three brokers, gone at the end."""

    def __init__(self, extra=None, controllers=("klamm",), brokers=("klamm",) * 3, log_dirs=("data",)):
        net = Loopback(Nodes.hosts(len(controllers), len(brokers)))
        super().__init__(net, tempfile.mkdtemp(prefix="klamm-it-"), list(controllers), list(brokers),
                         {**SHORT, **(extra or {})}, log_dirs)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            print(self.log_ends(20))
        self.stop()
        if not os.environ.get("KLAMM_KEEP"):
            self.remove()

    def admin(self):
        return AdminClient({"bootstrap.servers": self.bootstrap(), "socket.timeout.ms": 3000, "log_level": 0})

    def brokers_up(self):
        """How many brokers are registered and not fenced."""
        try:
            return len(self.admin().list_topics(timeout=3).brokers)
        except KafkaException:
            return 0

    def topic(self, name, partitions=1, config=None, replicas=None):
        """Three replicas each, or where `replicas` places them; every broker knows it then."""
        until(lambda: self.brokers_up() == len(self.brokers), WHOLE_SECONDS, "all brokers are up", 0.1)
        admin = self.admin()  # an operation ends with the client that nobody holds

        def made():
            try:
                placed = {"replica_assignment": replicas} if replicas else {"replication_factor": 3}
                admin.create_topics([NewTopic(name, partitions, config=config or {}, **placed)],
                                    request_timeout=5)[name].result(30)
                return True
            except KafkaException as e:
                return e.args[0].name() == "TOPIC_ALREADY_EXISTS"
            except TimeoutError:
                return False
        until(made, 20, f"topic {name}", 0.1)
        for b in self.brokers:
            until(lambda: raw.knows(self.net.address[b.host], BROKER_PORT, name), WHOLE_SECONDS, f"{name} at {b.id}", 0.01)

    def partition(self, topic, index=0):
        """The metadata of a partition, or None while no broker can tell."""
        try:
            return self.admin().list_topics(topic, timeout=3).topics[topic].partitions.get(index)
        except KafkaException:
            return None

    def in_sync(self, topic, index=0):
        """Who is, as far as anyone can tell."""
        p = self.partition(topic, index)
        return p.isrs if p else []

    def is_whole(self, topic):
        try:
            found = self.admin().list_topics(topic, timeout=3).topics[topic]
        except KafkaException:
            return False
        return found.partitions and all(p.leader >= 0 and len(p.isrs) == len(p.replicas)
                                        for p in found.partitions.values())

    def wait_whole(self, topic):
        until(lambda: self.is_whole(topic), WHOLE_SECONDS, f"a full in-sync set of {topic}", 0.1)

    def broker(self, node_id):
        return next(b for b in self.brokers if b.id == node_id)

    def leader(self, topic, index=0):
        def known():
            p = self.partition(topic, index)
            return p and p.leader >= 0 and self.broker(p.leader)
        return until(known, WHOLE_SECONDS, f"a leader of {topic}", 0.05)

    def check_equal(self, topic):
        """Stops all; the logs of a partition are the same bytes on every broker. Their number of bytes."""
        for node in self.brokers:
            assert node.terminate(), f"{node.host} did not stop"
        names = sorted(p.name for p in self.brokers[0].dir.glob(f"data/{topic}-*") if p.is_dir())
        assert names, topic
        total = 0
        for name in names:
            logs = [log_bytes(b.dir / "data" / name) for b in self.brokers]
            assert all(log == logs[0] for log in logs), f"{name}: logs of {[len(x) for x in logs]} bytes differ"
            total += len(logs[0])
        return total


def log_bytes(directory):
    return b"".join(p.read_bytes() for p in sorted(directory.glob("*.log")))


def write(cluster, topic, count, size=200, acks="all", seconds=30, partition=0, **config):
    """Values written one after the other; those not acknowledged within the time raise."""
    failed = []
    producer = Producer({"bootstrap.servers": cluster.bootstrap(), "acks": acks, "linger.ms": 2, "log_level": 0,
                         "message.timeout.ms": int(seconds * 1000), "retry.backoff.ms": 20, **config})
    for i in range(count):
        producer.produce(topic, b"%020d" % i + os.urandom(size), partition=partition,
                         on_delivery=lambda e, m: failed.append(e) if e else None)
        producer.poll(0)
    assert producer.flush(seconds + 10) == 0
    return failed


def bounce(nodes, seconds=0):
    """kill -9 of all of them, and their start after so long."""
    for node in nodes:
        node.kill()
    time.sleep(seconds)
    for node in nodes:
        node.start()


def end_of(cluster, at, least=0):
    """The high watermark, None while no leader tells or it is below `least`."""
    found = records.watermarks(cluster.bootstrap(), at.topic, at.partition, 3)
    return found[1] if found and found[1] >= least else None


def read(cluster, topic, partition=0, begin=0, seconds=30, least=1):
    """{offset: value} of one partition up to its end, once that is `least` or more: a new leader's high watermark
    may be behind for a moment."""
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap(), "group.id": "read", "log_level": 0,
                         "enable.auto.commit": False, "auto.offset.reset": "error", "check.crcs": True})
    at = TopicPartition(topic, partition, begin)
    end = until(lambda: end_of(cluster, at, least), seconds, f"{topic}-{partition} up to {least}", 0.1)
    consumer.assign([at])
    found, deadline = {}, time.monotonic() + seconds * PATIENCE
    while not found or max(found) + 1 < end:
        assert time.monotonic() < deadline, f"{topic}-{partition}: {len(found)} records of {end}"
        for m in consumer.consume(10000, 0.2):
            assert not m.error(), m.error()
            found[m.offset()] = m.value()
    consumer.close()
    return found


def all_replicas_hold_the_same_bytes():
    with Cluster({"log.segment.bytes": 1048576}) as c:
        c.topic("same", 3)
        c.wait_whole("same")
        for partition in range(3):
            assert not write(c, "same", 5000, 600, partition=partition,
                             **{"compression.type": ("none", "lz4", "zstd")[partition]})
        return f"{c.check_equal('same')} bytes"


def account(cluster, victims, kills, rng, pause=1.0):
    """kill -9 and restart of `victims(cluster)` under a producer with acks=all; what the checker found."""
    client = Client(cluster, 300, TOPIC)
    try:
        for _ in range(kills):
            time.sleep(rng.uniform(0.1, pause))
            killed = victims(cluster)
            for node in killed:
                node.kill()
            time.sleep(rng.choice((0, 0, 0.3, 1)))
            for node in killed:
                node.start()
            if rng.random() < 0.5:
                until(lambda: client.ask("health")["healthy"], WHOLE_SECONDS, "the cluster is whole again", 0.1)
        until(lambda: client.ask("health")["healthy"], WHOLE_SECONDS, "the cluster is whole in the end", 0.1)
        result = client.ask("finish")
    finally:
        client.stop()
    for key in ("lost", "doubled", "reordered"):
        assert result[key] == 0, result
    assert not result["wrong"] and result["acked"] > 0 and result["read_during_faults"] > 0, result
    return result


def survives(victims):
    rng = random.Random(SEED)
    with Cluster() as c:
        result = account(c, lambda cluster: victims(cluster, rng), KILLS, rng)
        c.check_equal(TOPIC)
    return f"{KILLS} kills, {result['acked']} acknowledged, longest gap {result['gap']} s, KLAMM_SEED={SEED}"


def leaders_killed_at_any_moment_lose_nothing():
    return survives(lambda c, rng: [c.leader(TOPIC, rng.randrange(6))])


@long
def followers_killed_at_any_moment_lose_nothing():
    def follower(c, rng):
        p = until(lambda: c.partition(TOPIC, rng.randrange(6)), 10, "metadata")
        return [c.broker(rng.choice([r for r in p.replicas if r != p.leader]))]
    return survives(follower)


def all_brokers_killed_at_once_lose_nothing():
    return survives(lambda c, rng: list(c.brokers))


@long
def brokers_of_a_durable_topic_killed_at_any_moment_lose_nothing():
    """klamm.durable.acks changes when records are acknowledged, and nothing else."""
    rng = random.Random(SEED)
    with Cluster({"klamm.durable.acks": "true"}) as c:
        result = account(c, lambda cluster: [rng.choice(cluster.brokers)], max(KILLS // 2, 2), rng)
        c.check_equal(TOPIC)
    return f"{result['acked']} acknowledged, KLAMM_SEED={SEED}"


def a_follower_whose_disk_was_lost_catches_up():
    with Cluster() as c:
        c.topic("lost")
        c.wait_whole("lost")
        assert not write(c, "lost", 20000, 500)
        victim = next(b for b in c.brokers if b is not c.leader("lost"))
        victim.kill()
        shutil.rmtree(victim.dir)
        victim.format()
        victim.start()
        assert not write(c, "lost", 1000, 500)
        c.wait_whole("lost")
        return f"{c.check_equal('lost')} bytes"


def records_that_no_follower_had_are_cut_when_their_leader_returns():
    """acks=1 while the followers stand still: the leader's log goes on alone, and parts from the next leader's."""
    # Who stands still is in sync all the while: else nobody could lead after the old leader.
    with Cluster({**LONG, "unclean.leader.election.enable": "false"}) as c:
        c.topic("parted", config={"min.insync.replicas": "1"})
        c.wait_whole("parted")
        assert not write(c, "parted", 500)
        old = c.leader("parted")
        others = [b for b in c.brokers if b is not old]
        for b in others:
            b.signal(signal.SIGSTOP)
        # What the parked fetches are answered with waits in the sockets of the others; nothing behind it does.
        for _ in range(3):
            assert not write(c, "parted", 100, acks="1")
        old.kill()
        for b in others:
            b.signal(signal.SIGCONT)
        until(lambda: c.leader("parted") is not old, WHOLE_SECONDS, "another leader", 0.1)
        assert not write(c, "parted", 200)
        old.start()
        c.wait_whole("parted")
        found = read(c, "parted", least=700)
        assert 700 <= len(found) <= 800, len(found)
        assert "log_truncated topic=parted" in (old.dir / "log.txt").read_text()
        return f"{c.check_equal('parted')} bytes"


def deleted_records_go_on_every_replica():
    with Cluster() as c:
        c.topic("begin")
        c.wait_whole("begin")
        assert not write(c, "begin", 5000, 1000, **{"linger.ms": 50})
        at = TopicPartition("begin", 0, 2503)  # inside a batch
        admin = c.admin()
        assert admin.delete_records([at])[at].result(20).low_watermark == 2503
        victim = next(b for b in c.brokers if b is not c.leader("begin"))
        victim.kill()
        shutil.rmtree(victim.dir)
        victim.format()
        victim.start()
        c.wait_whole("begin")
        old = c.leader("begin")
        old.kill()
        until(lambda: c.leader("begin") is not old, WHOLE_SECONDS, "another leader", 0.1)
        assert min(read(c, "begin", begin=2503, least=5000)) == 2503


def set_on_brokers(cluster, name, value):
    admin = cluster.admin()
    for b in cluster.brokers:
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        wanted = ConfigResource(ConfigResource.Type.BROKER, str(b.id), incremental_configs=[entry])
        admin.incremental_alter_configs([wanted])[wanted].result(10)


def refill(side, unlimited):
    """Seconds until a follower whose disk was lost has 5 MB again, with that side throttled to 1 MB/s or not."""
    with Cluster() as c:
        config = {} if unlimited else {f"{side}.replication.throttled.replicas": "*"}
        c.topic("slow", config=config)
        c.wait_whole("slow")
        set_on_brokers(c, f"{side}.replication.throttled.rate", "1000000")
        assert not write(c, "slow", 5000, 1000)  # in-sync replicas are not held back
        victim = next(b for b in c.brokers if b is not c.leader("slow"))
        victim.kill()
        shutil.rmtree(victim.dir)
        victim.format()
        until(lambda: not c.is_whole("slow"), WHOLE_SECONDS, "the dead one is out of the in-sync set", 0.1)
        began = time.monotonic()
        victim.start()
        c.wait_whole("slow")
        took = time.monotonic() - began
        c.check_equal("slow")
        return took


@long
def a_throttled_replica_that_is_behind_is_copied_at_the_rate():
    # A throttle that held everybody would do so each time; a slow machine is slow by chance.
    free = next((took for took in (refill("leader", True) for _ in range(3)) if took < 3), None)
    assert free, "5 MB take 3 s though nothing limits them"
    leader, follower = refill("leader", False), refill("follower", False)
    assert leader > 3 and follower > 3, (free, leader, follower)
    return f"{free:.1f} s free, {leader:.1f} s by the leader's rate, {follower:.1f} s by the follower's"


def a_failed_directory_moves_its_leaders_and_no_others():
    """One of two directories is taken away under the broker: the next segment cannot be made."""
    with Cluster({**LONG, "log.segment.bytes": 1048576}, log_dirs=("data", "more")) as c:
        c.topic("dirs", 8)
        c.wait_whole("dirs")
        victim = c.leader("dirs")
        gone = victim.dir / next(d for d in c.log_dirs if (victim.dir / d / "dirs-0").exists())
        lost = {int(p.name.split("-")[1]) for p in gone.glob("dirs-*")}
        kept = set(range(8)) - lost
        assert lost and kept, (lost, kept)
        shutil.rmtree(gone)
        failed = write(c, "dirs", 3000, 1000)
        assert not failed, failed[0]
        for i in lost:
            until(lambda: c.leader("dirs", i) is not victim, 10, f"another leader of {i}")
            assert not write(c, "dirs", 10, partition=i)
        assert victim.running()
        until(lambda: all(victim.id in c.in_sync("dirs", i) for i in kept), 5, "it keeps the others")
        assert any(c.leader("dirs", i) is victim for i in kept)
        return f"{len(lost)} of 8 replicas lost"


def a_producer_needs_min_insync_replicas():
    with Cluster({"replica.lag.time.max.ms": 1000}) as c:
        c.topic("two", config={"min.insync.replicas": "2"})
        c.wait_whole("two")
        assert not write(c, "two", 10)
        leader = c.leader("two")
        for b in c.brokers:
            if b is not leader:
                b.kill()
        until(lambda: write(c, "two", 1, seconds=1), 20, "a refusal")
        for b in c.brokers:
            if b is not leader:
                b.start()
        assert not write(c, "two", 10)


if __name__ == "__main__":
    run([all_replicas_hold_the_same_bytes, leaders_killed_at_any_moment_lose_nothing,
         followers_killed_at_any_moment_lose_nothing, all_brokers_killed_at_once_lose_nothing,
         brokers_of_a_durable_topic_killed_at_any_moment_lose_nothing, a_follower_whose_disk_was_lost_catches_up,
         records_that_no_follower_had_are_cut_when_their_leader_returns,
         deleted_records_go_on_every_replica, a_failed_directory_moves_its_leaders_and_no_others,
         a_throttled_replica_that_is_behind_is_copied_at_the_rate,
         a_producer_needs_min_insync_replicas])
