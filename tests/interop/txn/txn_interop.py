"""Transactions where brokers are klamm's and Apache Kafka's, and Apache's clients and tools against klamm's."""
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/integration"))
sys.path.insert(0, str(ROOT / "tests/interop/tools"))
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition  # noqa: E402
from exactly_once_test import copied, copier  # noqa: E402
from harness import run, until  # noqa: E402
from pair import Pair  # noqa: E402
from replication_test import Cluster  # noqa: E402
from txn_test import PARTITIONS, SMALL, Writer, check_whole, producer, read, send  # noqa: E402

TOOLS = "org.apache.kafka.tools."
SLOW = {**SMALL, "broker.session.timeout.ms": 6000, "broker.heartbeat.interval.ms": 500,
        "replica.lag.time.max.ms": 3000}
KILLS = int(os.environ.get("KLAMM_KILLS", "4"))
STATE = "__transaction_state"


def tool(name, *words, seconds=90):
    """What Apache's tool prints; without a failure."""
    env = {**os.environ, "KLAMM_JAVA_OPTS": "-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"}
    done = subprocess.run([ROOT / "tests/interop/apache.sh", TOOLS + name, *map(str, words)], capture_output=True,
                          text=True, timeout=seconds, env=env)
    assert done.returncode == 0, f"{name} {words}: {done.stdout}{done.stderr}"
    return done.stdout


def transactions(cluster, *words):
    """Rows of TransactionsCommand, as dictionaries."""
    lines = tool("TransactionsCommand", "--bootstrap-server", cluster.bootstrap(), *words).splitlines()
    rows = [[cell.strip() for cell in line.split("\t")] for line in lines if "\t" in line]
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def perform(cluster, name, records=20000):
    """Apache's producer, with many transactions one after the other."""
    out = tool("ProducerPerformance", "--topic", "t", "--num-records", records, "--record-size", 100, "--throughput",
               "-1", "--transactional-id", name, "--transaction-duration-ms", 20, "--command-property",
               f"bootstrap.servers={cluster.bootstrap()}")
    assert f"{records} records sent" in out, out


def committed(cluster):
    return sum(len(read(cluster, "t", i)) for i in range(PARTITIONS))


def java_producers_commit_by_every_kind_of_coordinator(brokers=("klamm", "apache", "klamm")):
    with Cluster(SLOW, ("klamm",), brokers) as c:
        c.topic("t", PARTITIONS)
        names = [f"perf-{i}" for i in range(4)]
        for name in names:
            perform(c, name)
        until(lambda: committed(c) == 20000 * len(names), 20, "all that was committed")
        rows = {r["TransactionalId"]: r for r in transactions(c, "list")}
        assert set(rows) == set(names) and all(r["TransactionState"] == "CompleteCommit" for r in rows.values()), rows
        return f"coordinators {sorted(r['Coordinator'] for r in rows.values())}"


TOLD = [
    ["list"], ["list", "--state", "Ongoing"], ["list", "--state", "CompleteAbort,CompleteCommit"],
    ["list", "--state", "Sleeping"], ["list", "--producer-id", 1], ["list", "--producer-id", 77],
    ["list", "--transactional-id-pattern", "h.*g"], ["list", "--transactional-id-pattern", "h"],
    ["list", "--transactional-id-pattern", "h["], ["list", "--duration-filter", 1000000], ["list", "--duration-filter", 0],
    ["describe", "--transactional-id", "hanging"], ["describe", "--transactional-id", "done"],
    ["describe", "--transactional-id", "undone"], ["describe", "--transactional-id", "never"], ["describe"],
    ["describe-producers", "--topic", "t", "--partition", 0], ["describe-producers", "--topic", "t", "--partition", 1],
    ["describe-producers", "--topic", "t", "--partition", 1, "--broker-id", 1],
    ["describe-producers", "--topic", "t", "--partition", 2], ["describe-producers", "--topic", "t"],
    ["find-hanging", "--topic", "t"], ["find-hanging", "--broker-id", 1], ["find-hanging", "--topic", "t", "--partition", 1],
    ["find-hanging", "--broker-id", 1, "--max-transaction-timeout", 0], ["find-hanging"],
]
ENDED = [
    ["abort", "--topic", "t", "--partition", 1], ["abort", "--topic", "t", "--partition", 1, "--start-offset", 1],
    ["abort", "--topic", "t", "--partition", 1, "--producer-id", 77, "--producer-epoch", 0, "--coordinator-epoch", 0],
    ["abort", "--topic", "t", "--partition", 1, "--start-offset", 0], ["describe", "--transactional-id", "hanging"],
    ["describe-producers", "--topic", "t", "--partition", 1],
    ["forceTerminateTransaction", "--transactionalId", "never"], ["forceTerminateTransaction"],
    ["forceTerminateTransaction", "--transactionalId", "hanging"], ["describe", "--transactional-id", "hanging"], ["list"],
]
TIMES = [(r"\b\d{13}\b", "TIME"), (r"TIME(\s+)\d+", r"TIME\1AGE")]


