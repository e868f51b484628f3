"""Brokers on XFS of their own, on loop devices: grown online under a producer, filled to the last byte, and cut by the
death of their agents. A machine that gives us no loop device or no XFS cannot show it, and each test says so."""
import os
import random
import struct
import subprocess
import time
from pathlib import Path

import records
from harness import (Dev, Parts, broker_pids, cluster_request, kill9, long, mounts_of, processes_of, run, state_of,
                     until)
from operations_test import SEED, Cluster, Load

MIB, GIB = 1 << 20, 1 << 30
PARTITIONS = 6


def devices_of(folder):
    """Loop devices whose file lies below `folder`."""
    found = []
    for path in Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            found += [path.parts[3]] if str(folder) in path.read_text() else []
        except OSError:  # detached meanwhile
            pass
    return found


def nothing_is_left(folder):
    until(lambda: not mounts_of(folder) and not devices_of(folder), 5,
          f"no mount and no loop device: {mounts_of(folder)} {devices_of(folder)}")


def why_not():
    """None: this machine can. The agent itself tries, and says why it cannot."""
    with Parts() as parts:
        parts.volume_driver = "auto"
        parts.start_klammd()
        parts.start_agent("a")
        line = until(lambda: [s for s in parts.log("agent-a").splitlines() if "volume_driver " in s], 15, "its choice")[0]
        nothing_is_left(parts.dir)
        return None if "driver=loop" in line else line.split("reason=", 1)[1]


REFUSED = why_not()


def on_loop_devices(test):
    def tried():
        if REFUSED:
            return f"NOT SHOWN ON THIS MACHINE, WHICH HAS NO VOLUMES ON LOOP DEVICES: {REFUSED}"
        return test()
    tried.__name__ = test.__name__
    tried.__dict__.update(test.__dict__)
    return tried


class Loops(Cluster):
    """A cluster whose brokers have volumes on loop devices."""

    volume_driver = "loop"

    def volumes(self):
        """{broker id: its directory}"""
        return {int(p.name.split("-")[1]): p for p in self.parts.dir.glob("agents/*/processes/*/broker-*")}

    def room(self):
        """{broker id: (bytes of its file system, free ones)}"""
        found = {}
        for broker, folder in self.volumes().items():
            v = os.statvfs(folder / "data")
            found[broker] = (v.f_blocks * v.f_frsize, v.f_bavail * v.f_frsize)
        return found

    def logs(self):
        return [(folder / "log.txt").read_text() for folder in self.volumes().values()]

    def grow(self, gib):
        return self.client.update_broker_storage(
            ClusterArn=self.arn, CurrentVersion=self.version(),
            TargetBrokerEBSVolumeInfo=[dict(KafkaBrokerNodeId="All", VolumeSizeGB=gib)])["ClusterOperationArn"]

    def delete(self):
        self.client.delete_cluster(ClusterArn=self.arn)
        until(lambda: state_of(self.client, self.arn) == "GONE", 30, "the cluster's end")
        nothing_is_left(self.parts.dir)
        assert not list(self.parts.dir.glob("agents/*/processes/*/*")), "something is left of its volumes"


@on_loop_devices
def volumes_are_grown_online_under_a_producer_and_removed_with_the_cluster():
    with Loops(volume_gib=1) as c:
        with Load(c.bootstrap) as load:
            folder, before = c.parts.dir, c.pids()
            assert len(mounts_of(folder)) == len(devices_of(folder)) == 3, mounts_of(folder)
            assert all(0.9 * GIB < total <= GIB for total, _ in c.room().values()), c.room()
            assert all((d / "volume.img").stat().st_blocks * 512 < GIB for d in c.volumes().values()), "not sparse"
            until(lambda: load.count >= 600, 30, "records flow")
            count, began = load.count, time.monotonic()
            c.finished(c.grow(20))
            seconds = time.monotonic() - began
            assert all(19.5 * GIB < total <= 20 * GIB for total, _ in c.room().values()), c.room()
            until(lambda: load.count > count + 300, 30, "records flow on")
            assert c.pids() == before
        c.delete()
    return f"1 to 20 GiB in {seconds:.2f} s, {load.count} records"


def fill_to_the_last_byte(path):
    with open(path, "wb", buffering=0) as f:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    f.write(b"x" * size)
            except OSError as error:
                assert error.errno == 28, error


def there(bootstrap, topic, numbers):
    """Each of these records can be read."""
    found = {struct.unpack(">q", v[:8])[0] for v in records.consume(bootstrap, topic, PARTITIONS).values()}
    assert numbers <= found, f"{len(numbers - found)} acknowledged records are lost"


