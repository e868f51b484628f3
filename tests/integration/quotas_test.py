"""Quotas of clients (KIP-13, KIP-219): who is over its rate waits, who is not does not notice; and what all clients
together may send to a broker and get from it."""
import struct
import time

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

from harness import long, run, until
import raw
import records
from nodes import BROKER_PORT
from raw import text
from replication_test import WHOLE_SECONDS, Cluster, write
from share_test import SMALL, Member, earliest

RATE, WINDOW_SECONDS = 1000000, 2  # so much a second, and so many seconds of it at once
CONFIG = {"quota.window.num": WINDOW_SECONDS + 1, "min.insync.replicas": 1, "offsets.topic.replication.factor": 1}
PLAIN = {"compression.type": "none", "batch.size": 200000}


def alter_quota(cluster, entity, key, value):
    """`entity` {"user": name or None, ...}; a value of None takes the quota away."""
    body = struct.pack(">ii", 1, len(entity))
    for kind, name in entity.items():
        body += text(kind) + (text(name) if name is not None else struct.pack(">h", -1))
    body += struct.pack(">i", 1) + text(key) + struct.pack(">d?", value or 0, value is None) + b"\0"
    answer = raw.ask(cluster.net.address[cluster.brokers[0].host], BROKER_PORT, 49, 0, body)
    assert (answer.take("i"), answer.take("i"), answer.take("h")) == (0, 1, 0), answer.data
    time.sleep(0.3)


def seconds(act):
    began = time.monotonic()
    act()
    return time.monotonic() - began


def producing(cluster, megabytes, client, acks="all"):
    def act():
        assert not write(cluster, "q", int(1000 * megabytes), 980, acks=acks, seconds=60, **{"client.id": client, **PLAIN})
    return seconds(act)


def consuming(cluster, megabytes, client):
    def act():
        consumer = Consumer({"bootstrap.servers": cluster.bootstrap(), "group.id": "g", "client.id": client, "log_level": 0,
                             "enable.auto.commit": False, "queued.min.messages": 1000, "fetch.message.max.bytes": 300000})
        consumer.assign([TopicPartition("q", 0, 0)])
        left = int(1000 * megabytes)
        while left:
            found = consumer.consume(min(left, 1000), 10)
            assert found and not found[0].error()
            left -= len(found)
        consumer.close()
    return seconds(act)


def end(cluster):
    return until(lambda: records.watermarks(cluster.bootstrap(), "q", 0), 10, "the end of q", 0.1)[1]


def expected(megabytes):
    return megabytes - WINDOW_SECONDS * RATE / 1e6


def check(slow, fast, megabytes):
    assert slow > 0.75 * expected(megabytes), (slow, fast)
    assert slow < 2 * expected(megabytes) + 3, (slow, fast)
    assert fast < 0.7 * slow, (slow, fast)
    return f"{megabytes} MB in {slow:.1f} s at 1 MB/s, {fast:.1f} s without a quota"


@long
def a_client_over_its_rate_waits_and_others_do_not():
    with Cluster(CONFIG, brokers=("klamm",)) as c:
        c.topic("q", replicas=[[1]])
        alter_quota(c, {"client-id": "slow"}, "producer_byte_rate", RATE)
        alter_quota(c, {"client-id": "slow"}, "consumer_byte_rate", RATE)
        told = [check(producing(c, 6, "slow"), producing(c, 6, "fast"), 6),
                check(consuming(c, 6, "slow"), consuming(c, 6, "fast"), 6)]
        slow = seconds(lambda: (producing(c, 6, "slow", acks="0"), until(lambda: end(c) == 18000, 30, "all is there")))
        assert slow > 0.5 * expected(6), slow  # nobody answers, and it is held back all the same
        for key in ("producer_byte_rate", "consumer_byte_rate"):
            alter_quota(c, {"client-id": "slow"}, key, None)
        assert producing(c, 6, "slow") < 0.7 * expected(6)
        return "; ".join(told)


