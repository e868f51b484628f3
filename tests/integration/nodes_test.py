"""Nodes: what fits on them, what becomes of a cluster when nothing does, and nodes that are lost for good."""
import os
import random
import time
from pathlib import Path

import records
from harness import ZONES, Parts, cluster_request, kill9, long, process_dirs, processes_of, run, state_of, until

LIVES = max(1, int(os.environ.get("KLAMM_KILLS", "8")) // 8)
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))
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


def connections_at(port):
    """How many of those that were accepted at it live."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


def a_node_where_nothing_happens_has_one_connection_to_klammd():
    with Parts() as parts:
        client = parts.start().client()
        for name in ("first", "second"):  # once it was quiet, too, what its processes do is told at once
            arn = client.create_cluster(**cluster_request(name))["ClusterArn"]
            until(lambda: state_of(client, arn) == "ACTIVE", 10, f"{name} is ACTIVE")
            until(lambda: connections_at(parts.port + 2) == len(ZONES), 6, "one connection a node")
            assert parts.klamm("node", "list").stdout.count("CONNECTED") == len(ZONES)


def processes_below(parts, node):
    return [pid for pid, line in processes_of(parts.dir).items() if f"/agents/{node}/" in line]


def lose(parts, node):
    """A machine burns down: its agent and all it runs are dead at once."""
    parts.kill(node)
    until(lambda: kill9(processes_below(parts, node)) or not processes_below(parts, node), 10, f"{node} is dead")


def in_sync(bootstrap, topic, partitions):
    found = records.partitions_of(bootstrap, topic)
    return len(found) == partitions and all(len(p.isrs) == 3 for p in found.values())


def leads_nothing(bootstrap, topic, broker):
    found = records.partitions_of(bootstrap, topic)
    return found and all(p.leader not in (-1, broker) for p in found.values())


def placed(parts, node):
    line = [row for row in parts.klamm("node", "list").stdout.splitlines() if row.startswith(f"{node} ")]
    return line[0] if line else ""


def refused(parts, *words, says):
    done = parts.klamm(*words, ok=False)
    assert done.returncode == 1 and says in done.stderr, done


def refused_soon(parts, *words, says):
    """As `refused`, once klammd has noticed what has just happened; it is refused before, too."""
    def look():
        done = parts.klamm(*words, ok=False)
        assert done.returncode == 1, done
        return says in done.stderr
    until(look, 15, says, 0.1)


def a_removed_agent_is_refused(parts, node, zone):
    """It ends, its brokers end, its volumes stay; the next start says the same; its name is not given again."""
    dirs = [d for d in process_dirs(parts.dir) if f"/agents/{node}/" in str(d)]
    assert dirs, "the lost node held nothing"
    for says in (f"node_removed reason=\"node {node} was removed", f"/removed: node {node} was removed"):
        parts.start_agent(zone, node)
        assert parts.children[node].wait(100) == 1
        assert says in parts.log(node), parts.log(node)
        assert not processes_below(parts, node), processes_of(parts.dir)
        assert all((d / "data/meta.properties").exists() for d in dirs), dirs
    (parts.dir / f"agents/{node}").rename(parts.dir / f"burnt-{node}")
    (parts.dir / f"agents/{node}.token").unlink()
    parts.start_agent(zone, node)
    assert parts.children[node].wait(100) == 1
    assert f"name: node {node} was removed, take another name" in parts.log(node), parts.log(node)


def brokers_of_a_lost_node_start_anew_in_its_zone_and_catch_up():
    with Parts() as parts:
        client = parts.start().client()
        arn = client.create_cluster(**cluster_request("lost"))["ClusterArn"]
        until(lambda: state_of(client, arn) == "ACTIVE", 40, "ACTIVE")
        bootstrap = client.get_bootstrap_brokers(ClusterArn=arn)["BootstrapBrokerString"]
        records.create_topic(bootstrap, "t", 6, replicas=3)
        assert len(records.produce(bootstrap, "t", 6, range(3000))) == 3000
        refused(parts, "node", "remove", "agent-b", says="node agent-b is there: its agent is connected")
        lose(parts, "agent-b")
        refused_soon(parts, "node", "remove", "agent-b", says="node agent-b: its agent has been away for")
        refused_soon(parts, "node", "remove", "agent-b", says="say that the data on it is lost")
        assert state_of(client, arn) == "ACTIVE" and "AWAY" in placed(parts, "agent-b")
        refused(parts, "node", "remove", "agent-a", "--data-is-lost", says="agent-a is there")
        assert parts.klamm("node", "remove", "agent-x", ok=False).returncode == 5
        parts.klamm("node", "remove", "agent-b", "--data-is-lost")
        parts.klamm("node", "remove", "agent-b", "--data-is-lost")  # once more changes nothing
        assert "REMOVED" in placed(parts, "agent-b")
        until(lambda: state_of(client, arn) == "HEALING", 10, "HEALING")
        until(lambda: info_of(client, arn).get("StateInfo", {}).get("Message") ==
              "zone us-east-1b has no node: start an agent there", 10, "it says what it waits for")
        assert len(records.produce(bootstrap, "t", 6, range(3000, 6000))) == 3000, "it does not serve meanwhile"
        parts.start_agent("b", "agent-b2")
        until(lambda: state_of(client, arn) == "ACTIVE", 40, "ACTIVE again")
        assert "broker 2 of lost" in placed(parts, "agent-b2"), placed(parts, "agent-b2")
        assert "StateInfo" not in client.describe_cluster(ClusterArn=arn)["ClusterInfo"]
        assert client.get_bootstrap_brokers(ClusterArn=arn)["BootstrapBrokerString"] == bootstrap
        until(lambda: in_sync(bootstrap, "t", 6), 30, "in sync on all replicas", 0.2)
        a_removed_agent_is_refused(parts, "agent-b", "b")
        assert in_sync(bootstrap, "t", 6)
        lose(parts, "agent-c")  # the new replicas hold all
        until(lambda: leads_nothing(bootstrap, "t", 3), 30, "the leaders have left broker 3", 0.2)
        records.check_equal(bootstrap, "t", 6, 6000)
        parts.start_agent("c")
        client.delete_cluster(ClusterArn=arn)
        until(lambda: state_of(client, arn) == "GONE", 40, "gone")
        until(lambda: not process_dirs(parts.dir), 20, "no directory of a node that is there")


@long
def a_node_that_does_not_come_back_is_replaced_when_that_loses_nothing():
    with Parts(lost_after="10s") as parts:
        client = parts.start().client()
        arn = client.create_cluster(**cluster_request("lost"))["ClusterArn"]
        until(lambda: state_of(client, arn) == "ACTIVE", 40, "ACTIVE")
        bootstrap = client.get_bootstrap_brokers(ClusterArn=arn)["BootstrapBrokerString"]
        records.create_topic(bootstrap, "t", 6, replicas=3)
        records.create_topic(bootstrap, "alone", 3, replicas=1)
        assert len(records.produce(bootstrap, "t", 6, range(3000))) == 3000

        def said(text):
            return any(text in p.read_text() for p in (parts.dir / "logs").glob("klammd*"))
        parts.start_agent("b", "agent-b2")
        parts.kill("agent-b")
        until(lambda: said("its broker serves"), 20, "the node is kept while its broker serves")
        lose(parts, "agent-b")
        until(lambda: said("no other replica in sync, such as alone-"), 20, "the node is kept for what it alone has")
        assert "AWAY" in placed(parts, "agent-b") and state_of(client, arn) == "ACTIVE"
        parts.klamm("topic", "delete", "lost", "alone")
        until(lambda: "REMOVED" in placed(parts, "agent-b"), 20, "given up")
        until(lambda: state_of(client, arn) == "ACTIVE" and "broker 2 of lost" in placed(parts, "agent-b2"), 40,
              "replaced")
        until(lambda: in_sync(bootstrap, "t", 6), 30, "in sync on all replicas", 0.2)
        records.check_equal(bootstrap, "t", 6, 3000)
        a_removed_agent_is_refused(parts, "agent-b", "b")


def a_cluster_whose_node_is_lost_can_be_deleted():
    with Parts() as parts:
        client = parts.start().client()
        arn = client.create_cluster(**cluster_request("lost"))["ClusterArn"]
        until(lambda: state_of(client, arn) == "ACTIVE", 40, "ACTIVE")
        lose(parts, "agent-c")
        lost = time.monotonic()
        client.delete_cluster(ClusterArn=arn)
        until(lambda: not [d for d in process_dirs(parts.dir) if "/agent-c/" not in str(d)], 20, "the others are gone")
        assert state_of(client, arn) == "DELETING"
        until(lambda: client.describe_cluster(ClusterArn=arn)["ClusterInfo"].get("StateInfo"), 12, "it says for whom")
        waits = client.describe_cluster(ClusterArn=arn)["ClusterInfo"]["StateInfo"]
        assert waits["Code"] == "WaitingForAgent" and "node agent-c" in waits["Message"], waits
        time.sleep(max(0, lost + 10 - time.monotonic()))
        until(lambda: parts.klamm("node", "remove", "agent-c", "--data-is-lost", ok=False).returncode == 0, 1,
              "agent-c is removed: its death was noticed when it happened", 0.2)
        until(lambda: state_of(client, arn) == "GONE", 10, "gone")
        assert [d for d in process_dirs(parts.dir) if "/agent-c/" in str(d)], "a disk was touched without its agent"


def a_node_with_nothing_on_it_can_go_while_it_is_there():
    with Parts() as parts:
        parts.start_klammd()
        parts.start_agent("a")
        until(lambda: "CONNECTED" in placed(parts, "agent-a"), 10, "connected")
        parts.klamm("node", "remove", "agent-a")
        assert parts.children["agent-a"].wait(60) == 1
        assert "node_removed" in parts.log("agent-a") and "REMOVED" in placed(parts, "agent-a")


def klammd_may_die_while_a_node_is_removed():
    rng = random.Random(SEED)
    with Parts() as parts:
        client = parts.start().client()
        arn = client.create_cluster(**cluster_request("lost"))["ClusterArn"]
        until(lambda: state_of(client, arn) == "ACTIVE", 40, "ACTIVE")
        for life in range(LIVES):
            old, new = "agent-b" if life == 0 else f"agent-b{life}", f"agent-b{life + 1}"
            parts.start_agent("b", new)
            until(lambda: "CONNECTED" in placed(parts, new), 10, f"{new} is connected")
            lose(parts, old)
            until(lambda: parts.klamm("node", "remove", old, "--data-is-lost", ok=False).returncode == 0, 20,
                  f"{old} is removed", 0.2)
            time.sleep(rng.uniform(0, 0.1))  # it takes about that long
            parts.kill("klammd")
            parts.start_klammd()
            assert "REMOVED" in placed(parts, old)
            until(lambda: state_of(client, arn) == "ACTIVE" and "broker 2 of lost" in placed(parts, new), 40,
                  f"ACTIVE with broker 2 on {new}")
        return f"{LIVES} lives, KLAMM_SEED={SEED}"


if __name__ == "__main__":
    run([a_cluster_waits_for_room_says_why_and_goes_on_by_itself,
         a_node_where_nothing_happens_has_one_connection_to_klammd,
         brokers_of_a_lost_node_start_anew_in_its_zone_and_catch_up,
         a_node_that_does_not_come_back_is_replaced_when_that_loses_nothing,
         a_cluster_whose_node_is_lost_can_be_deleted,
         a_node_with_nothing_on_it_can_go_while_it_is_there, klammd_may_die_while_a_node_is_removed], together=5)
