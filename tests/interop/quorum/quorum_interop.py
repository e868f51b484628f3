"""One metadata quorum of klamm's and Apache Kafka's controllers: who leads changes, the log stays the same bytes."""
import base64
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/integration"))
sys.path.insert(0, str(ROOT / "tests/interop/tools"))
sys.path.insert(0, str(ROOT / "tests/faults"))
from confluent_kafka import KafkaException  # noqa: E402
from confluent_kafka.admin import NewTopic  # noqa: E402
from harness import run, until  # noqa: E402
from nodes import CONTROLLER_PORT, Node  # noqa: E402
from replication_test import WHOLE_SECONDS, Cluster, log_bytes, read, write  # noqa: E402
from tools import Tools  # noqa: E402

SLOW = {"broker.session.timeout.ms": 6000, "broker.heartbeat.interval.ms": 500, "replica.lag.time.max.ms": 3000}
SNAPSHOTS = {**SLOW, "metadata.log.max.record.bytes.between.snapshots": 20000, "metadata.max.retention.bytes": 30000,
             "metadata.log.segment.bytes": 8 * 1024 * 1024}
TOOLS = None


def new_id():
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        if not text.startswith("-"):
            return text


class DynamicNode(Node):
    """A node of a quorum whose voters stand in the log (kraft.version 1)."""

    def properties(self):
        p = super().properties()
        del p["controller.quorum.voters"]
        p["controller.quorum.bootstrap.servers"] = self.cluster.servers()
        return p

    def format(self):
        voters = self.cluster.initial()
        how = ["--initial-controllers", voters] if self in self.cluster.controllers[:self.cluster.voters_n] else \
            ["--no-initial-controllers"] if self.role == "controller" else []
        self.dir.mkdir(parents=True)
        (self.dir / "server.properties").write_text("".join(f"{k}={v}\n" for k, v in self.properties().items()))
        words = ["format", "--cluster-id", self.cluster.id, "--config", self.dir / "server.properties", *how]
        done = subprocess.run(self._argv(*words), env=self._environment(), capture_output=True, text=True)
        assert done.returncode == 0, f"{self.host}: format: {done.stdout}{done.stderr}"

    def directory_id(self):
        text = (self.dir / "data/meta.properties").read_text()
        return re.search(r"directory\.id=(\S+)", text).group(1)


class DynamicCluster(Cluster):
    """`voters_n` of the controllers are voters from the beginning, the others observe."""
    node_class = DynamicNode

    def __init__(self, extra, controllers, brokers, voters_n):
        super().__init__(extra, controllers, brokers)
        self.voters_n = voters_n
        self.ids = [new_id() for _ in controllers]

    def servers(self):
        return ",".join(f"{self.net.address[c.host]}:{CONTROLLER_PORT}" for c in self.controllers)

    def initial(self):
        return ",".join(f"{c.id}@{self.net.address[c.host]}:{CONTROLLER_PORT}:{i}"
                        for c, i in zip(self.controllers[:self.voters_n], self.ids))


def controllers_of(cluster):
    return ",".join(f"{cluster.net.address[c.host]}:{CONTROLLER_PORT}" for c in cluster.controllers)


def quorum(cluster, *words, status=0):
    """kafka-metadata-quorum; its text."""
    patience = TOOLS.path("patience.properties", "default.api.timeout.ms=4000\nrequest.timeout.ms=2000\n")
    got, text = TOOLS.run("metadata-quorum", "--bootstrap-controller", controllers_of(cluster), "--command-config", patience,
                          *words)
    assert got == status, text
    return text


def leader_id(cluster):
    """The active controller, or None while there is none."""
    try:
        found = re.search(r"LeaderId:\s+(-?\d+)", quorum(cluster, "describe", "--status"))
    except AssertionError:
        return None
    return int(found.group(1)) if found and int(found.group(1)) >= 0 else None


def active(cluster):
    def known():
        return next((c for c in cluster.controllers if c.id == leader_id(cluster) and c.running()), None)
    return until(known, WHOLE_SECONDS, "an active controller", 0.1)


def voters(cluster):
    """Rows of `describe --replication` by id; none while nobody leads."""
    try:
        text = quorum(cluster, "describe", "--replication")
    except AssertionError:
        return {}
    return {int(line.split()[0]): line.split() for line in text.splitlines()[1:]
            if line.split()[-1] in ("Leader", "Follower")}


def create(cluster, name):
    """A topic, tried until a controller takes it."""
    admin = cluster.admin()  # an operation ends with the client that nobody holds

    def made():
        try:
            admin.create_topics([NewTopic(name, 1, replication_factor=1)], request_timeout=5)[name].result(10)
            return True
        except KafkaException as e:
            return e.args[0].name() == "TOPIC_ALREADY_EXISTS"
    until(made, WHOLE_SECONDS, f"topic {name}", 0.1)


