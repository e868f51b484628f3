#!/usr/bin/env python3
"""Faults on real processes and real networks, under load, with every acknowledged record accounted for.

    faults.py [--faults N] [--kinds process,network] [--controllers klamm,klamm,klamm]
              [--brokers klamm,klamm,klamm] [--seed S] [--rate R] [--keep]

Each node is a process on a host (network namespace) of its own. Faults come one after the other, some
while the last one still hurts; in between the cluster must become whole again within a bound.
Closes with `N passed, N failed`. Needs root, iproute2, nftables.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import traceback
import signal
from pathlib import Path

from network import Network
from nodes import Cluster, wait_until

PARTITIONS = 6
WHOLE_SECONDS = 90
HERE = Path(__file__).resolve().parent


class Client:
    """checker.py on the client's host."""

    def __init__(self, cluster, rate, topic="accounted"):
        command = [sys.executable, HERE / "checker.py", cluster.bootstrap(), topic, PARTITIONS, rate]
        self.log = open(cluster.dir / "checker.log", "ab")
        self.process = subprocess.Popen(cluster.net.command("client", command), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        assert line, f"the checker ended: see {self.log.name}"
        return json.loads(line)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.answer()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class Faults:
    """One fault at a time: `begin` breaks something, `end` mends it."""

    def __init__(self, cluster, rng):
        self.cluster, self.rng = cluster, rng
        self.counts = {}

    def some_node(self):
        return self.rng.choice(self.cluster.nodes())

    def others(self, node):
        return [n for n in self.cluster.nodes() if n is not node]

    # Processes

    def kill(self):
        """kill -9 of one node, restarted after a moment."""
        node = self.some_node()
        node.kill()
        yield f"kill -9 {node.host}", self.rng.choice((0, 0, 0.2, 1, 4))
        node.start()

    def kill_several(self):
        """kill -9 of several at once, a majority of either kind included."""
        victims = self.rng.sample(self.cluster.nodes(), self.rng.randint(2, len(self.cluster.nodes())))
        for node in victims:
            node.kill()
        yield "kill -9 " + " ".join(n.host for n in victims), self.rng.choice((0, 0.5, 2))
        for node in victims:
            node.start()

    def terminate(self):
        """A clean stop and start."""
        node = self.some_node()
        node.terminate()
        yield f"stop {node.host}", self.rng.choice((0, 0, 1))
        node.start()

    def pause(self):
        """SIGSTOP: the node goes on later with stale ideas."""
        node = self.some_node()
        node.signal(signal.SIGSTOP)
        yield f"SIGSTOP {node.host}", self.rng.choice((0.1, 0.5, 2, 4, 6))
        node.signal(signal.SIGCONT)

    # Networks

    def isolate(self):
        """One node hears nobody and nobody hears it."""
        node = self.some_node()
        self.cluster.net.isolate(node.host)
        yield f"isolate {node.host}", self.rng.choice((0.3, 1, 3, 6))
        self.cluster.net.heal()

    def deafen(self):
        """One-way: it speaks and hears nothing."""
        node = self.some_node()
        self.cluster.net.isolate(node.host, leaving=False)
        yield f"deafen {node.host}", self.rng.choice((0.3, 1, 3, 6))
        self.cluster.net.heal()

    def mute(self):
        """One-way: it hears and nobody hears it."""
        node = self.some_node()
        self.cluster.net.isolate(node.host, arriving=False)
        yield f"mute {node.host}", self.rng.choice((0.3, 1, 3, 6))
        self.cluster.net.heal()

    def part(self):
        """Two nodes cannot talk to each other, everybody else can (a partial partition)."""
        a, b = self.rng.sample(self.cluster.nodes(), 2)
        self.cluster.net.cut(a.host, b.host)
        self.cluster.net.cut(b.host, a.host)
        yield f"part {a.host} {b.host}", self.rng.choice((0.3, 1, 3, 6))
        self.cluster.net.heal()

    def split(self):
        """Two groups of nodes; the client reaches both."""
        nodes = self.cluster.nodes()
        left = self.rng.sample(nodes, self.rng.randint(1, len(nodes) - 1))
        for a in left:
            for b in nodes:
                if b not in left:
                    self.cluster.net.cut(a.host, b.host)
                    self.cluster.net.cut(b.host, a.host)
        yield "split off " + " ".join(n.host for n in left), self.rng.choice((0.5, 2, 5))
        self.cluster.net.heal()

    PROCESS = (kill, kill, kill, kill_several, terminate, pause)
    NETWORK = (isolate, deafen, mute, part, split)

    def run_one(self, kinds):
        kind = self.rng.choice(kinds)
        steps = kind(self)
        what, seconds = next(steps)
        group = "process" if kind in self.PROCESS else "network"
        self.counts[group] = self.counts.get(group, 0) + 1
        print(f"fault {sum(self.counts.values())}: {what} for {seconds} s", flush=True)
        time.sleep(seconds)
        for _ in steps:
            pass


def run_faults(args, cluster, client, rng):
    faults = Faults(cluster, rng)
    kinds = [k for name in args.kinds.split(",") for k in getattr(Faults, name.upper())]
    longest = 0.0
    for n in range(args.faults):
        faults.run_one(kinds)
        dead = cluster.died()
        assert not dead, f"{dead[0].host} ended by itself with {dead[0].process.returncode}"
        if rng.random() < 0.6 or n == args.faults - 1:
            wait_until(lambda: client.ask("health")["healthy"], WHOLE_SECONDS, "the cluster is whole again", 0.2)
        totals = client.ask("totals")
        longest = max(longest, totals["gap"])
        assert not totals["wrong"], totals["wrong"]
    return faults.counts, longest


def claims(args, cluster, rng):
    client = Client(cluster, args.rate)
    try:
        counts, longest = run_faults(args, cluster, client, rng)
        result = client.ask("finish")
    finally:
        client.stop()
    print(f"{counts} faults; {result['acked']} acknowledged, {result['records']} records, "
          f"{result['read_during_faults']} read during the faults; longest gap between acknowledgements {longest} s")
    print(f"lost {result['lost']}, duplicated {result['doubled']}, reordered {result['reordered']}")
    for line in result["wrong"]:
        print("WRONG", line)
    assert result["acked"] > 0 and result["read_during_faults"] > 0
    return [not result["lost"], not result["doubled"], not result["reordered"], not result["wrong"]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--faults", type=int, default=30)
    parser.add_argument("--kinds", default="process,network")
    parser.add_argument("--controllers", default="klamm,klamm,klamm")
    parser.add_argument("--brokers", default="klamm,klamm,klamm")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--rate", type=int, default=300, help="records a second of each producer")
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    controllers, brokers = args.controllers.split(","), args.brokers.split(",")
    directory = tempfile.mkdtemp(prefix="klamm-faults-")
    held = [False]
    with Network(Cluster.hosts(len(controllers), len(brokers))) as net:
        cluster = Cluster(net, directory, controllers, brokers)
        try:
            cluster.start()
            held = claims(args, cluster, random.Random(args.seed))
        except Exception:
            traceback.print_exc(file=sys.stdout)
            print(cluster.log_ends())
        finally:
            cluster.stop()
            if args.keep or not all(held):
                print(f"kept {directory}")
            else:
                cluster.remove()
    print(f"{sum(held)} passed, {len(held) - sum(held)} failed")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
