"""Apache Kafka's command line tools, run in one Java machine (Tools.java)."""
import os
import struct
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
APACHE = HERE.parent / "apache.sh"

SHORT = {
    "acls": "org.apache.kafka.tools.AclCommand",
    "versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    "client-metrics": "org.apache.kafka.tools.ClientMetricsCommand",
    "cluster": "org.apache.kafka.tools.ClusterTool",
    "configs": "kafka.admin.ConfigCommand",
    "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "consumer-perf": "org.apache.kafka.tools.ConsumerPerformance",
    "delegation-tokens": "org.apache.kafka.tools.DelegationTokenCommand",
    "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "dump-log": "org.apache.kafka.tools.DumpLogSegments",
    "features": "org.apache.kafka.tools.FeatureCommand",
    "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "groups": "org.apache.kafka.tools.GroupsCommand",
    "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
    "log-dirs": "org.apache.kafka.tools.LogDirsCommand",
    "metadata-quorum": "org.apache.kafka.tools.MetadataQuorumCommand",
    "metadata-shell": "org.apache.kafka.shell.MetadataShell",
    "producer-perf": "org.apache.kafka.tools.ProducerPerformance",
    "reassign": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
    "replica-verification": "org.apache.kafka.tools.ReplicaVerificationTool",
    "storage": "kafka.tools.StorageTool",
    "topics": "org.apache.kafka.tools.TopicCommand",
    "transactions": "org.apache.kafka.tools.TransactionsCommand",
}


class Tools:
    """`run("topics", "--list", ...)` gives the exit status and what was printed."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="klamm-tools-")
        jars = subprocess.run([APACHE], capture_output=True, text=True, check=True).stdout.strip()
        classes = f"{jars}/*:{self.dir.name}"
        subprocess.run(["javac", "-d", self.dir.name, "-cp", classes, HERE / "Tools.java"], check=True)
        # The guard of Tools.java is there to notice the end of a tool, not to forbid anything.
        policy = self.path("policy", "grant { permission java.security.AllPermission; };")
        self.log = open(Path(self.dir.name) / "log.txt", "wb")
        self.process = subprocess.Popen(
            ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.security.manager=allow",
             f"-Djava.security.policy={policy}",
             f"-Dlog4j2.configurationFile={APACHE.parent}/apache/log4j2.properties", "-cp", classes, "Tools"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, cwd=self.dir.name)

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.log.close()
        self.dir.cleanup()

    def path(self, name, text=None):
        """A file for the tools to read, or to write."""
        path = Path(self.dir.name) / name
        if text is not None:
            path.write_text(text)
        return str(path)

    def run(self, tool, *words, reads="", seconds=60):
        texts = [str(int(seconds * 1000)), reads, SHORT[tool], *map(str, words)]
        message = struct.pack(">i", len(texts))
        for text in texts:
            data = text.encode()
            message += struct.pack(">i", len(data)) + data
        self.process.stdin.write(message)
        self.process.stdin.flush()
        status, n = struct.unpack(">ii", self.process.stdout.read(8))
        return status, self.process.stdout.read(n).decode()


def forever(name, *words, until_it_says, seconds=30):
    """A tool that does not end by itself, in a Java machine of its own; what it printed up to the line that counts."""
    said, deadline = "", time.monotonic() + seconds
    process = subprocess.Popen([APACHE, name, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        while until_it_says not in said:
            assert time.monotonic() < deadline, f"{name} does not say {until_it_says!r}:\n{said}"
            line = process.stdout.readline()
            assert line, f"{name} ended:\n{said}"
            said += line
    finally:
        process.kill()
        process.wait()
    return said
