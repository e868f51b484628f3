"""Operations on a running cluster, under a producer and with kills: each has its effect once, and no record is lost.

Every answer is judged by the service model (rest/model.py)."""
import json
import os
import random
import sys
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

import records
from harness import ROOT, Parts, cluster_request, run, state_of, until

sys.path.insert(0, str(ROOT / "tests/integration/rest"))
from model import Model  # noqa: E402

MODEL = Model()
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))
violations = []


def judge(response_dict, operation_model, **_):
    name, status, body = operation_model.name, response_dict["status_code"], response_dict["body"]
    headers = {k.lower(): v for k, v in response_dict["headers"].items()}
    found = (MODEL.output_violations(name, status, body) if status < 300
             else MODEL.error_violations(name, status, headers, body))
    violations.extend(f"{name}: {v}" for v in found)


def judged(parts):
    client = parts.client()
    client.meta.events.register("before-parse.kafka", judge)
    return client


class Cluster:
    """A cluster of its own klamm, ACTIVE; at its end the model has found nothing wrong."""

    def __init__(self, brokers=3, refuses=None):
        self.brokers, self.refuses = brokers, refuses

    def wrap_broker(self):
        """A broker that does not start with this line in its properties."""
        path = self.parts.dir / "broker.sh"
        path.write_text(f"#!/bin/sh\ngrep -qs '^{self.refuses}$' \"$1\" && {{ echo 'will not start so'; exit 1; }}\n"
                        f"exec {self.parts.broker_program} \"$@\"\n")
        path.chmod(0o755)
        self.parts.broker_program = path

    def __enter__(self):
        self.parts = Parts().__enter__()
        try:
            if self.refuses:
                self.wrap_broker()
            self.parts.start()
            self.client = judged(self.parts)
            self.arn = self.client.create_cluster(**cluster_request("ops", self.brokers))["ClusterArn"]
            until(lambda: state_of(self.client, self.arn) == "ACTIVE", 40, "ACTIVE")
            self.bootstrap = self.client.get_bootstrap_brokers(ClusterArn=self.arn)["BootstrapBrokerString"]
        except BaseException:
            self.parts.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        self.parts.__exit__(kind, value, trace)
        assert kind or not violations, violations

    def info(self):
        return self.client.describe_cluster_v2(ClusterArn=self.arn)["ClusterInfo"]

    def version(self):
        return self.info()["CurrentVersion"]

    def operation(self, arn):
        return self.client.describe_cluster_operation(ClusterOperationArn=arn)["ClusterOperationInfo"]

    def patient_operation(self, arn):
        """None while klammd is away."""
        try:
            return self.operation(arn)
        except (BotoCoreError, ClientError):
            return None

    def finished(self, arn, state="UPDATE_COMPLETE", seconds=90):
        def over():
            o = self.patient_operation(arn)
            return o and o["OperationState"].endswith(("_COMPLETE", "_FAILED")) and o
        o = until(over, seconds, f"the operation's end: {self.patient_operation(arn)}", 0.1)
        assert o["OperationState"] == state, o
        assert "EndTime" in o
        v2 = self.client.describe_cluster_operation_v2(ClusterOperationArn=arn)["ClusterOperationInfo"]
        assert v2["OperationState"] == state and v2["Provisioned"]["OperationSteps"] == o["OperationSteps"], v2
        assert state_of(self.client, self.arn) == "ACTIVE"
        return o

    def pids(self):
        """{broker id: pid}"""
        found = {}
        for path in self.parts.dir.glob("agents/*/processes/*/broker-*/pid"):
            found[int(path.parent.name.split("-")[1])] = int(path.read_text().split()[0])
        return found


class Load:
    """A producer that writes records all the time, acks=all; at the end each acknowledged one is there, once."""

    def __init__(self, bootstrap, topic="load", partitions=6, replicas=3):
        self.bootstrap, self.topic, self.partitions = bootstrap, topic, partitions
        records.create_topic(bootstrap, topic, partitions, replicas=replicas, config={"min.insync.replicas": "2"})
        self.stop = threading.Event()
        self.count = 0
        self.failed = None

    def __enter__(self):
        self.thread = threading.Thread(target=self.produce)
        self.thread.start()
        return self

    def produce(self):
        try:
            while not self.stop.is_set():
                numbers = range(self.count, self.count + 300)
                acked = records.produce(self.bootstrap, self.topic, self.partitions, numbers,
                                        **{"enable.idempotence": True})
                assert len(acked) == 300, f"{300 - len(acked)} records were not acknowledged"
                self.count += 300
        except BaseException as error:  # the main thread tells
            self.failed = error

    def __exit__(self, kind, value, trace):
        self.stop.set()
        self.thread.join()
        if kind:
            return
        if self.failed:
            raise self.failed
        records.check_equal(self.bootstrap, self.topic, self.partitions, self.count)


