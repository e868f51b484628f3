"""Open monitoring: switched without a restart, and what the pages say is what was done."""
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import records
from exposition import answers, scrape
from harness import BUILD, Parts, cluster_request, free_port_block, kill9, run, state_of, until
from operations_test import Cluster, Load, judged, refused

JMX, NODE = 11001, 11002
TOPICS = "kafka_server_BrokerTopicMetrics_Count"
# What Apache Kafka 4.3.0 shows by the JMX exporter 0.20 without rules: family, name, other labels.
MBEANS = {tuple(line.split()) for line in (Path(__file__).parent / "mbeans.txt").read_text().splitlines()}


def exporters(jmx, node):
    return {"Prometheus": {"JmxExporter": {"EnabledInBroker": jmx}, "NodeExporter": {"EnabledInBroker": node}}}


class Monitored(Cluster):
    """Created with the JMX exporter on."""

    def request(self):
        return dict(super().request(), OpenMonitoring=exporters(True, False))

    def update(self, **change):
        arn = self.client.update_monitoring(ClusterArn=self.arn, CurrentVersion=self.version(), **change)
        return self.finished(arn["ClusterOperationArn"])

    def addresses(self):
        """{broker id: address}, [addresses of controllers]"""
        nodes = self.client.list_nodes(ClusterArn=self.arn)["NodeInfoList"]
        brokers = {int(n["BrokerNodeInfo"]["BrokerId"]): n["BrokerNodeInfo"]["ClientVpcIpAddress"]
                   for n in nodes if "BrokerNodeInfo" in n}
        return brokers, [n["ControllerNodeInfo"]["Endpoints"][0] for n in nodes if "ControllerNodeInfo" in n]


def is_known(family, labels):
    keys = ",".join(k for k, _ in labels if k != "name") or "-"
    return (family, dict(labels).get("name", "-"), keys) in MBEANS


def check_names(page):
    strange = [key for key in page.samples if key[0].startswith("kafka_") and not is_known(*key)]
    assert not strange, f"not of Kafka: {strange}"


def pages(brokers, port=JMX):
    found = {i: scrape(f"{a}:{port}") for i, a in brokers.items()}
    for page in found.values():
        check_names(page)
    return found


def total(found, family, **labels):
    return sum(page.value(family, **labels) or 0 for page in found.values())


def on_everywhere(addresses, port, wanted=True):
    return all(answers(f"{a}:{port}") == wanted for a in addresses)


def wait_for_counts(brokers, **expected):
    """A page is made once a second."""
    until(lambda: all(total(pages(brokers), TOPICS, name=n, topic="t") == v for n, v in expected.items()), 4,
          f"{expected}", 0.2)


