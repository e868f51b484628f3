"""Operations on a running cluster, under a producer and with kills: each has its effect once, and no record is lost.

Every answer is judged by the service model (rest/model.py)."""
import base64
import json
import os
import random
import struct
import sys
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from harness import Parts, cluster_request, long, run, state_of, until
import raw
import records
from model import Model

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

    volume_driver = "directory"

    def __init__(self, brokers=3, refuses=None, volume_gib=None, kafka_version=None):
        self.brokers, self.refuses, self.volume_gib, self.kafka_version = brokers, refuses, volume_gib, kafka_version

    def wrap_broker(self):
        """A broker that does not start with this line in its properties."""
        path = self.parts.dir / "broker.sh"
        path.write_text(f"#!/bin/sh\ngrep -qs '^{self.refuses}$' \"$1\" && {{ echo 'will not start so'; exit 1; }}\n"
                        f"exec {self.parts.broker_program} \"$@\"\n")
        path.chmod(0o755)
        self.parts.broker_program = path

    def request(self):
        wanted = cluster_request("ops", self.brokers)
        if self.volume_gib:
            wanted["BrokerNodeGroupInfo"]["StorageInfo"] = {"EbsStorageInfo": {"VolumeSize": self.volume_gib}}
        if self.kafka_version:
            wanted["KafkaVersion"] = self.kafka_version
        return wanted

    def __enter__(self):
        self.parts = Parts().__enter__()
        self.parts.volume_driver = self.volume_driver
        try:
            if self.refuses:
                self.wrap_broker()
            self.parts.start()
            self.client = judged(self.parts)
            self.arn = self.client.create_cluster(**self.request())["ClusterArn"]
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
    admin = AdminClient({"bootstrap.servers": bootstrap})
    found = admin.describe_configs([ConfigResource("broker", str(broker))])
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
        words = o["ErrorInfo"]["ErrorString"]
        assert "will not start so" in words and "See the broker's log on the node that is named" in words, o
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
        assert "[3/4] REBALANCE_PARTITIONS" in c.parts.klamm("cluster", "scale", "ops", "--brokers", "6").stderr
        c.parts.klamm("cluster", "grow", "ops", "--volume-gib", "20")
        assert c.parts.klamm("cluster", "grow", "ops", "--volume-gib", "5", ok=False).returncode == 1
        assert c.parts.klamm("cluster", "grow", "ops", ok=False).returncode == 2
        assert "UPDATE_COMPLETE" in c.parts.klamm("cluster", "retype", "ops", "kafka.t3.small").stdout
        arn = c.parts.klamm("cluster", "reboot", "ops", "1", "--no-wait").stdout.strip()
        assert "REBOOT_COMPLETE" in c.parts.klamm("operation", "wait", arn).stdout


def limits(c):
    return {int(p.parent.name.split("-")[1]): int(p.read_text())
            for p in c.parts.dir.glob("agents/*/processes/*/broker-*/volume.limit")}


