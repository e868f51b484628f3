"""A cluster of klamm's and one of Apache Kafka's that get the same commands and must answer alike."""
import difflib
import re
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/integration"))
from harness import until  # noqa: E402
from replication_test import WHOLE_SECONDS, Cluster  # noqa: E402
from tools import Tools  # noqa: E402

SLOW = {"broker.session.timeout.ms": 6000, "broker.heartbeat.interval.ms": 500, "replica.lag.time.max.ms": 3000}

SLOW_SECONDS = 10

# What differs from cluster to cluster and from run to run, and what stands for it.
VARIES = [
    (r"^\tat .*\n|^\t?Caused by: .*\n|^\t\.\.\. \d+ more\n", ""),
    (r"^\[\d{4}-\d\d-\d\d [\d:,]+\].*\n", ""),  # what the tool itself logs
    (r" {2,}", "  "),  # columns
    (r"TopicId: \S{22}", "TopicId: ID"),
    (r"Local controller \d+", "Local controller ID"),
    (r"Epoch: \d+", "Epoch: N"),
]


class Pair:
    """`same(tool, words)` is the answer of both; AssertionError with the difference when they differ."""

    def __init__(self, controllers=3, brokers=4, extra=None, log_dirs=("data",)):
        self.clusters = {}
        for engine in ("apache", "klamm"):
            self.clusters[engine] = Cluster({**SLOW, **(extra or {})}, (engine,) * controllers, (engine,) * brokers, log_dirs)
        self.tools = None

    def __enter__(self):
        try:
            for cluster in self.clusters.values():
                cluster.start()
            self.tools = Tools()
            for engine, cluster in self.clusters.items():
                until(lambda: cluster.brokers_up() == len(cluster.brokers), 2 * WHOLE_SECONDS, f"the brokers of {engine} are up", 0.2)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        if self.tools:
            self.tools.close()
        for cluster in self.clusters.values():
            cluster.__exit__(None if kind is SystemExit else kind, value, trace)  # a test has said what was wrong

    def word(self, cluster, text):
        """$B brokers, $C controllers, $4 broker 4, $D the cluster's directory."""
        controllers = ",".join(f"{cluster.net.address[c.host]}:9093" for c in cluster.controllers)
        return str(text).replace("$B", cluster.bootstrap()).replace("$C", controllers).replace("$D", str(cluster.dir)).replace(
            "$4", f"{cluster.net.address.get('broker-4')}:9092")

    def plain(self, cluster, text, also=()):
        for host, address in cluster.net.address.items():
            text = text.replace(address, host)
        text = text.replace(cluster.id, "CLUSTER").replace(str(cluster.dir), "DIR")
        for pattern, by in (*VARIES, *also):
            text = re.sub(pattern, by, text, flags=re.MULTILINE)
        return text

    def one(self, engine, tool, *words, also=(), **options):
        """One cluster's exit status and text."""
        cluster = self.clusters[engine]
        began = time.monotonic()
        status, text = self.tools.run(tool, *[self.word(cluster, w) for w in words], **options)
        if time.monotonic() - began > SLOW_SECONDS:
            print(f"      {engine} took {time.monotonic() - began:.0f} s: {tool} {' '.join(map(str, words))}", flush=True)
        return f"[{status}]\n{self.plain(cluster, text, also)}"

    def same(self, tool, line, *words, also=(), lines="", sort=False, **options):
        """`line` is split at blanks; `words` follow as they are. `lines`: a pattern of the lines that count."""
        argv = [*line.split(), *words]
        answers = [self.one(engine, tool, *argv, also=also, **options) for engine in ("apache", "klamm")]
        answers = [[x for x in a.splitlines() if re.search(lines, x)] for a in answers]
        if sort:
            answers = [sorted(a) for a in answers]
        assert answers[0] == answers[1], f"{tool} {' '.join(argv)}\n" + "\n".join(difflib.unified_diff(
            *answers, "apache", "klamm", lineterm="", n=2))
        return "\n".join(answers[1])

    def file(self, name, text):
        return self.tools.path(name, text)
