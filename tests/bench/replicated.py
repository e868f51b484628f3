"""Three replicas of everything: throughput, latency, and what a copy between brokers costs."""
import os
import time

import wire
from clusters import BenchCluster, Writing, load, until
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

PARTITIONS = 6
# The same promise, an acknowledged record is on disk, by each one's own property.
DURABLE = {"klamm": {"klamm.durable.acks": "true"}, "apache": {"log.flush.interval.messages": 1}}


def throughput(c, count, size):
    c.made("bench", PARTITIONS)
    load("produce", c.bootstrap(), "bench", count // 5, size, ACKS="all")  # warm, above all the Java machine
    before, began = c.cpu(), time.monotonic()
    seen = load("produce", c.bootstrap(), "bench", count, size, ACKS="all")
    wall, gb = time.monotonic() - began, count * size / 1e9
    assert not seen["failed"], seen
    return {"MB/s": 1000 * gb / wall, "cpu-s per GB, brokers": (c.cpu() - before) / gb}


def latency(c, topic, partitions, rate, quick):
    c.made(topic, partitions)
    load("latency", c.bootstrap(), topic, rate, 3 if quick else 10, 1024, ACKS="all")  # warm
    return load("latency", c.bootstrap(), topic, rate, 5 if quick else 20, 1024, ACKS="all")


def p5(c, quick):
    # Thrice 1 GB: more would be the device's figure, for who is quick enough to fill the page cache.
    return throughput(c, 300_000 if quick else 1_000_000, 1024)


def p6(c, quick):
    found = throughput(c, 50_000 if quick else 300_000, 1024)
    c.made("acks", 1)
    with Writing(c.bootstrap(), "acks", 1, 200) as w:
        time.sleep(2)
        w.ask("mark")
        time.sleep(4 if quick else 20)
        seen = w.end()
    device = load("device", c.dir, 500 if quick else 2000, 4096)
    return {**found, "200 msg/s: ack p50 ms": seen["p50"], "200 msg/s: ack p99 ms": seen["p99"],
            "the device's fdatasync p50 ms": device["p50"], "the device's fdatasync p99 ms": device["p99"]}


def p9(c, quick):
    seen = latency(c, "bench", PARTITIONS, 10_000, quick)
    return {"p50 ms": seen["p50"], "p99 ms": seen["p99"], "p99.9 ms": seen["p99.9"]}


MOVED = 4  # partitions


def throttle(c, topic, rate):
    """`rate` in bytes a second, on both sides of a copy; None: none."""
    admin = c.admin()
    for kind, name, values in [(ConfigResource.Type.TOPIC, topic, [(f"{s}.replication.throttled.replicas", "*")
                                                                   for s in ("leader", "follower")]),
                               *[(ConfigResource.Type.BROKER, str(b.id), [(f"{s}.replication.throttled.rate", rate)
                                                                          for s in ("leader", "follower")])
                                 for b in c.brokers]]:
        entries = [ConfigEntry(n, str(v), incremental_operation=AlterConfigOpType.SET if rate else AlterConfigOpType.DELETE)
                   for n, v in values]
        wanted = ConfigResource(kind, name, incremental_configs=entries)
        admin.incremental_alter_configs([wanted])[wanted].result(30)


def move(c, topic, to):
    """Seconds until every partition of the topic has left for broker `to`."""
    began = time.monotonic()
    wire.reassign(c.bootstrap(), topic, {p: [to] for p in range(MOVED)})
    until(lambda: not wire.reassignments(c.bootstrap()), 1800, "the partitions have moved", 0.1)
    return time.monotonic() - began


def watched(w, seconds):
    """What the producer saw of the acknowledgements in that time."""
    w.ask("mark")
    time.sleep(seconds)
    return w.ask("seen")["p99"]


def p24(c, quick):
    """4 GiB from broker 1 to 3 while another topic is written at 1,000 msg/s; then back, throttled."""
    gib = 1 if quick else 4
    seconds = 4 if quick else 15
    c.topic("big", MOVED, replicas=[[1]] * MOVED)
    c.made("bench", PARTITIONS)
    load("produce", c.bootstrap(), "big", gib << 20, 1024)
    os.sync()
    with Writing(c.bootstrap(), "bench", PARTITIONS) as w:
        time.sleep(seconds)
        alone = watched(w, seconds)
        w.ask("mark")
        took = move(c, "big", 3)
        moving = w.ask("seen")["p99"]
        throttle(c, "big", 20_000_000)
        wire.reassign(c.bootstrap(), "big", {p: [1] for p in range(MOVED)})
        time.sleep(1)
        throttled = watched(w, seconds)
        assert wire.reassignments(c.bootstrap()), "moved already: the throttle did nothing"
        w.end()
    return {"MB/s": gib * 1073.741824 / took, "ack p99 ms, no move": alone, "ack p99 ms, moving": moving,
            "ack p99 ms, moving at 20 MB/s": throttled}


MEASURES = {
    "P5": ("1 KiB records, RF3, acks=all, 6 partitions", BenchCluster, p5),
    "P6": ("1 KiB records, RF3, acks=all, acknowledged when durable (klamm.durable.acks; log.flush.interval.messages=1)",
           lambda kind: BenchCluster(kind, DURABLE), p6),
    "P9": ("end to end at 10,000 msg/s of 1 KiB, RF3, acks=all", BenchCluster, p9),
    "P24": ("4 GiB moved between brokers under 1,000 msg/s", BenchCluster, p24),
}