@long
def users_and_defaults_come_in_kafkas_order():
    with Cluster(CONFIG, brokers=("klamm",)) as c:
        c.topic("q", replicas=[[1]])
        alter_quota(c, {"client-id": None}, "producer_byte_rate", RATE)
        assert producing(c, 5, "any") > 0.75 * expected(5)
        alter_quota(c, {"user": "ANONYMOUS"}, "producer_byte_rate", 100 * RATE)
        assert producing(c, 5, "other") < 0.7 * expected(5)
        alter_quota(c, {"user": "ANONYMOUS", "client-id": "held"}, "producer_byte_rate", RATE)
        assert producing(c, 5, "held") > 0.75 * expected(5)


def what_is_not_enforced_is_warned_of():
    with Cluster(CONFIG, brokers=("klamm",)) as c:
        c.topic("q", replicas=[[1]])
        alter_quota(c, {"client-id": "slow"}, "producer_byte_rate", RATE)
        log = c.brokers[0].dir / "log.txt"
        assert "client_quotas_ignored" not in log.read_text()
        alter_quota(c, {"user": "ANONYMOUS"}, "request_percentage", 10)
        until(lambda: "client_quotas_ignored key=request_percentage" in log.read_text(), WHOLE_SECONDS, "the warning")


NETWORK = "klamm.network.%s.bytes.per.second"


def change(cluster, name, value):
    """Of broker 1, without a restart."""
    resource = ConfigResource(ConfigResource.Type.BROKER, "1", incremental_configs=[ConfigEntry(
        name, value, incremental_operation=AlterConfigOpType.SET)])
    admin = cluster.admin()
    admin.incremental_alter_configs([resource])[resource].result(10)
    time.sleep(0.3)


def all_clients_share_what_the_network_of_a_broker_takes():
    limits = {NETWORK % "ingress": RATE, NETWORK % "egress": RATE // 10}
    with Cluster({**CONFIG, **limits}, brokers=("klamm", "klamm")) as c:
        c.topic("q", replicas=[[1, 2]])
        slow = producing(c, 2.5, "a") + producing(c, 2.5, "b")  # each alone would not be held back
        assert 0.75 * expected(5) < slow < 2 * expected(5) + 3, slow
        # It was acknowledged by the follower too, which fetched it at more than a consumer may.
        fetched = consuming(c, 0.25, "d") + consuming(c, 0.25, "e")
        assert 0.75 * 10 * (0.5 - WINDOW_SECONDS / 10) < fetched < 20, fetched
        for way in ("ingress", "egress"):
            change(c, NETWORK % way, str(100 * RATE))
        at_once = producing(c, 5, "f") + consuming(c, 5, "g")
        assert at_once < 0.7 * expected(5), at_once
    return f"5 MB in at 1 MB/s in {slow:.1f} s, 0.5 MB out at 0.1 MB/s in {fetched:.1f} s, 5 in and out without in " \
           f"{at_once:.1f} s"


@long
def share_groups_are_held_back_like_consumers():
    one = {"share.coordinator.state.topic.replication.factor": 1, "share.coordinator.state.topic.min.isr": 1}
    one["group.share.record.lock.duration.ms"] = 30000  # an acknowledgement waits with its connection
    with Cluster({**CONFIG, **SMALL, **one, NETWORK % "egress": RATE // 10}, brokers=("klamm",)) as c:
        c.topic("q", replicas=[[1]])
        earliest(c, "g")
        producing(c, 1, "a")
        member = Member(c, "g", "q")
        member.start()
        until(lambda: member.seen or member.error, 10, "the first records")
        began = time.monotonic()
        until(lambda: len(set(member.seen)) == 1000 or member.error, 10, "all records")
        took = time.monotonic() - began
        member.over = True
        member.join(30)
        assert not member.error and took > 0.75 * (5 - WINDOW_SECONDS), (member.error, took)
    return f"{took:.1f} s from the first answer to the last, 1 MB at 0.1 MB/s"


if __name__ == "__main__":
    run([a_client_over_its_rate_waits_and_others_do_not, users_and_defaults_come_in_kafkas_order,
         what_is_not_enforced_is_warned_of, all_clients_share_what_the_network_of_a_broker_takes,
         share_groups_are_held_back_like_consumers])
