"""Configs that change while brokers run: what is set for one broker or for all takes effect in the process."""
import os
import socket
import struct
import time

from confluent_kafka import KafkaException
from confluent_kafka.admin import NewTopic

from harness import run, until
import raw
from nodes import BROKER_PORT
from raw import text
from replication_test import LONG, Cluster, write

SOON = 10
INVALID_REQUEST = 42


class Refused(Exception):
    """An error code and what the broker said."""


def alter(cluster, broker, **values):
    """Records of broker `broker` ("" all, which librdkafka cannot say); None takes a key away. Keys are written with
    _ for the dot. IncrementalAlterConfigs, version 0."""
    body = struct.pack(">ib", 1, 4) + text(broker)
    body += struct.pack(">i", len(values))
    for key, value in values.items():
        body += text(key.replace("_", ".")) + struct.pack(">b", 1 if value is None else 0) + text(value)
    body += b"\0"
    answer = raw.ask(cluster.net.address[cluster.broker(int(broker or 3)).host], BROKER_PORT, 44, 0, body)
    assert (answer.take("i"), answer.take("i")) == (0, 1)
    error, message = answer.take("h"), answer.text()
    if error:
        raise Refused(error, message)


def fails(cluster, topic, size, name):
    """Whether a record of `size` bytes is refused with that error."""
    try:
        failed = write(cluster, topic, 1, size, seconds=2, **{"message.max.bytes": 4000000})
    except AssertionError:
        return False
    return bool(failed) and failed[0].name() == name


def the_largest_message_is_what_the_cluster_says_now():
    with Cluster() as c:
        c.topic("m")
        assert not write(c, "m", 1, 50000)
        alter(c, "", message_max_bytes="20000")
        until(lambda: fails(c, "m", 50000, "MSG_SIZE_TOO_LARGE"), SOON, "large records are refused", 0.1)
        for b in c.brokers:  # the records outlive the processes
            b.kill()
            b.start()
        until(lambda: c.brokers_up() == 3, SOON, "the brokers are back", 0.1)
        c.wait_whole("m")
        until(lambda: fails(c, "m", 50000, "MSG_SIZE_TOO_LARGE"), SOON, "large records are refused again", 0.1)
        alter(c, "", message_max_bytes=None)
        until(lambda: not fails(c, "m", 50000, "MSG_SIZE_TOO_LARGE"), SOON, "they are taken again", 0.1)


def segments_end_and_go_as_the_cluster_says_now():
    with Cluster({**LONG, "log.initial.task.delay.ms": 300, "log.retention.check.interval.ms": 300,
                  "log.segment.delete.delay.ms": 0}) as c:
        c.topic("s")

        def segments(broker):
            return len(list((broker.dir / "data/s-0").glob("*.log")))
        assert not write(c, "s", 3000, 1000)
        assert all(segments(b) == 1 for b in c.brokers)
        alter(c, "", log_segment_bytes="1048576")
        assert not write(c, "s", 3000, 1000)
        until(lambda: all(segments(b) > 2 for b in c.brokers), SOON, "segments are short now", 0.1)
        one = next(b for b in c.brokers if b is not c.leader("s"))  # what a leader drops its followers drop too
        alter(c, str(one.id), log_retention_ms="1")
        until(lambda: segments(one) == 1, SOON, "one broker keeps one segment", 0.1)
        assert all(segments(b) > 2 for b in c.brokers if b is not one)


def min_insync_replicas_is_what_the_cluster_says_now():
    with Cluster({"broker.session.timeout.ms": 1000}) as c:
        c.topic("i")
        c.wait_whole("i")
        victim = next(b for b in c.brokers if b is not c.leader("i"))
        victim.kill()
        until(lambda: len(c.partition("i").isrs) == 2, SOON, "two are in sync", 0.1)
        assert not write(c, "i", 10)
        alter(c, "", min_insync_replicas="3")
        until(lambda: fails(c, "i", 100, "_MSG_TIMED_OUT") or fails(c, "i", 100, "NOT_ENOUGH_REPLICAS"), SOON,
              "too few are in sync", 0.1)
        alter(c, "", min_insync_replicas="1")
        until(lambda: not fails(c, "i", 100, "_MSG_TIMED_OUT"), SOON, "they are enough", 0.1)