def caught_up(cluster):
    rows = []

    def same():
        rows[:] = voters(cluster).values()
        return rows and all(int(row[3]) <= 1 for row in rows)  # a NoOp may be on its way
    try:
        until(same, WHOLE_SECONDS, "all voters have what the leader has", 0.2)
    except AssertionError as e:
        raise AssertionError(f"{e}: {rows}") from None


def check_logs(cluster):
    """Stops the controllers; what their logs have in common is the same bytes."""
    caught_up(cluster)
    for c in cluster.controllers:
        assert c.terminate(), f"{c.host} did not stop"
    logs = [log_bytes(c.dir / "data/__cluster_metadata-0") for c in cluster.controllers]
    shortest = min(len(log) for log in logs)
    starts = {log[:8] for log in logs}
    assert len(starts) == 1, "the logs begin at different offsets"
    assert shortest and all(log[:shortest] == logs[0][:shortest] for log in logs), [len(log) for log in logs]
    return f"{shortest} bytes"


def who_leads_changes_between_klamm_and_apache():
    with Cluster(SLOW, ("klamm", "apache", "klamm"), ("klamm", "apache")) as c:
        until(lambda: c.brokers_up() == 2, 2 * WHOLE_SECONDS, "the brokers are up", 0.2)
        led, topics = set(), 0
        while len(led) < 2 or topics < 8:
            assert topics < 40, f"only {led} has led"
            old = active(c)
            led.add(old.engine)
            create(c, f"t{topics}")
            old.kill()
            create(c, f"t{topics + 1}")
            old.start()
            caught_up(c)
            topics += 2
        have = set(c.admin().list_topics(timeout=5).topics)
        assert {f"t{n}" for n in range(topics)} <= have
        text = quorum(c, "describe", "--status")
        assert len(re.findall(r'"id": 10[123]', text)) >= 3, text
        return f"{topics // 2} failovers, {check_logs(c)}"


def snapshots_are_fetched_from_each_other():
    with Cluster(SNAPSHOTS, ("klamm", "apache", "klamm"), ("klamm",)) as c:
        until(lambda: c.brokers_up() == 1, 2 * WHOLE_SECONDS, "the broker is up", 0.2)
        taken = 0
        for away, turn in ((c.controllers[1], 0), (c.controllers[0], 1), (c.controllers[1], 2)):
            active(c)
            away.kill()
            create(c, f"away{turn}")
            names = [NewTopic(f"many{turn}-{n}", 3, replication_factor=1) for n in range(150)]
            admin = c.admin()
            for future in admin.create_topics(names, request_timeout=20).values():
                future.result(30)
            before = {p.name for p in (away.dir / "data/__cluster_metadata-0").glob("*.checkpoint")}
            until(lambda: int(re.search(r"HighWatermark:\s+(\d+)", quorum(c, "describe", "--status")).group(1)) > 300,
                  WHOLE_SECONDS, "records", 0.2)
            away.start()
            caught_up(c)
            after = {p.name for p in (away.dir / "data/__cluster_metadata-0").glob("*.checkpoint")}
            taken += bool(after - before)
            # The one that came back leads the next time, with what it took.
            while active(c) is not away:
                other = active(c)
                other.kill()
                active(c)
                other.start()
                caught_up(c)
            create(c, f"back{turn}")
        assert taken, "no snapshot was fetched"
        assert len(c.admin().list_topics(timeout=5).topics) >= 456
        return f"{taken} of 3 came back by a snapshot"


def a_static_quorum_becomes_a_dynamic_one():
    """kraft.version 0 -> 1 by Apache's tool, with a leader of each kind; then a voter's disk is lost."""
    for engine in ("klamm", "apache"):
        with Cluster(SLOW, ("klamm", "apache", "klamm"), ("klamm",)) as c:
            until(lambda: c.brokers_up() == 1, 2 * WHOLE_SECONDS, "the broker is up", 0.2)
            while active(c).engine != engine:
                old = active(c)
                old.kill()
                active(c)
                old.start()
                caught_up(c)

            def upgraded():
                status, text = TOOLS.run("features", "--bootstrap-controller", controllers_of(c), "upgrade",
                                         "--feature", "kraft.version=1")
                assert status == 0 or "kraft.version" in text or "Timeout" in text, text
                return status == 0
            until(upgraded, WHOLE_SECONDS, "kraft.version 1", 0.3)
            until(lambda: all(row[1] != "AAAAAAAAAAAAAAAAAAAAAA" for row in voters(c).values()) and len(voters(c)) == 3,
                  WHOLE_SECONDS, "voters with directory ids", 0.2)
            create(c, "raised")
            for node in c.controllers:
                node.kill()
            for node in c.controllers:
                node.start()
            create(c, "again")
            assert len(voters(c)) == 3
            check_logs(c)


