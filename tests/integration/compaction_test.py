"""Compacted topics on real brokers: the newest value of every key stays at its offset, old ones go, whoever is killed."""
import os
import random
import time

from confluent_kafka import Producer

from harness import long, run, until
from replication_test import WHOLE_SECONDS, Cluster, bounce, read
from txn_test import SMALL, producer
from txn_test import read as read_values

KILLS = int(os.environ.get("KLAMM_KILLS", "6"))
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))
QUICK = {**SMALL, "log.cleaner.backoff.ms": 200, "log.segment.delete.delay.ms": 500}
TOPIC = {"cleanup.policy": "compact", "segment.bytes": "1048576", "min.cleanable.dirty.ratio": "0.1",
         "file.delete.delay.ms": "500", "delete.retention.ms": "1000"}
KEYS = 500


def write(cluster, values, topic="c", **config):
    """{key: (offset, value)} of the last record of each key; a value of None is a tombstone."""
    newest, failed = {}, []

    def told(e, m):
        if e:
            failed.append(e)
        else:
            newest[m.key()] = max(newest.get(m.key(), (-1, None)), (m.offset(), m.value() or b""))
    p = Producer({"bootstrap.servers": cluster.bootstrap(), "acks": "all", "linger.ms": 5, "log_level": 0,
                  "enable.idempotence": True, **config})
    for key, value in values:
        p.produce(topic, value, key=key, partition=0, on_delivery=told)
        p.poll(0)
    assert p.flush(300) == 0 and not failed, failed
    return newest


def updates(rng, count, size=400):
    for _ in range(count):
        yield b"k%d" % rng.randrange(KEYS), rng.randbytes(size)


def kept(cluster, topic="c"):
    return {offset: value for offset, value in read(cluster, topic).items()}


def bytes_of(cluster, topic="c"):
    """Of the partition's segments on each broker; a look in which one was swapped away is taken again."""
    def of(broker):
        while True:
            try:
                return sum(p.stat().st_size for p in (broker.dir / "data" / f"{topic}-0").glob("*.log"))
            except FileNotFoundError:
                pass
    return [of(b) for b in cluster.brokers]


def small(cluster, most):
    return until(lambda: all(0 < n < most for n in bytes_of(cluster)) and bytes_of(cluster), WHOLE_SECONDS,
                 f"logs below {most} bytes: {bytes_of(cluster)}", 0.2)


def check_newest(cluster, newest):
    found = kept(cluster)
    for key, (offset, value) in newest.items():
        assert found.get(offset) == (value or None), f"{key} at {offset}"
    return found


def old_values_go_and_the_newest_stay_on_every_replica():
    rng = random.Random(SEED)
    with Cluster(QUICK) as c:
        c.topic("c", 1, TOPIC)
        newest = {}
        for codec in ("none", "lz4", "zstd", "gzip", "snappy"):
            newest.update(write(c, updates(rng, 5000), **{"compression.type": codec}))
        most = 25000 * 400 // 3
        sizes = small(c, most)
        found = check_newest(c, newest)
        assert len(found) < 25000
        bounce(c.brokers)
        c.wait_whole("c")
        check_newest(c, newest)
        assert (c.brokers[0].dir / "data/cleaner-offset-checkpoint").read_text().count("c 0 ") == 1
        return f"{sizes} of {25000 * 400} bytes"


def tombstones_take_keys_away_and_go_themselves():
    rng = random.Random(SEED)
    with Cluster(QUICK) as c:
        c.topic("c", 1, TOPIC)
        write(c, updates(rng, 5000))
        gone = [b"k%d" % i for i in range(KEYS // 2)]
        tombs = write(c, [(k, None) for k in gone])
        newest = write(c, [(b"k%d" % i, rng.randbytes(3000)) for i in range(KEYS // 2, KEYS)] * 3)
        last = max(o for o, _ in tombs.values())

        def absent():
            write(c, [(b"z", rng.randbytes(3000))] * 400)  # rolls segments, so that there is something to clean
            return not {o for o, _ in tombs.values()} & set(kept(c))
        until(absent, WHOLE_SECONDS, "tombstones are gone", 1)
        found = check_newest(c, newest)
        assert all(o > last or o in found for o in found)


def aborted_transactions_are_dropped_and_readers_of_committed_records_see_no_difference():
    rng = random.Random(SEED)
    with Cluster(QUICK) as c:
        c.topic("c", 1, TOPIC)
        p = producer(c, "txn")
        newest = {}
        for n in range(60):
            p.begin_transaction()
            batch = [(b"k%d" % rng.randrange(KEYS), b"%d/%d/" % (n, i) + rng.randbytes(1000)) for i in range(100)]
            for key, value in batch:
                p.produce("c", value, key=key, partition=0)
            assert p.flush(100) == 0
            if n % 3 == 0:
                p.abort_transaction(100)
            else:
                p.commit_transaction(100)
                newest.update({k: v for k, v in batch})
        small(c, 60 * 100 * 1000 // 2)
        values = read_values(c, "c")
        assert set(newest.values()) <= set(values), "a newest value is lost"
        aborted = [v for v in values if int(v.split(b"/")[0]) % 3 == 0]
        assert not aborted, aborted[:3]


@long
def brokers_killed_at_any_moment_of_cleaning_lose_no_newest_value():
    rng = random.Random(SEED)
    with Cluster(QUICK) as c:
        c.topic("c", 1, {**TOPIC, "min.insync.replicas": "2"})
        newest = {}
        for _ in range(KILLS):
            newest.update(write(c, updates(rng, 4000)))
            time.sleep(rng.uniform(0, 0.6))
            bounce(rng.sample(c.brokers, rng.choice((1, 1, 3))))
            c.wait_whole("c")
        check_newest(c, newest)
        small(c, KILLS * 4000 * 400 // 2)
        check_newest(c, newest)
        return f"{KILLS} kills, KLAMM_SEED={SEED}"


if __name__ == "__main__":
    run([old_values_go_and_the_newest_stay_on_every_replica, tombstones_take_keys_away_and_go_themselves,
         aborted_transactions_are_dropped_and_readers_of_committed_records_see_no_difference,
         brokers_killed_at_any_moment_of_cleaning_lose_no_newest_value])
