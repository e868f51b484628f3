"""klamm-broker against Apache Kafka 4.3.0 on the same work in the same run (tests/bench/run.sh calls this).

    tests/bench/run.sh [--quick] [--pairs N] [P1 P4 P10 P14 P15 C1 ...]

Each measure alternates klamm Apache Apache klamm, every run in a fresh directory, with the same client
(load.c, librdkafka). Printed: every pair, and the geometric mean of the ratios klamm / Apache. CPU is user
plus system time of the server's process from /proc/PID/stat.
"""
import argparse
import math
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
import records  # noqa: E402
from harness import Parts, cluster_request, random_network, state_of, until  # noqa: E402

BUILD = Path(os.environ["KLAMM_BUILD"])
LOAD = Path(os.environ["KLAMM_LOAD"])
APACHE = ROOT / "tests/interop/apache.sh"
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"
TICKS = os.sysconf("SC_CLK_TCK")


def properties(directory, host):
    return (f"process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@{host}:9093\n"
            f"listeners=PLAINTEXT://{host}:9092,CONTROLLER://{host}:9093\n"
            f"advertised.listeners=PLAINTEXT://{host}:9092\ncontroller.listener.names=CONTROLLER\n"
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
            f"log.dirs={directory}/data\noffsets.topic.replication.factor=1\n"
            "transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n")


class Server:
    """One combined node of either kind in a fresh directory."""

    def __init__(self, kind):
        self.kind = kind
        self.dir = Path(tempfile.mkdtemp(prefix=f"klamm-bench-{kind}-"))
        self.host = f"{random_network()}.1.10"
        self.bootstrap = f"{self.host}:9092"
        self.config = self.dir / "server.properties"
        self.config.write_text(properties(self.dir, self.host))
        self.command(*(["format", "--cluster-id", CLUSTER_ID, "--config", self.config] if kind == "klamm" else
                       ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", self.config]))
        self.process = None

    def argv(self, *words):
        return [BUILD / "klamm-broker" if self.kind == "klamm" else APACHE, *words]

    def command(self, *words):
        subprocess.run(self.argv(*words), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def start(self):
        with open(self.dir / "log.txt", "a") as log:
            words = [self.config] if self.kind == "klamm" else ["kafka.Kafka", self.config]
            self.process = subprocess.Popen(self.argv(*words), stdout=log, stderr=log)
        return self

    def wait_listening(self):
        until(self.listens, 60, f"{self.kind} listens", 0.001)

    def listens(self):
        assert self.process.poll() is None, f"{self.kind} ended: {(self.dir / 'log.txt').read_text()[-2000:]}"
        try:
            socket.create_connection((self.host, 9092), 1).close()
            return True
        except OSError:
            return False

    def up(self, topic, partitions):
        self.start().wait_listening()
        records.create_topic(self.bootstrap, topic, partitions, 60)
        records.wait_for_leaders(self.bootstrap, topic, partitions, 60)
        return self

    def cpu(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_mib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[1]) / 1024

    def stop(self, number=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)


def load(*words):
    """Runs load.c; its `name=number` pairs."""
    done = subprocess.run([LOAD, *map(str, words)], check=True, capture_output=True, text=True, timeout=900)
    return {k: float(v) for k, v in re.findall(r"([\w.]+)=([-\d.]+)", done.stdout)}


def produce(server, count, size):
    server.up("bench", 6)
    time.sleep(1)
    before, began = server.cpu(), time.monotonic()
    load("produce", server.bootstrap, "bench", count, size)
    wall, cpu = time.monotonic() - began, server.cpu() - before
    return cpu, wall


def p1(server, quick):
    count = 1_000_000 if quick else 10_000_000
    cpu, wall = produce(server, count, 100)
    return {"cpu-s per M records": cpu / count * 1e6, "M records/s": count / wall / 1e6}


def p4(server, quick):
    count = 300_000 if quick else 3_000_000
    cpu, wall = produce(server, count, 1024)
    return {"cpu-s per GB": cpu / (count * 1024 / 1e9), "MB/s": count * 1024 / 1e6 / wall}


def p10(server, quick):
    server.up("bench", 1)
    load("latency", server.bootstrap, "bench", 2000, 3 if quick else 15, 200)  # warm, above all the Java machine
    seen = load("latency", server.bootstrap, "bench", 2000, 5 if quick else 30, 200)
    return {"p50 ms": seen["p50"], "p99 ms": seen["p99"]}


def p14(server, quick):
    server.start().wait_listening()
    time.sleep(5 if quick else 15)
    seconds = 10 if quick else 60
    before = server.cpu()
    time.sleep(seconds)
    # A tick is 10 ms: what is less than one shows as one, in the slower one's favour.
    return {"RSS MiB": server.rss_mib(), "CPU % of a core": 100 * max(server.cpu() - before, 1 / TICKS) / seconds}


def first_record(server):
    began = time.monotonic()
    server.start().wait_listening()
    load("first", server.bootstrap, "bench")
    return 1000 * (time.monotonic() - began)


def p15(server, _quick):
    server.up("bench", 1)
    server.stop()
    clean = first_record(server)
    server.stop(signal.SIGKILL)
    return {"empty, clean: ms": clean, "empty, after kill -9: ms": first_record(server)}


MEASURES = {
    "P1": ("100 B records, 6 partitions, RF1, acks=1", p1), "P4": ("1 KiB records, RF1, acks=1", p4),
    "P10": ("end to end at 2,000 msg/s, RF1", p10), "P14": ("idle, empty", p14),
    "P15": ("exec to the first acknowledged record", p15),
}


def compare(name, quick, pairs):
    title, measure = MEASURES[name]
    print(f"{name}: {title}", flush=True)
    runs = {"klamm": [], "apache": []}
    for n in range(pairs):
        for kind in ("klamm", "apache") if n % 2 == 0 else ("apache", "klamm"):
            with Server(kind) as server:
                runs[kind].append(measure(server, quick))
    for key in runs["klamm"][0]:
        pairs_of = [(a[key], b[key]) for a, b in zip(runs["klamm"], runs["apache"])]
        ratio = math.exp(statistics.fmean(math.log(a / b) for a, b in pairs_of))
        print(f"  {key:<26} ratio {ratio:7.4f}   pairs " + "  ".join(f"{a:.4g}/{b:.4g}" for a, b in pairs_of), flush=True)


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small work, two pairs")
    parser.add_argument("--pairs", type=int, help="pairs per measure (default 4, quick 2)")
    parser.add_argument("measures", nargs="*", help="default: all")
    args = parser.parse_args()
    wanted = args.measures or [*MEASURES, "C1"]
    for name in wanted:
        if name == "C1":
            c1(args.quick)
        elif name in MEASURES:
            compare(name, args.quick, args.pairs or (2 if args.quick else 4))
        else:
            parser.error(f"no measure '{name}': one of {', '.join(MEASURES)}, C1")


main()
