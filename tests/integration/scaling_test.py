"""Brokers come and go and partitions move, through klammd, under a producer; klammd, agents and brokers are killed
in the midst: nothing acknowledged is lost, zones hold, replicas and leaders are spread, no throttle is left."""
import json
import random
import time

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, ConfigResource

import records
from harness import long, run, until
from operations_test import SEED, Cluster, Load

FILLED = 12
THROTTLES = {"leader.replication.throttled.rate", "follower.replication.throttled.rate",
             "leader.replication.throttled.replicas", "follower.replication.throttled.replicas"}


def bootstrap_of(c):
    return c.client.get_bootstrap_brokers(ClusterArn=c.arn)["BootstrapBrokerString"]


def zones_of(c):
    """{broker id: subnet}"""
    return {int(n["BrokerNodeInfo"]["BrokerId"]): n["BrokerNodeInfo"]["ClientSubnet"]
            for n in c.client.list_nodes(ClusterArn=c.arn)["NodeInfoList"] if "BrokerNodeInfo" in n}


def placed(c):
    """{(topic, partition): metadata} of every topic."""
    topics = AdminClient({"bootstrap.servers": bootstrap_of(c)}).list_topics(timeout=10).topics
    return {(name, p.id): p for name, topic in topics.items() for p in topic.partitions.values()}


def throttles(c):
    """What is left of them, of any topic or broker."""
    wanted = [ConfigResource(ConfigResource.Type.TOPIC, name) for name, _ in placed(c)]
    wanted += [ConfigResource(ConfigResource.Type.BROKER, str(b)) for b in zones_of(c)]
    found = []
    admin = AdminClient({"bootstrap.servers": bootstrap_of(c)})
    for resource in set(wanted):  # a broker tells of itself alone
        entries = admin.describe_configs([resource])[resource].result(20)
        found += [f"{resource.name} {name}={e.value}" for name, e in entries.items()
                  if name in THROTTLES and e.value not in (None, "", "9223372036854775807")]
    return found


def fill(c, mib):
    """A topic of so many MiB a replica of everything, on the brokers that are there now."""
    records.create_topic(c.bootstrap, "filled", FILLED, replicas=3)
    failed = []
    producer = Producer({"bootstrap.servers": c.bootstrap, "linger.ms": 20, "acks": "all", "log_level": 0})
    value = random.Random(SEED).randbytes(64 << 10)
    for i in range(mib * 16):
        while True:
            try:
                producer.produce("filled", value, partition=i % FILLED,
                                 on_delivery=lambda e, m: failed.append(e) if e else None)
                break
            except BufferError:
                producer.poll(0.05)
        producer.poll(0)
    assert producer.flush(90) == 0 and not failed, failed[:1]


def spread(c, brokers):
    """Every partition on these brokers alone, a replica in each zone, led by its first one; fair shares; no throttle.
    {broker: [replicas, leaders]}"""
    zones = zones_of(c)
    assert sorted(zones) == sorted(brokers), zones

    def led():
        try:
            return all(p.leader == p.replicas[0] and len(p.isrs) == 3 for p in placed(c).values())
        except KafkaException:
            return False
    until(led, 20, "every partition is led by its first replica, all in sync", 0.3)
    share = {b: [0, 0] for b in brokers}
    for (topic, number), p in placed(c).items():
        assert set(p.replicas) <= set(brokers), f"{topic}-{number}: {p.replicas}"
        assert len({zones[b] for b in p.replicas}) == len(p.replicas) == 3, f"{topic}-{number}: {p.replicas}"
        for b in p.replicas:
            share[b][0] += 1
        share[p.leader][1] += 1
    for column, what in enumerate(("replicas", "leaders")):
        mean = sum(s[column] for s in share.values()) / len(share)
        # By leaders only their number counts; replicas are spread by size, of which these topics differ little.
        assert all(abs(s[column] - mean) <= max(2, mean / 3) for s in share.values()), f"{what}: {share}"
    assert throttles(c) == []
    return share


def rebalance(c, *words):
    done = c.parts.klamm("rebalance", "ops", *words, "--no-follow", "-o", "json", ok=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def status(c):
    return rebalance(c, "--status") or {}


def mover(c, wish):
    """The agent that this rebalance was given to last."""
    begins = [(line.split()[0], f"agent-{z}") for z in "abc" for line in c.parts.log(f"agent-{z}").splitlines()
              if "rebalance_begins " in line and f" id={wish} " in line]
    return max(begins)[1]


def bring_back(c, victim):
    """klammd or an agent that was killed."""
    if victim == "klammd":
        c.parts.start_klammd()
    else:
        c.parts.start_agent(victim[-1])


def carried_on(mib, rate, victims, stays_away=False):
    """A rebalance onto three new brokers; each victim is killed while it moves. With `stays_away` the mover dies once
    more and another one goes on."""
    with Cluster() as c, Load(c.bootstrap) as load:
        fill(c, mib)
        c.finished(c.client.update_broker_count(ClusterArn=c.arn, CurrentVersion=c.version(),
                                                TargetNumberOfBrokerNodes=6)["ClusterOperationArn"])
        rebalance(c, "--dry-run")
        until(lambda: status(c).get("over"), 20, "a plan", 0.1)
        dry = status(c)
        assert dry["state"] == "done" and dry["movesTotal"] > 0 and all(m["text"] for m in dry["moves"]), dry
        assert {b for (topic, _), p in placed(c).items() if topic == "filled" for b in p.replicas} == {1, 2, 3}
        began = time.monotonic()
        wish = rebalance(c, "--rate-mib", str(rate))["id"]
        for victim in victims:
            until(lambda: status(c).get("state") == "moving", 30, "it moves", 0.05)
            who = mover(c, wish) if victim == "mover" else victim
            c.parts.kill(who)
            bring_back(c, who)
        if stays_away:
            until(lambda: status(c).get("state") == "moving", 30, "it moves still", 0.05)
            away = mover(c, wish)
            c.parts.kill(away)
            until(lambda: mover(c, wish) != away, 30, "another agent goes on", 0.2)
        until(lambda: status(c).get("over"), 90, f"the end of the rebalance: {status(c)}", 0.1)
        seconds = time.monotonic() - began
        last = status(c)
        assert last["state"] == "done" and last["id"] == wish, last
        if stays_away:
            bring_back(c, away)
        assert len(c.pids()) == 6
        share = spread(c, range(1, 7))
    return f"{dry['movesTotal']} moves in {seconds:.1f} s, killed {' '.join(victims)}, (replicas, leaders) " \
           f"{list(share.values())}, {load.count} records, KLAMM_SEED={SEED}"


def a_rebalance_through_klammd_is_carried_on_whoever_is_killed():
    return carried_on(24, 4, ("mover", "klammd"))


@long
def a_larger_one_is_carried_on_by_another_agent():
    return carried_on(120, 6, ("klammd", "mover", "klammd"), stays_away=True)


if __name__ == "__main__":
    run([a_rebalance_through_klammd_is_carried_on_whoever_is_killed, a_larger_one_is_carried_on_by_another_agent])
