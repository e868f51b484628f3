"""Kafka nodes as processes, each on a host of its own: klamm-broker's or Apache Kafka's, alike."""
import base64
import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("KLAMM_BUILD", ROOT / "build/debug"))
APACHE = ROOT / "tests/interop/apache.sh"
JAVA_OPTS = "-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
CONTROLLER_PORT, BROKER_PORT = 9093, 9092

# Short enough that a run of hundreds of faults ends; all of them Kafka's own properties.
COMMON = {
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "broker.session.timeout.ms": 3000,
    "broker.heartbeat.interval.ms": 500,
    "replica.lag.time.max.ms": 2000,
    "default.replication.factor": 3,
    "min.insync.replicas": 2,
    "num.partitions": 6,
    "offsets.topic.replication.factor": 3,
    "auto.create.topics.enable": "false",
    "unclean.leader.election.enable": "false",
}


def new_cluster_id():
    """Never with a dash in front, which Apache's tools take for an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        if not text.startswith("-"):
            return text


class Node:
    """One process. `engine` is klamm or apache; `role` is broker or controller."""

    def __init__(self, cluster, node_id, role, engine):
        self.cluster, self.id, self.role, self.engine = cluster, node_id, role, engine
        self.host = f"{role}-{node_id}"
        self.dir = cluster.dir / self.host
        self.process = None
        self.starts = 0

    def properties(self):
        address = self.cluster.net.address[self.host]
        listener = f"CONTROLLER://{address}:{CONTROLLER_PORT}" if self.role == "controller" \
            else f"PLAINTEXT://{address}:{BROKER_PORT}"
        return {**COMMON, "process.roles": self.role, "node.id": self.id, "listeners": listener,
                "broker.rack": f"zone-{self.id % 3}", "log.dirs": ",".join(str(self.dir / d) for d in self.cluster.log_dirs),
                "controller.quorum.voters": self.cluster.voters(), **self.cluster.extra}

    def _argv(self, *words):
        if self.engine == "klamm":
            return [BUILD / "klamm-broker", *words]
        return [APACHE, "kafka.tools.StorageTool" if words[0] == "format" else "kafka.Kafka", *words]

    def _environment(self):
        return {**os.environ, "KLAMM_JAVA_OPTS": JAVA_OPTS}

    def make_dir(self):
        self.dir.mkdir(parents=True)

    def format(self):
        self.make_dir()
        (self.dir / "server.properties").write_text(
            "".join(f"{k}={v}\n" for k, v in self.properties().items()))
        done = subprocess.run(
            self._argv("format", "--cluster-id", self.cluster.id, "--config", self.dir / "server.properties"),
            env=self._environment(), capture_output=True, text=True)
        assert done.returncode == 0, f"{self.host}: format: {done.stdout}{done.stderr}"

    def start(self):
        assert not self.running(), self.host
        self.starts += 1
        with open(self.dir / "log.txt", "ab") as log:
            self.process = subprocess.Popen(
                self.cluster.net.command(self.host, self._argv(self.dir / "server.properties")),
                env=self._environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.dir)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        if self.running():
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self, seconds=30):
        """SIGTERM, then SIGKILL for who does not go; True when it went by itself."""
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            self.kill()
            return False

    def change_engine(self, engine):
        """The same node, directory and identity under the other program: what a migration does."""
        assert not self.running()
        self.engine = engine


class Cluster:
    """`controllers` and `brokers` are lists of engines, one per node: ["klamm", "apache", ...]."""
    node_class = Node

    def __init__(self, net, directory, controllers, brokers, extra=None, log_dirs=("data",)):
        self.log_dirs = log_dirs
        self.net, self.dir, self.extra, self.id = net, Path(directory), extra or {}, new_cluster_id()
        self.controllers = [self.node_class(self, 101 + n, "controller", e) for n, e in enumerate(controllers)]
        self.brokers = [self.node_class(self, 1 + n, "broker", e) for n, e in enumerate(brokers)]

    @staticmethod
    def hosts(controllers, brokers):
        return ["client"] + [f"controller-{101 + n}" for n in range(controllers)] + \
            [f"broker-{1 + n}" for n in range(brokers)]

    def nodes(self):
        return self.controllers + self.brokers

    def of(self, role, engine):
        """The nodes of a role (None: either) under an engine."""
        return [n for n in self.nodes() if role in (None, n.role) and n.engine == engine]

    def voters(self):
        return ",".join(f"{c.id}@{self.net.address[c.host]}:{CONTROLLER_PORT}" for c in self.controllers)

    def bootstrap(self):
        return ",".join(f"{self.net.address[b.host]}:{BROKER_PORT}" for b in self.brokers)

    def start(self):
        for node in self.nodes():
            node.format()
        for node in self.nodes():
            node.start()

    def ensure_running(self):
        for node in self.nodes():
            if not node.running():
                node.start()

    def stop(self):
        for node in self.nodes():
            if node.running():
                node.signal(signal.SIGCONT)
                node.signal(signal.SIGKILL)
        for node in self.nodes():
            if node.process:
                node.process.wait()

    def died(self):
        """Nodes that ended without being asked to, with the end of their logs."""
        return [n for n in self.nodes() if n.process and n.process.poll() is not None]

    def log_ends(self, lines=12):
        out = []
        for node in self.nodes():
            path = node.dir / "log.txt"
            if path.exists():
                out.append(f"--- {node.host} ({node.engine}), starts {node.starts}")
                out += path.read_text(errors="replace").splitlines()[-lines:]
        return "\n".join(out)

    def keep(self):
        """The directory stays: for who wants to look."""

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)


def wait_until(condition, seconds, what, every=0.1):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)
