"""Brokers come and go and partitions move, through klammd, under a producer; klammd, agents and brokers are killed
in the midst: nothing acknowledged is lost, zones hold, replicas and leaders are spread, no throttle is left."""
import json
import os
import signal
import time

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource

import raw
import records
from harness import PATIENCE, long, run, until
from operations_test import SEED, Cluster, Load, refused

FILLED = 12
THROTTLES = {"leader.replication.throttled.rate", "follower.replication.throttled.rate",
             "leader.replication.throttled.replicas", "follower.replication.throttled.replicas"}


def bootstrap_of(c):
    return c.client.get_bootstrap_brokers(ClusterArn=c.arn)["BootstrapBrokerString"]


def zones_of(c):
    """{broker id: subnet}"""
    return {int(n["BrokerNodeInfo"]["BrokerId"]): n["BrokerNodeInfo"]["ClientSubnet"]
            for n in c.client.list_nodes(ClusterArn=c.arn)["NodeInfoList"] if "BrokerNodeInfo" in n}


def placed(c):
    """{(topic, partition): metadata} of every topic."""
    topics = AdminClient({"bootstrap.servers": bootstrap_of(c)}).list_topics(timeout=10).topics
    return {(name, p.id): p for name, topic in topics.items() for p in topic.partitions.values()}


def throttles(c):
    """What is left of them, of any topic or broker."""
    wanted = [ConfigResource(ConfigResource.Type.TOPIC, name) for name, _ in placed(c)]
    wanted += [ConfigResource(ConfigResource.Type.BROKER, str(b)) for b in zones_of(c)]
    found = []
    admin = AdminClient({"bootstrap.servers": bootstrap_of(c)})
    for resource in set(wanted):  # a broker tells of itself alone
        entries = admin.describe_configs([resource])[resource].result(20)
        found += [f"{resource.name} {name}={e.value}" for name, e in entries.items()
                  if name in THROTTLES and e.value not in (None, "", "9223372036854775807")]
    return found


def fill(c, mib):
    """A topic of so many MiB a replica of everything, on the brokers that are there now."""
    records.create_topic(c.bootstrap, "filled", FILLED, replicas=3)
    records.fill(c.bootstrap, "filled", FILLED, mib, SEED)


def spread(c, brokers):
    """Every partition on these brokers alone, a replica in each zone, led by its first one; fair shares; no throttle.
    {broker: [replicas, leaders]}"""
    zones = zones_of(c)
    assert sorted(zones) == sorted(brokers), zones

    def led():
        try:
            return all(p.leader == p.replicas[0] and len(p.isrs) == 3 for p in placed(c).values())
        except KafkaException:
            return False
    until(led, 20, "every partition is led by its first replica, all in sync", 0.3)
    share = {b: [0, 0] for b in brokers}
    for (topic, number), p in placed(c).items():
        assert set(p.replicas) <= set(brokers), f"{topic}-{number}: {p.replicas}"
        assert len({zones[b] for b in p.replicas}) == len(p.replicas) == 3, f"{topic}-{number}: {p.replicas}"
        for b in p.replicas:
            share[b][0] += 1
        share[p.leader][1] += 1
    for column, what in enumerate(("replicas", "leaders")):
        mean = sum(s[column] for s in share.values()) / len(share)
        # By leaders only their number counts; replicas are spread by size, of which these topics differ little.
        assert all(abs(s[column] - mean) <= max(2, mean / 3) for s in share.values()), f"{what}: {share}"
    assert throttles(c) == []
    return share