def a_controller_joins_by_itself():
    """controller.quorum.auto.join.enable; after its disk was lost it takes the place of its earlier self."""
    with DynamicCluster({**SLOW, "controller.quorum.auto.join.enable": "true"}, ("klamm", "apache", "klamm", "klamm"),
                        ("klamm",), 3) as c:
        joiner = c.controllers[3]
        until(lambda: joiner.id in voters(c), 2 * WHOLE_SECONDS, "the fourth is a voter", 0.2)
        was = voters(c)[joiner.id][1]
        joiner.kill()
        shutil.rmtree(joiner.dir)
        joiner.format()
        joiner.start()

        def replaced():
            rows = voters(c)
            return joiner.id in rows and rows[joiner.id][1] == joiner.directory_id() != was
        until(replaced, 2 * WHOLE_SECONDS, "its new disk is a voter, the old one is not", 0.2)
        create(c, "joined")


def voters_come_and_go_by_apaches_tool():
    with DynamicCluster(SLOW, ("klamm", "apache", "klamm", "klamm", "apache"), ("klamm",), 3) as c:
        until(lambda: c.brokers_up() == 1, 2 * WHOLE_SECONDS, "the broker is up", 0.2)
        assert sorted(voters(c)) == [101, 102, 103]
        for new, old in ((c.controllers[3], c.controllers[0]), (c.controllers[4], c.controllers[1])):
            def add():
                status, text = TOOLS.run("metadata-quorum", "--command-config", new.dir / "server.properties",
                                         "--bootstrap-controller", controllers_of(c), "add-controller")
                assert status == 0 or "Timeout" in text or "TimedOut" in text or "timed out" in text, text
                return status == 0
            until(add, WHOLE_SECONDS, f"controller {new.id} is a voter", 0.3)
            until(lambda: new.id in voters(c), WHOLE_SECONDS, "it is described", 0.2)

            def remove():
                status, text = TOOLS.run("metadata-quorum", "--bootstrap-controller", controllers_of(c), "remove-controller",
                                         "--controller-id", str(old.id), "--controller-directory-id", old.directory_id())
                return status == 0 or "VoterNotFound" in text
            until(remove, WHOLE_SECONDS, f"controller {old.id} is no voter", 0.3)
            until(lambda: old.id not in voters(c), WHOLE_SECONDS, "it is not described", 0.2)
            old.kill()
            create(c, f"without{old.id}")
        assert sorted(voters(c)) == [103, 104, 105]
        active(c).kill()
        create(c, "after")
        for node in c.nodes():
            if node.running():
                node.kill()
        for node in c.nodes():
            if node not in c.controllers[:2]:
                node.start()
        until(lambda: c.brokers_up() == 1, 2 * WHOLE_SECONDS, "the broker is up again", 0.2)
        assert sorted(voters(c)) == [103, 104, 105]
        assert not write(c, "after", 100)
        assert len(read(c, "after")) == 100


def a_voter_is_asked_before_it_is_let_in():
    """What it is told is Apache's: it cannot be reached, or another of its id is a voter; nobody is removed twice."""
    with DynamicCluster(SLOW, ("klamm", "klamm"), ("klamm",), 1) as c:
        until(lambda: c.brokers_up() == 1, 2 * WHOLE_SECONDS, "the broker is up", 0.2)
        first, new = c.controllers
        new.kill()

        def tool(*words):
            return TOOLS.run("metadata-quorum", "--command-config", new.dir / "server.properties", "--bootstrap-controller",
                             f"{c.net.address[first.host]}:9093", *words)
        status, text = tool("add-controller")
        key = f"ReplicaKey(id={new.id}, directoryId={new.directory_id()})"
        assert status and f"New voter {key} is not ready to receive requests" in text, text
        new.start()

        def add():
            status, text = tool("add-controller")
            assert status == 0 or "lagging" in text or "not ready" in text, text
            return status == 0
        until(add, WHOLE_SECONDS, "it is a voter", 0.3)
        status, text = tool("add-controller")
        assert status and f"The voter id for {key} is already part of the set of voters [" in text, text
        gone = ("remove-controller", "--controller-id", "77", "--controller-directory-id", new.directory_id())
        status, text = tool(*gone)
        assert status and f"Cannot remove voter ReplicaKey(id=77, directoryId={new.directory_id()}) from the set" in text, text


if __name__ == "__main__":
    TOOLS = Tools()
    try:
        run([who_leads_changes_between_klamm_and_apache, snapshots_are_fetched_from_each_other,
             voters_come_and_go_by_apaches_tool, a_voter_is_asked_before_it_is_let_in, a_controller_joins_by_itself, a_static_quorum_becomes_a_dynamic_one])
    finally:
        TOOLS.close()
