"""klamm's replicas of Apache Kafka's leaders and the other way round. Broker 1 is klamm's, broker 2 is Apache's.

Each test runs under a controller of either kind; what the logs hold is compared byte by byte and read by Apache's
DumpLogSegments."""
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/integration"))
from confluent_kafka import TopicPartition  # noqa: E402
from harness import run, until  # noqa: E402
from replication_test import TOPIC, Cluster, account, read, write  # noqa: E402

KLAMM, APACHE = 1, 2
WHOLE_SECONDS = 60
SLOW = {"broker.session.timeout.ms": 6000, "broker.heartbeat.interval.ms": 500, "replica.lag.time.max.ms": 3000}


def pair(controller):
    """The nodes of two kinds: a broker of each."""
    return Cluster({**SLOW, "log.segment.bytes": 1048576, "default.replication.factor": 2}, (controller,),
                   ("klamm", "apache"))


def both_ways(cluster, topic, **config):
    """Partition 0 is led by klamm, partition 1 by Apache."""
    cluster.topic(topic, 2, {"min.insync.replicas": "1", **config}, [[KLAMM, APACHE], [APACHE, KLAMM]])
    cluster.wait_whole(topic)
    assert [cluster.leader(topic, i).id for i in (0, 1)] == [KLAMM, APACHE]


def dump(cluster, topic):
    """Apache's tool reads every segment that klamm wrote as a follower; the number of batches."""
    total = 0
    for path in sorted((cluster.broker(KLAMM).dir / "data" / f"{topic}-1").glob("*.log")):
        done = subprocess.run([ROOT / "tests/interop/apache.sh", "org.apache.kafka.tools.DumpLogSegments", "--deep-iteration",
                               "--files", path], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        batches = [line for line in done.stdout.splitlines() if line.startswith("baseOffset:")]
        assert all("isvalid: true" in line for line in batches), path
        total += len(batches)
    assert total
    return total


def replicate(controller):
    with pair(controller) as c:
        both_ways(c, "same")
        for i in (0, 1):
            for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
                assert not write(c, "same", 1000, 800, partition=i, **{"compression.type": codec})
            assert not write(c, "same", 1000, 100, partition=i, **{"enable.idempotence": True})
            assert len(read(c, "same", i)) == 6000
        size = c.check_equal("same")
        return f"{size} bytes, {dump(c, 'same')} batches"


def replicas_of_both_kinds_hold_the_same_bytes_under_klamms_controller():
    return replicate("klamm")


def replicas_of_both_kinds_hold_the_same_bytes_under_apaches_controller():
    return replicate("apache")


def part(controller):
    """For each kind of leader: it writes on alone, dies, the other leads, it returns and is cut back."""
    with pair(controller) as c:
        both_ways(c, "parted")
        for i, leader, other in ((0, KLAMM, APACHE), (1, APACHE, KLAMM)):
            old, new = c.broker(leader), c.broker(other)
            c.wait_whole("parted")
            assert not write(c, "parted", 500, partition=i)
            new.signal(signal.SIGSTOP)
            for _ in range(3):  # the first may be in the other's socket already
                assert not write(c, "parted", 100, acks="1", partition=i)
            old.kill()
            new.signal(signal.SIGCONT)
            until(lambda: c.leader("parted", i) is new, WHOLE_SECONDS, "another leader", 0.1)
            assert not write(c, "parted", 200, partition=i)
            old.start()
            c.wait_whole("parted")
            assert 700 <= len(read(c, "parted", i)) <= 800
        return f"{c.check_equal('parted')} bytes"


def logs_that_parted_are_cut_back_under_klamms_controller():
    return part("klamm")


def logs_that_parted_are_cut_back_under_apaches_controller():
    return part("apache")


def disks_that_were_lost_are_filled_again_from_inside_a_batch():
    with pair("klamm") as c:
        both_ways(c, "begin")
        admin = c.admin()
        for i in (0, 1):
            assert not write(c, "begin", 3000, 1000, partition=i, **{"linger.ms": 50})
            at = TopicPartition("begin", i, 1503)
            assert admin.delete_records([at])[at].result(20).low_watermark == 1503
        for i, leader, other in ((0, KLAMM, APACHE), (1, APACHE, KLAMM)):
            victim = c.broker(other)
            victim.kill()
            until(lambda: not c.is_whole("begin"), WHOLE_SECONDS, "the dead one is out of the in-sync set", 0.1)
            shutil.rmtree(victim.dir)
            victim.format()
            victim.start()
            c.wait_whole("begin")
            found = read(c, "begin", i, begin=1503)
            assert sorted(found) == list(range(1503, 3000))


def kills_of_either_kind_lose_nothing():
    rng = random.Random(7)
    with Cluster(SLOW, ("klamm",), ("klamm", "apache", "klamm")) as c:
        result = account(c, lambda cluster: [rng.choice(cluster.brokers)], 6, rng)
        c.check_equal(TOPIC)
    return f"{result['acked']} acknowledged, longest gap {result['gap']} s"


if __name__ == "__main__":
    run([replicas_of_both_kinds_hold_the_same_bytes_under_klamms_controller,
         replicas_of_both_kinds_hold_the_same_bytes_under_apaches_controller,
         logs_that_parted_are_cut_back_under_klamms_controller, logs_that_parted_are_cut_back_under_apaches_controller,
         disks_that_were_lost_are_filled_again_from_inside_a_batch, kills_of_either_kind_lose_nothing])
