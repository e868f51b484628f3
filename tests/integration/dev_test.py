"""`klamm dev` and what people do with it: clients of the API, clients of Kafka, Ctrl-C, a second run."""
import os
import re
import signal
import socket
import stat
import subprocess
import threading
import time

import records
from harness import (BUILD, PROCESSES, Dev, broker_pids, cluster_request, kill9, pids_of, process_dirs,
                     processes_of, run, state_of, until)

COUNT = int(os.environ.get("KLAMM_RECORDS", "50000"))


def a_record_goes_through_and_secrets_are_private():
    with Dev() as dev:
        assert "written and read back" in dev.shown("record")
        for name in ("credentials", "secret", "klammd.yaml"):
            mode = stat.S_IMODE((dev.dir / name).stat().st_mode)
            assert mode == 0o600, f"{name} has mode {mode:o}"
        secret = (dev.dir / "secret").read_text().strip()
        assert not any(secret in line for line in processes_of(dev.dir).values()), "the secret is on a command line"
        for log in dev.dir.glob("logs/*"):
            assert secret not in log.read_text(), f"the secret is in {log}"
        return dev.shown("time")


def ctrl_c_leaves_nothing_and_a_second_run_finds_the_data():
    with Dev() as dev:
        first, arn, bootstrap = dev.shown("record"), dev.arn, dev.bootstrap
        records.create_topic(dev.bootstrap, "kept", 3)
        assert len(records.produce(dev.bootstrap, "kept", 3, range(1000))) == 1000
        began = time.monotonic()
        assert dev.stop() == 0
        took = time.monotonic() - began
        assert not processes_of(dev.dir), f"left behind: {processes_of(dev.dir)}"
        dev.start()
        assert (dev.arn, dev.bootstrap) == (arn, bootstrap)
        assert first.split("'")[1] in dev.shown("record").split("oldest")[1], dev.shown("record")
        records.check_equal(dev.bootstrap, "kept", 3, 1000)
        return f"stopped in {took:.1f} s, second run {dev.shown('time')}"


def kill_9_of_dev_itself_leaves_nothing_a_later_run_cannot_take_over():
    with Dev() as dev:
        records.create_topic(dev.bootstrap, "kept", 1)
        assert len(records.produce(dev.bootstrap, "kept", 1, range(100))) == 100
        kill9([dev.process.pid])
        dev.process.wait()
        dev.start()
        records.check_equal(dev.bootstrap, "kept", 1, 100)
        assert len(pids_of(dev.dir, "klammd")) == 1 and len(pids_of(dev.dir, "klamm-agent")) == 3
        assert len(broker_pids(dev.dir)) == PROCESSES, processes_of(dev.dir)


def a_dead_child_is_started_again():
    with Dev() as dev:
        old = pids_of(dev.dir, "klammd")
        kill9(old + pids_of(dev.dir, "klamm-agent")[:1])
        until(lambda: len(pids_of(dev.dir, "klammd")) == 1 and pids_of(dev.dir, "klammd") != old and
              len(pids_of(dev.dir, "klamm-agent")) == 3, 15, "klammd and agent are back")
        until(lambda: dev.klamm("cluster", "list", ok=False).returncode == 0, 15, "klammd answers")
        assert state_of(dev.client(), dev.arn) == "ACTIVE"
        assert dev.stop() == 0
        assert not processes_of(dev.dir), processes_of(dev.dir)


def refusals_are_clear():
    with Dev() as dev:
        other = subprocess.run([BUILD / "klamm", "dev", "--data-dir", dev.dir], capture_output=True, text=True)
        assert other.returncode == 1 and "another `klamm dev` runs" in other.stderr, other.stderr
        fresh = Dev(start=False)
        with fresh:
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", fresh.port + 1))
                taken.listen()
                done = subprocess.run(fresh.command(), capture_output=True, text=True, timeout=120)
            assert done.returncode == 1, done
            assert f"127.0.0.1:{fresh.port + 1} is needed and taken" in done.stderr, done.stderr
        missing = dev.klamm("cluster", "describe", "nope", ok=False)
        assert missing.returncode == 5 and "no cluster is named 'nope'" in missing.stderr, missing
        wrong = dev.klamm("cluster", "list", "--endpoint", "http://127.0.0.1:1", ok=False)
        assert wrong.returncode == 3 and "is klammd running there?" in wrong.stderr, wrong
        usage = dev.klamm("cluster", "creat", ok=False)
        assert usage.returncode == 2, usage


