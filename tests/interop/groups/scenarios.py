"""Requests about groups, one after the other, to one broker; what it answered, without what varies.

Each scenario is a generator of (what, answer) that a cluster of Apache Kafka and one of klamm must give alike."""
import base64
import re
import struct
import time

PARTITIONS = {"e1": 6, "e2": 6}


class Broker:
    """One broker of a cluster, and the requests to it in fewer words."""

    def __init__(self, tool, address, group):
        self.tool, self.address, self.group, self.names = tool, address, group, {group: "GROUP"}

    def ask(self, api, version, connection="c", **body):
        return self.tool.ask(self.address, api, version, connection, **body)

    def plain(self, answer):
        """The answer as text: member ids, topic ids and intervals by what they stand for, sets in order."""
        text = repr(in_order(answer))
        for name, by in self.names.items():
            text = text.replace(name, by)
        text = re.sub(r"'heartbeatIntervalMs': [1-9]\d*", "'heartbeatIntervalMs': N", text)
        return text

    def prepare(self):
        topics = [{"name": n, "numPartitions": p, "replicationFactor": 1, "assignments": [], "configs": []}
                  for n, p in PARTITIONS.items()]
        self.ask("CreateTopics", 7, topics=topics, timeoutMs=10000, validateOnly=False)
        deadline = time.monotonic() + 60
        while self.ask("FindCoordinator", 6, keyType=0, coordinatorKeys=[self.group])["coordinators"][0]["errorCode"]:
            assert time.monotonic() < deadline, "no coordinator"
            time.sleep(0.2)
        found = self.ask("Metadata", 12, topics=[{"topicId": "AAAAAAAAAAAAAAAAAAAAAA", "name": n} for n in PARTITIONS],
                         allowAutoTopicCreation=False, includeTopicAuthorizedOperations=False)
        self.names.update({t["topicId"]: t["name"].upper() for t in found["topics"]})

    # ---- the consumer protocol ----

    def beat(self, member, epoch, owned=None, full=False, instance=None, names=("e1",), regex=None, version=1, **other):
        body = dict(groupId=self.group, memberId=member, memberEpoch=epoch, instanceId=instance, rackId=None,
                    rebalanceTimeoutMs=30000 if full else -1, subscribedTopicNames=list(names) if full else None,
                    subscribedTopicRegex=regex, serverAssignor=None, topicPartitions=owned)
        if version < 1:
            del body["subscribedTopicRegex"]
        return self.ask("ConsumerGroupHeartbeat", version, **{**body, **other})

    def describe_consumer(self, *groups):
        return self.ask("ConsumerGroupDescribe", 1, groupIds=list(groups or [self.group]), includeAuthorizedOperations=True)

    # ---- the classic protocol ----

    def join(self, connection, member, instance=None, owned=(), wait=True, protocols=("range", "cooperative-sticky"),
             **other):
        body = dict(groupId=self.group, sessionTimeoutMs=30000, rebalanceTimeoutMs=20000, memberId=member,
                    groupInstanceId=instance, protocolType="consumer", reason=None,
                    protocols=[{"name": p, "metadata": subscription(["e1"], owned)} for p in protocols])
        call = self.tool.ask if wait else self.tool.send
        return call(self.address, "JoinGroup", 9, connection, **{**body, **other})

    def new_member(self, connection, name):
        answer = self.join(connection, "")
        self.names[answer["memberId"]] = name
        return answer["memberId"]

    def read(self, connection):
        return self.tool.read(self.address, connection)

    def sync(self, connection, member, generation, assignments=(), wait=True):
        call = self.tool.ask if wait else self.tool.send
        return call(self.address, "SyncGroup", 5, connection, groupId=self.group, generationId=generation,
                    memberId=member, groupInstanceId=None, protocolType="consumer", protocolName="range",
                    assignments=[{"memberId": m, "assignment": assignment(a)} for m, a in assignments])

    def heartbeat(self, connection, member, generation):
        return self.ask("Heartbeat", 4, connection, groupId=self.group, generationId=generation, memberId=member,
                        groupInstanceId=None)["errorCode"]

    def describe(self, *groups, version=6):
        return self.ask("DescribeGroups", version, groups=list(groups or [self.group]), includeAuthorizedOperations=True)

    def wait_for_members(self, n):
        """Requests of several connections are in no order: the first to join leads."""
        deadline = time.monotonic() + 30
        while len(self.describe()["groups"][0]["members"]) < n:
            assert time.monotonic() < deadline, f"no {n} members"
            time.sleep(0.02)

    # ---- offsets ----

    def commit(self, member, epoch, partitions, version=9, group=None, topic="e1", metadata=None):
        answer = self.ask("OffsetCommit", version, groupId=group or self.group, generationIdOrMemberEpoch=epoch,
                          memberId=member, **({"groupInstanceId": None} if version >= 7 else {}),
                          **({"retentionTimeMs": -1} if version < 5 else {}),
                          topics=[{"name": topic, "partitions": [
                              {"partitionIndex": p, "committedOffset": 5, "committedMetadata": metadata,
                               **({"committedLeaderEpoch": -1} if version >= 6 else {})} for p in partitions]}])
        return [p["errorCode"] for t in answer["topics"] for p in t["partitions"]]

    def fetch(self, member, epoch, group=None):
        return self.ask("OffsetFetch", 9, requireStable=False, groups=[
            {"groupId": group or self.group, "memberId": member, "memberEpoch": epoch,
             "topics": [{"name": "e1", "partitionIndexes": [0, 9]}, {"name": "zz", "partitionIndexes": [0]}]}])


