"""klammd, agents and what they run killed at many moments of create and delete: always ACTIVE or gone in the end, no
process and no directory left over."""
import os
import random
import time

from botocore.exceptions import BotoCoreError, ClientError

import records
from harness import (PROCESSES, ZONES, Parts, broker_pids, cluster_request, kill9, process_dirs, processes_of,
                     run, state_of, until)

KILLS = int(os.environ.get("KLAMM_KILLS", "8"))
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))


def create(parts, client, name):
    """CreateCluster that outlives klammd's death: an unanswered call may have worked or not."""
    while True:
        try:
            return client.create_cluster(**cluster_request(name))["ClusterArn"]
        except client.exceptions.ConflictException:
            return client.list_clusters(ClusterNameFilter=name)["ClusterInfoList"][0]["ClusterArn"]
        except (BotoCoreError, ClientError):
            until(parts.answers, 15, "klammd answers")


def delete(parts, client, arn):
    while True:
        try:
            client.delete_cluster(ClusterArn=arn)
            return
        except (client.exceptions.NotFoundException, client.exceptions.BadRequestException):
            return
        except (BotoCoreError, ClientError):
            until(parts.answers, 15, "klammd answers")


def check_clean(parts, arn):
    uuid = arn.rsplit("/", 1)[1]
    until(lambda: not [line for line in processes_of(parts.dir).values() if uuid in line], 20,
          f"no process of {uuid}: {processes_of(parts.dir)}")
    until(lambda: not [p for p in process_dirs(parts.dir) if uuid in str(p)], 20,
          f"no directory of {uuid}: {process_dirs(parts.dir)}")
    # The cluster's own directory goes a moment after its last process'.
    until(lambda: not [p for p in parts.dir.glob("agents/*/processes/*") if uuid in str(p)], 20,
          f"no directory left of {uuid}")


def hit(parts, victim):
    """kill -9 of one part, which then starts again as an operator's supervisor would start it; of every second
    broker and controller that runs, which their agents start again; or of all of these."""
    if victim in ("brokers", "all"):
        kill9(broker_pids(parts.dir)[::2])
    if victim == "brokers":
        return
    if victim == "all":
        names = ["klammd", *(f"agent-{z}" for z in ZONES)]
        random.shuffle(names)
        for name in names:
            hit(parts, name)
        return
    parts.kill(victim)
    if victim == "klammd":
        parts.start_klammd()
    else:
        parts.start_agent(victim[-1])


def live_and_die(parts, name, victim, at_create, at_delete):
    """One cluster's life with `victim` killed so long after each of the two calls."""
    client = parts.client()
    arn = create(parts, client, name)
    time.sleep(at_create)
    hit(parts, victim)
    until(lambda: state_of(client, arn) == "ACTIVE", 40, f"{name} ACTIVE after {victim} died {at_create:.3f} s in")
    assert len([p for p in process_dirs(parts.dir) if arn.rsplit("/", 1)[1] in str(p)]) == PROCESSES
    bootstrap = client.get_bootstrap_brokers(ClusterArn=arn)["BootstrapBrokerString"]
    records.create_topic_amid_deaths(bootstrap, "t", 3)
    assert len(records.produce(bootstrap, "t", 3, range(30))) == 30
    delete(parts, client, arn)
    time.sleep(at_delete)
    hit(parts, victim)
    until(lambda: state_of(client, arn) == "GONE", 40, f"{name} gone after {victim} died {at_delete:.3f} s in")
    check_clean(parts, arn)


def sweep(victims):
    rng = random.Random(SEED)
    with Parts() as parts:
        parts.start()
        for n in range(KILLS):
            # Dense where the steps are: a create takes about 0.2 s, a delete less.
            victim = rng.choice(victims)
            live_and_die(parts, f"c{n}", victim, rng.uniform(0, 0.25), rng.uniform(0, 0.15))
        assert not process_dirs(parts.dir)
    return f"{KILLS} lives, KLAMM_SEED={SEED}"


