"""klamm-broker against Apache Kafka 4.3.0 on the same work in the same run (tests/bench/run.sh calls this).

    tests/bench/run.sh [--quick] [--pairs N] [--only klamm|apache] [P1 P4 ... C1 ...]

Each measure alternates klamm Apache Apache klamm, every run in a fresh directory, with the same client
(load.c, librdkafka). Printed: every pair, and the geometric mean of the ratios klamm / Apache. CPU is user
plus system time of the servers' processes from /proc/PID/stat. One node: one_node.py; three brokers and three
controllers with their defaults: replicated.py, failover.py. What begins
with C is klamm's alone: operations.py.
"""
import argparse
import math
import os
import statistics
import sys
import time
import traceback

import failover
import groups
import one_node
import control
import operations
import replicated
import transactions
from clusters import load
import records
from harness import Parts, cluster_request, state_of, until

MEASURES = {**one_node.MEASURES, **replicated.MEASURES, **failover.MEASURES, **groups.MEASURES,
            **transactions.MEASURES}


def one_run(kind, start, measure, quick):
    os.sync()  # what the run before has written is not written on this one's time
    with start(kind) as servers:
        return measure(servers, quick)


def compare(name, args):
    title, start, measure = MEASURES[name]
    print(f"{name}: {title}", flush=True)
    runs = {"klamm": [], "apache": []}
    for n in range(args.pairs or (2 if args.quick else 4)):
        for kind in ("klamm", "apache") if n % 2 == 0 else ("apache", "klamm"):
            if args.only in (None, kind):
                runs[kind].append(one_run(kind, start, measure, args.quick))
    for key in (runs["klamm"] or runs["apache"])[0]:
        print(f"  {key:<32} " + (only(key, runs[args.only]) if args.only else paired(key, runs)), flush=True)


def only(key, runs):
    return "runs " + "  ".join(f"{r[key]:.4g}" for r in runs)


def paired(key, runs):
    pairs = [(a[key], b[key]) for a, b in zip(runs["klamm"], runs["apache"])]
    ratio = math.exp(statistics.fmean(math.log(a / b) for a, b in pairs))
    return f"ratio {ratio:7.4f}   pairs " + "  ".join(f"{a:.4g}/{b:.4g}" for a, b in pairs)


def c1(quick):
    """CreateCluster to ACTIVE, and to the first acknowledged record, over 20 runs."""
    active, first = [], []
    with Parts() as parts:
        parts.start()
        client = parts.client()
        until(lambda: all("agent_ready" in (parts.dir / f"logs/agent-{z}.log").read_text() for z in "abc"), 20)
        for n in range(5 if quick else 20):
            began = time.monotonic()
            arn = client.create_cluster(**cluster_request(f"c{n}"))["ClusterArn"]
            until(lambda: state_of(client, arn) == "ACTIVE", 60, "ACTIVE", 0.005)
            active.append(time.monotonic() - began)
            bootstrap = client.get_bootstrap_brokers(ClusterArn=arn)["BootstrapBrokerString"]
            records.create_topic(bootstrap, "bench", 1)
            load("first", bootstrap, "bench")
            first.append(time.monotonic() - began)
            client.delete_cluster(ClusterArn=arn)
            until(lambda: state_of(client, arn) == "GONE", 60, "gone")
    print(f"C1: CreateCluster, 3 brokers, {len(active)} runs (Amazon MSK: 15 to 45 minutes)")
    for name, seconds in (("to ACTIVE", active), ("to the first acknowledged record", first)):
        ordered = sorted(seconds)
        print(f"  {name:<33} p50 {statistics.median(ordered):.3f} s  max {ordered[-1]:.3f} s   "
              + " ".join(f"{s:.3f}" for s in seconds), flush=True)


ALONE = {"C1": c1, "C2": operations.c2, "C3": operations.c3, "C4": control.c4, "C5": control.c5, "C6": operations.c6}


def measured(name, args):
    """False: it could not be measured, and the others go on."""
    try:
        if name in ALONE:
            ALONE[name](args.quick)
        else:
            compare(name, args)
        return True
    except Exception:  # of whatever kind
        traceback.print_exc(file=sys.stdout)
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small work, two pairs")
    parser.add_argument("--pairs", type=int, help="pairs per measure (default 4, quick 2)")
    parser.add_argument("--only", choices=("klamm", "apache"), help="no pairs: one kind by itself")
    parser.add_argument("measures", nargs="*", help="default: all")
    args = parser.parse_args()
    unknown = set(args.measures) - {*MEASURES, *ALONE}
    if unknown:
        parser.error(f"no measure {', '.join(sorted(unknown))}: one of {', '.join([*MEASURES, *ALONE])}")
    failed = [name for name in args.measures or [*MEASURES, *ALONE] if not measured(name, args)]
    print(f"{len(failed)} failed" + "".join(f" {name}" for name in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