def in_order(x):
    """Lists of topics, groups and members have no order of their own."""
    if isinstance(x, dict):
        return {k: in_order(v) for k, v in x.items()}
    if isinstance(x, list):
        return sorted((in_order(v) for v in x), key=repr) if x and isinstance(x[0], dict) else x
    return x


def text(s):
    return struct.pack(">h", len(s)) + s.encode()


def topics(of):
    return struct.pack(">i", len(of)) + b"".join(
        text(t) + struct.pack(f">i{len(ps)}i", len(ps), *ps) for t, ps in of)


def subscription(names, owned=()):
    """A ConsumerProtocolSubscription of version 3."""
    body = struct.pack(">hi", 3, len(names)) + b"".join(text(n) for n in names) + struct.pack(">i", -1)
    return base64.b64encode(body + topics(owned) + struct.pack(">ih", -1, -1)).decode()


def assignment(of):
    return base64.b64encode(struct.pack(">h", 3) + topics(of) + struct.pack(">i", -1)).decode()


def partitions(answer):
    return [t["partitions"] for t in answer["assignment"]["topicPartitions"]][0] if answer["assignment"] else None


# ---- scenarios ----

def what_a_heartbeat_may_say(b):
    whole = dict(rebalanceTimeoutMs=30000, subscribedTopicNames=["e1"], topicPartitions=[])
    for change in (dict(groupId=""), dict(memberId=""), dict(memberEpoch=-3), dict(memberEpoch=1), dict(memberEpoch=-1),
                   dict(memberEpoch=-2), dict(rebalanceTimeoutMs=-1), dict(topicPartitions=None),
                   dict(subscribedTopicNames=None), dict(instanceId=""), dict(rackId=""), dict(serverAssignor="foo"),
                   dict(serverAssignor=""), dict(subscribedTopicRegex="(("), dict(subscribedTopicRegex="*a"),
                   dict(topicPartitions=[{"topicId": "AAAAAAAAAAAAAAAAAAAAAQ", "partitions": [0]}]),
                   dict(subscribedTopicNames=[])):
        yield change, b.beat("m", 0, **{**whole, **change})
    yield "described", b.describe_consumer(b.group, "none", "")


def epochs_and_offsets(b):
    yield "join", b.beat("m1", 0, [], True)
    yield "join", b.beat("m2", 0, [], True)
    had = b.beat("m1", 2)
    yield "to give up", had
    keep = partitions(had)
    lost = [p for p in range(6) if p not in keep]
    for epoch, of in ((2, lost), (2, keep), (1, keep)):
        yield f"commit with {epoch}", b.commit("m1", epoch, of[:1])
    yield "described", b.describe_consumer()
    yield "given up", b.beat("m1", 2, had["assignment"]["topicPartitions"])
    yield "taken", b.beat("m2", 3)
    for member, epoch, of, version in (("m1", 2, keep[:1], 9), ("m1", 2, lost[:1], 9), ("m1", 2, [keep[0], lost[0]], 9),
                                       ("m1", 1, keep[:1], 9), ("m1", 4, keep[:1], 9), ("m1", 3, lost[:1], 9),
                                       ("m1", 3, keep[:1], 8), ("mx", 3, keep[:1], 9), ("", -1, keep[:1], 9),
                                       ("m1", 3, [77, 0], 9), ("mx", 3, [77, 0], 9)):
        yield f"{member} commits with {epoch} in version {version}", b.commit(member, epoch, of, version)
    yield "too long", b.commit("m1", 3, [0], metadata="x" * 4097)
    for member, epoch in (("m1", 3), ("m1", 2), ("mx", 3), (None, -1), ("", -1)):
        yield f"{member} fetches with {epoch}", b.fetch(member, epoch)
    for epoch in (1, 2, 4, 99):
        yield f"a heartbeat with {epoch}", b.beat("m1", epoch)
    yield "of a stranger", b.beat("mx", 3)
    yield "delete offsets", b.ask("OffsetDelete", 0, groupId=b.group, topics=[
        {"name": n, "partitions": [{"partitionIndex": 0}]} for n in ("e1", "zz", "e2")])
    yield "not empty", b.ask("DeleteGroups", 2, groupsNames=[b.group, "none", ""])
    yield "leave", [b.beat("m1", -1), b.beat("m2", -1)]
    yield "empty", [b.commit("", -1, [0]), b.commit("m1", 3, [0]), b.describe_consumer()]
    yield "listed", b.ask("ListGroups", 5, statesFilter=["EMPTY"], typesFilter=["Consumer"])
    yield "deleted", b.ask("DeleteGroups", 2, groupsNames=[b.group])
    yield "a new one by an old epoch", [b.commit("m", 5, [0], 9, "n2"), b.commit("m", 5, [0], 8, "n2")]