def three_transactions(cluster):
    """One committed, one aborted, one open."""
    cluster.topic("t", PARTITIONS, replicas=[[1]] * PARTITIONS)
    open_one, done, undone = (producer(cluster, name) for name in ("hanging", "done", "undone"))
    for p in (done, undone):
        p.begin_transaction()
        send(p, "t", [b"one", b"two", b"three"])
    done.commit_transaction(20)
    undone.abort_transaction(20)
    open_one.begin_transaction()
    send(open_one, "t", [b"one", b"two"], partition=1)
    return open_one


def the_transactions_tool_says_the_same_of_both_kinds():
    one = {**SMALL, "offsets.topic.replication.factor": 1, "transaction.state.log.replication.factor": 1,
           "transaction.state.log.min.isr": 1, "min.insync.replicas": 1}
    with Pair(1, 1, one) as pair:
        held = [three_transactions(c) for c in pair.clusters.values()]
        failures = []
        for words in TOLD + ENDED:
            try:
                pair.same("transactions", "--bootstrap-server $B", *map(str, words), also=TIMES, sort=words[0] == "list")
            except AssertionError as e:  # the others are compared all the same
                failures.append(str(e))
        assert not failures, "\n".join(failures)
        assert all(read(c, "t", 1) == [] for c in pair.clusters.values())
        del held
        return f"{len(TOLD + ENDED)} answers"


def apache_reads_what_klamm_wrote():
    with Cluster({**SMALL, "log.segment.bytes": 1048576}) as c:
        c.topic("t", PARTITIONS)
        perform(c, "perf")
        p = producer(c, "aborting")
        for n in range(5):
            p.begin_transaction()
            send(p, "t", [b"%d" % n + b"." * 100000] * 6)
            p.abort_transaction(20)
        p.begin_transaction()
        send(p, "t", [b"open"])
        for b in c.brokers:
            assert b.terminate()
        data = c.brokers[0].dir / "data"
        states = {}
        for log in sorted(data.glob(f"{STATE}-*/*.log")):
            out = tool("DumpLogSegments", "--transaction-log-decoder", "--files", log)
            assert "isvalid: false" not in out and "exception" not in out.lower(), out
            states.update(re.findall(r"transactionalId\W+(\w+).*?transactionStatus\W+(\w+)", out))
            states.update(re.findall(r"transactional_?[iI]d=(\w+).*?state=(\w+)", out))
        indexes = sorted(data.glob("t-*/*.txnindex"))
        aborted = sum(tool("DumpLogSegments", "--files", i).count("producerId: ") for i in indexes)
        assert aborted == 5, aborted
        snapshots = sorted(data.glob("t-0/*.snapshot"))
        assert len(snapshots) >= 2, snapshots
        text = tool("DumpLogSegments", "--files", snapshots[-1])
        assert "currentTxnFirstOffset" in text and "OptionalLong[" in text, text
        return f"{len(indexes)} indexes, {len(snapshots)} snapshots"


def coordinators_of_both_kinds_take_over_from_each_other():
    """Writers go on while the coordinator's broker dies, and the other kind resumes what it had begun."""
    rng = random.Random(11)
    with Cluster(SLOW, ("klamm",), ("klamm", "apache", "klamm")) as c:
        c.topic("t", PARTITIONS, {"min.insync.replicas": "2"})
        writers = [Writer(c, f"w{i}") for i in range(4)]
        for w in writers:
            w.start()
        try:
            until(lambda: c.partition(STATE), 30, f"{STATE} is there", 0.2)
            for _ in range(KILLS):
                time.sleep(rng.uniform(1, 3))
                victim = c.leader(STATE, rng.randrange(5))
                victim.kill()
                time.sleep(rng.choice((0, 1)))
                victim.start()
                c.wait_whole(STATE)
                c.wait_whole("t")
        finally:
            for w in writers:
                w.stop = True
            for w in writers:
                w.join(120)
        for w in writers:
            assert not w.is_alive(), "a writer hangs"
            if w.failure:
                raise w.failure
            w.producer = producer(c, w.name)
        check_whole(c, writers)
        return (f"{sum(len(w.committed) for w in writers)} committed, "
                f"{sum(len(w.aborted) for w in writers)} aborted, {sum(len(w.unknown) for w in writers)} unknown")


