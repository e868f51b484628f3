"""Requests about share groups to one broker; what it answered, without what varies.

Each scenario is a generator of (what, answer) that a cluster of Apache Kafka and one of klamm must give alike."""
import re
import time

from confluent_kafka import Producer

TOPICS = {"s1": 2, "s2": 1}
NO_UUID = "AAAAAAAAAAAAAAAAAAAAAA"


def without(answer):
    """Records as whether there are any; no texts, no times; topics by name, which Apache keeps in a hash map."""
    if isinstance(answer, dict):
        return {k: bool(v) if k == "records" else without(v) for k, v in sorted(answer.items())
                if k not in ("errorMessage", "acknowledgeErrorMessage", "throttleTimeMs", "heartbeatIntervalMs",
                             "nodeEndpoints", "clientHost")}
    if isinstance(answer, list):
        return sorted((without(v) for v in answer), key=lambda v: v.get("topicName", "") if isinstance(v, dict) else "")
    return answer


class Broker:
    def __init__(self, tool, address, group):
        self.tool, self.address, self.group, self.names, self.epochs = tool, address, group, {}, {}

    def ask(self, api, version, connection="c", **body):
        return self.tool.ask(self.address, api, version, connection, **body)

    def plain(self, answer):
        text = repr(without(answer))
        for name, by in self.names.items():
            text = text.replace(name, by)
        return re.sub(r"127\.\d+\.\d+\.\d+", "HOST", text)

    def prepare(self):
        topics = [{"name": self.topic(n), "numPartitions": p, "replicationFactor": 1, "assignments": [], "configs": []}
                  for n, p in TOPICS.items()]
        self.ask("CreateTopics", 7, topics=topics, timeoutMs=10000, validateOnly=False)
        self.wait(lambda: not self.ask("FindCoordinator", 6, keyType=0, coordinatorKeys=[self.group])
                  ["coordinators"][0]["errorCode"], "a coordinator")
        found = self.ask("Metadata", 12, topics=[{"topicId": NO_UUID, "name": self.topic(n)} for n in TOPICS],
                         allowAutoTopicCreation=False, includeTopicAuthorizedOperations=False)
        self.ids = {n: next(t["topicId"] for t in found["topics"] if t["name"] == self.topic(n)) for n in TOPICS}
        self.names.update({i: n.upper() for n, i in self.ids.items()})
        self.configure("share.auto.offset.reset", "earliest")
        for n, id in self.ids.items():
            key = f"{self.group}:{id}:0"
            self.wait(lambda k=key: not self.ask("FindCoordinator", 6, keyType=2, coordinatorKeys=[k])
                      ["coordinators"][0]["errorCode"], "a share coordinator")

    def topic(self, name):
        return f"{self.group}-{name}"

    def wait(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"no {what}"
            time.sleep(0.2)

    def configure(self, name, value):
        resource = {"resourceType": 32, "resourceName": self.group,
                    "configs": [{"name": name, "configOperation": 0, "value": value}]}
        self.ask("IncrementalAlterConfigs", 1, resources=[resource], validateOnly=False)
        time.sleep(0.5)

    def produce(self, name, partition, batches):
        """Batches of so many records."""
        p = Producer({"bootstrap.servers": self.address, "linger.ms": 200, "log_level": 0})
        for n in batches:
            for i in range(n):
                p.produce(self.topic(name), b"v", partition=partition)
            assert p.flush(20) == 0

    def beat(self, member, epoch, names=None, **other):
        body = dict(groupId=self.group, memberId=member, memberEpoch=epoch, rackId=None,
                    subscribedTopicNames=[self.topic(n) for n in names] if names is not None else None)
        return self.ask("ShareGroupHeartbeat", 1, **{**body, **other})

    def join(self, member, names=("s1",)):
        """Until it has something; the epoch it has then."""
        found = self.beat(member, 0, names)
        def has():
            nonlocal found
            if found.get("assignment") and found["assignment"]["topicPartitions"]:
                return True
            found = self.beat(member, found["memberEpoch"], names)
            return False
        self.wait(has, f"assignment of {member}")
        return found["memberEpoch"]

    def fetch(self, member, epoch=None, parts=(), acks=(), forget=(), wait=500, version=2, **other):
        """parts: (topic, partition); acks: (topic, partition, first, last, types)."""
        if epoch is None:
            epoch = self.epochs.get(member, 0)
        self.epochs[member] = epoch + 1
        body = dict(groupId=self.group, memberId=member, shareSessionEpoch=epoch, maxWaitMs=wait, minBytes=1,
                    maxBytes=1000000, maxRecords=500, batchSize=500, shareAcquireMode=0, isRenewAck=False,
                    topics=self.with_acks(parts, acks),
                    forgottenTopicsData=[{"topicId": self.ids[t], "partitions": [p]} for t, p in forget])
        return self.ask("ShareFetch", version, connection=member, **{**body, **other})

    def with_acks(self, parts, acks):
        topics = {}
        for t, p in [*parts, *((a[0], a[1]) for a in acks)]:
            topics.setdefault(t, {}).setdefault(p, [])
        for t, p, first, last, types in acks:
            topics[t][p].append({"firstOffset": first, "lastOffset": last, "acknowledgeTypes": types})
        return [{"topicId": self.ids.get(t, t), "partitions": [{"partitionIndex": p, "acknowledgementBatches": b}
                                                               for p, b in found.items()]}
                for t, found in topics.items()]

    def ack(self, member, *acks, epoch=None, renew=False, version=2):
        if epoch is None:
            epoch = self.epochs.get(member, 0)
        self.epochs[member] = epoch + 1
        return self.ask("ShareAcknowledge", version, connection=member, groupId=self.group, memberId=member,
                        shareSessionEpoch=epoch, isRenewAck=renew, topics=self.with_acks((), acks))

    def offsets(self, names=None):
        topics = None if names is None else [{"topicName": self.topic(n), "partitions": p} for n, p in names]
        return self.ask("DescribeShareGroupOffsets", 1, groups=[{"groupId": self.group, "topics": topics}])

    @staticmethod
    def by_name(answer):
        answer["responses"].sort(key=lambda t: t["topicName"])
        return answer

    def describe(self, *groups):
        return self.ask("ShareGroupDescribe", 1, groupIds=list(groups or [self.group]), includeAuthorizedOperations=True)


def membership(b):
    yield "unknown group", b.beat("m1", 3)
    yield "no member id", b.beat("", 0, ["s1"])
    yield "no topics", b.beat("m1", 0)
    yield "empty topics", b.beat("m1", 0, [])
    yield "epoch -2", b.beat("m1", -2, ["s1"])
    yield "empty rack", b.beat("m1", 0, ["s1"], rackId="")
    yield "no group id", b.beat("m1", 0, ["s1"], groupId="")
    yield "describe none", b.describe()
    epoch = b.join("m1", ["s1"])
    yield "greater epoch", b.beat("m1", epoch + 5)
    yield "unknown member", b.beat("m2", 1)
    full = b.beat("m1", epoch, ["s1"])
    yield "full", {**full, "memberEpoch": full["memberEpoch"] - epoch}
    short = b.beat("m1", epoch)
    yield "short", {**short, "memberEpoch": short["memberEpoch"] - epoch}
    group = b.describe()["groups"][0]
    yield "described", {k: v for k, v in group.items() if k not in ("groupEpoch", "assignmentEpoch", "members")}
    yield "members", [{k: v for k, v in m.items() if k != "memberEpoch"} for m in group["members"]]
    yield "listed", [g for g in b.ask("ListGroups", 5, statesFilter=[], typesFilter=["share"])["groups"]
                     if g["groupId"] == b.group]
    yield "described as classic", b.ask("DescribeGroups", 6, groups=[b.group], includeAuthorizedOperations=False)
    yield "described as consumer", b.ask("ConsumerGroupDescribe", 1, groupIds=[b.group], includeAuthorizedOperations=False)
    yield "joined as classic", b.ask("JoinGroup", 9, groupId=b.group, sessionTimeoutMs=30000, rebalanceTimeoutMs=20000,
                                     memberId="x", groupInstanceId=None, protocolType="consumer", reason=None,
                                     protocols=[{"name": "range", "metadata": ""}])
    yield "joined as consumer", b.ask("ConsumerGroupHeartbeat", 1, groupId=b.group, memberId="x", memberEpoch=0,
                                      instanceId=None, rackId=None, rebalanceTimeoutMs=30000, subscribedTopicNames=["s1"],
                                      subscribedTopicRegex=None, serverAssignor=None, topicPartitions=[])
    yield "alter while not empty", b.ask("AlterShareGroupOffsets", 0, groupId=b.group, topics=[])
    yield "delete while not empty", b.ask("DeleteGroups", 2, groupsNames=[b.group])
    yield "left", b.beat("m1", -1)
    yield "left again", b.beat("m1", -1)
    yield "empty", {k: v for k, v in b.describe()["groups"][0].items() if k not in ("groupEpoch", "assignmentEpoch")}
    yield "deleted", b.ask("DeleteGroups", 2, groupsNames=[b.group])
    yield "deleted again", b.ask("DeleteGroups", 2, groupsNames=[b.group])


def delivery(b):
    b.produce("s1", 0, [10, 10, 10])
    b.join("m1")
    part = ("s1", 0)
    yield "no session", b.fetch("m1", 1, [part])
    yield "acks in a new session", b.fetch("m1", 0, [part], [("s1", 0, 0, 0, [1])])
    yield "no member", b.fetch("", 0, [part])
    yield "long member", b.fetch("m" * 37, 0, [part])
    yield "first", b.fetch("m1", 0, [part], maxRecords=10)
    yield "wrong epoch", b.fetch("m1", 7, [part])
    yield "second", b.fetch("m1", 1, [], maxRecords=5)
    yield "ack epoch 0", b.ack("m1", ("s1", 0, 0, 0, [1]), epoch=0)
    yield "ack wrong epoch", b.ack("m1", ("s1", 0, 0, 0, [1]), epoch=9)
    yield "ack no session", b.ack("m9", ("s1", 0, 0, 0, [1]), epoch=1)
    yield "accept some", b.ack("m1", ("s1", 0, 0, 4, [1]), epoch=2)
    yield "accept again", b.ack("m1", ("s1", 0, 0, 4, [1]))
    yield "release and reject", b.ack("m1", ("s1", 0, 5, 9, [2, 3, 1, 0, 2]))
    yield "offsets", b.offsets()
    yield "unknown type", b.ack("m1", ("s1", 0, 10, 10, [5]))
    yield "renew not said", b.ack("m1", ("s1", 0, 10, 10, [4]))
    yield "reversed", b.ack("m1", ("s1", 0, 12, 10, [1]))
    yield "wrong number", b.ack("m1", ("s1", 0, 10, 12, [1, 1]))
    yield "no types", b.ack("m1", ("s1", 0, 10, 12, []))
    yield "overlapping", b.ack("m1", ("s1", 0, 10, 12, [1]), ("s1", 0, 12, 13, [1]))
    yield "unknown partition", b.ack("m1", ("s1", 9, 10, 12, [1]))
    yield "unknown topic", b.ack("m1", ("3RpnzpyZQrmJ8jF4FBXbFg", 0, 10, 12, [1]))
    yield "another's", b.fetch("m2", 0, [part])
    yield "not its own", b.ack("m2", ("s1", 0, 10, 12, [1]))
    yield "renewed", b.ack("m1", ("s1", 0, 10, 12, [4]), renew=True)
    yield "renewal with wishes", b.fetch("m1", None, [], [("s1", 0, 13, 13, [4])], isRenewAck=True)
    yield "renewal by fetch", b.fetch("m1", b.epochs["m1"] - 1, [], [("s1", 0, 13, 13, [4])], wait=0, isRenewAck=True,
                                      maxBytes=0, minBytes=0, maxRecords=0)
    yield "beyond", b.ack("m1", ("s1", 0, 28, 35, [1]))
    yield "acks by fetch", b.fetch("m1", None, [], [("s1", 0, 10, 14, [1])], wait=0)
    yield "closed", b.ack("m1", ("s1", 0, 15, 15, [1]), epoch=-1)
    yield "after the close", b.fetch("m2", None, [])
    yield "closed by fetch", b.fetch("m2", -1, [], [("s1", 0, 5, 5, [1])])
    yield "anew", b.fetch("m3", 0, [part])
    yield "and nothing is left", b.fetch("m3", 1, [], wait=100)
    yield "not there", b.fetch("m3", 2, [("s1", 7)], wait=100)


def offsets(b):
    b.produce("s1", 0, [10])
    b.produce("s1", 1, [5])
    yield "none", b.offsets()
    b.join("m1")
    yield "fetched", b.fetch("m1", 0, [("s1", 0)])
    yield "accepted", b.ack("m1", ("s1", 0, 2, 3, [1]))
    yield "all", b.offsets()
    yield "accepted more", b.ack("m1", ("s1", 0, 0, 1, [1]))
    yield "all of it", b.ack("m1", ("s1", 0, 4, 9, [1]), epoch=-1)
    # klamm tells the start that the last write made, Apache the one before it; what is left is the same
    yield "all", [p["lag"] for p in b.offsets()["groups"][0]["topics"][0]["partitions"]]
    b.beat("m1", -1)
    alter = [{"topicName": b.topic("s1"), "partitions": [{"partitionIndex": 0, "startOffset": 3},
                                                         {"partitionIndex": 8, "startOffset": 3}]},
             {"topicName": "none", "partitions": [{"partitionIndex": 0, "startOffset": 3}]}]
    yield "altered", b.by_name(b.ask("AlterShareGroupOffsets", 0, groupId=b.group, topics=alter))
    time.sleep(1)
    yield "after it", b.offsets()
    # Apache looks for a partition that is not there for almost 30 s, as long as a lock lasts: none is held here
    yield "some", b.offsets([("s1", [0, 5]), ("s2", [0])])
    yield "deleted", b.ask("DeleteShareGroupOffsets", 0, groupId=b.group, topics=[{"topicName": b.topic("s1")},
                                                                                  {"topicName": "none"}])
    time.sleep(1)
    yield "after it", b.offsets()
    yield "of no group", b.ask("DeleteShareGroupOffsets", 0, groupId="nobody", topics=[{"topicName": b.topic("s1")}])
    yield "altered of none", b.by_name(b.ask("AlterShareGroupOffsets", 0, groupId="nobody", topics=alter))


def state(b):
    """The five requests between brokers."""
    one = dict(groupId=b.group)
    id = b.ids["s2"]

    def topics(**data):
        return [{"topicId": id, "partitions": [{"partition": 0, **data}]}]

    def write(**data):
        return b.ask("WriteShareGroupState", 1, **one, topics=topics(**{**dict(
            stateEpoch=1, leaderEpoch=2, startOffset=0, deliveryCompleteCount=0, stateBatches=[]), **data}))

    def batch(first, last, state, count):
        return {"firstOffset": first, "lastOffset": last, "deliveryState": state, "deliveryCount": count}

    yield "summary of none", b.ask("ReadShareGroupStateSummary", 1, **one, topics=topics(leaderEpoch=0))
    yield "read of none", b.ask("ReadShareGroupState", 0, **one, topics=topics(leaderEpoch=0))
    yield "write of none", write()
    yield "delete of none", b.ask("DeleteShareGroupState", 0, **one, topics=topics())
    yield "initialised", b.ask("InitializeShareGroupState", 0, **one, topics=topics(stateEpoch=1, startOffset=-1))
    yield "read", b.ask("ReadShareGroupState", 0, **one, topics=topics(leaderEpoch=2))
    yield "read by an older leader", b.ask("ReadShareGroupState", 0, **one, topics=topics(leaderEpoch=1))
    yield "written", write(startOffset=5, stateBatches=[batch(5, 9, 2, 1), batch(12, 20, 0, 2)])
    yield "older leader", write(leaderEpoch=1)
    yield "older state", write(stateEpoch=0)
    yield "over it", write(startOffset=-1, deliveryCompleteCount=7, stateBatches=[batch(8, 13, 4, 3)])
    yield "read", b.ask("ReadShareGroupState", 0, **one, topics=topics(leaderEpoch=2))
    yield "moved", write(startOffset=9)
    yield "read", b.ask("ReadShareGroupState", 0, **one, topics=topics(leaderEpoch=2))
    yield "summary", b.ask("ReadShareGroupStateSummary", 1, **one, topics=topics(leaderEpoch=2))
    yield "initialised anew", b.ask("InitializeShareGroupState", 0, **one, topics=topics(stateEpoch=2, startOffset=40))
    yield "summary", b.ask("ReadShareGroupStateSummary", 1, **one, topics=topics(leaderEpoch=2))
    yield "initialised by an older", b.ask("InitializeShareGroupState", 0, **one, topics=topics(stateEpoch=1, startOffset=0))
    yield "negative partition", b.ask("ReadShareGroupState", 0, **one, topics=[
        {"topicId": id, "partitions": [{"partition": -1, "leaderEpoch": 0}]}])
    yield "unknown partition", b.ask("InitializeShareGroupState", 0, **one, topics=[
        {"topicId": id, "partitions": [{"partition": 77, "stateEpoch": 0, "startOffset": 0}]}])
    yield "deleted", b.ask("DeleteShareGroupState", 0, **one, topics=topics())
    yield "summary", b.ask("ReadShareGroupStateSummary", 1, **one, topics=topics(leaderEpoch=2))
    yield "bad key", b.ask("FindCoordinator", 6, keyType=2, coordinatorKeys=["nonsense", f"g:{NO_UUID}:x"])


SCENARIOS = (membership, delivery, offsets, state)