def static_members(b):
    yield "join", b.beat("m1", 0, [], True, "i")
    yield "again", b.beat("m1", 0, [], True, "i")
    yield "another", b.beat("m2", 0, [], True, "i")
    yield "leave for a while", b.beat("m1", -2, instance="i")
    yield "no more", b.beat("m1", 2, instance="i")
    yield "another", b.beat("m2", 0, [], True, "i")
    for member, epoch, instance in (("m1", 2, "i"), ("m1", 2, "x"), ("m9", -1, "i"), ("m2", 2, "i"), ("m2", -1, "i")):
        yield f"{member} {epoch} {instance}", b.beat(member, epoch, instance=instance)


def what_the_classic_protocol_refuses(b):
    b.new_member("c1", "M1")  # a group that a refused request makes is in Apache's log, not in klamm's
    for change in (dict(groupId=""), dict(sessionTimeoutMs=1), dict(memberId="mm"), dict(protocolType=""),
                   dict(protocols=[])):
        yield change, b.join("c1", "", **change)
    for group in ("none", ""):
        yield f"group '{group}'", [
            b.ask("SyncGroup", 5, groupId=group, generationId=1, memberId="a", groupInstanceId=None, protocolType="x",
                  protocolName="a", assignments=[]),
            b.ask("Heartbeat", 4, groupId=group, generationId=1, memberId="a", groupInstanceId=None),
            b.ask("LeaveGroup", 5, groupId=group, members=[{"memberId": "a", "groupInstanceId": None, "reason": None}]),
            b.describe(group), b.describe(group, version=5)]
    for version in (1, 2, 5, 7):
        yield f"OffsetFetch {version}", b.ask("OffsetFetch", version, groupId="none", topics=[
            {"name": "e1", "partitionIndexes": [0]}], **({"requireStable": True} if version >= 7 else {}))
    yield "listed", b.ask("ListGroups", 5, statesFilter=["Foo"], typesFilter=["bar"])


def a_group_changes_its_protocol_and_back(b):
    m1 = b.new_member("c1", "M1")
    b.join("c1", m1, wait=False)
    b.wait_for_members(1)
    m2 = b.new_member("c2", "M2")
    b.join("c2", m2, wait=False)
    yield "joined", [b.read("c1"), b.read("c2")]
    b.sync("c2", m2, 1, wait=False)
    yield "synced", [b.sync("c1", m1, 1, [(m1, [("e1", [0, 1, 2])]), (m2, [("e1", [3, 4, 5])])]), b.read("c2")]
    yield "described", [b.describe(), b.heartbeat("c1", m1, 1)]
    yield "commit", [b.commit(m1, 1, [0]), b.commit(m1, 1, [1], 4)]
    yield "up", b.beat("new", 0, [], True)
    yield "described", [b.describe_consumer(), b.heartbeat("c1", m1, 1), b.heartbeat("c2", m2, 1)]
    yield "sync", b.sync("c1", m1, 1)
    for connection, member, had, left in (("c1", m1, [0, 1, 2], [0, 1]), ("c2", m2, [3, 4, 5], [3, 4])):
        for owned in (had, left):
            answer = b.join(connection, member, owned=[("e1", owned)])
            generation = answer["generationId"]
            yield f"{connection} joins with {owned}", [answer, b.sync(connection, member, generation),
                                                       b.heartbeat(connection, member, generation)]
    yield "the new one", [b.beat("new", 2), b.beat("new", 2), b.describe_consumer()]
    yield "another protocol", b.join("c9", "", protocols=("zzz",))
    yield "down", [b.beat("new", -1), b.describe()]
    yield "generations", [b.heartbeat("c1", m1, g) for g in (2, 3, 4)]
    yield "leave", b.ask("LeaveGroup", 5, groupId=b.group, members=[
        {"memberId": m, "groupInstanceId": None, "reason": None} for m in (m1, m2, "zz")])
    yield "new again", [b.describe(), b.beat("new2", 0, [], True), b.beat("new2", -1)]
    yield "deleted", b.ask("DeleteGroups", 2, groupsNames=[b.group])


SCENARIOS = [what_a_heartbeat_may_say, epochs_and_offsets, static_members, what_the_classic_protocol_refuses,
             a_group_changes_its_protocol_and_back]