def status_of(url, method="GET"):
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return opener.open(urllib.request.Request(url, method=method), timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code


def counts_are_what_was_produced_and_read_at_every_level():
    with Monitored() as c:
        brokers, controllers = c.addresses()
        every = [*brokers.values(), *controllers]
        before = c.pids()
        until(lambda: on_everywhere(every, JMX), 4, "all answer", 0.2)
        assert on_everywhere(every, NODE, False)
        first = brokers[1]
        assert status_of(f"http://{first}:{JMX}/") == 404 and status_of(f"http://{first}:{JMX}/metrics", "POST") == 405
        records.create_topic(c.bootstrap, "t", 3, replicas=3)
        assert len(records.produce(c.bootstrap, "t", 3, range(2000))) == 2000
        until(lambda: total(pages(brokers), TOPICS, name="MessagesInPerSec") >= 2000, 4, "2000 messages", 0.2)
        found = pages(brokers)
        size = total(found, TOPICS, name="BytesInPerSec", topic="t")
        assert size > 2000 * 100 and not total(found, TOPICS, name="MessagesInPerSec", topic="t"), "DEFAULT"
        assert not any(f.startswith(("kafka_log_Log_", "kafka_network")) for p in found.values() for f in p.families())

        o = c.update(EnhancedMonitoring="PER_TOPIC_PER_PARTITION", OpenMonitoring=exporters(True, True))
        assert o["OperationType"] == "UPDATE_MONITORING", o
        assert o["SourceClusterInfo"] == {"EnhancedMonitoring": "DEFAULT", "OpenMonitoring": exporters(True, False)}, o
        until(lambda: on_everywhere(every, NODE), 4, "all nodes answer", 0.2)
        wait_for_counts(brokers, MessagesInPerSec=2000, BytesInPerSec=size)
        found = pages(brokers)
        leaders = {}
        for page in found.values():
            for p in "012":
                if page.value("kafka_cluster_Partition_Value", name="ReplicasCount", topic="t", partition=p) == 3:
                    leaders[p] = page.value("kafka_log_Log_Value", name="Size", topic="t", partition=p)
        assert len(leaders) == 3 and sum(leaders.values()) == size, (leaders, size)
        ends = [p.value("kafka_log_Log_Value", name="LogEndOffset", topic="t", partition=i)
                for p in found.values() for i in "012"]
        assert sum(ends) == 3 * 2000, ends
        assert total(found, TOPICS, name="ReplicationBytesInPerSec") == total(found, TOPICS, name="ReplicationBytesOutPerSec")
        assert total(found, TOPICS, name="ReplicationBytesInPerSec") >= 2 * size

        read = records.consume(c.bootstrap, "t", 3)
        assert len(read) == 2000
        until(lambda: total(pages(brokers), TOPICS, name="BytesOutPerSec", topic="t") >= size, 4, "bytes out", 0.2)
        assert len(records.produce(c.bootstrap, "t", 3, range(2000, 3000))) == 1000
        wait_for_counts(brokers, MessagesInPerSec=3000)
        requests = "kafka_network_RequestMetrics_Count"
        timed = [p.value(requests, name="TotalTimeMs", request="Produce") for p in pages(brokers).values()]
        assert all(timed), timed
        assert c.pids() == before, "nothing was restarted"
    return f"{size:.0f} bytes"


def controllers_and_nodes_tell_of_themselves():
    with Monitored() as c:
        brokers, controllers = c.addresses()
        c.parts.klamm("cluster", "monitor", "ops", "--level", "PER_BROKER", "--node-exporter", "on")
        assert c.parts.klamm("cluster", "monitor", "ops", ok=False).returncode == 2
        assert c.parts.klamm("cluster", "monitor", "ops", "--node-exporter", "up", ok=False).returncode == 2
        until(lambda: on_everywhere([*brokers.values(), *controllers], NODE), 4, "all nodes answer", 0.2)
        records.create_topic(c.bootstrap, "t", 6, replicas=3)
        family = "kafka_controller_KafkaController_Value"

        def leading():
            found = {a: scrape(f"{a}:{JMX}") for a in controllers}
            for page in found.values():
                check_names(page)
            active = [p for p in found.values() if p.value(family, name="ActiveControllerCount") == 1]
            return len(active) == 1 and active[0].value(family, name="GlobalPartitionCount") == 6 and active[0]
        page = until(leading, 5, "one leads, and knows the topic", 0.2)
        assert page.value(family, name="ActiveBrokerCount") == 3 and page.value(family, name="OfflinePartitionsCount") == 0
        assert page.value("kafka_server_raft_metrics_number_of_voters") == 3
        node = scrape(f"{brokers[2]}:{NODE}")
        memory = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in open("/proc/meminfo") if "kB" in line}
        assert node.value("node_memory_MemTotal_bytes") == memory["MemTotal"]
        assert node.value("node_cpu_seconds_total", cpu="0", mode="idle") > 0
        assert {"node_filesystem_avail_bytes", "node_network_receive_bytes_total", "node_load1"} <= node.families()

        # The agent is away: its brokers answer on, and what is not in sync is told by those that lead.
        c.parts.kill("agent-c")
        replicas = "kafka_server_ReplicaManager_Value"
        assert not answers(f"{brokers[3]}:{NODE}") and answers(f"{brokers[3]}:{JMX}")
        kill9([c.pids()[3]])
        rest = {i: brokers[i] for i in (1, 2)}
        until(lambda: total(pages(rest), replicas, name="UnderReplicatedPartitions") == 6, 10, "6 are short of one", 0.2)
        assert total(pages(rest), "kafka_server_ReplicaManager_Count", name="IsrShrinksPerSec") >= 1
        c.parts.start_agent("c")
        until(lambda: total(pages(rest), replicas, name="UnderReplicatedPartitions") == 0, 20, "all in sync", 0.2)
        until(lambda: answers(f"{brokers[3]}:{NODE}") and answers(f"{brokers[3]}:{JMX}"), 5, "both answer again", 0.2)


