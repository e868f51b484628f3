"""What clients notice when processes die, stand still or are rolled."""
import os
import random
import signal
import statistics
import time

from clusters import UP_SECONDS, BenchCluster, Talk, Writing, until
import records
from failover_test import broker_pid
from harness import Dev

PARTITIONS = 6
SETTLE_S = 1


def spread(name, values):
    """Every value went into these; p99 of less than a hundred is the largest."""
    values = sorted(values)
    print(f"    {name}: {len(values)} values: " + " ".join(f"{v:.0f}" for v in values), flush=True)
    return {f"{name} p50": statistics.median(values), f"{name} p99": values[max(0, -(-99 * len(values) // 100) - 1)]}


def leader_faults(c, count, begin, end):
    """The gap of each of `count` faults to the leader of some partition."""
    c.made("bench", PARTITIONS)
    gaps = []
    with Writing(c.bootstrap(), "bench", PARTITIONS) as w:
        for _ in range(count):
            victim = c.leader("bench", random.randrange(PARTITIONS))
            w.ask("mark")
            begun = time.monotonic()
            begin(victim)
            gaps.append(w.gap_ms(begun))
            end(victim)
            c.wait_whole("bench")
            time.sleep(SETTLE_S)
        w.end()
    return gaps


def p16(c, quick):
    return spread("ack gap ms", leader_faults(c, 3 if quick else 13, lambda v: v.kill(), lambda v: v.start()))


def p17(c, quick):
    return spread("ack gap ms", leader_faults(c, 3 if quick else 8, lambda v: v.signal(signal.SIGSTOP),
                                              lambda v: v.signal(signal.SIGCONT)))


def created_ms(t, name):
    return 1000 * t.ask(f"{name} 1 1 3 single")["seconds"]


def p18(c, quick):
    took = []
    with Talk("topics", c.bootstrap()) as t:
        t.process.stdout.readline()
        for n in range(3 if quick else 10):
            created_ms(t, f"before{n}-")
            victim = c.controller()
            victim.kill()
            took.append(created_ms(t, f"after{n}-"))
            victim.start()
            time.sleep(3 if c.kind == "klamm" else 12)  # it has caught up again
    return spread("created after ms", took)


def p19(c, quick):
    c.made("bench", PARTITIONS)
    with Writing(c.bootstrap(), "bench", PARTITIONS) as w:
        time.sleep(SETTLE_S)
        w.ask("mark")
        began = time.monotonic()
        for b in c.brokers:
            assert b.terminate(UP_SECONDS), f"{b.host} did not stop"
            b.start()
            until(lambda: c.brokers_up() == len(c.brokers), UP_SECONDS, "the broker is back", 0.02)
            c.wait_whole("bench")
        took = time.monotonic() - began
        time.sleep(SETTLE_S)
        gap = w.ask("seen")
        w.end()
    return {"three brokers rolled: s": took, "worst ack gap ms": gap["worst_ms"], "ack p99 ms": gap["p99"]}


def p20(c, quick):
    count = 100 if quick else 1000
    with Talk("topics", c.bootstrap()) as t:
        t.process.stdout.readline()
        t.ask("warm 20 1 3 single")
        single = t.ask(f"single {count} 1 3 single")
        together = t.ask(f"together {count} 1 3 together")
        assert not single["retries"] and not together["retries"], (single, together)
    return {f"{count} in one request: s": together["seconds"], f"{count} in a row: s": single["seconds"],
            "one in a row: p50 ms": single["p50"], "one in a row: p99 ms": single["p99"]}


def with_agents(quick, name, what, strike):
    """klamm alone: its agents see a death or a standstill, tell the controllers and start the broker again."""
    gaps = []
    with Dev() as dev:
        records.create_topic(dev.bootstrap, "bench", PARTITIONS, replicas=-1)
        wait_whole(dev.bootstrap)
        with Writing(dev.bootstrap, "bench", PARTITIONS) as w:
            for _ in range(5 if quick else 60):
                node = random.choice(list(leaders(dev.bootstrap)))
                w.ask("mark")
                begun = time.monotonic()
                strike(broker_pid(dev, node))
                gaps.append(w.gap_ms(begun))
                wait_whole(dev.bootstrap)
                time.sleep(SETTLE_S)
            w.end()
    print(f"{name}: {what} of a leader, klamm with its agents: the longest silence of a partition")
    for key, value in spread("ack gap ms", gaps).items():
        print(f"  {key:<26} {value:.1f}", flush=True)


def p16_agent(quick):
    with_agents(quick, "P16-agent", "kill -9", lambda pid: os.kill(pid, signal.SIGKILL))


def p17_agent(quick):
    with_agents(quick, "P17-agent", "SIGSTOP", lambda pid: os.kill(pid, signal.SIGSTOP))


def partitions(bootstrap):
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient
    try:
        admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
        return list(admin.list_topics("bench", timeout=3).topics["bench"].partitions.values())
    except KafkaException:
        return []


def leaders(bootstrap):
    return {p.leader for p in until(lambda: partitions(bootstrap), 30, "metadata")}


def wait_whole(bootstrap):
    until(lambda: (found := partitions(bootstrap)) and len(found) == PARTITIONS and
          all(p.leader >= 0 and len(p.isrs) == 3 for p in found), 60, "bench is in sync", 0.1)


MEASURES = {
    "P16": ("kill -9 of a leader under load, 1,000 msg/s, RF3, acks=all", BenchCluster, p16),
    "P17": ("SIGSTOP of a leader under load", BenchCluster, p17),
    "P18": ("kill -9 of the active controller, then a topic is created", BenchCluster, p18),
    "P19": ("a clean roll of three brokers under load", BenchCluster, p19),
    "P20": ("topics created, three replicas each", BenchCluster, p20),
}
