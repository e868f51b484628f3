"""Quotas of clients: Apache's performance tools are as slow at a klamm cluster as at an Apache one."""
import time

from pair import Pair  # noqa: F401 (finds the modules below)
from tools import Tools
from harness import run, until  # noqa: E402
from quotas_test import CONFIG, RATE, alter_quota, expected  # noqa: E402
from replication_test import WHOLE_SECONDS, Cluster  # noqa: E402

MEGABYTES = 6


def timed(tools, tool, *words):
    began = time.monotonic()
    status, text = tools.run(tool, *words)
    assert status == 0, text
    return time.monotonic() - began


def times(engine, tools):
    """Seconds of the producer and of the consumer, at 1 MB/s and then without a quota."""
    with Cluster({**CONFIG, "broker.session.timeout.ms": 9000}, (engine,), (engine,)) as c:
        until(lambda: c.brokers_up() == 1, 2 * WHOLE_SECONDS, "the broker is up", 0.2)
        c.topic("q", replicas=[[1]])
        config = tools.path("client.properties", "client.id=slow\nfetch.max.bytes=300000\nmax.partition.fetch.bytes=300000\n")
        produce = ("producer-perf", "--topic", "q", "--num-records", 1000 * MEGABYTES, "--record-size", 990, "--throughput", -1,
                   "--producer-props", f"bootstrap.servers={c.bootstrap()}", "client.id=slow", "compression.type=none")
        consume = ("consumer-perf", "--topic", "q", "--messages", 1000 * MEGABYTES, "--bootstrap-server", c.bootstrap(),
                   "--timeout", 60000, "--consumer.config", config)
        found = []
        for value in (RATE, None):
            for key in ("producer_byte_rate", "consumer_byte_rate"):
                alter_quota(c, {"client-id": "slow"}, key, value)
            found += [timed(tools, *produce), timed(tools, *consume)]
        return found


def perf_tools_are_held_back_alike():
    tools = Tools()
    try:
        apache, klamm = times("apache", tools), times("klamm", tools)
    finally:
        tools.close()
    for a, k in zip(apache[:2], klamm[:2]):
        assert k > 0.75 * expected(MEGABYTES) and 0.5 < k / a < 2, (apache, klamm)
    for slow, fast in ((klamm[0], klamm[2]), (klamm[1], klamm[3])):
        assert fast < slow - 1, klamm
    return " ".join(f"{name}: Apache {a:.1f} s, klamm {k:.1f} s;" for name, a, k in
                    zip(("produce 6 MB at 1 MB/s", "consume", "produce without", "consume without"), apache, klamm))


if __name__ == "__main__":
    run([perf_tools_are_held_back_alike])
