#!/usr/bin/env python3
"""A live cluster moves from Apache Kafka to klamm and back, node by node, under load, without a client's error.

    migrate.py [--rate R] [--faults N] [--order brokers,controllers] [--seed S] [--keep]

Each node is stopped cleanly and started again as the other program on the same directory: same id, same
metadata log, same segments. Half way (two brokers and two controllers of three moved) the fault schedule of
faults.py runs for --faults faults. Closes with `N passed, N failed`. Needs root, iproute2, nftables.
"""
import argparse
import random
import sys
import tempfile
import time
import traceback

from faults import Client, missing, run_faults, sequences_hold, WHOLE_SECONDS
from network import Network
from nodes import Cluster, wait_until


def move(client, node, engine):
    client.ask("totals")
    began = time.monotonic()
    clean = node.terminate(60)
    assert clean, f"{node.host} ({node.engine}) did not stop cleanly"
    stopped = time.monotonic()
    node.change_engine(engine)
    node.start()
    wait_until(lambda: client.ask("health")["healthy"], WHOLE_SECONDS, f"{node.host} is back as {engine}", 0.2)
    dead = node.cluster.died()
    assert not dead, f"{dead[0].host} ended by itself with {dead[0].process.returncode}"
    totals = client.ask("totals")
    assert not totals["wrong"], totals["wrong"]
    print(f"{node.host} is {engine}: stopped in {stopped - began:.1f} s, whole after {time.monotonic() - stopped:.1f} s, "
          f"longest gap between acknowledgements {totals['gap']} s", flush=True)


def migrate(args, cluster, client, engine, rng):
    groups = {"brokers": cluster.brokers, "controllers": cluster.controllers}
    order = args.order.split(",")
    for name in order:
        for node in groups[name][:-1]:
            move(client, node, engine)
    if args.faults:
        faults, longest = run_faults(args, cluster, client, rng)
        print(f"half way: {faults.counts} faults, longest gap {longest} s", flush=True)
    for name in order:
        move(client, groups[name][-1], engine)
    print(f"all nodes are {engine}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--faults", type=int, default=0)
    parser.add_argument("--kinds", default="process,network")
    parser.add_argument("--order", default="brokers,controllers")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    if missing():
        return 1
    directory = tempfile.mkdtemp(prefix="klamm-migrate-")
    held = [False]
    print(f"seed {args.seed}", flush=True)
    with Network(Cluster.hosts(3, 3)) as net:
        cluster = Cluster(net, directory, ["apache"] * 3, ["apache"] * 3)
        try:
            cluster.start()
            client = Client(cluster, args.rate)
            try:
                rng = random.Random(args.seed)
                migrate(args, cluster, client, "klamm", rng)
                migrate(args, cluster, client, "apache", rng)
                result = client.ask("finish")
            finally:
                client.stop()
            print(f"{result['acked']} acknowledged, {result['records']} records; lost {result['lost']}, "
                  f"duplicated {result['doubled']}, reordered {result['reordered']}")
            for line in result["wrong"]:
                print("WRONG", line)
            cluster.stop()
            held = [True, not result["lost"], not result["doubled"], not result["reordered"], not result["wrong"],
                    sequences_hold(cluster)]
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