def brokers_are_rebooted_one_after_the_other_under_a_producer():
    with Cluster() as c, Load(c.bootstrap) as load:
        until(lambda: load.count >= 600, 30, "records flow")
        before, version = c.pids(), c.version()
        arn = c.client.reboot_broker(ClusterArn=c.arn, BrokerIds=["2"])["ClusterOperationArn"]
        assert c.info()["State"] == "REBOOTING_BROKER" and c.info()["ActiveOperationArn"] == arn
        try:
            c.client.reboot_broker(ClusterArn=c.arn, BrokerIds=["1"])
            raise AssertionError("a second operation was taken")
        except c.client.exceptions.BadRequestException as error:
            assert "REBOOTING_BROKER" in str(error), error
        o = c.finished(arn, "REBOOT_COMPLETE")
        assert o["OperationType"] == "REBOOT_NODE"
        assert [s["StepName"] for s in o["OperationSteps"]] == ["INITIALIZE_UPDATE", "REBOOT_BROKER_2",
                                                                "FINALIZE_UPDATE"]
        after = c.pids()
        assert after[2] != before[2] and after[1] == before[1] and after[3] == before[3], (before, after)
        assert c.version() != version
        count = load.count
        arn = c.client.reboot_broker(ClusterArn=c.arn, BrokerIds=["3", "1", "2"])["ClusterOperationArn"]
        c.finished(arn, "REBOOT_COMPLETE")
        assert all(c.pids()[i] != after[i] for i in after)
        until(lambda: load.count > count, 30, "records flow on")
        listed = c.client.list_cluster_operations(ClusterArn=c.arn)["ClusterOperationInfoList"]
        assert [x["OperationType"] for x in listed] == ["REBOOT_NODE", "REBOOT_NODE", "CREATE_CLUSTER"]
        c.client.list_cluster_operations_v2(ClusterArn=c.arn)
    return f"{load.count} records"


def a_reboot_is_carried_on_whoever_is_killed():
    rng = random.Random(SEED)
    with Cluster() as c, Load(c.bootstrap) as load:
        until(lambda: load.count >= 300, 30, "records flow")
        for victim in ("klammd", "agent-a", "agent-b", "agent-c", "klammd"):
            before = c.pids()
            arn = c.client.reboot_broker(ClusterArn=c.arn, BrokerIds=["1", "2", "3"])["ClusterOperationArn"]
            time.sleep(rng.uniform(0, 1.5))
            c.parts.kill(victim)
            time.sleep(rng.uniform(0, 0.3))
            if victim == "klammd":
                c.parts.start_klammd()
            else:
                c.parts.start_agent(victim[-1])
            c.finished(arn, "REBOOT_COMPLETE")
            after = c.pids()
            assert all(after[i] != before[i] for i in before), (victim, before, after)
        logs = "".join(c.parts.log(f"agent-{z}") for z in "abc")
        restarts = logs.count("process_restarts ")
        # An agent that is killed between the stop and the launch leaves the launch to the next one.
        assert restarts == 15, f"{restarts} restarts for 5 reboots of 3 brokers"
    return f"{load.count} records, KLAMM_SEED={SEED}"


