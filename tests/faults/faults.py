#!/usr/bin/env python3
"""Faults on real processes and real networks, under load, with every acknowledged record accounted for.

    faults.py [--faults N] [--kinds process,network,disk] [--controllers klamm,klamm,klamm]
              [--brokers klamm,klamm,klamm] [--seed S] [--rate R] [--keep]

Each node is a process on a host (network namespace) of its own. Faults come one after the other, some
while the last one still hurts; in between the cluster must become whole again within a bound.
Closes with `N passed, N failed`. Needs root, iproute2, nftables.
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import segments
from kinds import Kinds
from network import Network
from nodes import Cluster, wait_until
from volumes import VolumeCluster
from watch import Watch

TOPIC, PARTITIONS = "accounted", 6
WHOLE_SECONDS = 90
# Longer gaps than the fault, a session, a fetch timeout and a client's own timeouts explain are pointed out.
EXPLAINED_SECONDS, LONG_SECONDS = 8, 20
HERE = Path(__file__).resolve().parent


class Client:
    """checker.py on the client's host."""

    def __init__(self, cluster, rate, topic=TOPIC):
        in_flight = 1 if cluster.of("broker", "apache") else 5
        command = [sys.executable, HERE / "checker.py", cluster.bootstrap(), topic, PARTITIONS, rate, in_flight]
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
    """One fault after the other, with what each cost."""

    def __init__(self, cluster, rng):
        self.cluster, self.rng, self.watch = cluster, rng, Watch(cluster)
        self.kinds = Kinds(cluster, rng, self.watch)
        self.counts = {}

    def run_one(self, kinds):
        kind = self.rng.choice(kinds)
        steps = kind(self.kinds)
        what, seconds = next(steps)
        self.watch.whole = False
        group = Kinds.group_of(kind)
        self.counts[group] = self.counts.get(group, 0) + 1
        print(f"{clock()} fault {sum(self.counts.values())}: {what} for {seconds} s", flush=True)
        time.sleep(seconds)
        for _ in steps:
            pass
        dead = self.cluster.died()
        assert not dead, f"{dead[0].host} ended by itself with {dead[0].process.returncode}"
        self.watch.sample()
        return seconds

    def is_whole(self, client):
        dead = self.cluster.died()
        assert not dead, f"{dead[0].host} ended by itself with {dead[0].process.returncode}"
        return client.ask("health")["healthy"]


def clock():
    return time.strftime("%H:%M:%S", time.gmtime())


def run_faults(args, cluster, client, rng):
    """Returns the Faults, and the longest time without an acknowledgement."""
    faults = Faults(cluster, rng)
    kinds = [k for name in args.kinds.split(",") for k in getattr(Kinds, name.upper())]
    longest = 0.0
    for n in range(args.faults):
        seconds = faults.run_one(kinds)
        began = time.monotonic()
        if rng.random() < 0.6 or n == args.faults - 1:
            wait_until(lambda: faults.is_whole(client), WHOLE_SECONDS, "the cluster is whole again", 0.2)
            faults.watch.whole = True
        totals = client.ask("totals")
        longest = max(longest, totals["gap"])
        if totals["gap"] > seconds + EXPLAINED_SECONDS or time.monotonic() - began > LONG_SECONDS:
            print(f"         LONG: gap {totals['gap']} s, whole after {time.monotonic() - began:.1f} s", flush=True)
        assert not totals["wrong"], totals["wrong"]
    return faults, longest


def claims(args, cluster, rng):
    client = Client(cluster, args.rate)
    try:
        faults, longest = run_faults(args, cluster, client, rng)
        result = client.ask("finish")
    finally:
        client.stop()
    faults.watch.sample()
    print(faults.watch.report())
    print(f"{faults.counts} faults; {result['acked']} acknowledged, {result['records']} records, "
          f"{result['read_during_faults']} read during the faults; longest gap between acknowledgements {longest} s")
    print(f"lost {result['lost']}, duplicated {result['doubled']}, reordered {result['reordered']}; "
          f"the idempotent client began {result['bumps']} epochs; the group was assigned {result['assignments']} times "
          f"and committed {result['commits']} offsets")
    for line in result["wrong"]:
        print("WRONG", line)
    assert result["acked"] > 0 and result["read_during_faults"] > 0
    leaks = faults.watch.leaks()
    for line in leaks:
        print("LEAK", line)
    return [not result["lost"], not result["doubled"], not result["reordered"], not result["wrong"], not leaks]


def sequences_hold(cluster):
    wrong = segments.check_cluster(cluster, TOPIC)
    for line in wrong[:10]:
        print("WRONG", line)
    return not wrong


def missing():
    """Whether this machine lacks what the tests need; then it has been said, and counted as a failure."""
    lacks = [] if os.geteuid() == 0 else ["root"]
    lacks += [package for tool, package in (("ip", "iproute2"), ("nft", "nftables")) if not shutil.which(tool)]
    if lacks:
        print(f"the fault tests need {', '.join(lacks)}: scripts/deps.sh interop installs the tools")
        print("0 passed, 1 failed")
    return bool(lacks)


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
    if missing():
        return 1
    print(f"seed {args.seed}", flush=True)
    controllers, brokers = args.controllers.split(","), args.brokers.split(",")
    directory = tempfile.mkdtemp(prefix="klamm-faults-")
    held = [False]
    with Network(Cluster.hosts(len(controllers), len(brokers))) as net:
        cluster = (VolumeCluster if "disk" in args.kinds else Cluster)(net, directory, controllers, brokers)
        try:
            cluster.start()
            held = claims(args, cluster, random.Random(args.seed))
            cluster.stop()
            held.append(sequences_hold(cluster))
        except Exception:
            traceback.print_exc(file=sys.stdout)
            print(cluster.log_ends())
        finally:
            cluster.stop()
            if args.keep or not all(held):
                cluster.keep()
                print(f"kept {directory}")
            else:
                cluster.remove()
    print(f"{sum(held)} passed, {len(held) - sum(held)} failed")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