def boto3_the_aws_cli_and_klamm_create_describe_list_tag_and_delete():
    with Dev() as dev:
        client = dev.client()
        names = [c["ClusterName"] for c in client.list_clusters()["ClusterInfoList"]]
        assert names == ["dev"], names
        arn = client.create_cluster(**cluster_request("second"), Tags={"team": "a"})["ClusterArn"]
        until(lambda: state_of(client, arn) == "ACTIVE", 30, "second is ACTIVE")
        client.tag_resource(ResourceArn=arn, Tags={"cost": "1"})
        assert dev.aws("list-tags-for-resource", "--resource-arn", arn)["Tags"] == {"team": "a", "cost": "1"}
        client.untag_resource(ResourceArn=arn, TagKeys=["team"])
        assert dev.klamm("tags", "list", "second").stdout == "cost=1\n"
        bootstrap = dev.aws("get-bootstrap-brokers", "--cluster-arn", arn)["BootstrapBrokerString"]
        assert bootstrap == dev.klamm("bootstrap", "second", "--kind", "plaintext").stdout.strip()
        assert not set(bootstrap.split(",")) & set(dev.bootstrap.split(",")), "clusters share addresses"
        records.create_topic(bootstrap, "t", 3)
        assert len(records.produce(bootstrap, "t", 3, range(30))) == 30
        nodes = dev.aws("list-nodes", "--cluster-arn", arn)["NodeInfoList"]
        assert sum("BrokerNodeInfo" in n for n in nodes) == 3, nodes
        assert dev.aws("describe-cluster-v2", "--cluster-arn", arn)["ClusterInfo"]["ClusterType"] == "PROVISIONED"
        assert len(dev.aws("list-clusters-v2")["ClusterInfoList"]) == 2
        uuid = arn.rsplit("/", 1)[1]
        dev.aws("delete-cluster", "--cluster-arn", arn)
        until(lambda: state_of(client, arn) == "GONE", 30, "second is gone")
        until(lambda: not any(uuid in str(p) for p in process_dirs(dev.dir)), 10, "its directories are gone")
        assert not any(uuid in line for line in processes_of(dev.dir).values())
        dev.klamm("cluster", "create", "third", "--subnets", "subnet-a,subnet-b,subnet-c")
        dev.klamm("cluster", "delete", "third")
        assert state_of(client, dev.arn) == "ACTIVE"


def kcat_writes_and_reads():
    with Dev() as dev:
        records.create_topic(dev.bootstrap, "k", 2)
        lines = "".join(f"line {i} äöü\n" for i in range(5000))
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            subprocess.run(["kcat", "-b", dev.bootstrap, "-t", "k", "-P", "-p", "1", "-z", codec], input=lines,
                           text=True, check=True, timeout=300)
        back = subprocess.run(["kcat", "-q", "-b", dev.bootstrap, "-t", "k", "-C", "-p", "1", "-o", "beginning", "-e"],
                              capture_output=True, text=True, check=True, timeout=300)
        assert back.stdout == lines * 5, f"{len(back.stdout)} of {len(lines) * 5} characters"
        meta = subprocess.run(["kcat", "-b", dev.bootstrap, "-L"], capture_output=True, text=True, check=True)
        assert "3 brokers" in meta.stdout, meta.stdout


def mixed_sizes_and_all_codecs_come_back_equal():
    with Dev() as dev:
        partitions, share = 6, COUNT // len(records.CODECS)
        records.create_topic(dev.bootstrap, "mixed", partitions)
        for n, codec in enumerate(records.CODECS):
            numbers = range(n * share, (n + 1) * share)
            acked = records.produce(dev.bootstrap, "mixed", partitions, numbers, codec=codec)
            assert len(acked) == share, f"{codec}: {len(acked)} of {share} acknowledged"
        count = share * len(records.CODECS)
        records.check_equal(dev.bootstrap, "mixed", partitions, count)
        return f"{count} records"