def what_is_off_does_not_listen():
    with Monitored() as c:
        brokers, controllers = c.addresses()
        every = [*brokers.values(), *controllers]
        until(lambda: on_everywhere(every, JMX), 4, "all answer", 0.2)
        before = c.pids()
        c.update(OpenMonitoring=exporters(False, True))
        until(lambda: on_everywhere(every, JMX, False) and on_everywhere(every, NODE), 4, "the node alone", 0.2)
        arn = c.client.update_monitoring(ClusterArn=c.arn, CurrentVersion=c.version(),
                                         OpenMonitoring=exporters(False, False))["ClusterOperationArn"]
        for name in ("klammd", "agent-a"):
            c.parts.kill(name)
        c.parts.start_klammd()
        c.parts.start_agent("a")
        c.finished(arn)
        until(lambda: on_everywhere(every, NODE, False), 4, "nobody", 0.2)
        assert on_everywhere(every, JMX, False) and c.pids() == before
        refused(c.client.update_monitoring, "BadRequestException", "does not include any updates", ClusterArn=c.arn,
                CurrentVersion=c.version(), OpenMonitoring=exporters(False, False))


def klammd_and_agents_tell_of_themselves():
    with Parts() as parts:
        port = free_port_block()
        parts.start_klammd()
        for zone, more in (("a", ("--metrics", f"127.0.0.1:{port}")), ("b", ()), ("c", ())):
            parts.start_agent(zone, options=("--cpus", "8", "--memory-gib", "32", "--storage-gib", "1000", *more))
        client = judged(parts)
        arn = client.create_cluster(**cluster_request("told"))["ClusterArn"]
        until(lambda: state_of(client, arn) == "ACTIVE", 40, "ACTIVE")
        page = scrape(f"127.0.0.1:{parts.port}")
        assert page.value("klamm_clusters", state="ACTIVE") == 1 and page.value("klamm_clusters", state="FAILED") == 0
        assert page.value("klamm_cluster_state", cluster="told", state="ACTIVE") == 1
        assert page.value("klamm_cluster_processes", cluster="told", kind="broker", seen="running") == 3
        assert page.value("klamm_nodes", state="CONNECTED") == 3
        assert page.value("klamm_operations", type="CREATE_CLUSTER", state="UPDATE_COMPLETE") == 1, page.samples
        assert page.value("process_resident_memory_bytes") > 1e6
        until(lambda: scrape(f"127.0.0.1:{parts.port}").value("klamm_broker_volume_total_bytes", cluster="told", broker="3")
              == 10 << 30, 5, "volumes are known", 0.2)
        agent = scrape(f"127.0.0.1:{port}")
        assert agent.value("klamm_agent_processes", kind="broker", state="running") == 1, agent.samples
        assert agent.value("klamm_agent_processes", kind="controller", state="failed") == 0
        assert 0 <= time.time() - agent.value("klamm_agent_answered_timestamp_seconds") < 60
        assert agent.value("node_load1") is not None
        # The API's own listener asks for a signature there as well, and has no such path; so has the loopback one for POST.
        assert status_of(f"http://127.0.0.1:{parts.port}/metrics", "POST") == 403
        words = ("--data-dir", parts.dir / "agents/none", "--name", "none", "--zone", "us-east-1a", "--server",
                 f"https://127.0.0.1:{parts.port + 2}", "--ca-file", parts.dir / "klammd/pki/ca.crt", "--broker-program", "/bin/true")
        for address, code in (("10.0.0.1:9100", 2), ("127.0.0.1", 2), ("127.0.0.1:0", 2), (f"127.0.0.1:{port}", 1)):
            done = subprocess.run([BUILD / "klamm-agent", *words, "--metrics", address], capture_output=True, text=True, timeout=60)
            assert done.returncode == code, (address, done)