def volumes_grow_without_a_restart_and_never_shrink():
    gib = 1 << 30
    with Cluster() as c, Load(c.bootstrap) as load:
        assert limits(c) == {1: 10 * gib, 2: 10 * gib, 3: 10 * gib}
        before, version = c.pids(), c.version()

        def info(size, node="All"):
            return dict(ClusterArn=c.arn, CurrentVersion=version,
                        TargetBrokerEBSVolumeInfo=[dict(KafkaBrokerNodeId=node, VolumeSizeGB=size)])
        refused(c.client.update_broker_storage, "BadRequestException", "does not include any updates", **info(10))
        refused(c.client.update_broker_storage, "BadRequestException", "increase it by at least 10 GiB", **info(19))
        refused(c.client.update_broker_storage, "BadRequestException", "increase it by at least 10 GiB", **info(5))
        refused(c.client.update_broker_storage, "BadRequestException", "must be All", **info(30, "1"))
        refused(c.client.update_broker_storage, "BadRequestException", "GiB storage free", **info(5000))
        refused(c.client.update_storage, "BadRequestException", "TIERED", ClusterArn=c.arn, CurrentVersion=version,
                StorageMode="TIERED")
        o = c.finished(c.client.update_broker_storage(**info(20))["ClusterOperationArn"])
        assert o["OperationType"] == "UPDATE_BROKER_STORAGE"
        assert o["SourceClusterInfo"]["BrokerEBSVolumeInfo"][0]["VolumeSizeGB"] == 10
        assert o["TargetClusterInfo"]["BrokerEBSVolumeInfo"][0] == dict(KafkaBrokerNodeId="All", VolumeSizeGB=20)
        assert limits(c) == {1: 20 * gib, 2: 20 * gib, 3: 20 * gib}
        arn = c.client.update_storage(ClusterArn=c.arn, CurrentVersion=c.version(),
                                      VolumeSizeGB=40)["ClusterOperationArn"]
        c.parts.kill("agent-b")
        c.parts.kill("klammd")
        c.parts.start_klammd()
        c.parts.start_agent("b")
        c.finished(arn)
        assert limits(c) == {1: 40 * gib, 2: 40 * gib, 3: 40 * gib}
        assert c.pids() == before
        found = c.info()["Provisioned"]["BrokerNodeGroupInfo"]["StorageInfo"]["EbsStorageInfo"]["VolumeSize"]
        assert found == 40, found
    return f"{load.count} records"


@long
def a_full_volume_refuses_writes_and_serves_again_when_it_has_grown():
    """The limit is set small by hand, as a klammd with small volumes would: 1 GiB is more than a test writes."""
    with Cluster() as c:
        records.create_topic(c.bootstrap, "t", 3, replicas=3)
        assert len(records.produce(c.bootstrap, "t", 3, range(3000))) == 3000
        for p in c.parts.dir.glob("agents/*/processes/*/broker-*/volume.limit"):
            p.write_text("70000000\n")
        time.sleep(1.5)
        acked = records.produce(c.bootstrap, "t", 3, range(3000, 40000), **{"message.timeout.ms": 8000})
        assert len(acked) < 37000, "nothing was refused"
        arn = c.client.update_storage(ClusterArn=c.arn, CurrentVersion=c.version(),
                                      VolumeSizeGB=20)["ClusterOperationArn"]
        c.finished(arn)
        assert len(records.produce(c.bootstrap, "t", 3, range(40000, 41000))) == 1000
        found = {struct.unpack(">q", v[:8])[0] for v in records.consume(c.bootstrap, "t", 3).values()}
        assert acked <= found and set(range(40000, 41000)) <= found and set(range(3000)) <= found
    return f"{len(acked)} of 37000 records until it was full"


def storage(c):
    return json.loads(c.parts.klamm("storage", "ops", "-o", "json").stdout)


def volumes_grow_by_themselves_while_they_fill():
    gib = 1 << 30
    with Cluster(volume_gib=1) as c, Load(c.bootstrap):
        records.create_topic(c.bootstrap, "filling", 3, replicas=3)
        before = c.pids()
        assert "grow by hand alone" in c.parts.klamm("storage", "ops").stdout
        c.parts.klamm("cluster", "autoscale", "ops", "--target", "10", "--max-gib", "12")
        records.fill(c.bootstrap, "filling", 3, 60, SEED)
        until(lambda: all(b.get("usedBytes", 0) > 54e6 for b in storage(c)["brokers"]), 5, "klammd knows", 0.1)
        assert limits(c) == {1: gib, 2: gib, 3: gib}
        c.parts.kill("klammd")
        records.fill(c.bootstrap, "filling", 3, 60, SEED)  # nobody is there to let them grow
        c.parts.start_klammd()
        began = time.monotonic()
        until(lambda: limits(c) == {1: 11 * gib, 2: 11 * gib, 3: 11 * gib}, 10, "all have grown", 0.05)
        took = time.monotonic() - began
        until(lambda: state_of(c.client, c.arn) == "ACTIVE", 20, "ACTIVE", 0.1)
        assert c.pids() == before
        done = c.client.list_cluster_operations(ClusterArn=c.arn)["ClusterOperationInfoList"]
        assert [o["OperationType"] for o in done] == ["UPDATE_BROKER_STORAGE", "CREATE_CLUSTER"], done
        c.parts.klamm("cluster", "autoscale", "ops", "--target", "60", "--max-gib", "20")
        until(lambda: "11.00" in c.parts.klamm("storage", "ops").stdout, 5, "the new size is shown", 0.1)
        assert "above 60 %, to 20 GiB at most" in c.parts.klamm("storage", "ops").stdout
        c.parts.klamm("cluster", "autoscale", "ops", "--off")
        assert "autoScaling" not in storage(c)
        assert c.parts.klamm("cluster", "autoscale", "ops", "--off", ok=False).returncode == 1
        assert c.parts.klamm("cluster", "autoscale", "ops", ok=False).returncode == 2
    return f"grown {took:.2f} s after klammd was back"


