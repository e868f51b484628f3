"""Bytes that rot and devices that fail under real brokers: what another replica has is fetched anew, what nobody
else has is kept and said to be damaged, and what was acknowledged is read back."""
import time

from confluent_kafka import Consumer, TopicPartition

from harness import PATIENCE, run, until
from disk import preloaded
from nodes import Node
from replication_test import LONG, WHOLE_SECONDS, Cluster, end_of, read, write


class BreakableNode(Node):
    """Its device fails while breaks() says so."""

    def _argv(self, *words):
        argv = super()._argv(*words)
        if words[0] == "format":
            return argv
        return ["env", f"LD_PRELOAD={preloaded('broken')}", f"DISK_BROKEN={self.dir / 'broken'}", *argv]

    def breaks(self, acts, directory):
        new = self.dir / "broken.new"
        new.write_text(f"{acts} {self.dir / directory}/\n")
        new.rename(self.dir / "broken")

    def log_text(self):
        return (self.dir / "log.txt").read_text(errors="replace")


class BreakableCluster(Cluster):
    node_class = BreakableNode


def flip(path, at, n=1):
    with open(path, "r+b") as f:
        f.seek(at)
        old = f.read(n)
        f.seek(at)
        f.write(bytes(b ^ 0x20 for b in old))


def segments(node, name):
    return sorted((node.dir / "data" / name).glob("*.log"))


def values(records):
    return [records[offset] for offset in sorted(records)]