def nothing_acknowledged_is_missing_after_kill_9_of_all_brokers():
    with Dev() as dev:
        partitions, rounds, per_round = 6, 3, 10000
        records.create_topic(dev.bootstrap, "kills", partitions)
        acked = set()
        for n in range(rounds):
            numbers = range(n * per_round, (n + 1) * per_round)
            old = set(broker_pids(dev.dir))
            killer = threading.Timer(0.3 + 0.2 * n, lambda: kill9(broker_pids(dev.dir)))
            killer.start()
            acked |= records.produce(dev.bootstrap, "kills", partitions, numbers,
                                     codec=records.CODECS[n % len(records.CODECS)], **{"linger.ms": 1})
            killer.join()
            until(lambda: len(broker_pids(dev.dir)) == PROCESSES and not old & set(broker_pids(dev.dir)), 30, "all are back")
        found = set()
        records.consume(dev.bootstrap, "kills", partitions, 120,
                        lambda p, o, v: found.add(int.from_bytes(v[:8], "big")) if v == records.value(
                            1, int.from_bytes(v[:8], "big")) else found.add(-1), len(acked))
        assert -1 not in found, "a record came back changed"
        assert not acked - found, f"{len(acked - found)} acknowledged records are missing"
        assert acked, "nothing was acknowledged"
        return f"{len(acked)} acknowledged, all there"


def klamm_failover_kills_one_process_and_prints_the_gap():
    with Dev() as dev:
        gaps = []
        for victim in ("broker-2", "controller-10001", "agent-c", "klammd"):
            shown = dev.klamm("failover", victim, "--data-dir", dev.dir).stdout
            killed, gap = re.search(rf"kill -9 of {victim} \(process (\d+)\): the longest gap between two "
                                    r"acknowledgements was (\d+) ms", shown).groups()
            assert int(killed) not in processes_of(dev.dir), shown
            assert re.search(r"\d+ records were acknowledged \(acks=all\), all of them are there", shown), shown
            assert int(gap) < 5000, shown  # a broker's session ends after 9 s
            gaps.append(f"{victim} {gap} ms")
        twice = dev.klamm("failover", "broker-1", "--times", "2", "--data-dir", dev.dir).stdout
        assert twice.count("kill -9 of broker-1") == 2 and "longest gaps of 2 kills" in twice, twice
        wrong = dev.klamm("failover", "broker-9", "--data-dir", dev.dir, ok=False)
        assert wrong.returncode == 5 and "no broker-9 runs" in wrong.stderr, wrong
        nowhere = dev.klamm("failover", "broker-1", "--data-dir", dev.dir / "nowhere", ok=False)
        assert nowhere.returncode == 2 and "no `klamm dev` has run there" in nowhere.stderr, nowhere
        return ", ".join(gaps)


def ctrl_c_while_starting_leaves_nothing():
    for delay in (0.02, 0.06, 0.1, 0.15, 0.2, 0.3):
        dev = Dev(start=False)
        with dev:
            # Whoever runs tests in the background may have SIGINT ignored, until `klamm dev` looks after it itself.
            process = subprocess.Popen(dev.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       start_new_session=True,
                                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            process.wait(300)
            assert not processes_of(dev.dir), f"after {delay} s left behind: {processes_of(dev.dir)}"
            dev.start()


if __name__ == "__main__":
    run([a_record_goes_through_and_secrets_are_private, ctrl_c_leaves_nothing_and_a_second_run_finds_the_data,
         kill_9_of_dev_itself_leaves_nothing_a_later_run_cannot_take_over, a_dead_child_is_started_again,
         refusals_are_clear, boto3_the_aws_cli_and_klamm_create_describe_list_tag_and_delete, kcat_writes_and_reads,
         mixed_sizes_and_all_codecs_come_back_equal, nothing_acknowledged_is_missing_after_kill_9_of_all_brokers,
         klamm_failover_kills_one_process_and_prints_the_gap, ctrl_c_while_starting_leaves_nothing])
