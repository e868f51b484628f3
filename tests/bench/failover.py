"""What clients notice when processes die, stand still or are rolled."""
import ctypes
import os
import random
import signal
import statistics
import time

from clusters import UP_SECONDS, BenchCluster, BenchNode, Talk, Writing, until
import records
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from failover_test import broker_pid
from harness import Dev
from network import Network

CLONE_NEWNET = 0x40000000
# What klammd writes for the brokers of its clusters (docs/decisions/0011).
AS_MANAGED = {"klamm": {"broker.session.timeout.ms": 1500, "broker.heartbeat.interval.ms": 300}}

PARTITIONS = 6
SETTLE_S = 1


class Managed:
    """klamm as its users get it: the agents see a death or a standstill, tell the controllers, start the broker again."""
    kind = "klamm"

    def __init__(self):
        self.dev = None

    def __enter__(self):
        self.dev = Dev()
        return self

    def __exit__(self, *error):
        self.dev.__exit__(*error)

    def bootstrap(self):
        return self.dev.bootstrap

    def made(self, name, partitions):
        records.create_topic(self.dev.bootstrap, name, partitions, replicas=-1)
        self.wait_whole(name)

    def partitions(self, name):
        """None while no broker tells."""
        try:
            admin = AdminClient({"bootstrap.servers": self.dev.bootstrap, "log_level": 0})
            return list(admin.list_topics(name, timeout=3).topics[name].partitions.values())
        except KafkaException:
            return None

    def leader(self, name, index):
        def pid():
            found = self.partitions(name)
            return found and found[index].leader >= 0 and broker_pid(self.dev, found[index].leader)
        return Process(until(pid, 30, "a leader"))

    def wait_whole(self, name):
        until(lambda: (found := self.partitions(name)) and len(found) == PARTITIONS and
              all(p.leader >= 0 and len(p.isrs) == 3 for p in found), 60, f"{name} is in sync", 0.1)


class Process:
    """A broker of Managed: what becomes of it is its agent's business."""

    def __init__(self, pid):
        self.pid = pid

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)

    def start(self):
        pass

    go_on = start


class Stoppable(BenchNode):
    def stop(self):
        self.signal(signal.SIGSTOP)

    def go_on(self):
        self.signal(signal.SIGCONT)


class Apart(BenchCluster):
    """Every node on a host of its own, and this process on the client's."""

    def __init__(self, kind):
        super().__init__(kind, AS_MANAGED)
        self.net = Network(self.hosts(3, 3))

    def __enter__(self):
        self.net.__enter__()
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        enter_network(f"/run/netns/{self.net.namespace('client')}")
        return super().__enter__()

    def __exit__(self, *error):
        super().__exit__(*error)
        enter_network(f"/proc/self/fd/{self.home}")
        os.close(self.home)
        self.net.__exit__()

    def cut(self, node, arriving):
        self.net.isolate(node.host, arriving=arriving, leaving=not arriving)


def enter_network(path):
    fd = os.open(path, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), f"setns {path}")
    os.close(fd)


class StoppableCluster(BenchCluster):
    node_class = Stoppable


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
        for n in range(count):
            victim = c.leader("bench", random.randrange(PARTITIONS))
            w.ask("mark")
            begun = time.monotonic()
            begin(victim, n)
            gaps.append(w.gap_ms(begun))
            end(victim)
            c.wait_whole("bench")
            time.sleep(SETTLE_S)
        w.end()
    return gaps


def times(c, quick, klamm, apache):
    """How many faults: each of Apache's takes a minute."""
    return (5 if quick else klamm) if c.kind == "klamm" else (2 if quick else apache)


def p16(c, quick):
    return spread("ack gap ms", leader_faults(c, times(c, quick, 25, 6), lambda v, _: v.kill(), lambda v: v.start()))


def p17(c, quick):
    return spread("ack gap ms", leader_faults(c, times(c, quick, 20, 4), lambda v, _: v.stop(), lambda v: v.go_on()))


def p17_cut(c, quick):
    """What the leader sends is lost, what it is sent is lost, in turn."""
    return spread("ack gap ms", leader_faults(c, times(c, quick, 20, 4), lambda v, n: c.cut(v, n % 2 == 1),
                                              lambda _: c.net.heal()))


def created_ms(t, name):
    return 1000 * t.ask(f"{name} 1 1 3 single")["seconds"]


def p18(c, quick):
    took = []
    with Talk("topics", c.bootstrap()) as t:
        t.process.stdout.readline()
        for n in range(times(c, quick, 10, 10)):
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
        together = t.ask("together 1000 1 3 together")
        assert not single["retries"] and not together["retries"], (single, together)
    return {"1000 in one request: s": together["seconds"], f"{count} in a row: s": single["seconds"],
            "one in a row: p50 ms": single["p50"], "one in a row: p99 ms": single["p99"]}


def managed(kind):
    return Managed() if kind == "klamm" else StoppableCluster(kind)


MEASURES = {
    "P16": ("kill -9 of a leader under load, 1,000 msg/s, RF3, acks=all; klamm with its agents", managed, p16),
    "P17": ("SIGSTOP of a leader under load; klamm with its agents", managed, p17),
    "P17-cut": ("a leader's packets are lost, one way; klamm with the session that klammd asks for", Apart, p17_cut),
    "P18": ("kill -9 of the active controller, then a topic is created", BenchCluster, p18),
    "P19": ("a clean roll of three brokers under load", BenchCluster, p19),
    "P20": ("topics created, three replicas each", BenchCluster, p20),
}
