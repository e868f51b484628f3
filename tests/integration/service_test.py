"""All that can be asked of a running cluster, one after the other, under a producer and a consumer with nothing but
defaults: klammd, an agent and a broker are killed in the midst of each. No record is lost, and neither client tells
its user of an error."""
import os
import random
import signal
import threading
import time

from confluent_kafka import Consumer, Producer

import records
from harness import long, run, until
from operations_test import SEED, Cluster, limits, upgrade

PADDING = b"." * 200


class Traffic:
    """Numbered records, written and read all the time."""

    def __init__(self, bootstrap, topic="traffic"):
        self.topic, self.config = topic, {"bootstrap.servers": bootstrap}
        records.create_topic(bootstrap, topic, 6, replicas=3)
        self.stop, self.writing = threading.Event(), threading.Event()
        self.acknowledged, self.read, self.errors = set(), set(), []
        self.twice, self.longest = 0, 0.0
        self.threads = [threading.Thread(target=self.watched, args=(f,)) for f in (self.write, self.consume)]

    def __enter__(self):
        for t in self.threads:
            t.start()
        until(lambda: len(self.read) > 100, 30, "records flow")
        return self

    def watched(self, act):
        try:
            act()
        except BaseException as error:  # the main thread tells
            self.errors.append(f"{act.__name__}: {error!r}")

    def write(self):
        producer, number = Producer(self.config), 0

        def done(n, began):
            def told(error, _message):
                self.longest = max(self.longest, time.monotonic() - began)
                if error:
                    self.errors.append(f"record {n}: {error}")
                else:
                    self.acknowledged.add(n)
            return told
        while not self.stop.is_set():
            for _ in range(10):
                producer.produce(self.topic, b"%d %s" % (number, PADDING), on_delivery=done(number, time.monotonic()))
                number += 1
            producer.poll(0.02)
        assert producer.flush(60) == 0, "records were never told of"
        assert len(self.acknowledged) == number, f"{number - len(self.acknowledged)} of {number} not acknowledged"
        self.writing.set()

    def consume(self):
        consumer = Consumer({**self.config, "group.id": "service", "auto.offset.reset": "earliest"})
        consumer.subscribe([self.topic])
        deadline = None
        while not (self.writing.is_set() and self.acknowledged <= self.read):
            for m in consumer.consume(500, 0.2):
                if m.error():
                    self.errors.append(f"consumer: {m.error()}")
                    continue
                number = int(m.value().split()[0])
                self.twice += number in self.read
                self.read.add(number)
            if self.writing.is_set():
                deadline = deadline or time.monotonic() + 60
                assert time.monotonic() < deadline, f"lost: {sorted(self.acknowledged - self.read)[:10]}"
        consumer.close()

    def __exit__(self, kind, value, trace):
        self.stop.set()
        for t in self.threads:
            t.join()
        assert kind or not self.errors, self.errors[:10]


class Disturbed:
    """Operations, each with kills in its midst."""

    def __init__(self, cluster, rng):
        self.c, self.rng, self.kills, self.in_midst, self.told = cluster, rng, 0, 0, []

    def kill(self, victim):
        if victim != "broker":
            self.c.parts.kill(victim)
            time.sleep(self.rng.uniform(0, 0.3))
            self.c.parts.start_klammd() if victim == "klammd" else self.c.parts.start_agent(victim[-1])
            return
        pids = self.c.pids()
        try:
            os.kill(pids[self.rng.choice(sorted(pids))], signal.SIGKILL)
        except ProcessLookupError:
            pass  # the roll was at it

    def over(self, arn):
        o = self.c.patient_operation(arn)
        return bool(o and "EndTime" in o)

    def __call__(self, what, arn, end="UPDATE_COMPLETE"):
        began = time.monotonic()
        for victim in self.rng.sample(["klammd", f"agent-{self.rng.choice('abc')}", "broker"], 3):
            self.in_midst += not self.over(arn)
            self.kill(victim)
            self.kills += 1
            time.sleep(self.rng.uniform(0, 0.4))
        o = self.c.finished(arn, end, 120)
        self.told.append(f"{what} {time.monotonic() - began:.1f} s")
        return o


def configuration(c, text):
    made = c.client.create_configuration(Name="service", ServerProperties=text)
    return {"Arn": made["Arn"], "Revision": made["LatestRevision"]["Revision"]}


def filled(c):
    """Autoscaling, while the volumes fill."""
    gib = 1 << 30
    records.create_topic(c.bootstrap, "filling", 3, replicas=3)
    c.parts.klamm("cluster", "autoscale", "ops", "--target", "10", "--max-gib", "12")
    records.fill(c.bootstrap, "filling", 3, 120, SEED)
    c.parts.kill("klammd")
    c.parts.start_klammd()
    until(lambda: limits(c) == {1: 11 * gib, 2: 11 * gib, 3: 11 * gib}, 20, "all have grown", 0.05)
    c.parts.klamm("cluster", "autoscale", "ops", "--off")
    c.parts.klamm("wait", "ops")


@long
def everything_is_asked_of_a_cluster_in_use():
    rng = random.Random(SEED)
    with Cluster(volume_gib=1, kafka_version="4.0.0") as c, Traffic(c.bootstrap) as traffic:
        disturbed = Disturbed(c, rng)

        def ask(what, call, **wanted):
            return disturbed(what, call(ClusterArn=c.arn, CurrentVersion=c.version(), **wanted)["ClusterOperationArn"])
        filled(c)
        ask("3 to 6", c.client.update_broker_count, TargetNumberOfBrokerNodes=6)
        ask("6 to 3", c.client.update_broker_count, TargetNumberOfBrokerNodes=3)
        ask("storage", c.client.update_broker_storage,
            TargetBrokerEBSVolumeInfo=[{"KafkaBrokerNodeId": "All", "VolumeSizeGB": 30}])
        ask("type", c.client.update_broker_type, TargetInstanceType="kafka.m7g.xlarge")
        ask("configuration", c.client.update_cluster_configuration,
            ConfigurationInfo=configuration(c, b"message.max.bytes=2000000\n"))
        disturbed("version", upgrade(c, "4.3.0"))
        for broker in ("1", "2", "3"):
            disturbed(f"reboot {broker}", c.client.reboot_broker(ClusterArn=c.arn, BrokerIds=[broker])["ClusterOperationArn"],
                      "REBOOT_COMPLETE")
        assert sorted(c.pids()) == [1, 2, 3]
    return f"{', '.join(disturbed.told)}; {disturbed.kills} kills, {disturbed.in_midst} in the midst; " \
           f"{len(traffic.acknowledged)} records, the slowest {traffic.longest:.1f} s, {traffic.twice} read twice, KLAMM_SEED={SEED}"


if __name__ == "__main__":
    run([everything_is_asked_of_a_cluster_in_use])
