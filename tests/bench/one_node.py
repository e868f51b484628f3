"""One combined node of either kind."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from clusters import ROOT, TICKS, cpu_of, load
import records
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from harness import random_network, until

BUILD = Path(os.environ["KLAMM_BUILD"])
APACHE = ROOT / "tests/interop/apache.sh"
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"


def properties(directory, host):
    return (f"process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@{host}:9093\n"
            f"listeners=PLAINTEXT://{host}:9092,CONTROLLER://{host}:9093\n"
            f"advertised.listeners=PLAINTEXT://{host}:9092\ncontroller.listener.names=CONTROLLER\n"
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
            f"log.dirs={directory}/data\noffsets.topic.replication.factor=1\n"
            "transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n")


class Server:
    """One combined node of either kind in a fresh directory."""

    def __init__(self, kind):
        self.kind = kind
        self.dir = Path(tempfile.mkdtemp(prefix=f"klamm-bench-{kind}-"))
        self.host = f"{random_network()}.1.10"
        self.bootstrap = f"{self.host}:9092"
        self.config = self.dir / "server.properties"
        self.config.write_text(properties(self.dir, self.host))
        self.command(*(["format", "--cluster-id", CLUSTER_ID, "--config", self.config] if kind == "klamm" else
                       ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", self.config]))
        self.process = None

    def argv(self, *words):
        return [BUILD / "klamm-broker" if self.kind == "klamm" else APACHE, *words]

    def command(self, *words):
        subprocess.run(self.argv(*words), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def start(self):
        with open(self.dir / "log.txt", "a") as log:
            words = [self.config] if self.kind == "klamm" else ["kafka.Kafka", self.config]
            self.process = subprocess.Popen(self.argv(*words), stdout=log, stderr=log)
        return self

    def wait_listening(self):
        until(self.listens, 60, f"{self.kind} listens", 0.001)

    def listens(self):
        assert self.process.poll() is None, f"{self.kind} ended: {(self.dir / 'log.txt').read_text()[-2000:]}"
        try:
            socket.create_connection((self.host, 9092), 1).close()
            return True
        except OSError:
            return False

    def registered(self):
        """librdkafka's admin client waits for minutes for a controller that its first metadata does not have."""
        try:
            return AdminClient({"bootstrap.servers": self.bootstrap}).list_topics(timeout=5).brokers
        except KafkaException:
            return None

    def up(self, topic, partitions):
        self.start().wait_listening()
        until(self.registered, 60, f"{self.kind} lists itself", 0.02)
        records.create_topic(self.bootstrap, topic, partitions, 60)
        records.wait_for_leaders(self.bootstrap, topic, partitions, 60)
        return self

    def cpu(self):
        return cpu_of(self.process.pid)

    def rss_mib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[1]) / 1024

    def stop(self, number=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)


def produce(server, count, size):
    server.up("bench", 6)
    time.sleep(1)
    before, began = server.cpu(), time.monotonic()
    load("produce", server.bootstrap, "bench", count, size)
    wall, cpu = time.monotonic() - began, server.cpu() - before
    return cpu, wall


def p1(server, quick):
    count = 1_000_000 if quick else 10_000_000
    cpu, wall = produce(server, count, 100)
    return {"cpu-s per M records": cpu / count * 1e6, "M records/s": count / wall / 1e6}


def p4(server, quick):
    count = 300_000 if quick else 3_000_000
    cpu, wall = produce(server, count, 1024)
    return {"cpu-s per GB": cpu / (count * 1024 / 1e9), "MB/s": count * 1024 / 1e6 / wall}


def p10(server, quick):
    server.up("bench", 1)
    load("latency", server.bootstrap, "bench", 2000, 3 if quick else 15, 200)  # warm, above all the Java machine
    seen = load("latency", server.bootstrap, "bench", 2000, 5 if quick else 30, 200)
    return {"p50 ms": seen["p50"], "p99 ms": seen["p99"]}


def p14(server, quick):
    server.start().wait_listening()
    time.sleep(5 if quick else 15)
    seconds = 10 if quick else 60
    before = server.cpu()
    time.sleep(seconds)
    # A tick is 10 ms: what is less than one shows as one, in the slower one's favour.
    return {"RSS MiB": server.rss_mib(), "CPU % of a core": 100 * max(server.cpu() - before, 1 / TICKS) / seconds}


def first_record(server):
    began = time.monotonic()
    server.start().wait_listening()
    load("first", server.bootstrap, "bench")
    return 1000 * (time.monotonic() - began)


def p15(server, _quick):
    server.up("bench", 1)
    server.stop()
    clean = first_record(server)
    server.stop(signal.SIGKILL)
    return {"empty, clean: ms": clean, "empty, after kill -9: ms": first_record(server)}


def fill(server, topic, partitions, bytes_each):
    """The same of everything in every partition."""
    producer = Producer({"bootstrap.servers": server.bootstrap, "linger.ms": 5, "batch.size": 1000000, "acks": 1,
                         "log_level": 0})
    value = os.urandom(60000)
    for _ in range(bytes_each // len(value)):
        for partition in range(partitions):
            while True:
                try:
                    producer.produce(topic, value, partition=partition)
                    break
                except BufferError:
                    producer.poll(0.05)
            producer.poll(0)
    assert producer.flush(300) == 0


def p15_full(server, quick):
    """1,000 partitions with 10 GB (quick: 1 GB); the kill comes right behind 0.1 GB more."""
    server.up("bench", 1000)
    fill(server, "bench", 1000, 1_000_000 if quick else 10_000_000)
    time.sleep(10)
    server.stop()
    clean = first_record(server)
    cpu = server.cpu()
    time.sleep(5)
    fill(server, "bench", 1000, 120_000)
    server.stop(signal.SIGKILL)
    killed = first_record(server)
    return {"clean: ms": clean, "clean: cpu ms": 1000 * cpu, "after kill -9: ms": killed,
            "after kill -9: cpu ms": 1000 * server.cpu()}


MEASURES = {
    "P1": ("100 B records, 6 partitions, RF1, acks=1", Server, p1), "P4": ("1 KiB records, RF1, acks=1", Server, p4),
    "P10": ("end to end at 2,000 msg/s, RF1", Server, p10), "P14": ("idle, empty", Server, p14),
    "P15": ("exec to the first acknowledged record", Server, p15),
    "P15-full": ("exec to the first acknowledged record, 1,000 partitions, 10 GB", Server, p15_full),
}
