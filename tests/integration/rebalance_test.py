"""Partitions move on a real cluster under a producer with a checker, the mover's process killed again and again:
three new brokers are filled, then emptied; nothing acknowledged is lost, zones hold, no throttle is left."""
import json
import os
import random
import re
import subprocess
import time

from confluent_kafka.admin import ConfigResource

import records
from harness import BUILD, long, run, until
from replication_test import SEED, TOPIC, WHOLE_SECONDS, Client, Cluster

PARTITIONS, FILLED = 6, 24
MIB = int(os.environ.get("KLAMM_REBALANCE_MIB", "120"))  # of one replica of everything
RATE_MIB = max(8, MIB // 4)
KILLS = int(os.environ.get("KLAMM_REBALANCE_KILLS", "3"))
OLD, NEW = (1, 2, 3), (4, 5, 6)
THROTTLES = {"leader.replication.throttled.rate", "follower.replication.throttled.rate",
             "leader.replication.throttled.replicas", "follower.replication.throttled.replicas"}


def zone(broker):
    return broker % 3  # tests/faults/nodes.py


def placed(cluster):
    """{(topic, partition): replicas} as every broker says it."""
    topics = cluster.admin().list_topics(timeout=5).topics
    return {(name, p.id): p for name, topic in topics.items() for p in topic.partitions.values()}


def shares(cluster):
    """{broker: (replicas, leaders)}"""
    found = {b.id: [0, 0] for b in cluster.brokers}
    for p in placed(cluster).values():
        for broker in p.replicas:
            found[broker][0] += 1
        found[p.leader][1] += 1
    return {broker: tuple(n) for broker, n in found.items()}


def fill(cluster, topic, partitions):
    records.fill(cluster.bootstrap(), topic, partitions, MIB, SEED, 60)


def command(cluster, *words):
    return [str(w) for w in (BUILD / "klamm-agent", "rebalance", "--bootstrap", cluster.bootstrap(), *words)]


def plan(cluster, *words):
    done = subprocess.run(command(cluster, "--dry-run", "--json", *words), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def carry_out(cluster, kills, rng, *words):
    """Runs the rebalance to its end, killed and started again so often; what it printed."""
    out = open(cluster.dir / "rebalance.out", "w+")
    killed = 0
    deadline = time.monotonic() + 120
    while True:
        assert time.monotonic() < deadline, (cluster.dir / "rebalance.out").read_text()[-2000:]
        process = subprocess.Popen(command(cluster, "--rate-mib", RATE_MIB, *words), stdout=out, stderr=out)
        try:
            code = process.wait(rng.uniform(0.1, 1.5) if killed < kills else 100)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
            continue
        text = (cluster.dir / "rebalance.out").read_text()
        out.close()
        assert code == 0, text[-2000:]
        assert re.search(r"^\[\d+/\d+\] moving: ", text, re.M), text[-2000:]
        assert text.splitlines()[-1].startswith("done: "), text[-2000:]
        return text


def throttles(cluster):
    """What is left of them, of any topic or broker."""
    wanted = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in cluster.admin().list_topics(timeout=5).topics]
    wanted += [ConfigResource(ConfigResource.Type.BROKER, str(b.id)) for b in cluster.brokers]
    admin = cluster.admin()
    found = []
    for resource in wanted:  # a broker tells of itself alone
        entries = admin.describe_configs([resource])[resource].result(10)
        found += [f"{resource.name} {name}={e.value}" for name, e in entries.items()
                  if name in THROTTLES and e.value not in (None, "", "9223372036854775807")]
    return found


def check(cluster, allowed):
    for (topic, number), p in placed(cluster).items():
        assert set(p.replicas) <= set(allowed), f"{topic}-{number}: {p.replicas}"
        assert len({zone(b) for b in p.replicas}) == len(p.replicas) == 3, f"{topic}-{number}: {p.replicas}"
        assert p.leader == p.replicas[0], f"{topic}-{number}: {p.leader} leads {p.replicas}"
    assert throttles(cluster) == []


@long
def new_brokers_are_filled_and_emptied_again_and_nothing_is_lost():
    rng = random.Random(SEED)
    with Cluster(brokers=("klamm",) * 6) as c:
        on_old = [[OLD[(i + j) % 3] for j in range(3)] for i in range(FILLED)]
        c.topic("filled", FILLED, replicas=on_old)
        c.topic(TOPIC, PARTITIONS, replicas=on_old[:PARTITIONS])
        c.wait_whole("filled")
        fill(c, "filled", FILLED)
        client = Client(c, 300, TOPIC)
        try:
            first = plan(c)
            assert first["movesTotal"] > 0 and throttles(c) == [], first
            assert all(m["text"] for m in first["moves"])
            assert {b for (topic, _), p in placed(c).items() for b in p.replicas
                    if topic in ("filled", TOPIC)} == set(OLD), "a dry run moved something"
            began = time.monotonic()
            carry_out(c, KILLS, rng)
            filled_s = time.monotonic() - began
            check(c, OLD + NEW)
            full = shares(c)
            mean = sum(n for n, _ in full.values()) / 6
            assert all(abs(n - mean) <= mean / 4 for n, _ in full.values()), full
            until(lambda: client.ask("health")["healthy"], WHOLE_SECONDS, "the cluster is whole", 0.1)
            began = time.monotonic()
            carry_out(c, KILLS, rng, *[w for b in NEW for w in ("--drain", b)])
            emptied_s = time.monotonic() - began
            check(c, OLD)
            until(lambda: client.ask("health")["healthy"], WHOLE_SECONDS, "the cluster is whole in the end", 0.1)
            result = client.ask("finish")
        finally:
            client.stop()
        for key in ("lost", "doubled", "reordered"):
            assert result[key] == 0, result
        assert not result["wrong"] and result["acked"] > 0, result
    return f"{first['movesTotal']} moves of {first['bytesTotal'] >> 20} MiB in {filled_s:.1f} s, back in {emptied_s:.1f} s, " \
           f"{2 * KILLS} kills, (replicas, leaders) {sorted(full.values())}, {result['acked']} acknowledged, longest gap " \
           f"{result['gap']} s, KLAMM_SEED={SEED}"


if __name__ == "__main__":
    run([new_brokers_are_filled_and_emptied_again_and_nothing_is_lost])