def a_damaged_follower_is_cut_at_the_damage_and_fetched_anew():
    with BreakableCluster() as c:
        c.topic("rot")
        c.wait_whole("rot")
        for _ in range(3):  # batches behind the damage, which else were a torn tail
            assert not write(c, "rot", 1000, 300)
        victim = next(b for b in c.brokers if b is not c.leader("rot"))
        victim.kill()
        log = segments(victim, "rot-0")[0]
        flip(log, log.stat().st_size // 2)
        victim.start()
        until(lambda: "replica_repaired topic=rot partition=0" in victim.log_text(), WHOLE_SECONDS, "the repair")
        assert "replica_damaged topic=rot partition=0" in victim.log_text()
        c.wait_whole("rot")
        assert len(read(c, "rot", least=3000)) == 3000
        return f"{c.check_equal('rot')} bytes"


def a_damaged_leader_lets_another_one_lead():
    """All brokers die; what the leader has not flushed yet rots in the middle. It returns first: were the others
    back before it, it would be the last in-sync replica, which nobody may replace."""
    with BreakableCluster() as c:
        c.topic("rot")
        c.wait_whole("rot")
        for _ in range(3):  # batches behind the damage, which else were a torn tail
            assert not write(c, "rot", 1000, 300)
        leader = c.leader("rot")
        for b in c.brokers:
            b.kill()
        log = segments(leader, "rot-0")[0]
        assert (leader.dir / "data/.boot_id").exists()
        (leader.dir / "data/recovery-point-offset-checkpoint").unlink(missing_ok=True)  # as if nothing were flushed
        flip(log, log.stat().st_size // 6)
        leader.start()
        until(lambda: "replica_damaged topic=rot partition=0" in leader.log_text(), 20, "it says that it is damaged", 0.1)
        for b in c.brokers:
            if b is not leader:
                b.start()
        until(lambda: "replica_repaired topic=rot partition=0" in leader.log_text(), 40, "it is repaired", 0.1)
        c.wait_whole("rot")
        assert len(read(c, "rot", least=3000)) == 3000
        return f"{c.check_equal('rot')} bytes"


def the_last_replica_is_not_touched_and_says_why():
    with BreakableCluster() as c:
        c.topic("alone", replicas=[[1]])
        c.topic("other", replicas=[[1]])
        for _ in range(3):  # batches behind the damage, which else were a torn tail
            assert not write(c, "alone", 1000, 300)
        assert not write(c, "other", 100)
        node = c.broker(1)
        node.kill()
        log = segments(node, "alone-0")[0]
        size, at = log.stat().st_size, log.stat().st_size // 2
        flip(log, at)
        node.start()
        until(lambda: "replica_damaged topic=alone" in node.log_text(), WHOLE_SECONDS, "the event")
        assert len(read(c, "other", least=100)) == 100

        def leaderless():
            p = c.partition("alone")
            return p and p.leader == -1
        until(leaderless, WHOLE_SECONDS, "nobody leads")
        failed = write(c, "alone", 1, seconds=2)
        assert failed and node.running(), failed
        assert log.stat().st_size == size, "the log was changed"
        assert node.terminate()
        flip(log, at)
        node.start()
        c.leader("alone")
        assert len(read(c, "alone", least=3000)) == 3000
        assert not write(c, "alone", 10)


def damage_found_by_a_reader_moves_the_leader_and_is_mended():
    """The head of the first batch of a sealed segment is overwritten under the running leader."""
    with BreakableCluster({"log.segment.bytes": 1048576}) as c:
        c.topic("read")
        c.wait_whole("read")
        assert not write(c, "read", 6000, 600)
        leader = c.leader("read")
        flip(segments(leader, "read-0")[1], 0, 61)
        begin = int(segments(leader, "read-0")[1].stem)
        assert len(consumed(c, "read", begin)) == 6000 - begin
        until(lambda: "replica_repaired topic=read partition=0" in leader.log_text(), WHOLE_SECONDS, "it is mended", 0.1)
        c.wait_whole("read")
        assert len(read(c, "read", least=6000)) == 6000
        return f"{c.check_equal('read')} bytes"


def metadata(node, kind):
    return sorted((node.dir / "data/__cluster_metadata-0").glob(kind))


def a_damaged_metadata_log_is_fetched_anew_by_a_broker_and_keeps_a_voter_down():
    with BreakableCluster() as c:
        c.topic("known", 3)
        c.wait_whole("known")
        assert not write(c, "known", 100)
        node = c.broker(2)
        for n in (1, 2):  # the log, then what was fetched anew
            node.kill()
            log = metadata(node, "*.log")[0]
            flip(log, log.stat().st_size // 3, 8)
            node.start()
            until(lambda: node.log_text().count("metadata_log_damaged") == n, WHOLE_SECONDS, "it says so")
            until(lambda: node.log_text().count("broker_running") == n + 1, WHOLE_SECONDS, "it runs")
            c.wait_whole("known")
        assert len(list((node.dir / "data").glob("__cluster_metadata-0.*-stray"))) == 2
        assert not write(c, "known", 100, partition=1)
        assert len(read(c, "known")) == 100
        controller = c.controllers[0]
        controller.kill()
        log = metadata(controller, "*.log")[0]
        size = log.stat().st_size
        flip(log, size // 3, 8)
        controller.start()
        until(lambda: not controller.running(), 20, "the voter refuses the start", 0.05)
        assert log.stat().st_size == size and "metadata_log_damaged" not in controller.log_text()
        flip(log, size // 3, 8)
        controller.start()
        until(lambda: not write(c, "known", 1, seconds=5), WHOLE_SECONDS, "the cluster goes on", 0.1)


def consumed(cluster, topic, begin, seconds=30):
    """As `read`, by a consumer that goes on after an error of a batch or a broker."""
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap(), "group.id": "read", "log_level": 0,
                         "enable.auto.commit": False, "auto.offset.reset": "error", "check.crcs": True,
                         "topic.metadata.refresh.interval.ms": 500})
    at = TopicPartition(topic, 0, begin)

    upto = until(lambda: end_of(cluster, at), seconds, "the end offset", 0.1)
    consumer.assign([at])
    found, deadline = {}, time.monotonic() + seconds * PATIENCE
    while not found or max(found) + 1 < upto:
        assert time.monotonic() < deadline, f"{topic}: {len(found)} records up to {upto}"
        for m in consumer.consume(10000, 0.2):
            assert not m.error() or m.error().name() != "_AUTO_OFFSET_RESET", m.error()
            if not m.error():
                found[m.offset()] = m.value()
    consumer.close()
    return found


def device_fails(acts, provoke):
    """One of two directories: its replicas are served by others from now on, the rest is not disturbed."""
    with BreakableCluster({**LONG, "log.segment.bytes": 1048576}, log_dirs=("data", "more")) as c:
        c.topic("device", 8)
        c.wait_whole("device")
        for i in range(8):
            assert not write(c, "device", 300, 600, partition=i)
        leaders = [c.leader("device", i) for i in range(8)]
        led = next(i for i, b in enumerate(leaders) if (b.dir / f"more/device-{i}").exists())
        victim = leaders[led]
        lost = {int(p.name.split("-")[1]) for p in (victim.dir / "more").glob("device-*")}
        kept = set(range(8)) - lost
        assert lost and kept, (lost, kept)
        victim.breaks(acts, "more")
        provoke(c, led)
        until(lambda: c.leader("device", led) is not victim, 10, "another leader")
        assert "directory_offline" in victim.log_text() and victim.running()
        for i in range(8):
            failed = write(c, "device", 10, partition=i)
            assert not failed, (i, failed[0])
            assert len(read(c, "device", i, least=310)) >= 310
        until(lambda: all(victim.id in c.in_sync("device", i) for i in kept), 5, "it keeps the others")
        (victim.dir / "broken").unlink()
        victim.kill()
        victim.start()
        c.wait_whole("device")
        return f"{len(lost)} of 8 replicas, {acts}"


def a_device_that_does_not_take_writes_goes_offline():
    return device_fails("w", lambda c, i: write(c, "device", 50, partition=i))


def a_device_that_does_not_give_back_goes_offline():
    return device_fails("r", lambda c, i: consumed_all(c, i))


def consumed_all(c, i):
    consumer = Consumer({"bootstrap.servers": c.bootstrap(), "group.id": "read", "log_level": 0,
                         "enable.auto.commit": False, "topic.metadata.refresh.interval.ms": 500})
    consumer.assign([TopicPartition("device", i, 0)])
    found, deadline = 0, time.monotonic() + 20 * PATIENCE
    while found < 300 and time.monotonic() < deadline:
        found += sum(not m.error() for m in consumer.consume(1000, 0.2))
    consumer.close()
    assert found >= 300, found


def the_last_directory_ends_the_process():
    with BreakableCluster() as c:
        c.topic("last")
        c.wait_whole("last")
        assert not write(c, "last", 100)
        victim = c.leader("last")
        victim.breaks("w", "data")
        assert not write(c, "last", 100)
        until(lambda: not victim.running(), 10, "it ended")
        assert victim.process.returncode == 1
        (victim.dir / "broken").unlink()
        victim.start()
        c.wait_whole("last")
        assert len(read(c, "last", least=200)) >= 200
        return f"{c.check_equal('last')} bytes"


if __name__ == "__main__":
    run([a_damaged_follower_is_cut_at_the_damage_and_fetched_anew, a_damaged_leader_lets_another_one_lead,
         the_last_replica_is_not_touched_and_says_why,
         a_damaged_metadata_log_is_fetched_anew_by_a_broker_and_keeps_a_voter_down, damage_found_by_a_reader_moves_the_leader_and_is_mended,
         a_device_that_does_not_take_writes_goes_offline, a_device_that_does_not_give_back_goes_offline,
         the_last_directory_ends_the_process])
