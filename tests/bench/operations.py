"""C2, C3, C6: what klamm does to a running cluster, under a producer. klamm's alone: nobody else does it."""
import os
import signal
import statistics
import time

import records
from clusters import load
from harness import Parts, cluster_request, kill9, processes_of, state_of, until


class Managed:
    """`with Managed() as m`: a cluster of three brokers, ACTIVE."""

    def __init__(self, **options):
        self.parts = Parts(**options)

    def __enter__(self):
        self.parts.__enter__()
        self.client = self.parts.start().client()
        self.arn = self.client.create_cluster(**cluster_request("bench"))["ClusterArn"]
        self.active()
        self.bootstrap = self.client.get_bootstrap_brokers(ClusterArn=self.arn)["BootstrapBrokerString"]
        return self

    def __exit__(self, *why):
        self.parts.__exit__(*why)

    def active(self):
        until(lambda: state_of(self.client, self.arn) == "ACTIVE", 120, "ACTIVE", 0.005)

    def version(self):
        return self.client.describe_cluster(ClusterArn=self.arn)["ClusterInfo"]["CurrentVersion"]

    def took(self, call, **arguments):
        """Seconds from the call to the end of its operation."""
        began = time.monotonic()
        operation = call(ClusterArn=self.arn, **arguments)["ClusterOperationArn"]
        self.active()
        ended = time.monotonic() - began
        info = self.client.describe_cluster_operation(ClusterOperationArn=operation)["ClusterOperationInfo"]
        assert info["OperationState"].endswith("_COMPLETE"), info
        return ended

    def whole(self, topic, brokers):
        found = records.partitions_of(self.bootstrap, topic)
        used = {r for p in found.values() for r in p.replicas}
        return all(len(p.isrs) == 3 for p in found.values()) and len(used) == brokers


def line(what, seconds, target):
    ordered = sorted(seconds)
    print(f"  {what:<58} p50 {statistics.median(ordered):.3f} s  max {ordered[-1]:.3f} s  of {len(ordered)}   "
          f"(target {target})", flush=True)


def c2(quick):
    """3 to 6 brokers with 4 GiB of records on three replicas, until balanced, and back."""
    gib = 1 if quick else 4
    with Managed() as m:
        records.create_topic(m.bootstrap, "data", 48, replicas=3)
        load("produce", m.bootstrap, "data", gib << 20, 1024, ACKS="all", SPREAD="48")
        out = m.took(m.client.update_broker_count, CurrentVersion=m.version(), TargetNumberOfBrokerNodes=6)
        assert m.whole("data", 6), records.partitions_of(m.bootstrap, "data")
        back = m.took(m.client.update_broker_count, CurrentVersion=m.version(), TargetNumberOfBrokerNodes=3)
        assert m.whole("data", 3)
    print(f"C2: {gib} GiB of records, 48 partitions, three replicas")
    line("from 3 to 6 brokers, balanced", [out], "20 s with 4 GiB")
    line("from 6 to 3 brokers, drained and removed", [back], "none")


def c3(quick):
    """Storage, a configuration, a roll of the brokers."""
    runs = 3 if quick else 10
    with Managed() as m:
        made = m.client.create_configuration(Name="bench", ServerProperties=b"num.partitions=3\n")["Arn"]
        grown = [m.took(m.client.update_storage, CurrentVersion=m.version(), VolumeSizeGB=20 + 10 * n) for n in range(runs)]
        configured = []
        for n in range(runs):
            revision = m.client.update_configuration(
                Arn=made, ServerProperties=b"num.partitions=%d\n" % (n + 4))["LatestRevision"]["Revision"]
            configured.append(m.took(m.client.update_cluster_configuration, CurrentVersion=m.version(),
                                     ConfigurationInfo=dict(Arn=made, Revision=revision)))
        rolled = [m.took(m.client.reboot_broker, BrokerIds=["1", "2", "3"]) for _ in range(runs)]
    print("C3: updates of a cluster of three brokers and three controllers")
    line("storage, all brokers", grown, "0.3 s")
    line("a configuration, by a roll of all six processes", configured, "0.5 s")
    line("a roll of the three brokers", rolled, "5 s, of a version")


def c6(quick):
    """A dead process is started again; a dead node's broker starts anew on another node of its zone."""
    runs, process, whole = 3 if quick else 10, [], []
    with Managed(lost_after="10s") as m:
        records.create_topic(m.bootstrap, "data", 12, replicas=3)
        records.produce(m.bootstrap, "data", 12, range(12000))
        for n in range(runs):
            path = next(m.parts.dir.glob(f"agents/*/processes/*/broker-{n % 3 + 1}/pid"))
            pid = int(path.read_text().split()[0])
            began = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            until(lambda: path.exists() and int((path.read_text().split() or [pid])[0]) != pid, 30, "it runs again", 0.005)
            until(lambda: m.whole("data", 3), 30, "whole again", 0.01)
            process.append(time.monotonic() - began)
        m.parts.start_agent("b", "agent-b2")
        began = time.monotonic()
        m.parts.kill("agent-b")
        kill9([pid for pid, what in processes_of(m.parts.dir).items() if "/agents/agent-b/" in what])
        until(lambda: list(m.parts.dir.glob("agents/agent-b2/processes/*/broker-2/pid")), 60, "it is placed anew", 0.05)
        until(lambda: m.whole("data", 3), 60, "whole again", 0.05)
        whole.append(time.monotonic() - began)
    print("C6: what is dead is noticed and replaced")
    line("kill -9 of a broker, until all is in sync again", process, "3 s")
    line("a node dies, lost_after: 10s, until all is in sync again", whole, "10 s")