def rebalance(c, *words):
    done = c.parts.klamm("rebalance", "ops", *words, "--no-follow", "-o", "json", ok=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def status(c):
    return rebalance(c, "--status") or {}


def mover(c, wish):
    """The agent that this rebalance was given to last."""
    def begins():
        return [(line.split()[0], f"agent-{z}") for z in "abc" for line in c.parts.log(f"agent-{z}").splitlines()
                if "rebalance_begins " in line and f" id={wish} " in line]
    return max(until(begins, 20, "an agent has begun", 0.05))[1]


def bring_back(c, victim):
    """klammd or an agent that was killed."""
    if victim == "klammd":
        c.parts.start_klammd()
    else:
        c.parts.start_agent(victim[-1])


def carried_on(mib, rate, victims, stays_away=False):
    """A rebalance onto three new brokers; each victim is killed while it moves. With `stays_away` the mover dies once
    more and another one goes on."""
    with Cluster() as c, Load(c.bootstrap) as load:
        fill(c, mib)
        steps = c.parts.klamm("cluster", "scale", "ops", "--brokers", "6", "--no-rebalance").stderr
        assert "[2/3] LAUNCH_BROKERS" in steps, steps
        rebalance(c, "--dry-run")
        until(lambda: status(c).get("over"), 20, "a plan", 0.1)
        dry = status(c)
        assert dry["state"] == "done" and dry["movesTotal"] > 0 and all(m["text"] for m in dry["moves"]), dry
        assert {b for (topic, _), p in placed(c).items() if topic == "filled" for b in p.replicas} == {1, 2, 3}
        began = time.monotonic()
        wish = rebalance(c, "--rate-mib", str(rate))["id"]
        for victim in victims:
            until(lambda: status(c).get("state") == "moving", 30, "it moves", 0.05)
            who = mover(c, wish) if victim == "mover" else victim
            c.parts.kill(who)
            bring_back(c, who)
        if stays_away:
            until(lambda: status(c).get("state") == "moving", 30, "it moves still", 0.05)
            away = mover(c, wish)
            c.parts.kill(away)
            until(lambda: mover(c, wish) != away, 30, "another agent goes on", 0.2)
        until(lambda: status(c).get("over"), 90, f"the end of the rebalance: {status(c)}", 0.1)
        seconds = time.monotonic() - began
        last = status(c)
        assert last["state"] == "done" and last["id"] == wish, last
        if stays_away:
            bring_back(c, away)
        assert len(c.pids()) == 6
        share = spread(c, range(1, 7))
    return f"{dry['movesTotal']} moves in {seconds:.1f} s, killed {' '.join(victims)}, (replicas, leaders) " \
           f"{list(share.values())}, {load.count} records, KLAMM_SEED={SEED}"


def a_rebalance_through_klammd_is_carried_on_whoever_is_killed():
    return carried_on(24, 4, ("mover", "klammd"))


@long
def a_larger_one_is_carried_on_by_another_agent():
    return carried_on(120, 6, ("klammd", "mover", "klammd"), stays_away=True)


def scale(c, brokers, rate=None):
    """UpdateBrokerCount; its operation's ARN."""
    if rate:
        return c.parts.klamm("cluster", "scale", "ops", "--brokers", str(brokers), "--rate-mib", str(rate),
                             "--no-wait").stdout.strip()
    return c.client.update_broker_count(ClusterArn=c.arn, CurrentVersion=c.version(),
                                        TargetNumberOfBrokerNodes=brokers)["ClusterOperationArn"]


def directories(c):
    return sorted(int(p.name.split("-")[1]) for p in c.parts.dir.glob("agents/*/processes/*/broker-*"))


def alive(c):
    return AdminClient({"bootstrap.servers": bootstrap_of(c)}).list_topics(timeout=10).brokers


def registered(c):
    """Ids of all brokers that the cluster knows, fenced ones too: DescribeCluster, version 2."""
    host, port = bootstrap_of(c).split(",")[0].split(":")
    answer = raw.ask(host, int(port), 60, 2, b"\0\1\1\0", raw.FLEXIBLE)
    assert (answer.take("b"), answer.take("i"), answer.take("h")) == (0, 0, 0), answer.data  # tags, throttle, error
    answer.short_text(), answer.take("b"), answer.short_text(), answer.take("i")  # message, endpoint type, cluster id, controller
    ids = []
    for _ in range(answer.take("b") - 1):
        ids.append(answer.take("i"))
        answer.short_text(), answer.take("i"), answer.short_text(), answer.bytes(2)  # host, port, rack, fenced and tags
    return sorted(ids)


def step_of(c, arn):
    o = c.patient_operation(arn)
    running = [s["StepName"] for s in o["OperationSteps"] if s["StepInfo"]["StepStatus"] == "IN_PROGRESS"] if o else []
    return running[0] if running else None


def in_step(c, arn, step):
    until(lambda: step_of(c, arn) == step or (c.patient_operation(arn) or {}).get("EndTime"), 30, f"step {step}", 0.05)


def in_and_out(mib, rate, out_victims, in_victims):
    """3 -> 6 -> 3 -> 6: new brokers are filled, those that go are emptied first, and no id comes twice. Victims die
    while partitions move: klammd, the agent that moves them, any agent, or a broker by its id."""
    killed = 0

    def disturb(c, arn, step, victims):
        nonlocal killed
        in_step(c, arn, step)
        for victim in victims:
            if isinstance(victim, int):
                os.kill(c.pids()[victim], signal.SIGKILL)  # its agent starts it again
            else:
                who = mover(c, status(c)["id"]) if victim == "mover" else victim
                c.parts.kill(who)
                bring_back(c, who)
            killed += step_of(c, arn) == step
            time.sleep(0.2)

    with Cluster() as c, Load(c.bootstrap) as load:
        fill(c, mib)
        began = time.monotonic()
        arn = scale(c, 6, rate)
        disturb(c, arn, "REBALANCE_PARTITIONS", out_victims)
        o = c.finished(arn)
        assert [s["StepName"] for s in o["OperationSteps"]] == ["INITIALIZE_UPDATE", "LAUNCH_BROKERS",
                                                                "REBALANCE_PARTITIONS", "FINALIZE_UPDATE"], o
        full = spread(c, range(1, 7))
        out_s, began = time.monotonic() - began, time.monotonic()
        arn = scale(c, 3, rate)
        in_step(c, arn, "DRAIN_BROKERS")
        until(lambda: status(c).get("state") == "moving", 20, "partitions move", 0.05)
        records.create_topic(c.bootstrap, "late", 6, replicas=3)  # nothing new is placed on those that go
        late = until(lambda: {b for p in records.partitions_of(c.bootstrap, "late").values() for b in p.replicas}, 10,
                     "the new topic's metadata", 0.05)
        assert late == {1, 2, 3}, late
        disturb(c, arn, "DRAIN_BROKERS", in_victims)
        o = c.finished(arn)
        assert o["OperationType"] == "DECREASE_BROKER_COUNT" and o["SourceClusterInfo"]["NumberOfBrokerNodes"] == 6
        assert o["TargetClusterInfo"]["BrokerCountUpdateInfo"]["DeletedBrokerIds"] == [4, 5, 6], o
        assert [s["StepName"] for s in o["OperationSteps"]] == ["INITIALIZE_UPDATE", "DRAIN_BROKERS",
                                                                "REMOVE_BROKERS", "FINALIZE_UPDATE"], o
        in_s = time.monotonic() - began
        assert c.info()["Provisioned"]["NumberOfBrokerNodes"] == 3
        assert registered(c) == [1, 2, 3] and sorted(c.pids()) == [1, 2, 3]
        until(lambda: directories(c) == [1, 2, 3], 10, f"volumes of brokers that are there: {directories(c)}", 0.1)
        spread(c, (1, 2, 3))
        c.finished(scale(c, 6))
        assert registered(c) == [1, 2, 3, 7, 8, 9] and sorted(c.pids()) == [1, 2, 3, 7, 8, 9]
        spread(c, (1, 2, 3, 7, 8, 9))
    return f"out in {out_s:.1f} s, in in {in_s:.1f} s, {killed} of {len(out_victims) + len(in_victims)} killed while it " \
           f"moved, full: {list(full.values())}, {load.count} records, KLAMM_SEED={SEED}"


def brokers_that_come_are_filled_and_those_that_go_are_emptied():
    return in_and_out(12, 6, ("klammd",), ("mover", 2))


@long
def they_come_and_go_whoever_is_killed():
    return in_and_out(120, 25, ("klammd", "mover", 5, "agent-b", 1), ("klammd", 4, "mover", 2, "agent-c", "klammd"))


def brokers_of_which_one_does_not_start_are_taken_back():
    with Cluster(refuses="node.id=5") as c, Load(c.bootstrap) as load:
        before, version = c.pids(), c.version()
        arn = scale(c, 6)
        in_step(c, arn, "DRAIN_BROKERS")
        c.parts.kill("klammd")
        c.parts.start_klammd()
        o = c.finished(arn, "UPDATE_FAILED")
        assert o["ErrorInfo"]["ErrorCode"] == "LaunchFailed" and "will not start so" in o["ErrorInfo"]["ErrorString"], o
        assert [s["StepName"] for s in o["OperationSteps"]] == ["INITIALIZE_UPDATE", "LAUNCH_BROKERS", "DRAIN_BROKERS",
                                                                "REMOVE_BROKERS", "FINALIZE_UPDATE"], o
        assert c.pids() == before and c.version() == version and c.info()["Provisioned"]["NumberOfBrokerNodes"] == 3
        until(lambda: directories(c) == [1, 2, 3], 10, f"volumes of brokers that are there: {directories(c)}", 0.1)
        assert registered(c) == [1, 2, 3]
        c.finished(scale(c, 6))
        assert registered(c) == [1, 2, 3, 7, 8, 9]
    return f"{load.count} records"


def brokers_that_cannot_be_emptied_stay():
    with Cluster(6) as c:
        records.create_topic(c.bootstrap, "wide", 2, replicas=4)
        assert len(records.produce(c.bootstrap, "wide", 2, range(100))) == 100
        version = c.version()
        refused(c.client.update_broker_count, "BadRequestException", "multiple", ClusterArn=c.arn,
                CurrentVersion=version, TargetNumberOfBrokerNodes=4)
        before = c.pids()
        o = c.finished(scale(c, 3), "UPDATE_FAILED")
        assert o["ErrorInfo"]["ErrorCode"] == "DrainFailed", o
        words = o["ErrorInfo"]["ErrorString"]
        assert "wide-" in words and "cannot be drained" in words and "all brokers stay" in words, o
        assert c.pids() == before and c.version() == version and c.info()["Provisioned"]["NumberOfBrokerNodes"] == 6
        # New topics find their way to them again.
        records.create_topic(c.bootstrap, "after", 12, replicas=3)
        until(lambda: {b for (t, _), p in placed(c).items() if t == "after" for b in p.replicas} == {1, 2, 3, 4, 5, 6},
              20, "a new topic is on all brokers", 0.2)
        assert throttles(c) == []
        records.check_equal(c.bootstrap, "wide", 2, 100)
    return words


@long
def brokers_stay_though_one_of_them_never_comes():
    with Cluster(6) as c:
        records.create_topic(c.bootstrap, "wide", 2, replicas=4)
        c.parts.kill("agent-c")
        os.kill(c.pids()[6], signal.SIGKILL)
        until(lambda: 6 not in alive(c), 30, "the cluster knows that broker 6 is away", 0.2)
        o = c.finished(scale(c, 3), "UPDATE_FAILED")
        words = o["ErrorInfo"]["ErrorString"]
        assert o["ErrorInfo"]["ErrorCode"] == "DrainFailed" and "wide-" in words and "broker 6 is away" in words, o
        c.parts.start_agent("c")
        until(lambda: 6 in alive(c), 20, "broker 6", 0.2)
        records.create_topic(c.bootstrap, "after", 12, replicas=3)
        until(lambda: {b for (t, _), p in placed(c).items() if t == "after" for b in p.replicas} == {1, 2, 3, 4, 5, 6},
              20, "a new topic is on all brokers", 0.2)
    return words


def what_is_put_on_a_drained_broker_by_hand_is_not_lost():
    """klammd is away as the drain ends, so that there is time between its last look and the brokers' end. A partition
    gets its only replica on one of those that go."""
    with Cluster(6) as c:
        records.create_topic(c.bootstrap, "hand", 1, replicas=3)
        fill(c, 8)
        assert len(records.produce(c.bootstrap, "hand", 1, range(100))) == 100
        arn = scale(c, 3, 4)
        in_step(c, arn, "DRAIN_BROKERS")
        until(lambda: status(c).get("state") == "moving", 20, "partitions move", 0.05)
        bootstrap = bootstrap_of(c)
        host, port = bootstrap.split(",")[0].split(":")
        c.parts.kill("klammd")
        until(lambda: "rebalance_over" in "".join(c.parts.log(f"agent-{z}") for z in "abc"), 60, "the drain's end", 0.1)

        def holders(topic="hand"):
            return {b for p in records.partitions_of(bootstrap, topic).values() for b in p.replicas}
        assert holders() | holders("filled") == {1, 2, 3}
        assert raw.reassign(host, int(port), "hand", 0, [4]) == 0
        until(lambda: holders() == {4}, 20, "the partition is on broker 4 alone", 0.1)
        assert len(records.produce(bootstrap, "hand", 1, range(100, 200))) == 100
        c.parts.start_klammd()
        c.finished(arn)
        assert registered(c) == [1, 2, 3] and sorted(c.pids()) == [1, 2, 3]
        until(lambda: directories(c) == [1, 2, 3], 10, f"volumes of brokers that are there: {directories(c)}", 0.1)
        said = c.parts.klamm("events", "ops").stdout
        assert "hand-0 was placed on broker 4 after that one was drained" in said, said
        assert holders() <= {1, 2, 3}
        records.check_equal(bootstrap, "hand", 1, 200)
    return f"KLAMM_SEED={SEED}"


def logged(c, brokers):
    """Bytes of records on the disks of these brokers."""
    return sum(p.stat().st_size for b in brokers for p in c.parts.dir.glob(f"agents/*/processes/*/broker-{b}/data/*/*.log"))


def planned_and_done(c, words, receivers):
    """The plan of a command beside what came of it: brokers touched, MiB copied, seconds."""
    plan = json.loads(c.parts.klamm("plan", "cluster", *words, "-o", "json").stdout)
    before, had = c.pids(), logged(c, receivers)
    began = time.monotonic()
    c.finished(c.parts.klamm("cluster", *words, "--no-wait").stdout.strip())
    seconds = time.monotonic() - began
    after = c.pids()
    touched = {b for b in before.keys() | after.keys() if before.get(b) != after.get(b)}
    return plan, touched, logged(c, receivers) - had, seconds


@long
def plans_are_what_comes_of_them():
    """docs/dry-run.md: the brokers exactly; bytes within what agents leave untold, half a percent of each volume, and, for
    new brokers, a partition more or less on each; minutes: not too few on a machine that does nothing else, nor more
    than fifteen times as many."""
    mib, volume_gib, told = 192, 2, []
    untold = volume_gib * 1024 / 200
    with Cluster(volume_gib=volume_gib) as c:
        fill(c, mib)
        time.sleep(2.5)  # agents ask every second
        for words, receivers, slack in ((("scale", "ops", "--brokers", "6"), (4, 5, 6), 3 * mib / FILLED),
                                        (("retype", "ops", "kafka.m5.xlarge"), (), 0),
                                        (("scale", "ops", "--brokers", "3"), (1, 2, 3), 0)):
            plan, touched, copied, seconds = planned_and_done(c, words, receivers)
            said, real, minutes = plan["bytesMoved"] / 2**20, copied / 2**20, plan["minutes"]
            told.append(f"{words[-1]}: {said:.0f} MiB planned, {real:.0f} copied, {60 * minutes:.0f} s planned, {seconds:.1f} taken")
            assert set(plan["brokersTouched"]) == touched, (plan, touched)
            assert abs(said - real) <= len(receivers) * untold + slack, told
            assert seconds <= 60 * minutes * PATIENCE and 60 * minutes <= 15 * seconds, told
            time.sleep(2.5)
    return "; ".join(told)


if __name__ == "__main__":
    run([a_rebalance_through_klammd_is_carried_on_whoever_is_killed, a_larger_one_is_carried_on_by_another_agent,
         brokers_that_come_are_filled_and_those_that_go_are_emptied, they_come_and_go_whoever_is_killed,
         brokers_that_cannot_be_emptied_stay, brokers_stay_though_one_of_them_never_comes,
         what_is_put_on_a_drained_broker_by_hand_is_not_lost, plans_are_what_comes_of_them,
         brokers_of_which_one_does_not_start_are_taken_back], together=3)