def a_cluster_grows_by_a_broker_in_every_zone_under_a_producer():
    with Cluster() as c, Load(c.bootstrap) as load:
        version = c.version()
        for n, words in ((3, "already"), (4, "multiple"), (61, "60"), (2, "multiple")):
            refused(c.client.update_broker_count, "BadRequestException", words, ClusterArn=c.arn,
                    CurrentVersion=version, TargetNumberOfBrokerNodes=n)
        before = c.pids()
        arn = c.client.update_broker_count(ClusterArn=c.arn, CurrentVersion=version,
                                           TargetNumberOfBrokerNodes=6)["ClusterOperationArn"]
        c.parts.kill("klammd")
        c.parts.start_klammd()
        o = c.finished(arn)
        assert o["OperationType"] == "INCREASE_BROKER_COUNT" and o["SourceClusterInfo"]["NumberOfBrokerNodes"] == 3
        assert o["TargetClusterInfo"]["BrokerCountUpdateInfo"]["CreatedBrokerIds"] == [4, 5, 6], o
        after = c.pids()
        assert sorted(after) == [1, 2, 3, 4, 5, 6] and all(after[i] == before[i] for i in before)
        nodes = [n["BrokerNodeInfo"] for n in c.client.list_nodes(ClusterArn=c.arn)["NodeInfoList"]
                 if "BrokerNodeInfo" in n]
        assert sorted(n["ClientSubnet"] for n in nodes) == ["subnet-a", "subnet-a", "subnet-b", "subnet-b",
                                                            "subnet-c", "subnet-c"]
        assert c.client.get_bootstrap_brokers(ClusterArn=c.arn)["BootstrapBrokerString"].count(",") == 5
        bootstrap = c.client.get_bootstrap_brokers(ClusterArn=c.arn)["BootstrapBrokerString"]
        records.create_topic(bootstrap, "wide", 12, replicas=3)
        assert len(records.produce(bootstrap, "wide", 12, range(1200))) == 1200
        o = c.finished(c.client.update_broker_count(ClusterArn=c.arn, CurrentVersion=c.version(),
                                                    TargetNumberOfBrokerNodes=60)["ClusterOperationArn"],
                       "UPDATE_FAILED")
        assert o["ErrorInfo"]["ErrorCode"] == "InsufficientCapacity" and "vCPUs" in o["ErrorInfo"]["ErrorString"], o
        assert c.info()["Provisioned"]["NumberOfBrokerNodes"] == 6 and len(c.pids()) == 6
    return f"{load.count} records"


def the_type_of_brokers_changes_by_a_roll():
    with Cluster() as c:
        before, version = c.pids(), c.version()

        def wanted(kind):
            return dict(ClusterArn=c.arn, CurrentVersion=version, TargetInstanceType=kind)
        refused(c.client.update_broker_type, "BadRequestException", "already", **wanted("kafka.m7g.large"))
        refused(c.client.update_broker_type, "BadRequestException", "Unsupported", **wanted("kafka.x1.large"))
        refused(c.client.update_broker_type, "BadRequestException", "free", **wanted("kafka.m7g.8xlarge"))
        o = c.finished(c.client.update_broker_type(**wanted("kafka.m7g.xlarge"))["ClusterOperationArn"])
        assert (o["SourceClusterInfo"]["InstanceType"], o["TargetClusterInfo"]["InstanceType"]) == \
            ("m7g.large", "m7g.xlarge")
        assert all(c.pids()[i] != before[i] for i in before)
        assert {n.get("InstanceType") for n in c.client.list_nodes(ClusterArn=c.arn)["NodeInfoList"]} == \
            {"m7g.xlarge", None}