MOVES = (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)


def offsets(cluster, stable=True, seconds=20):
    """What is committed to `g`, by partition of `t`; None while a transaction that is open has something to say."""
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap(), "group.id": "g", "log_level": 0,
                         "isolation.level": "read_committed" if stable else "read_uncommitted"})
    deadline = time.monotonic() + 60
    try:
        while True:
            try:
                wanted = [TopicPartition("t", i) for i in range(PARTITIONS)]
                return [p.offset for p in consumer.committed(wanted, seconds)]
            except KafkaException as e:
                if e.args[0].code() == KafkaError._TIMED_OUT:
                    return None
                assert e.args[0].code() in MOVES and time.monotonic() < deadline, e
                time.sleep(0.1)
    finally:
        consumer.close()


def commit_offset(p, consumer, partition, offset):
    p.begin_transaction()
    p.send_offsets_to_transaction([TopicPartition("t", partition, offset)], consumer.consumer_group_metadata(), 20)


def one_move(c, consumer, old, n):
    """A transaction is committed, one aborted, one open; the other kind takes over and ends the open one."""
    done, gone, open_one, undone = (producer(c, name) for name in ("done", "gone", "open", "undone"))
    commit_offset(done, consumer, 0, 10 + n)
    done.commit_transaction(20)
    commit_offset(gone, consumer, 1, 1000 + n)
    gone.abort_transaction(20)
    want = [10 + n, -1001 if n == 0 else 20 + n - 1, -1001]
    assert offsets(c) == want, (old.engine, offsets(c), want)
    commit_offset(open_one, consumer, 1, 20 + n)
    commit_offset(undone, consumer, 2, 2000 + n)
    assert offsets(c, seconds=1) is None and offsets(c, stable=False) == want, old.engine
    until(lambda: c.is_whole("__consumer_offsets") and c.is_whole(STATE), 60, "both have both replicas", 0.2)
    assert old.terminate()
    until(lambda: offsets(c, stable=False) == want, 60, "the other has what was committed", 0.2)
    assert offsets(c, seconds=1) is None, "what is open is open after the move"
    open_one.commit_transaction(30)
    undone.abort_transaction(30)
    assert offsets(c) == [10 + n, 20 + n, -1001], offsets(c)
    old.start()
    c.wait_whole("t")


def offsets_of_transactions_move_between_the_kinds():
    """Committed stays committed, aborted aborted, and what one kind began the other ends."""
    one = {"offsets.topic.num.partitions": 1, "transaction.state.log.num.partitions": 1, "min.insync.replicas": 1,
           "transaction.state.log.min.isr": 1, "offsets.topic.replication.factor": 2,
           "transaction.state.log.replication.factor": 2}
    with Cluster({**SLOW, **one}, ("klamm",), ("klamm", "apache")) as c:
        c.topic("t", PARTITIONS, replicas=[[1, 2], [2, 1], [1, 2]])
        consumer = Consumer({"bootstrap.servers": c.bootstrap(), "group.id": "g", "log_level": 0})
        offsets(c)
        moved = []
        for n in range(4):
            until(lambda: c.is_whole("__consumer_offsets"), 60, "the group's log has both replicas", 0.2)
            old = c.leader("__consumer_offsets")
            moved.append(old.engine)
            one_move(c, consumer, old, n)
        consumer.close()
        assert set(moved) == {"klamm", "apache"}, moved
        return " -> ".join(moved)


def every_record_is_copied_once_by_brokers_of_both_kinds():
    rng = random.Random(11)

    def disturb(c):
        for _ in range(KILLS):
            time.sleep(rng.uniform(1, 3))
            victim = c.leader(rng.choice((STATE, "__consumer_offsets", "out")))
            victim.kill()
            time.sleep(rng.choice((0, 1)))
            victim.start()
            for topic in (STATE, "__consumer_offsets", "out"):
                c.wait_whole(topic)
    return copied(disturb, lambda c: [copier(c, f"c{i}") for i in range(2)], 120, SLOW, ("klamm", "apache", "klamm"))


if __name__ == "__main__":
    run([offsets_of_transactions_move_between_the_kinds, every_record_is_copied_once_by_brokers_of_both_kinds,
         java_producers_commit_by_every_kind_of_coordinator, the_transactions_tool_says_the_same_of_both_kinds,
         apache_reads_what_klamm_wrote, coordinators_of_both_kinds_take_over_from_each_other])
