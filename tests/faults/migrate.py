#!/usr/bin/env python3
"""A live cluster moves from Apache Kafka to klamm and back, node by node, under load, without a client's error.

    migrate.py [--rate R] [--faults N] [--order brokers,controllers]

Each node is stopped cleanly and started again as the other program on the same directory: same id, same
metadata log, same segments. Half way (two brokers and two controllers of three moved) the fault schedule of
faults.py runs for --faults faults. Closes with `N passed, N failed`.
"""
import argparse
import random
import sys
import tempfile
import traceback

from faults import Client, run_faults, WHOLE_SECONDS
from network import Network
from nodes import Cluster, wait_until


def move(client, node, engine):
    client.ask("totals")
    clean = node.terminate(60)
    assert clean, f"{node.host} ({node.engine}) did not stop cleanly"
    node.change_engine(engine)
    node.start()
    wait_until(lambda: client.ask("health")["healthy"], WHOLE_SECONDS, f"{node.host} is back as {engine}", 0.2)
    totals = client.ask("totals")
    assert not totals["wrong"], totals["wrong"]
    print(f"{node.host} is {engine}: gap {totals['gap']} s", flush=True)


def migrate(args, cluster, client, engine, rng):
    groups = {"brokers": cluster.brokers, "controllers": cluster.controllers}
    order = args.order.split(",")
    for name in order:
        for node in groups[name][:-1]:
            move(client, node, engine)
    if args.faults:
        faults, longest = run_faults(args, cluster, client, rng)
        print(f"mixed: {faults.counts} faults, longest gap {longest} s", flush=True)
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
    args = parser.parse_args()
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
            held = [True, not result["lost"], not result["doubled"], not result["reordered"], not result["wrong"]]
        except Exception:
            traceback.print_exc(file=sys.stdout)
            print(cluster.log_ends())
        finally:
            cluster.stop()
            if all(held):
                cluster.remove()
            else:
                print(f"kept {directory}")
    print(f"{sum(held)} passed, {len(held) - sum(held)} failed")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
