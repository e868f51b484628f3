"""Operations on a running cluster, under a producer and with kills: each has its effect once, and no record is lost.

Every answer is judged by the service model (rest/model.py)."""
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

    def __init__(self, brokers=3):
        self.brokers = brokers

    def __enter__(self):
        self.parts = Parts().__enter__()
        try:
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
]

if __name__ == "__main__":
    run(TESTS)