def connections_are_as_many_as_the_broker_may_have_now():
    with Cluster() as c:
        address, held = c.net.address[c.broker(1).host], []

        def refused():
            """A connection that the broker closes at once; one that it does not is held."""
            s = socket.create_connection((address, 9092), 30)
            s.settimeout(0.5)
            try:
                if s.recv(1) == b"":
                    return True
            except ConnectionResetError:
                return True
            except TimeoutError:
                held.append(s)
            return False
        until(lambda: c.brokers_up() == 3, SOON, "the brokers are up", 0.1)
        assert not refused()
        alter(c, "1", max_connections="1")
        until(refused, SOON, "more connections are refused", 0.1)
        for s in held:
            s.close()


def a_cordoned_directory_gets_no_new_replica():
    with Cluster({"metadata.log.max.snapshot.interval.ms": 0}, log_dirs=("one", "two")) as c:
        until(lambda: c.brokers_up() == 3, SOON, "the brokers are up", 0.1)

        def replicas(broker, directory):
            return [p.name for p in (broker.dir / directory).glob("c-*")]
        one = str(c.broker(1).dir / "one")
        alter(c, "1", cordoned_log_dirs=one)
        until(lambda: "directory_cordoned" in (c.broker(1).dir / "log.txt").read_text(), SOON, "it is cordoned", 0.1)
        c.topic("c", 8)
        c.wait_whole("c")
        # The controller counts a new replica as in sync before its broker has made its directory.
        until(lambda: len(replicas(c.broker(1), "two")) == 8, SOON, "all replicas of broker 1 are in its other directory")
        until(lambda: len(replicas(c.broker(2), "one")) == 4, SOON, "half of those of broker 2 are in its first one")
        assert not replicas(c.broker(1), "one")
        alter(c, "1", cordoned_log_dirs=f"{one},{c.broker(1).dir / 'two'}")

        def unplaceable():
            name, admin = f"d{time.monotonic_ns()}", c.admin()
            try:
                admin.create_topics([NewTopic(name, 1, 3)])[name].result(5)
            except KafkaException as e:
                return e.args[0].name() == "INVALID_REPLICATION_FACTOR"
            return False
        until(unplaceable, SOON, "the broker takes no new replica", 0.2)
        alter(c, "1", cordoned_log_dirs=None)
        until(lambda: not unplaceable(), SOON, "it does again", 0.2)


def what_does_not_fit_is_refused_by_the_broker():
    with Cluster() as c:
        until(lambda: c.brokers_up() == 3, SOON, "the brokers are up", 0.1)
        for broker, values, rule in (("1", {"node_id": "7"}, "Cannot update these configs dynamically"),
                                     ("", {"log_retention_ms": "x"}, "Not a number"),
                                     ("1", {"num_io_threads": "1000"}, "double the current value"),
                                     ("1", {"listeners": "PLAINTEXT://:1"}, "while the broker runs")):
            try:
                alter(c, broker, **values)
            except Refused as e:
                assert e.args[0] == INVALID_REQUEST and rule in e.args[1], e
            else:
                raise AssertionError(f"{values} were taken")


if __name__ == "__main__":
    os.environ.setdefault("KLAMM_KILLS", "1")
    run([the_largest_message_is_what_the_cluster_says_now, segments_end_and_go_as_the_cluster_says_now,
         min_insync_replicas_is_what_the_cluster_says_now, connections_are_as_many_as_the_broker_may_have_now,
         a_cordoned_directory_gets_no_new_replica, what_does_not_fit_is_refused_by_the_broker])