def refused(call, code, words, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert words in error.response["Error"]["Message"], error
        return
    raise AssertionError(f"not refused: {arguments}")


def configurations_have_revisions_that_stay():
    with Parts() as parts:
        parts.start_klammd()
        c = judged(parts)
        made = c.create_configuration(Name="k1", Description="first", KafkaVersions=["4.3.0"],
                                      ServerProperties=b"num.partitions=3\n")
        assert made["LatestRevision"]["Revision"] == 1 and made["State"] == "ACTIVE"
        refused(c.create_configuration, "ConflictException", "already exists", Name="k1", ServerProperties=b"")
        refused(c.create_configuration, "BadRequestException", "listeners", Name="k2",
                ServerProperties=b"listeners=PLAINTEXT://:1")
        refused(c.create_configuration, "BadRequestException", "name", Name="-k", ServerProperties=b"")
        arn = made["Arn"]
        assert c.update_configuration(Arn=arn, ServerProperties=b"num.partitions=5\n", Description="second")[
            "LatestRevision"]["Revision"] == 2
        parts.kill("klammd")
        parts.start_klammd()
        found = c.describe_configuration(Arn=arn)
        assert found["LatestRevision"]["Description"] == "second" and found["KafkaVersions"] == ["4.3.0"]
        assert c.describe_configuration_revision(Arn=arn, Revision=1)["ServerProperties"] == b"num.partitions=3\n"
        assert [r["Revision"] for r in c.list_configuration_revisions(Arn=arn)["Revisions"]] == [1, 2]
        refused(c.describe_configuration_revision, "NotFoundException", "3", Arn=arn, Revision=3)
        c.create_configuration(Name="k2", ServerProperties=b"")
        pages = c.get_paginator("list_configurations").paginate(PaginationConfig={"PageSize": 1})
        assert [k["Name"] for page in pages for k in page["Configurations"]] == ["k1", "k2"]
        assert c.delete_configuration(Arn=arn)["State"] == "DELETING"
        refused(c.describe_configuration, "NotFoundException", "configuration", Arn=arn)
        assert not violations, violations


def setting(bootstrap, broker, name):
    from confluent_kafka.admin import AdminClient, ConfigResource
    found = AdminClient({"bootstrap.servers": bootstrap}).describe_configs([ConfigResource("broker", str(broker))])
    return list(found.values())[0].result(20)[name].value


def a_configuration_is_rolled_out_under_a_producer_and_one_that_does_not_start_is_rolled_back():
    with Cluster(refuses="num.partitions=13") as c, Load(c.bootstrap) as load:
        k = c.client.create_configuration(Name="k", ServerProperties=b"num.partitions=7\nlog.retention.hours=5\n")
        info = dict(Arn=k["Arn"], Revision=1)
        version = c.version()
        refused(c.client.update_cluster_configuration, "BadRequestException", "version of the cluster isn't current",
                ClusterArn=c.arn, CurrentVersion="K1", ConfigurationInfo=info)
        refused(c.client.update_cluster_configuration, "BadRequestException", "no revision 2", ClusterArn=c.arn,
                CurrentVersion=version, ConfigurationInfo=dict(Arn=k["Arn"], Revision=2))
        before = c.pids()
        arn = c.client.update_cluster_configuration(ClusterArn=c.arn, CurrentVersion=version,
                                                    ConfigurationInfo=info)["ClusterOperationArn"]
        assert c.info()["State"] == "UPDATING"
        o = c.finished(arn)
        assert o["OperationType"] == "UPDATE_CLUSTER_CONFIGURATION"
        assert o["TargetClusterInfo"]["ConfigurationInfo"] == info
        assert len(o["OperationSteps"]) == 8, o
        assert all(c.pids()[i] != before[i] for i in before)
        assert all(setting(c.bootstrap, i, "num.partitions") == "7" for i in before)
        assert c.info()["Provisioned"]["CurrentBrokerSoftwareInfo"]["ConfigurationRevision"] == 1
        for n in c.client.list_nodes(ClusterArn=c.arn)["NodeInfoList"]:
            if "BrokerNodeInfo" in n:
                assert n["BrokerNodeInfo"]["CurrentBrokerSoftwareInfo"]["ConfigurationArn"] == k["Arn"]
        refused(c.client.delete_configuration, "BadRequestException", "in use", Arn=k["Arn"])

        c.client.update_configuration(Arn=k["Arn"], ServerProperties=b"num.partitions=13\n")
        version, before = c.version(), c.pids()
        arn = c.client.update_cluster_configuration(
            ClusterArn=c.arn, CurrentVersion=version,
            ConfigurationInfo=dict(Arn=k["Arn"], Revision=2))["ClusterOperationArn"]
        o = c.finished(arn, "UPDATE_FAILED")
        assert "will not start so" in o["ErrorInfo"]["ErrorString"], o
        assert c.info()["Provisioned"]["CurrentBrokerSoftwareInfo"]["ConfigurationRevision"] == 1
        assert c.version() == version
        after = c.pids()
        assert [i for i in before if before[i] != after[i]] == [1], (before, after)
        assert setting(c.bootstrap, 1, "num.partitions") == "7"
    return f"{load.count} records"


def the_command_line_configures_and_reboots():
    with Cluster() as c:
        (c.parts.dir / "mine.properties").write_text("num.partitions=4\n")
        c.parts.klamm("config", "create", "mine", "--file", str(c.parts.dir / "mine.properties"))
        done = c.parts.klamm("cluster", "configure", "ops", "mine")
        assert "[2/8] UPDATE_BROKER_1" in done.stderr and "UPDATE_COMPLETE" in done.stdout, done
        assert setting(c.bootstrap, 3, "num.partitions") == "4"
        done = c.parts.klamm("cluster", "reboot", "ops", "3", "-o", "json")
        assert json.loads(done.stdout)["operationState"] == "REBOOT_COMPLETE"
        assert c.parts.klamm("cluster", "configure", "ops", "mine", ok=False).returncode == 1
        assert c.parts.klamm("cluster", "configure", "ops", "none", ok=False).returncode == 5
        assert c.parts.klamm("config", "describe", "mine").stdout == "num.partitions=4\n"
        assert "mine" in c.parts.klamm("config", "list").stdout
        arn = c.parts.klamm("cluster", "reboot", "ops", "1", "--no-wait").stdout.strip()
        assert "REBOOT_COMPLETE" in c.parts.klamm("operation", "wait", arn).stdout


def what_is_wrong_with_a_reboot_is_refused():
    with Cluster() as c:
        for ids in ([], ["4"], ["1", "1"], ["x"], ["10001"]):
            try:
                c.client.reboot_broker(ClusterArn=c.arn, BrokerIds=ids)
                raise AssertionError(f"taken: {ids}")
            except c.client.exceptions.BadRequestException as error:
                assert "brokerIds" in str(error), error
        assert c.info()["State"] == "ACTIVE"


TESTS = [
    brokers_are_rebooted_one_after_the_other_under_a_producer,
    a_reboot_is_carried_on_whoever_is_killed,
    what_is_wrong_with_a_reboot_is_refused,
    configurations_have_revisions_that_stay,
    a_configuration_is_rolled_out_under_a_producer_and_one_that_does_not_start_is_rolled_back,
    the_command_line_configures_and_reboots,
]

if __name__ == "__main__":
    run(TESTS)