def levels(c):
    """metadata.version, share.version as each broker has them."""
    found = []
    for address in c.client.get_bootstrap_brokers(ClusterArn=c.arn)["BootstrapBrokerString"].split(","):
        host, port = address.split(":")
        f = raw.features(host, int(port))
        found.append((f["metadata.version"], f.get("share.version", 0)))
    return found


def upgrade(c, to, **more):
    return c.client.update_cluster_kafka_version(ClusterArn=c.arn, CurrentVersion=c.version(), TargetKafkaVersion=to,
                                                 **more)["ClusterOperationArn"]


def what_is_wrong_with_a_version_is_refused(c):
    for to, words in (("4.0.0", "already"), ("3.9.0", "4.1.0, 4.2.0, 4.3.0"), ("4.4.0", "4.1.0, 4.2.0, 4.3.0")):
        refused(c.client.update_cluster_kafka_version, "BadRequestException", words, ClusterArn=c.arn,
                CurrentVersion=c.version(), TargetKafkaVersion=to)
    targets = c.client.get_compatible_kafka_versions(ClusterArn=c.arn)["CompatibleKafkaVersions"]
    assert targets == [{"SourceVersion": "4.0.0", "TargetVersions": ["4.1.0", "4.2.0", "4.3.0"]}], targets


def the_version_is_raised_under_a_producer():
    with Cluster(kafka_version="4.0.0") as c, Load(c.bootstrap) as load:
        what_is_wrong_with_a_version_is_refused(c)
        assert levels(c) == [(25, 0)] * 3
        before = c.pids()
        o = c.finished(upgrade(c, "4.1.0"))
        assert [s["StepName"] for s in o["OperationSteps"]] == \
            ["INITIALIZE_UPDATE", "UPDATE_APACHE_KAFKA_BINARIES", "FINALIZE_UPDATE"]
        assert o["SourceClusterInfo"]["KafkaVersion"] == "4.0.0" and o["TargetClusterInfo"]["KafkaVersion"] == "4.1.0"
        assert levels(c) == [(27, 0)] * 3 and all(c.pids()[i] != before[i] for i in before)
        arn = upgrade(c, "4.3.0")
        c.parts.kill("klammd")
        c.parts.start_klammd()
        c.finished(arn)
        until(lambda: levels(c) == [(30, 1)] * 3, 10, "every broker has heard of the features")
        assert c.info()["Provisioned"]["CurrentBrokerSoftwareInfo"]["KafkaVersion"] == "4.3.0"
        refused(c.client.update_cluster_kafka_version, "BadRequestException", "[]", ClusterArn=c.arn,
                CurrentVersion=c.version(), TargetKafkaVersion="4.2.0")
    return f"{load.count} records"


def what_is_wrong_with_a_reboot_is_refused():
    with Cluster() as c:
        for ids in ([], ["4"], ["1", "1"], ["x"], ["10001"]):
            try:
                c.client.reboot_broker(ClusterArn=c.arn, BrokerIds=ids)
                raise AssertionError(f"taken: {ids}")
            except c.client.exceptions.BadRequestException as error:
                assert "brokerIds" in str(error), error
        assert c.info()["State"] == "ACTIVE"


def pages_of(client, what, member, size, **arguments):
    pages = client.get_paginator(what).paginate(PaginationConfig={"PageSize": size}, **arguments)
    return [page[member] for page in pages]


