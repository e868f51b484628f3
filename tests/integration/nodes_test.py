"""Nodes: what fits on them, and what becomes of a cluster when nothing does."""
from harness import ZONES, Parts, cluster_request, run, state_of, until

SMALL = ("--cpus", "2", "--memory-gib", "8", "--storage-gib", "30")


def info_of(client, arn):
    return client.describe_cluster(ClusterArn=arn)["ClusterInfo"]


def a_cluster_waits_for_room_says_why_and_goes_on_by_itself():
    with Parts() as parts:
        parts.start_klammd()
        for zone in ZONES:
            parts.start_agent(zone, options=SMALL)
        client = parts.client()
        first = client.create_cluster(**cluster_request("first"))["ClusterArn"]
        until(lambda: state_of(client, first) == "ACTIVE", 40, "first is ACTIVE")
        second = client.create_cluster(**cluster_request("second"))["ClusterArn"]
        until(lambda: "StateInfo" in info_of(client, second), 10, "second says why it waits")
        info = info_of(client, second)
        assert info["State"] == "CREATING" and info["StateInfo"]["Code"] == "WaitingForCapacity", info
        assert info["StateInfo"]["Message"] == (
            "no node of zone us-east-1a has room for broker 1 (kafka.m7g.large: 2 vCPUs, 8 GiB memory, 10 GiB "
            "storage): agent-a has 0 of 2 vCPUs free"), info["StateInfo"]
        waits = parts.klamm("wait", "second", "--timeout", "1", ok=False)
        assert waits.returncode == 4 and "waiting: no node of zone us-east-1a has room" in waits.stderr, waits
        for zone in ZONES:  # the machines grow
            parts.kill(f"agent-{zone}")
            parts.start_agent(zone, options=("--cpus", "4", "--memory-gib", "16", "--storage-gib", "30"))
        until(lambda: state_of(client, second) == "ACTIVE", 40, "second is ACTIVE")
        third = client.create_cluster(**cluster_request("third"))["ClusterArn"]
        until(lambda: "StateInfo" in info_of(client, third), 10, "third says why it waits")
        client.delete_cluster(ClusterArn=first)  # makes room
        until(lambda: state_of(client, third) == "ACTIVE", 40, "third is ACTIVE")


if __name__ == "__main__":
    run([a_cluster_waits_for_room_says_why_and_goes_on_by_itself])