@long
@on_loop_devices
def a_volume_filled_to_the_last_byte_serves_again_by_itself_when_it_has_grown():
    with Loops(volume_gib=1) as c:
        records.create_topic(c.bootstrap, "full", PARTITIONS, replicas=3, config={"min.insync.replicas": "2"})
        acked = records.produce(c.bootstrap, "full", PARTITIONS, range(5000), SEED)
        assert len(acked) == 5000
        # All that there is, to the byte: what a broker keeps free for itself is taken from it too.
        for folder in c.volumes().values():
            fill_to_the_last_byte(folder / "data/ballast")
        assert all(free < 65536 for _, free in c.room().values()), c.room()  # what XFS gives to nobody's files
        before = c.pids()
        refused = records.produce(c.bootstrap, "full", PARTITIONS, range(5000, 9000), SEED,
                                  **{"message.timeout.ms": 4000})
        until(lambda: all("produce_refused" in log for log in c.logs()), 10, "every broker refuses writes")
        there(c.bootstrap, "full", acked | refused)  # reads go on
        arn, began = c.grow(11), time.monotonic()
        more = records.produce(c.bootstrap, "full", PARTITIONS, range(9000, 9100), SEED)
        seconds = time.monotonic() - began
        assert len(more) == 100
        c.finished(arn)
        assert c.pids() == before, "a broker was started again"
        there(c.bootstrap, "full", acked | refused | more)
        c.delete()
    return f"{len(refused)} of 4000 records were taken when no byte was left; {seconds:.2f} s from the call to writes"


@on_loop_devices
def after_the_machines_restart_volumes_are_mounted_again():
    with Loops(volume_gib=1) as c:
        records.create_topic(c.bootstrap, "kept", PARTITIONS, replicas=3)
        assert len(records.produce(c.bootstrap, "kept", PARTITIONS, range(2000))) == 2000
        for zone in "abc":
            c.parts.kill(f"agent-{zone}")
        until(lambda: kill9(broker_pids(c.parts.dir)) or not broker_pids(c.parts.dir), 10, "the end of all brokers")
        for path in mounts_of(c.parts.dir):
            subprocess.run(["umount", path], check=True)
        nothing_is_left(c.parts.dir)
        for zone in "abc":
            c.parts.start_agent(zone)
        records.wait_for_leaders(c.bootstrap, "kept", PARTITIONS)
        assert len(mounts_of(c.parts.dir)) == 3
        records.check_equal(c.bootstrap, "kept", PARTITIONS, 2000)
        c.delete()


@on_loop_devices
def klamm_dev_leaves_nothing_mounted_and_finds_its_volumes_again():
    with Dev("--volume-driver", "loop") as dev:
        records.create_topic(dev.bootstrap, "kept", 3, replicas=3)
        assert len(records.produce(dev.bootstrap, "kept", 3, range(1000))) == 1000
        assert len(mounts_of(dev.dir)) == 3
        assert dev.stop() == 0 and not processes_of(dev.dir)
        nothing_is_left(dev.dir)
        dev.start()
        records.check_equal(dev.bootstrap, "kept", 3, 1000)
        assert len(mounts_of(dev.dir)) == 3
        assert dev.stop() == 0
        nothing_is_left(dev.dir)


def disturb(parts, rng):
    """Kills agents at moments of the next seconds, each of which comes back."""
    for _ in range(rng.randrange(2, 5)):
        time.sleep(rng.uniform(0, 0.25))
        zone = rng.choice("abc")
        parts.kill(f"agent-{zone}")
        time.sleep(rng.uniform(0, 0.05))
        parts.start_agent(zone)


def made_grown_and_deleted(rounds):
    rng = random.Random(SEED)
    with Parts() as parts:
        parts.volume_driver = "loop"
        parts.start()
        client = parts.client()
        for n in range(rounds):
            request = cluster_request(f"cut-{n}")
            request["BrokerNodeGroupInfo"]["StorageInfo"] = {"EbsStorageInfo": {"VolumeSize": 1}}
            arn = client.create_cluster(**request)["ClusterArn"]
            disturb(parts, rng)
            until(lambda: state_of(client, arn) == "ACTIVE", 60, "ACTIVE")
            client.update_broker_storage(
                ClusterArn=arn, CurrentVersion=client.describe_cluster(ClusterArn=arn)["ClusterInfo"]["CurrentVersion"],
                TargetBrokerEBSVolumeInfo=[dict(KafkaBrokerNodeId="All", VolumeSizeGB=11)])
            disturb(parts, rng)
            until(lambda: state_of(client, arn) == "ACTIVE", 60, "ACTIVE again")
            # Not that of an agent that was killed and tries out again what it can do.
            sizes = [os.statvfs(path) for path in mounts_of(parts.dir) if "/volume-probe/" not in path]
            assert len(sizes) == 3 and all(v.f_blocks * v.f_frsize > 10.5 * GIB for v in sizes), sizes
            client.delete_cluster(ClusterArn=arn)
            disturb(parts, rng)
            until(lambda: state_of(client, arn) == "GONE", 60, "GONE")
            nothing_is_left(parts.dir)
            assert not list(parts.dir.glob("agents/*/processes/*")), "directories are left"
    return f"{rounds} rounds, KLAMM_SEED={SEED}"


@on_loop_devices
def agents_killed_while_volumes_are_made_grown_and_deleted_leave_nothing():
    return made_grown_and_deleted(2)


@long
@on_loop_devices
def agents_killed_again_and_again_leave_nothing():
    return made_grown_and_deleted(15)


if __name__ == "__main__":
    run([
        volumes_are_grown_online_under_a_producer_and_removed_with_the_cluster,
        a_volume_filled_to_the_last_byte_serves_again_by_itself_when_it_has_grown,
        after_the_machines_restart_volumes_are_mounted_again,
        klamm_dev_leaves_nothing_mounted_and_finds_its_volumes_again,
        agents_killed_while_volumes_are_made_grown_and_deleted_leave_nothing,
        agents_killed_again_and_again_leave_nothing,
    ])