def logs_are_lines_of_json_when_they_are_asked_for():
    os.environ["KLAMM_LOG"] = "json"
    try:
        with Cluster() as c, Load(c.bootstrap) as load:
            until(lambda: load.count >= 300, 30, "records flow")
            arn = c.client.reboot_broker(ClusterArn=c.arn, BrokerIds=["1"])["ClusterOperationArn"]
            c.finished(arn, "REBOOT_COMPLETE")
            files = [*c.parts.dir.glob("logs/*.log"), *c.parts.dir.glob("agents/*/processes/*/*/log.txt")]
            lines = [line for f in files for line in f.read_text().splitlines() if not line.startswith("Formatting ")]
            events = [json.loads(line) for line in lines]
    finally:
        del os.environ["KLAMM_LOG"]
    assert len(files) == 10 and len(events) > 50, (len(files), len(events))
    assert all({"time", "severity", "event"} <= set(e) and e["severity"] in ("INFO", "WARN", "ERROR") for e in events)
    listening = [e for e in events if e["event"] == "listening"]
    assert len(listening) == 4 and all(e["port"] == 9092 and e["listener"] == "PLAINTEXT" for e in listening), listening
    assert {"klammd_ready", "agent_ready", "broker_running", "process_launched"} <= {e["event"] for e in events}
    return f"{len(events)} lines"


def policies_and_versions_by_the_command_line():
    with Cluster() as c:
        policy = c.parts.dir / "policy.json"
        policy.write_text('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, '
                          f'"Action": "kafka:CreateVpcConnection", "Resource": "{c.arn}"}}]}}')
        assert c.parts.klamm("policy", "show", "ops", ok=False).returncode == 5
        version = c.parts.klamm("policy", "put", "ops", "--file", str(policy)).stdout.strip()
        assert c.parts.klamm("policy", "show", "ops").stdout == policy.read_text() + "\n"
        for words in (("--current-version", "K1"), ()):
            done = c.parts.klamm("policy", "put", "ops", *(("--file", str(policy)) if words else ()), *words, ok=False)
            assert done.returncode == (1 if words else 2), done
        c.parts.klamm("policy", "put", "ops", "--file", str(policy), "--current-version", version)
        policy.write_text("{}")
        done = c.parts.klamm("policy", "put", "ops", "--file", str(policy), ok=False)
        assert done.returncode == 1 and "Version" in done.stderr, done
        c.parts.klamm("policy", "delete", "ops")
        assert c.parts.klamm("policy", "delete", "ops", ok=False).returncode == 5
        done = c.parts.klamm("cluster", "upgrade", "ops", "3.9.x", ok=False)
        assert done.returncode == 1 and "Unsupported KafkaVersion [3.9.x]" in done.stderr, done
        assert c.parts.klamm("cluster", "upgrade", "nothing", "3.9.x", ok=False).returncode == 5


if __name__ == "__main__":
    run([counts_are_what_was_produced_and_read_at_every_level, controllers_and_nodes_tell_of_themselves,
         what_is_off_does_not_listen, klammd_and_agents_tell_of_themselves,
         logs_are_lines_of_json_when_they_are_asked_for, policies_and_versions_by_the_command_line])