def topics_are_managed_through_the_control_plane():
    """What is read may be a little behind what was written, as at MSK: another broker may be asked."""
    with Cluster() as c:
        name = dict(ClusterArn=c.arn, TopicName="managed")
        configs = base64.b64encode(b"retention.ms=60000000\nmax.message.bytes=99999\n").decode()

        def described(**wanted):
            try:
                found = c.client.describe_topic(**name)
            except c.client.exceptions.NotFoundException:
                return None
            return all(found[k] == v for k, v in wanted.items()) and found
        began = time.monotonic()
        made = c.client.create_topic(PartitionCount=3, ReplicationFactor=3, Configs=configs, **name)
        took = time.monotonic() - began
        assert made["Status"] == "ACTIVE" and made["TopicArn"].endswith("/managed"), made
        assert len(records.produce(c.bootstrap, "managed", 3, range(300))) == 300
        found = until(lambda: described(PartitionCount=3, ReplicationFactor=3), 5, "the topic is described", 0.05)
        assert base64.b64decode(found["Configs"]) == b"max.message.bytes=99999\nretention.ms=60000000\n", found
        refused(c.client.create_topic, "TopicExistsException", "managed", PartitionCount=1, ReplicationFactor=1, **name)
        refused(c.client.create_topic, "KafkaRequestException", "INVALID_REPLICATION_FACTOR", PartitionCount=1,
                ReplicationFactor=4, ClusterArn=c.arn, TopicName="wide")
        c.client.update_topic(PartitionCount=5, Configs=base64.b64encode(b"retention.ms=5").decode(), **name)
        refused(c.client.update_topic, "KafkaRequestException", "INVALID_PARTITIONS", PartitionCount=2, **name)

        def partitions():
            pages = pages_of(c.client, "describe_topic_partitions", "Partitions", 2, **name)
            return [len(p) for p in pages] == [2, 2, 1] and [p for page in pages for p in page]
        found = until(partitions, 5, "five partitions on three pages", 0.05)
        assert [p["Partition"] for p in found] == list(range(5)), found
        assert all(sorted(p["Isr"]) == sorted(p["Replicas"]) == [1, 2, 3] for p in found), found
        for n in range(4):
            c.parts.klamm("topic", "create", "ops", f"more-{n}", "--partitions", "2", "--config", "retention.ms=7")
        until(lambda: [len(p) for p in pages_of(c.client, "list_topics", "Topics", 3, ClusterArn=c.arn,
                                                TopicNameFilter="more")] == [3, 1], 5, "four topics on two pages", 0.05)
        shown = until(lambda: c.parts.klamm("topic", "describe", "ops", "more-1", ok=False).stdout, 5, "it is shown")
        assert "retention.ms=7" in shown and shown.count(",") == 8 + 1, shown  # three replicas each
        c.parts.klamm("topic", "update", "ops", "more-1", "--partitions", "3")
        assert "managed" in c.parts.klamm("topic", "list", "ops").stdout
        assert c.parts.klamm("topic", "update", "ops", "none", "--partitions", "3", ok=False).returncode == 5
        c.parts.kill("agent-a")  # another node's broker is asked
        until(lambda: "managed" in c.parts.klamm("topic", "list", "ops", ok=False).stdout, 10, "topics are listed")
        c.parts.start_agent("a")
        c.client.delete_topic(**name)
        until(lambda: described() is None, 5, "it is gone", 0.05)
        assert c.parts.klamm("topic", "delete", "ops", "managed", ok=False).returncode == 5
    return f"created in {took * 1000:.1f} ms"


TESTS = [
    topics_are_managed_through_the_control_plane,
    brokers_are_rebooted_one_after_the_other_under_a_producer,
    a_reboot_is_carried_on_whoever_is_killed,
    what_is_wrong_with_a_reboot_is_refused,
    configurations_have_revisions_that_stay,
    a_configuration_is_rolled_out_under_a_producer_and_one_that_does_not_start_is_rolled_back,
    the_command_line_configures_and_reboots,
    volumes_grow_without_a_restart_and_never_shrink,
    a_full_volume_refuses_writes_and_serves_again_when_it_has_grown,
    volumes_grow_by_themselves_while_they_fill,
    a_cluster_grows_by_a_broker_in_every_zone_under_a_producer,
    the_type_of_brokers_changes_by_a_roll,
    the_version_is_raised_under_a_producer,
]

if __name__ == "__main__":
    run(TESTS)
