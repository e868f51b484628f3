#!/usr/bin/env python3
"""The power goes on all nodes at once, again and again, under load: what was acknowledged must be there.

    power_cuts.py [--cuts N] [--controllers N] [--rate R] [--seed S] [--acks all|kafka] [--lies ENDS] [--keep]

Brokers and controllers write to disks that lose what was not flushed (power/disk.py). Between the cuts some
are killed, or stopped cleanly, and started again, so that a cut also meets what a recovery left behind.
`--acks kafka` is acks=all without klamm.durable.acks, which promises nothing here: records must be missed.
`--lies .log` makes the device forget flushes of files with that end: a broker that lost an fsync.
Closes with `N passed, N failed`; with --expect-loss the claim is that the checker sees a loss.
"""
import argparse
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from faults import Client, WHOLE_SECONDS
from network import Network
from nodes import Cluster, Node, wait_until

sys.path.insert(0, str(Path(__file__).resolve().parent / "power"))
from disk import Disk  # noqa: E402

# Small, so that a cut meets segments that roll and checkpoints that are being written.
SMALL = {"log.segment.bytes": 1048576, "log.roll.ms": 2000, "log.index.interval.bytes": 1024,
         "replica.high.watermark.checkpoint.interval.ms": 1000, "metadata.log.max.record.bytes.between.snapshots": 20000}


class PoweredNode(Node):
    """A node whose log directory lies on a disk that forgets."""

    def format(self):
        super().format()
        self.disk = Disk(self.dir / "data", self.dir / "disk", lies=self.cluster.lies)

    def _argv(self, *words):
        argv = super()._argv(*words)
        if words[0] == "format":
            return argv
        return ["env", *(f"{k}={v}" for k, v in self.disk.environment().items()), *argv]

    def restart(self, clean):
        if clean:
            self.terminate()
        else:
            self.kill()
        self.disk.settle()
        self.start()


class PoweredCluster(Cluster):
    node_class = PoweredNode

    def __init__(self, *args, lies="", **more):
        self.lies = lies
        super().__init__(*args, **more)

    def cut(self, rng):
        for node in self.nodes():
            node.signal(9)
        for node in self.nodes():
            node.process.wait()
        taken = [f"{node.host} {node.disk.cut(rng)}" for node in self.nodes()]
        for node in self.nodes():
            node.start()
        return "; ".join(taken)


def cut_once(args, cluster, rng):
    time.sleep(rng.choice((0.02, 0.1, 0.3, 0.6, 1.0, 1.5)))
    if rng.random() < 0.3:
        node = rng.choice(cluster.nodes())
        clean = rng.random() < 0.3 and not args.expect_loss
        node.restart(clean)
        print(f"{'stop' if clean else 'kill -9'} and start of {node.host}", flush=True)
        time.sleep(rng.choice((0.0, 0.05, 0.3, 1.0)))
    check_alive(cluster)
    return cluster.cut(rng)


def check_alive(cluster):
    dead = cluster.died()
    assert not dead, f"{dead[0].host} ended by itself with {dead[0].process.returncode}"


def is_whole(cluster, client):
    check_alive(cluster)
    return client.ask("health")["healthy"]


def wait_whole(args, cluster, client):
    """Where losses are expected, a replica that misses what it promised may refuse to come back."""
    try:
        wait_until(lambda: is_whole(cluster, client), 20 if args.expect_loss else WHOLE_SECONDS,
                   "the cluster is whole again", 0.2)
    except AssertionError as e:
        if not args.expect_loss:
            raise
        print(f"       {e}", flush=True)


def run(args, cluster, client, rng):
    acked = 0
    for n in range(args.cuts):
        taken = cut_once(args, cluster, rng)
        print(f"cut {n + 1}: {taken}", flush=True)
        if rng.random() < 0.7 or n == args.cuts - 1:
            wait_whole(args, cluster, client)
            totals = client.ask("totals")
            print(f"       whole again; {totals['acked'] - acked} acknowledged, gap {totals['gap']} s", flush=True)
            acked = totals["acked"]
            assert args.expect_loss or not totals["wrong"], totals["wrong"]
            if totals["wrong"]:
                break
    return client.ask("finish")


def tell(cluster, result):
    sums = {k: sum(n.disk.counts[k] for n in cluster.nodes()) for k in cluster.nodes()[0].disk.counts}
    print(f"{result['acked']} acknowledged, {result['records']} records, {result['read_during_faults']} read "
          f"between the cuts; disks: {sums}")
    print(f"lost {result['lost']}, duplicated {result['doubled']}, reordered {result['reordered']}")
    for line in result["wrong"]:
        print("WRONG", line)


def judge(args, result):
    assert result["acked"] > 0 and result["read_during_faults"] > 0
    if args.expect_loss:
        return [result["lost"] > 0 or len(result["wrong"]) > 0]
    return [not result["lost"], not result["doubled"], not result["reordered"], not result["wrong"]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--controllers", type=int, default=3)
    parser.add_argument("--rate", type=int, default=300, help="records a second of each producer")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--acks", choices=("all", "kafka"), default="all")
    parser.add_argument("--lies", default="")
    parser.add_argument("--expect-loss", action="store_true")
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    directory = tempfile.mkdtemp(prefix="klamm-power-")
    held = [False]
    extra = {**SMALL, "klamm.durable.acks": str(args.acks == "all").lower()}
    with Network(Cluster.hosts(args.controllers, 3)) as net:
        cluster = PoweredCluster(net, directory, ["klamm"] * args.controllers, ["klamm"] * 3, extra, lies=args.lies)
        try:
            cluster.start()
            client = Client(cluster, args.rate)
            try:
                result = run(args, cluster, client, random.Random(args.seed))
            finally:
                client.stop()
            tell(cluster, result)
            held = judge(args, result)
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
