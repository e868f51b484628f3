"""A broker's process has the CPU and memory of its instance type, by the kernel's cgroups; where the agent may make none,
it says so, and the tests say what they could not show. More partitions than its type may hold are told and refuse
updates."""
import json
import os
import signal
from pathlib import Path

from confluent_kafka.admin import AdminClient

from harness import cgroups_of, long, run, state_of, until
from operations_test import Cluster, Load, refused
import records

LARGE, SMALL = (2, 8 << 30), (2, 2 << 30)  # kafka.m7g.large, kafka.t3.small
XLARGE = (4, 16 << 30)


def nodes(c):
    return json.loads(c.parts.klamm("node", "list", "-o", "json").stdout)


def limits_of(pid):
    """(CPUs, bytes) that the kernel gives the process; None: it is in no group of klamm's."""
    found = {}
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        if "/klamm-" not in path:
            continue
        folder = Path("/sys/fs/cgroup") / controllers / path[1:]
        if number == "0":
            quota, period = (folder / "cpu.max").read_text().split()
            return int(quota) / int(period), int((folder / "memory.max").read_text())
        if "cpu" in controllers.split(","):
            found["cpu"] = int((folder / "cpu.cfs_quota_us").read_text()) / 100000
        if "memory" in controllers.split(","):
            found["memory"] = int((folder / "memory.limit_in_bytes").read_text())
    return (found["cpu"], found["memory"]) if found else None


def all_limits(c):
    return {limits_of(pid) for pid in c.pids().values()}


def retype(c, name):
    return c.finished(c.client.update_broker_type(ClusterArn=c.arn, CurrentVersion=c.version(),
                                                  TargetInstanceType=name)["ClusterOperationArn"])


def how_it_is_without(c):
    """None when limits are to be seen."""
    said = {n["limits"] for n in nodes(c)}
    assert len(said) == 1, said
    said = said.pop()
    log = c.parts.log("agent-a")
    assert log.count(" limits ") == 1 and said in log, "the log says it once"
    if not said.startswith("none"):
        assert said in ("cgroup version 1", "cgroup version 2"), said
        return None
    assert all_limits(c) == {None} and not cgroups_of(c.parts.dir)
    return f"NOT SHOWN ON THIS MACHINE, WHICH HAS NO LIMITS OF CPU AND MEMORY: {said}"


def brokers_have_the_limits_of_their_type_whoever_dies():
    with Cluster() as c:
        without = how_it_is_without(c)
        if without:
            return without
        with Load(c.bootstrap) as load:
            assert all_limits(c) == {LARGE}
            retype(c, "kafka.t3.small")
            assert all_limits(c) == {SMALL}
            before = c.pids()
            os.kill(before[1], signal.SIGKILL)
            until(lambda: c.pids()[1] != before[1], 20, "broker 1 is started again")
            until(lambda: all_limits(c) == {SMALL}, 5, "it is in its group")
            before = c.pids()
            c.parts.kill("agent-b")
            c.parts.start_agent("b")
            until(lambda: "process_adopted" in c.parts.log("agent-b"), 10, "the next agent adopts")
            retype(c, "kafka.m7g.xlarge")
            assert all_limits(c) == {XLARGE}
            assert all(c.pids()[i] != before[i] for i in before)
        groups = cgroups_of(c.parts.dir)
        assert groups, "no record of groups"
        c.client.delete_cluster(ClusterArn=c.arn)
        until(lambda: state_of(c.client, c.arn) == "GONE", 30, "the cluster's end")
        assert not [g for g in groups if g.is_dir()], groups
    return f"{len(groups)} groups, {load.count} records"


def held(c):
    """{broker: partitions}, as its agent counts them"""
    return {p["id"]: p.get("partitions") for n in nodes(c) for p in n["processes"] if p["kind"] == "broker"}


def all_hold(c, low, high):
    until(lambda: all(n is not None and low <= n <= high for n in held(c).values()), 30,
          f"{low} to {high} partitions: {held(c)}")


def more_partitions_than_a_type_may_hold_refuse_updates():
    with Cluster() as c:
        small = dict(ClusterArn=c.arn, TargetInstanceType="kafka.t3.small")
        records.create_topic(c.bootstrap, "many", 301, replicas=3)
        all_hold(c, 301, 400)
        refused(c.client.update_broker_type, "BadRequestException", "kafka.t3.small may hold 300 partitions at most",
                CurrentVersion=c.version(), **small)
        planned = c.parts.klamm("cluster", "retype", "ops", "kafka.t3.small", "--dry-run", ok=False)
        assert planned.returncode and "may hold 300 partitions" in planned.stderr, planned.stderr
    return "301 partitions of 3 replicas"


@long
def a_broker_that_holds_more_than_its_type_may_keeps_its_configuration():
    with Cluster() as c:
        records.create_topic(c.bootstrap, "many", 301, replicas=3)
        all_hold(c, 301, 400)
        admin = AdminClient({"bootstrap.servers": c.bootstrap})
        admin.delete_topics(["many"])["many"].result(30)
        all_hold(c, 0, 299)
        retype(c, "kafka.t3.small")
        records.create_topic(c.bootstrap, "again", 301, replicas=3)
        all_hold(c, 301, 400)
        k = c.client.create_configuration(Name="k", ServerProperties=b"num.partitions=7\n")
        refused(c.client.update_cluster_configuration, "BadRequestException", "broker 1 holds 3", ClusterArn=c.arn,
                CurrentVersion=c.version(), ConfigurationInfo=dict(Arn=k["Arn"], Revision=1))


if __name__ == "__main__":
    run([brokers_have_the_limits_of_their_type_whoever_dies,
         more_partitions_than_a_type_may_hold_refuse_updates,
         a_broker_that_holds_more_than_its_type_may_keeps_its_configuration])