def klammd_killed_at_any_moment_ends_active_or_gone():
    return sweep(["klammd"])


def agents_killed_at_any_moment_end_active_or_gone():
    return sweep([f"agent-{z}" for z in ZONES])


def brokers_and_controllers_killed_at_any_moment_end_active_or_gone():
    return sweep(["brokers"])


def all_of_them_killed_at_any_moment_end_active_or_gone():
    return sweep(["all"])


def a_join_that_was_cut_goes_on_with_its_token_and_nobody_else_does():
    with Parts() as parts:
        parts.start_klammd()
        identity = parts.dir / "agents/agent-a/identity"
        log = parts.dir / "logs/agent-a.log"
        for cut in ((), ("agent.crt",), ("agent.crt", "ca.crt")):  # what the agent had not yet written
            for name in cut:
                (identity / name).unlink()
            parts.start_agent("a")
            until(lambda: (identity / "agent.crt").exists(), 10, f"joined after {cut} was lost")
            parts.kill("agent-a")
        for name in ("agent.crt", "agent.key"):
            (identity / name).unlink()
        parts.start_agent("a")
        assert parts.children["agent-a"].wait(60) == 1
        assert "token: not valid, used by another or expired" in log.read_text(), log.read_text()


def everything_killed_at_once_comes_back_with_its_data():
    with Parts() as parts:
        parts.start()
        client = parts.client()
        arn = create(parts, client, "all")
        until(lambda: state_of(client, arn) == "ACTIVE", 40, "ACTIVE")
        bootstrap = client.get_bootstrap_brokers(ClusterArn=arn)["BootstrapBrokerString"]
        records.create_topic(bootstrap, "t", 3)
        acked = records.produce(bootstrap, "t", 3, range(3000))
        assert len(acked) == 3000
        kill9(processes_of(parts.dir))
        until(lambda: kill9(processes_of(parts.dir)) or not processes_of(parts.dir), 10, "all dead")
        for child in parts.children.values():
            child.wait()
        parts.start()
        until(lambda: len(broker_pids(parts.dir)) == PROCESSES, 30, "all brokers and controllers are back")
        until(lambda: parts.client().get_bootstrap_brokers(ClusterArn=arn), 30, "bootstrap")
        records.check_equal(bootstrap, "t", 3, 3000)


def the_data_plane_stands_alone():
    with Parts() as parts:
        parts.start()
        client = parts.client()
        arn = create(parts, client, "alone")
        until(lambda: state_of(client, arn) == "ACTIVE", 40, "ACTIVE")
        bootstrap = client.get_bootstrap_brokers(ClusterArn=arn)["BootstrapBrokerString"]
        records.create_topic(bootstrap, "t", 3)
        before = sorted(broker_pids(parts.dir))
        ready = {z: parts.log(f"agent-{z}").count("agent_ready") for z in ZONES}
        for name in list(parts.children):
            parts.kill(name)
        assert len(records.produce(bootstrap, "t", 3, range(3000))) == 3000
        parts.start()
        until(lambda: all(parts.log(f"agent-{z}").count("agent_ready") > ready[z] for z in ZONES), 20, "agents are back")
        assert state_of(parts.client(), arn) == "ACTIVE"
        records.check_equal(bootstrap, "t", 3, 3000)
        assert sorted(broker_pids(parts.dir)) == before, "brokers were started anew, not adopted"
        delete(parts, parts.client(), arn)
        until(lambda: state_of(parts.client(), arn) == "GONE", 40, "gone")
        check_clean(parts, arn)


if __name__ == "__main__":
    run([klammd_killed_at_any_moment_ends_active_or_gone, agents_killed_at_any_moment_end_active_or_gone,
         brokers_and_controllers_killed_at_any_moment_end_active_or_gone,
         all_of_them_killed_at_any_moment_end_active_or_gone,
         a_join_that_was_cut_goes_on_with_its_token_and_nobody_else_does,
         everything_killed_at_once_comes_back_with_its_data, the_data_plane_stands_alone])
