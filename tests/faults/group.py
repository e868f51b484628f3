"""A consumer group of one member: reads everything at least once, in order, and commits as it goes.

What it may not see: a record skipped, or a commit that was acknowledged and is gone.
"""
import time

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaException, TopicPartition

COMMIT_SECONDS = 0.3
COMMIT_LOST_SECONDS = 10
CONFIG = {"enable.auto.commit": False, "auto.offset.reset": "earliest", "session.timeout.ms": 6000,
          "heartbeat.interval.ms": 500, "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 500,
          "socket.timeout.ms": 5000, "fetch.wait.max.ms": 100, "log_level": 0}
# What a group hears when its coordinator is away, is loading, or has begun another generation.
PASSING = ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_WAIT_COORD", "_NO_OFFSET", "_RESOLVE",
           "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS", "NOT_COORDINATOR", "REBALANCE_IN_PROGRESS",
           "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "REQUEST_TIMED_OUT", "_TIMED_OUT_QUEUE", "_STATE",
           "LEADER_NOT_AVAILABLE", "NOT_LEADER_FOR_PARTITION", "_DESTROY", "_ASSIGNMENT_LOST", "_REVOKE_PARTITIONS",
           "GROUP_ID_NOT_FOUND",  # of a deposed coordinator that has never heard of the group
           "NOT_ENOUGH_REPLICAS", "KAFKA_STORAGE_ERROR", "OFFSET_NOT_AVAILABLE", "UNKNOWN_LEADER_EPOCH",
           "FENCED_LEADER_EPOCH", "REPLICA_NOT_AVAILABLE", "_MAX_POLL_EXCEEDED")


class Group:
    def __init__(self, bootstrap, topic, partitions):
        self.topic, self.partitions, self.wrong = topic, partitions, []
        self.next = [0] * partitions       # the first that was not read
        self.committed = [0] * partitions  # acknowledged
        self.commits, self.assignments, self.last_commit = 0, 0, time.monotonic()
        self.committing = self.read = False  # `read`: something that was not committed
        self.consumer = Consumer({**CONFIG, "bootstrap.servers": bootstrap, "group.id": "accounted-group",
                                  "on_commit": self.on_commit, "error_cb": self.on_error})
        self.consumer.subscribe([topic], on_assign=self.on_assign)

    def on_error(self, error):
        if error.name() not in PASSING:
            self.wrong.append(f"the group: {error}")

    def on_assign(self, _, __):
        self.assignments += 1

    def on_commit(self, error, partitions):
        self.committing = False
        if error is not None:
            self.on_error(error)
            return
        for p in partitions:
            if p.error is not None:
                self.on_error(p.error)
            elif p.offset >= 0:
                self.committed[p.partition] = p.offset
                self.commits += 1

    def poll(self, seconds=0.0):
        for m in self.consumer.consume(500, seconds):
            if m.error():
                self.on_error(m.error())
                continue
            self.note(m.partition(), m.offset())
        if time.monotonic() - self.last_commit >= COMMIT_SECONDS:
            self.commit()

    def note(self, partition, offset):
        """Read again from what was committed: fine. Read from behind what was never read: a commit that nobody made."""
        if offset > self.next[partition]:
            self.wrong.append(f"the group skipped partition {partition} from {self.next[partition]} to {offset}")
        if offset < self.committed[partition]:
            self.wrong.append(f"the group reads partition {partition} from {offset} again, {self.committed[partition]} "
                              "was committed")
        self.next[partition] = max(self.next[partition], offset + 1)
        self.read = True

    def commit(self):
        """One at a time: librdkafka sends one that was refused again, also after a later one."""
        now = time.monotonic()
        if not self.read or (self.committing and now - self.last_commit < COMMIT_LOST_SECONDS):
            return
        self.last_commit = now
        try:
            self.consumer.commit(asynchronous=True)
            self.committing, self.read = True, False
        except KafkaException as e:
            self.on_error(e.args[0])

    def finish(self, ends, seconds=60):
        """Everything was read, and the last commit can be asked for."""
        deadline = time.monotonic() + seconds
        while any(self.next[p] < ends[p] for p in range(self.partitions)) and time.monotonic() < deadline:
            self.poll(0.2)
        for p in range(self.partitions):
            if self.next[p] < ends[p]:
                self.wrong.append(f"the group read partition {p} to {self.next[p]} of {ends[p]} within {seconds} s")
        self.check_commits()
        self.consumer.close()
        return {"commits": self.commits, "assignments": self.assignments}

    def check_commits(self):
        asked = [TopicPartition(self.topic, p) for p in range(self.partitions)]
        for p in self.consumer.committed(asked, timeout=30):
            offset = 0 if p.offset == OFFSET_INVALID else p.offset
            if offset < self.committed[p.partition]:
                self.wrong.append(f"the group's commit of {self.committed[p.partition]} for partition {p.partition} was "
                                  f"acknowledged, and {offset} is there")
