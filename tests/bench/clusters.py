"""Three brokers and three controllers of either kind, in fresh directories, and clients that go on."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
sys.path.insert(0, str(ROOT / "tests/faults"))
import wire  # noqa: E402
from harness import until  # noqa: E402
from nodes import Node  # noqa: E402
from replication_test import Cluster, Loopback  # noqa: E402

LOAD = Path(os.environ["KLAMM_LOAD"])
TICKS = os.sysconf("SC_CLK_TCK")
UP_SECONDS = 240  # six Java machines on two cores take their time
# Kafka's own values, where the tests of faults have shorter ones.
DEFAULTS = {"broker.session.timeout.ms": 9000, "broker.heartbeat.interval.ms": 2000, "replica.lag.time.max.ms": 30000,
            "min.insync.replicas": 2}
# What kafka-server-start.sh tells the Java machine, and a heap as it suits the role.
JAVA = "-server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 " \
       "-XX:+ExplicitGCInvokesConcurrent -Xmx{heap} -Xms{heap}"


def load(*words, **environment):
    """Runs load.c; its `name=number` pairs."""
    done = subprocess.run([LOAD, *map(str, words)], capture_output=True, text=True, timeout=1800,
                          env={**os.environ, **environment})
    assert done.returncode == 0, f"load {words}: {done.stdout}{done.stderr}"
    return numbers(done.stdout)


def numbers(line):
    return {k: float(v) for k, v in re.findall(r"([\w.]+)=([-\d.]+)", line)}


def cpu_of(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class BenchNode(Node):
    def _environment(self):
        return {**os.environ, "KLAMM_JAVA_OPTS": JAVA.format(heap="1g" if self.role == "broker" else "384m")}


class BenchCluster(Cluster):
    """`with BenchCluster(kind) as c`: started, and every broker registered."""
    node_class = BenchNode

    def __init__(self, kind, own=None, brokers=3):
        """`own`: {kind: properties}, of what has another name in each."""
        self.kind = kind
        super().__init__({**DEFAULTS, **(own or {}).get(kind, {})}, (kind,) * 3, (kind,) * brokers)

    def __enter__(self):
        super().__enter__()
        until(lambda: self.brokers_up() == len(self.brokers), UP_SECONDS, f"the brokers of {self.kind} are up", 0.2)
        return self

    def wait_whole(self, topic):
        until(lambda: self.is_whole(topic), UP_SECONDS, f"a full in-sync set of {topic}", 0.05)

    def made(self, name, partitions, replicas=None):
        self.topic(name, partitions, replicas=replicas)
        if not replicas:
            self.wait_whole(name)
        return name

    def cpu(self):
        return sum(cpu_of(n.process.pid) for n in self.brokers)

    def controller(self):
        """The active one."""
        def found():
            try:
                leader = wire.quorum_leader(self.bootstrap())
            except OSError:
                return None
            return next((c for c in self.controllers if c.id == leader), None)
        return until(found, UP_SECONDS, "an active controller", 0.05)


class Talk:
    """A client of load.c that takes commands: a line in, a line out."""

    def __init__(self, *words):
        self.process = subprocess.Popen([LOAD, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the client ended with {self.process.wait()}"
        return numbers(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Writing(Talk):
    """load gaps: a producer at an even rate."""

    def __init__(self, bootstrap, topic, partitions, rate=1000, size=1024):
        super().__init__("gaps", bootstrap, topic, partitions, rate, size)
        until(lambda: self.ask("seen")["acked"] > rate / 2, UP_SECONDS, "the producer is under way", 0.1)

    def gap_ms(self, begun, quiet_ms=100, seconds=120):
        """The longest silence of a partition since the last mark, once all are heard again.
        `begun`: when, by the monotonic clock, what makes silence began."""
        def over():
            seen = self.ask("seen")
            return seen if seen["now_ms"] < quiet_ms and time.monotonic() - begun > 0.5 else None
        return until(over, seconds, "all partitions are acknowledged again", 0.02)["worst_ms"]

    def end(self):
        seen = self.ask("end")
        assert not seen["failed"], seen
        return seen
