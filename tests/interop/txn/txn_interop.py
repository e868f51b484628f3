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
from harness import run, until  # noqa: E402
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


def the_transactions_tool_finds_describes_and_ends():
    with Cluster(SMALL) as c:
        c.topic("t", PARTITIONS)
        p = producer(c, "hanging")
        p.begin_transaction()
        send(p, "t", [b"one", b"two"], partition=1)
        rows = transactions(c, "describe", "--transactional-id", "hanging")
        assert len(rows) == 1 and rows[0]["TransactionState"] == "Ongoing" and rows[0]["TopicPartitions"] == "t-1", rows
        assert transactions(c, "list", "--transactional-id-pattern", "h.*g"), "by pattern"
        assert not transactions(c, "list", "--transactional-id-pattern", "h"), "the whole id must match"
        assert not transactions(c, "list", "--duration-filter", "1000000"), "by age"
        rows = transactions(c, "describe-producers", "--topic", "t", "--partition", 1)
        assert rows[0]["CurrentTransactionStartOffset"] == "0" and rows[0]["LastSequence"] == "1", rows
        assert transactions(c, "find-hanging", "--topic", "t") == []
        tool("TransactionsCommand", "--bootstrap-server", c.bootstrap(), "abort", "--topic", "t", "--partition", 1,
             "--start-offset", 0)
        rows = transactions(c, "describe-producers", "--topic", "t", "--partition", 1)
        assert rows[0]["CurrentTransactionStartOffset"] == "None", rows
        assert read(c, "t", 1) == []
        tool("TransactionsCommand", "--bootstrap-server", c.bootstrap(), "forceTerminateTransaction",
             "--transactionalId", "hanging")
        rows = transactions(c, "describe", "--transactional-id", "hanging")
        assert rows[0]["TransactionState"] == "Empty", rows


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


if __name__ == "__main__":
    run([java_producers_commit_by_every_kind_of_coordinator, the_transactions_tool_finds_describes_and_ends,
         apache_reads_what_klamm_wrote, coordinators_of_both_kinds_take_over_from_each_other])
