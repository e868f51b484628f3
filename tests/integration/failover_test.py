"""kill -9 of any one broker, controller or agent, and a broker that stands still, under a producer with acks=all:
the longest gap between two acknowledgements is printed, and every acknowledged record is there in the end."""
import os
import re
import signal
import threading
import time

from confluent_kafka import Producer

import records
from harness import PROCESSES, Dev, kill9, pids_of, processes_of, run, until

BROKERS, PARTITIONS, SETTLE_S = 3, 6, 2
CONTROLLERS = range(10001, 10001 + PROCESSES - BROKERS)  # the active one is among them
GAP_S_MAX = 5  # a session times out after 9: slower than this the notice did nothing


class Load(threading.Thread):
    """A record to each partition in turn every millisecond; when each was acknowledged, and which."""

    def __init__(self, bootstrap, topic, first):
        super().__init__()
        self.topic, self.first, self.next = topic, first, first
        self.acked, self.times, self.failed, self.over = set(), [], [], False
        self.producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 0,
                                  "enable.idempotence": True, "message.timeout.ms": 60000,
                                  "retry.backoff.ms": 5, "retry.backoff.max.ms": 20,
                                  "topic.metadata.refresh.fast.interval.ms": 5,
                                  "reconnect.backoff.ms": 5, "reconnect.backoff.max.ms": 20})

    def done(self, i):
        def report(error, _message):
            if error is not None:
                self.failed.append(f"record {i}: {error}")
                return
            self.acked.add(i)
            self.times.append((time.monotonic(), i % PARTITIONS))
        return report

    def run(self):
        while not self.over:
            i, self.next = self.next, self.next + 1
            self.producer.produce(self.topic, records.value(1, i), partition=i % PARTITIONS, on_delivery=self.done(i))
            self.producer.poll(0.001)
        self.producer.flush(60)

    def gap(self, since):
        """The longest time that one partition had no acknowledgement from just before `since` on."""
        worst = 0.0
        for p in range(PARTITIONS):
            times = [t for t, q in self.times if q == p and t > since - 0.5]
            worst = max([worst, *(b - a for a, b in zip(times, times[1:]))])
        return worst


def broker_pid(dev, node):
    found = [pid for pid, line in processes_of(dev.dir).items()
             if re.search(rf"/broker-{node}/server.properties", line)]
    return found[0] if found else None


def controller_pids(dev, node):
    return [pid for pid, line in processes_of(dev.dir).items()
            if re.search(rf"/controller-{node}/server.properties", line)]


def all_in_sync(dev, topic):
    def look():
        found = records.partitions_of(dev.bootstrap, topic)
        return len(found) == PARTITIONS and all(
            p.leader >= 0 and len(p.isrs) == len(p.replicas) == 3 for p in found.values())
    until(look, 30, f"{topic} is in sync on all replicas", every=0.2)


def told(dev):
    """How long each notice of a death took, from the agents' logs."""
    return [int(ms) for log in dev.dir.glob("logs/agent-*.log")
            for ms in re.findall(r"death_told .*after_ms=(\d+)", log.read_text(errors="replace"))]


def stop(pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)


def hit(dev, topic, first, find, back, strike=kill9):
    """Kills or stops what `find` finds under load; the gap that the producer saw."""
    all_in_sync(dev, topic)
    load = Load(dev.bootstrap, topic, first)
    load.start()
    until(lambda: len(load.times) > 500, 30, "the producer is under way")
    began = time.monotonic()
    strike(find())
    until(back, 30, "what was killed is back")
    time.sleep(SETTLE_S)
    load.over = True
    load.join()
    assert not load.failed, f"{len(load.failed)} records failed, the first: {load.failed[0]}"
    return load, load.gap(began)


def a_producer_sees_a_short_gap_whatever_is_killed_and_loses_nothing():
    notes, acked, first = [], set(), 0
    with Dev() as dev:
        records.create_topic(dev.bootstrap, "gap", PARTITIONS, replicas=-1)
        victims = [(f"broker {n}", lambda n=n: [broker_pid(dev, n)], kill9) for n in range(1, BROKERS + 1)]
        victims += [(f"controller {n}", lambda n=n: controller_pids(dev, n), kill9) for n in CONTROLLERS]
        victims += [("agent", lambda: pids_of(dev.dir, "klamm-agent")[:1], kill9),
                    ("broker 1 (SIGSTOP)", lambda: [broker_pid(dev, 1)], stop)]
        count = len(processes_of(dev.dir))
        for name, find, strike in victims:
            old = set(find())
            load, gap = hit(dev, "gap", first, find,
                            lambda: len(processes_of(dev.dir)) >= count and not old & set(processes_of(dev.dir)),
                            strike)
            acked |= load.acked
            first = load.next
            notes.append(f"{name} {gap * 1000:.0f} ms")
            assert gap < GAP_S_MAX, f"{name}: the producer waited {gap:.1f} s"
        records.check_equal(dev.bootstrap, "gap", PARTITIONS, first)
        assert len(acked) == first, f"{first - len(acked)} records were not acknowledged"
        notices = told(dev)
        assert len(notices) > BROKERS, f"{len(notices)} notices for {BROKERS + 1} deaths"
        return f"longest gap at the end of {', '.join(notes)}; {first} records all there; controllers told within " \
               f"{max(notices)} ms"


if __name__ == "__main__":
    run([a_producer_sees_a_short_gap_whatever_is_killed_and_loses_nothing])
