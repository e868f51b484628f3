"""Groups of klamm against Apache Kafka: the same requests are answered alike and leave the same records, regular
expressions mean the same, and in a cluster of both kinds a coordinator moves with all that its groups have."""
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests/integration"))
from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from groups_test import Member, Watch  # noqa: E402
from harness import run, until  # noqa: E402
from replication_test import Cluster, write  # noqa: E402
from scenarios import SCENARIOS, Broker  # noqa: E402
from tool import Tool  # noqa: E402

ONE = {"offsets.topic.replication.factor": 1, "offsets.topic.num.partitions": 4, "group.initial.rebalance.delay.ms": 300,
       "group.consumer.assignment.interval.ms": 0, "broker.session.timeout.ms": 6000, "broker.heartbeat.interval.ms": 500}
KINDS = ("apache", "klamm")
APACHE, KLAMM = KINDS


def address_of(cluster):
    return cluster.bootstrap().split(",")[0]


def answers(tool, cluster, scenario):
    broker = Broker(tool, address_of(cluster), scenario.__name__)
    broker.prepare()
    return [f"{what}: {broker.plain(answer)}" for what, answer in scenario(broker)]


def dump(cluster):
    """Every record of __consumer_offsets by Apache's tool: (key, value or None)."""
    files = ",".join(str(p) for p in sorted(cluster.brokers[0].dir.glob("data/__consumer_offsets-*/*.log")))
    done = subprocess.run([ROOT / "tests/interop/apache.sh", "org.apache.kafka.tools.DumpLogSegments", "--offsets-decoder",
                           "--print-data-log", "--files", files], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    found = []
    for line in done.stdout.splitlines():
        at = re.match(r"\| offset: .*? key: (\{.*\}) payload: (.*)", line)
        if at:
            found.append((json.loads(at[1]), None if at[2] == "<DELETE>" else json.loads(at[2])))
    return found


def shape(value):
    """The names of a value's fields, whatever they say."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in sorted(value.items())}
    return "list" if isinstance(value, list) else "value"


def shapes(cluster):
    """How many records of each kind, version and set of fields; the hash of no topics and the like is left out."""
    count = {}
    for key, value in dump(cluster):
        for name in ("metadataHash", "assignmentTimestamp", "classicMemberMetadata"):
            if value:
                value["data"].pop(name, None)
        kind = json.dumps([key["type"], shape(value)])
        count[kind] = count.get(kind, 0) + 1
    return count


def the_same_requests_get_the_same_answers_and_leave_the_same_records():
    tool = Tool()
    with Cluster(ONE, (APACHE,), (APACHE,)) as apache, Cluster(ONE, (KLAMM,), (KLAMM,)) as klamm:
        for cluster in (apache, klamm):
            until(lambda c=cluster: c.brokers_up() == 1, 90, "the broker is up", 0.2)
        count = 0
        for scenario in SCENARIOS:
            theirs, ours = (answers(tool, c, scenario) for c in (apache, klamm))
            for a, b in zip(theirs, ours):
                assert a == b, f"{scenario.__name__}\napache {a}\nklamm  {b}"
            assert len(theirs) == len(ours)
            count += len(ours)
        tool.close()
        theirs, ours = shapes(apache), shapes(klamm)
        assert theirs == ours, "\n".join(f"{theirs.get(k, 0)} {ours.get(k, 0)} {k}" for k in {**theirs, **ours}
                                         if theirs.get(k) != ours.get(k))
        return f"{count} answers, {sum(ours.values())} records"


NAMES = ("t1 t2 a b c ab aa aab abab A B AB aB t1x a.b a-b a_b 1 12 - . _ k K z C aaaa bb cc ABC orders x xx").split()
TOKENS = r"a b c 1 - . _ * + ? | ( ) (?: [ ] [^ a-c \d \w \b \B ^ $ {1,2} {2} {0,3} (?i) (?i: \Q \E [[:digit:]] \pL \x61 A " \
         r"(?P<x> \. { } ,".split()


def regular_expressions_mean_what_they_mean_to_re2j():
    rng = random.Random(int(os.environ.get("KLAMM_SEED", "5")))
    patterns = ["".join(rng.choice(TOKENS) for _ in range(rng.randint(1, 9))) for _ in range(30000)]
    jars = subprocess.run([ROOT / "tests/interop/apache.sh"], capture_output=True, text=True, check=True).stdout.strip()
    build = Path(os.environ.get("KLAMM_BUILD", ROOT / "build/debug"))
    both = [subprocess.run([*command, *NAMES], input="\n".join(patterns) + "\n", capture_output=True, text=True, check=True)
            .stdout.splitlines() for command in (["java", "-cp", f"{jars}/*", str(HERE / "RegexOracle.java")],
                                                 [build / "tests/interop/groups/regex_tool"])]
    for pattern, a, b in zip(patterns, *both):
        assert a == b, f"{pattern!r}: RE2/J {a}, klamm {b}"
    valid = sum(a.startswith("ok") for a in both[0])
    assert len(both[0]) == len(both[1]) == len(patterns) and valid > 1000
    return f"{len(patterns)} expressions, {valid} valid"


# ---- a cluster of both kinds ----

GROUP_PARTITIONS = 4


def committed(cluster, group, topic):
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap(), "group.id": group, "log_level": 0})
    found = consumer.committed([TopicPartition(topic, p) for p in range(GROUP_PARTITIONS)], timeout=20)
    consumer.close()
    return [p.offset for p in found]


def coordinator(cluster, group):
    try:
        admin = cluster.admin()  # an operation ends with the client that nobody holds
        found = admin.describe_consumer_groups([group], request_timeout=5)[group].result(10)
        return cluster.broker(found.coordinator.id)
    except Exception:  # none for a moment
        return None


def moves(protocol):
    """klamm -> Apache -> klamm under members of a group, each by the end of the broker that coordinates."""
    extra = {**ONE, "offsets.topic.replication.factor": 2, "default.replication.factor": 2, "min.insync.replicas": 1,
             "replica.lag.time.max.ms": 3000}
    topic, group, notes = f"moved-{protocol}", f"movers-{protocol}", []
    with Cluster(extra, (KLAMM,), (KLAMM, APACHE)) as c:
        until(lambda: c.brokers_up() == 2, 60, "both brokers are up", 0.2)
        c.topic(topic, GROUP_PARTITIONS, replicas=[[1, 2], [2, 1]] * (GROUP_PARTITIONS // 2))
        c.wait_whole(topic)
        members = [Member(c.bootstrap(), group, topic, protocol) for _ in range(2)]
        watch = Watch(c.bootstrap(), group, topic, GROUP_PARTITIONS)
        for thread in (watch, *members):
            thread.start()
        until(lambda: sorted(p for m in members for p in m.assigned) == list(range(GROUP_PARTITIONS)), 60, "shared")
        total = 0
        for _ in range(3):
            for p in range(GROUP_PARTITIONS):
                assert not write_numbers(c, topic, p, total // GROUP_PARTITIONS, 200)
            total += 200 * GROUP_PARTITIONS
            until(lambda: sum(watch.offsets.values()) == total, 60, f"{total} are read and committed: {watch.offsets}")
            until(lambda: c.is_whole("__consumer_offsets"), 60, "offsets have both replicas", 0.2)
            old = until(lambda: coordinator(c, group), 60, "a coordinator", 0.2)
            notes.append(old.engine)
            assert old.terminate()
            until(lambda: coordinator(c, group) not in (None, old), 60, "another coordinator", 0.2)
            assert committed(c, group, topic) == [total // GROUP_PARTITIONS] * GROUP_PARTITIONS
            old.start()
            c.wait_whole(topic)
        assert len(set().union(*(m.seen for m in members))) == total
        for thread in (watch, *members):
            thread.over = True
        for thread in (watch, *members):
            thread.join()
        assert not watch.errors, watch.errors[0]
        assert all(m.error is None for m in members), [m.error for m in members]
        assert set(notes) == set(KINDS), notes
    return " -> ".join(notes) + f", {total} records, {watch.looks} looks at what was committed"


def write_numbers(cluster, topic, partition, first, count):
    import struct
    from confluent_kafka import Producer
    failed = []
    producer = Producer({"bootstrap.servers": cluster.bootstrap(), "acks": "all", "log_level": 0,
                         "message.timeout.ms": 30000})
    for i in range(count):
        producer.produce(topic, struct.pack(">q", (first + i) * GROUP_PARTITIONS + partition), partition=partition,
                         on_delivery=lambda e, m: failed.append(e) if e else None)
    assert producer.flush(40) == 0
    return failed


def a_classic_group_moves_between_the_kinds():
    return moves("classic")


def a_consumer_group_moves_between_the_kinds():
    return moves("consumer")


if __name__ == "__main__":
    run([the_same_requests_get_the_same_answers_and_leave_the_same_records,
         regular_expressions_mean_what_they_mean_to_re2j,
         a_classic_group_moves_between_the_kinds, a_consumer_group_moves_between_the_kinds])
