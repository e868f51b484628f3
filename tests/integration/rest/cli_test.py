"""The `klamm` command against klammd whose agents only pretend (klammd.py).

    cli_test.py KLAMMD KLAMM [TEST...]

Each function named test_* makes a claim; the last line counts them."""
import collections
import json
import os
import pty
import random
import re
import sqlite3
import subprocess
import sys
import time

import yaml

from klammd import KEY, REGION, Klammd, run_tests

K = None  # the klammd under test
KLAMM = None


def env():
    return {**os.environ, "KLAMM_ENDPOINT": K.endpoint, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": K.secret,
            "AWS_REGION": REGION}


def klamm(*words, code=0):
    done = subprocess.run([KLAMM, *words], env=env(), capture_output=True, text=True, timeout=60)
    assert done.returncode == code, "klamm %s: %d\n%s%s" % (" ".join(words), done.returncode, done.stdout, done.stderr)
    return done


def result(*words):
    return json.loads(klamm(*words, "-o", "json").stdout)


def store():
    """All that klammd has on disk, as SQL."""
    with sqlite3.connect("file:%s?mode=ro" % K.path("data/klammd.db"), uri=True) as db:
        return list(db.iterdump())


def create(name):
    klamm("cluster", "create", name, "--subnets", "subnet-a,subnet-b,subnet-c")


def delete(name):
    klamm("cluster", "delete", name)


CHANGES = [  # every command that changes something
    ("cluster create new --subnets subnet-a,subnet-b,subnet-c", "CreateClusterV2"),
    ("cluster delete c", "DeleteCluster"),
    ("cluster reboot c 1 2", "RebootBroker"),
    ("cluster configure c k", "UpdateClusterConfiguration"),
    ("cluster grow c --volume-gib 100", "UpdateStorage"),
    ("cluster scale c --brokers 6", "UpdateBrokerCount"),
    ("cluster retype c kafka.m5.large", "UpdateBrokerType"),
    ("cluster autoscale c --max-gib 100", "RegisterScalableTarget"),
    ("config create l --file FILE", "CreateConfiguration"),
    ("config update k --file FILE", "UpdateConfiguration"),
    ("config delete k", "DeleteConfiguration"),
    ("tags set c a=b", "TagResource"),
    ("tags remove c a", "UntagResource"),
    ("topic create c t", "CreateTopic"),
    ("topic update c t --partitions 2", "UpdateTopic"),
]


def test_every_change_has_a_plan_and_does_nothing():
    path = K.path("server.properties")
    with open(path, "w") as f:
        f.write("log.retention.ms=1000\n")
    create("c")
    klamm("config", "create", "k", "--file", path)
    for a in K.agents:
        a.on_ask = lambda ask: {} if ask["action"].startswith("try-") else {"error": "INVALID_REQUEST", "message": "!"}
    before = store()
    for line, call in CHANGES:
        words = [path if w == "FILE" else w for w in line.split()]
        plan = result("plan", *words)
        assert plan["dryRun"] and plan["operation"] == call, (line, plan)
        assert klamm(*words, "--dry-run").stdout.endswith("nothing was done: this is a plan\n")
    text = klamm("plan", "cluster", "retype", "c", "kafka.m5.large").stdout
    assert "low" in text and "restart  broker 1" in text, text
    assert "has no dry run" in klamm("plan", "topic", "delete", "c", "t", code=1).stderr
    assert "connected" in klamm("plan", "node", "remove", "node-a", "--data-is-lost", code=1).stderr
    assert "changes nothing" in klamm("plan", "cluster", "list", code=2).stderr
    klamm("plan", "cluster", "scale", "c", "--brokers", "5", code=1)
    klamm("plan", "cluster", "scale", "nobody", "--brokers", "6", code=5)
    assert store() == before
    klamm("config", "delete", "k")
    delete("c")


def test_a_terminal_gets_a_bar():
    create("bar")
    for a in K.agents:
        a.report = lambda: None  # nothing comes up meanwhile
    ours, theirs = pty.openpty()
    child = subprocess.Popen([KLAMM, "cluster", "reboot", "bar", "1", "2"], env=env(), stdout=subprocess.PIPE, stderr=theirs)
    seen = b""
    while b"[2/4] REBOOT_BROKER_1" not in seen:
        seen += os.read(ours, 4096)
    for a in K.agents:
        del a.report
        a.report()
    assert b"REBOOT_COMPLETE" in child.communicate(timeout=60)[0]
    assert seen.startswith(b"\r[") and b"[" + b"#" * 7 + b"-" * 23 + b"] [2/4]" in seen, seen
    os.close(theirs)
    os.close(ours)
    delete("bar")


def test_create_and_delete_follow_unless_told_otherwise():
    done = klamm("cluster", "create", "f", "--subnets", "subnet-a,subnet-b,subnet-c")
    info = result("cluster", "describe", "f")
    assert info["state"] == "ACTIVE" and done.stdout == info["clusterArn"] + "\n", done
    operation = [o for o in result("operations", "f") if o["operationType"] == "CREATE_CLUSTER"][0]
    assert operation["operationState"] == "UPDATE_COMPLETE", operation
    assert klamm("cluster", "delete", "f").stdout == info["clusterArn"] + " DELETED\n"
    klamm("cluster", "describe", "f", code=5)
    made = json.loads(klamm("cluster", "create", "f", "--subnets", "subnet-a,subnet-b,subnet-c", "--wait", "-o", "json").stdout)
    assert made["state"] == "ACTIVE" and made["provisioned"]["numberOfBrokerNodes"] == 3, made
    for a in K.agents:
        a.report = lambda: None  # nothing is gone meanwhile
    gone = json.loads(klamm("cluster", "delete", "f", "--no-wait", "-o", "json").stdout)
    assert gone == {"clusterArn": made["clusterArn"], "state": "DELETING"}, gone
    late = klamm("cluster", "delete", "f", "--timeout", "0", code=4)
    assert "REMOVE_BROKERS" in late.stderr and "goes on after 0 s; `klamm operation wait arn:" in late.stderr, late
    follower = subprocess.Popen([KLAMM, "cluster", "delete", "f", "-o", "json"], env=env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)
    assert follower.stderr.readline() == "[1/1] REMOVE_BROKERS\n"
    K.kill()
    K.start()  # it is waited for
    for a in K.agents:
        del a.report
        a.report()
    assert json.loads(follower.communicate(timeout=60)[0]) == {**gone, "state": "DELETED"}
    klamm("cluster", "create", "f", "--subnets", "subnet-a,subnet-b,subnet-c", "--timeout", "soon", code=2)
    klamm("cluster", "describe", "f", code=5)


def test_wait_tells_what_it_waits_for():
    for a in K.agents:
        a.report = lambda: None  # nothing comes up meanwhile
    klamm("cluster", "create", "w", "--subnets", "subnet-a,subnet-b,subnet-c", "--no-wait")
    late = klamm("wait", "w", "--timeout", "1", code=4)
    assert late.stderr.startswith("[1/1] LAUNCH_BROKERS\nklamm: arn:") and "is not ACTIVE after 1 s" in late.stderr, late
    klamm("cluster", "delete", "w", "--no-wait")
    assert "is being deleted" in klamm("wait", "w", code=1).stderr
    follower = subprocess.Popen([KLAMM, "wait", "w", "--for", "deleted"], env=env(), stderr=subprocess.PIPE, text=True)
    assert follower.stderr.readline() == "[1/1] REMOVE_BROKERS\n"
    for a in K.agents:
        del a.report
        a.report()
    assert follower.communicate(timeout=60)[1] == "" and follower.returncode == 0
    klamm("wait", "w", code=5)


def test_a_create_that_fails_says_why_and_what_to_do():
    for a in K.agents:
        a.failure = "the disk is full"
    words = ["cluster", "create", "bad", "--subnets", "subnet-a,subnet-b,subnet-c"]
    done = klamm(*words, "-o", "json", code=1)
    assert json.loads(done.stdout)["operationState"] == "UPDATE_FAILED", done
    for text in ("the operation has failed: ", "the disk is full", "then ask again", "delete it and create it anew", "LaunchFailed"):
        assert text in done.stderr, done.stderr
    assert result("cluster", "describe", "bad")["state"] == "FAILED"
    assert "already exists" in klamm(*words, code=1).stderr
    for a in K.agents:
        a.failure = None
        a.report()
    delete("bad")


def test_a_rebalance_is_followed_with_a_bar():
    create("r")
    told = {"state": "moving", "over": False, "reason": "2 partitions move", "movesTotal": 4, "movesDone": 1, "bytesTotal": 9,
            "bytesDone": 5}
    for a in K.agents:
        a.on_rebalance = lambda wish: told
    begun = result("rebalance", "r", "--no-wait")
    assert begun["state"] == "waiting" and not begun["over"], begun
    late = klamm("rebalance", "r", "--status", "--timeout", "1", code=4)
    assert "[1/4] moving: 2 partitions move\n" in late.stderr and "goes on after 1 s" in late.stderr and not late.stdout, late
    ours, theirs = pty.openpty()
    child = subprocess.Popen([KLAMM, "rebalance", "r", "--status"], env=env(), stdout=subprocess.PIPE, stderr=theirs)
    seen = b""
    while b"2 partitions move" not in seen:
        seen += os.read(ours, 4096)
    assert seen.startswith(b"\r[" + b"#" * 7 + b"-" * 23 + b"] [1/4] moving: 2 partitions move"), seen
    told = {**told, "state": "done", "over": True, "reason": "4 moves, 9 bytes copied", "movesDone": 4}
    for a in K.agents:
        a.report()
    assert child.communicate(timeout=60)[0] == b"done: 4 moves, 9 bytes copied\n" and child.returncode == 0
    os.close(theirs)
    os.close(ours)
    told = {**told, "state": "failed", "reason": "no room"}
    done = klamm("rebalance", "r", code=1)
    assert "the rebalance has failed: no room" in done.stderr and done.stdout == "failed: no room\n", done
    for a in K.agents:
        a.on_rebalance = lambda wish: None
    delete("r")


COMMANDS = {  # of every operation that klammd has: how one asks for it
    "CreateCluster": "cluster create", "CreateClusterV2": "cluster create", "CreateConfiguration": "config create",
    "CreateTopic": "topic create", "DeleteCluster": "cluster delete", "DeleteClusterPolicy": "policy delete",
    "DeleteConfiguration": "config delete", "DeleteTopic": "topic delete", "DescribeCluster": "cluster describe",
    "DescribeClusterOperation": "operation describe", "DescribeClusterOperationV2": "operation describe",
    "DescribeClusterV2": "cluster describe", "DescribeConfiguration": "config list",
    "DescribeConfigurationRevision": "config describe", "DescribeTopic": "topic describe",
    "DescribeTopicPartitions": "topic describe", "GetBootstrapBrokers": "bootstrap", "GetClusterPolicy": "policy show",
    "GetCompatibleKafkaVersions": "versions", "ListClusterOperations": "operations", "ListClusterOperationsV2": "operations",
    "ListClusters": "cluster list", "ListClustersV2": "cluster list", "ListConfigurationRevisions": "config revisions",
    "ListConfigurations": "config list", "ListKafkaVersions": "versions", "ListNodes": "nodes",
    "ListTagsForResource": "tags list", "ListTopics": "topic list", "PutClusterPolicy": "policy put",
    "RebootBroker": "cluster reboot", "TagResource": "tags set", "UntagResource": "tags remove",
    "UpdateBrokerCount": "cluster scale", "UpdateBrokerStorage": "cluster grow", "UpdateBrokerType": "cluster retype",
    "UpdateClusterConfiguration": "cluster configure", "UpdateClusterKafkaVersion": "cluster upgrade",
    "UpdateConfiguration": "config update", "UpdateMonitoring": "cluster monitor", "UpdateStorage": "cluster grow",
    "UpdateTopic": "topic update", "KlammListNodes": "node list", "KlammDescribeStorage": "storage",
    "KlammListEvents": "events", "KlammRemoveNode": "node remove", "KlammRebalance": "rebalance",
    "KlammDescribeRebalance": "rebalance", "KlammCancelRebalance": "rebalance",
}
REFUSED = {"UpdateSecurity", "UpdateRebalancing"}  # handlers that refuse always


def test_every_operation_has_a_command_and_every_command_a_help():
    with open("controlplane/rest/routes.c") as f:
        table = f.read().split("routes[] = {")[1].split("};")[0]
    routes = [r.group(1) for r in re.finditer(r'\{ "(\w+)", "\w+", "[^"]+",\s+rest_', table)]
    assert len(routes) > 40, routes
    commands = {line[2:20].strip() for line in klamm("--help").stdout.splitlines() if line.startswith("  ")}
    for name in set(routes) - REFUSED:
        assert COMMANDS[name] in commands, (name, COMMANDS[name])
    for words in set(COMMANDS.values()):
        assert "usage: klamm " + words in klamm(*words.split(), "--help").stdout


def yaml_agrees(*words):
    data, text = result(*words), klamm(*words, "-o", "yaml").stdout
    assert yaml.safe_load(text) == data, text
    assert klamm(*words).stdout


def test_tables_json_and_yaml_of_all_that_prints():
    path = K.path("p.properties")
    with open(path, "w") as f:
        f.write("log.retention.ms=1000\n")
    create("o")
    arn = result("cluster", "describe", "o")["clusterArn"]
    klamm("tags", "set", "o", "yes=no", "a: b='1'", "n= #")
    klamm("config", "create", "oc", "--file", path)
    told = {"topics": [{"name": "t", "partitions": 1, "replicas": 3, "outOfSync": 0}], "partitions": 1, "replicas": 3,
            "configs": {"retention.ms": "1"}, "items": [{"partition": 0, "leader": 1, "replicas": [1, 2, 3], "isr": [1]}]}
    for a in K.agents:
        a.on_ask = lambda ask: told
    for words in ["cluster list", "cluster describe o", "nodes o", "bootstrap o", "operations o", "versions",
                  "versions --for o", "tags list o", "config list", "config describe oc", "config revisions oc", "node list",
                  "storage o", "topic list o", "topic describe o t", "events o --last 3", "plan cluster reboot o 1"]:
        if words.startswith("events"):
            assert yaml.safe_load(klamm(*words.split(), "-o", "yaml").stdout) == events("o", "--last", "3")
        else:
            yaml_agrees(*words.split())
    operation = result("operations", "o")[0]["operationArn"]
    yaml_agrees("operation", "describe", operation)
    yaml_agrees("cluster", "autoscale", "o", "--max-gib", "100")
    yaml_agrees("cluster", "autoscale", "o", "--max-gib", "100", "--dry-run")
    assert klamm("cluster", "list", "-o", "xml", code=2).stderr.count("table, json or yaml") == 1
    klamm("config", "delete", "oc")
    assert arn in klamm("cluster", "delete", "o").stdout


def completed(*words):
    """What bash offers for the last of the words."""
    script = klamm("completion", "bash").stdout
    program = script + 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _klamm; printf "%s\\n" "${COMPREPLY[@]}"'
    path = os.path.dirname(KLAMM) + ":" + os.environ["PATH"]
    done = subprocess.run(["bash", "-c", program, "bash", "klamm", *words], env={**env(), "PATH": path}, capture_output=True,
                          text=True, check=True)
    assert not done.stderr, done.stderr
    return done.stdout.split()


def test_bash_completes_commands_options_values_and_clusters():
    create("tab")
    assert completed("") == sorted(completed(""), key=completed("").index) and "cluster" in completed("")
    assert completed("clus") == ["cluster"] and completed("plan", "clus") == ["cluster"]
    assert completed("cluster", "sc") == ["scale"] and completed("plan", "cluster", "sc") == ["scale"]
    assert completed("cluster", "scale", "x", "--bro") == ["--brokers"]
    assert completed("bootstrap", "x", "--ki") == ["--kind"] and completed("nodes", "x", "-o", "y") == ["yaml"]
    assert completed("nodes", "ta") == ["tab"] and completed("topic", "list", "ta") == ["tab"]
    assert completed("cluster", "create", "n", "--request", K.path("klammd.y")) == [K.path("klammd.yaml")]
    assert completed("nothing", "") == []
    help_ = klamm("--help").stdout
    for words in set(COMMANDS.values()):
        first, _, second = words.partition(" ")
        assert words in help_ and first in completed("")
        assert not second or second in completed(first, "")
        for option in re.findall(r"^  --([a-z-]+)", klamm(*words.split(), "--help").stdout, re.M):
            assert "--" + option in completed(*words.split(), "--"), (words, option)
            break
    delete("tab")


def test_the_manual_is_good_roff():
    text = klamm("man").stdout
    for words in set(COMMANDS.values()):
        assert '.SS "klamm ' + words in text
    assert subprocess.run(["bash", "-n"], input=klamm("completion", "bash").stdout, text=True).returncode == 0
    assert klamm("completion", "zsh").stdout.startswith("#compdef klamm\n")
    klamm("completion", "fish", code=2)


def installed():
    """Where `make install` has put this build, PREFIX=/usr."""
    root = K.path("root")
    if not os.path.exists(root):
        mode = os.path.basename(os.path.dirname(KLAMM))
        subprocess.run(["make", "-s", "install", "MODE=" + mode, "DESTDIR=" + root, "PREFIX=/usr"], check=True,
                       env={k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PREFIX")})
    return root + "/usr"


def text_of(page):
    with open(os.path.join(installed(), "share/man", page)) as f:
        return f.read().replace("\\-", "-")


def usage_of(program, *words):
    return subprocess.run([installed() + "/bin/" + program, *words, "--help"], check=True, capture_output=True, text=True).stdout


def test_what_is_installed_works():
    bin_ = installed() + "/bin/"
    assert sorted(os.listdir(bin_)) == ["klamm", "klamm-agent", "klamm-broker", "klammd"]
    listed = subprocess.run([bin_ + "klamm", "cluster", "list", "-o", "json"], env=env(), check=True, capture_output=True)
    assert json.loads(listed.stdout) == result("cluster", "list")
    Klammd(bin_ + "klammd").stop()
    assert "klamm-broker" in subprocess.run([bin_ + "klamm-broker", "--version"], check=True, capture_output=True, text=True).stdout
    for path, words in [("bash-completion/completions/klamm", ["completion", "bash"]), ("man/man1/klamm.1", ["man"]),
                        ("zsh/site-functions/_klamm", ["completion", "zsh"])]:
        with open(os.path.join(installed(), "share", path)) as f:
            assert f.read() == klamm(*words).stdout
    for name in ("klammd", "klamm-agent"):
        with open(installed() + "/lib/systemd/system/%s.service" % name) as f:
            unit = f.read()
        program, _, options = unit.replace("\\\n", "").split("ExecStart=")[1].split("\n")[0].partition(" ")
        assert program == "/usr/bin/" + name and "@" not in unit, unit
        assert set(re.findall(r"--[a-z-]+", options)) <= set(re.findall(r"--[a-z-]+", usage_of(name))), unit


def test_the_manual_has_every_option_and_every_key():
    for name, subcommands in (("klammd", []), ("klamm-agent", ["rebalance"]), ("klamm-broker", [])):
        usage = usage_of(name) + "".join(usage_of(name, word) for word in subcommands)
        page = text_of("man8/%s.8" % name)
        options = set(re.findall(r"--[a-z][a-z-]+", usage)) | {"--help"}
        assert options and options == set(re.findall(r"^\.BI? (--[a-z-]+)", page, re.M)) | {"--help"}, (name, options)
        assert page.startswith('.TH %s 8 ' % name.upper()), page
    with open("controlplane/config.c") as f:
        tables = re.findall(r"keys\[\] = \{([^}]*)\};.*?known_keys\(\w+, \"([^\"]*)\", keys", f.read(), re.S)
    keys = {prefix + key for table, prefix in tables for key in re.findall(r'"(\w+)"', table)}
    assert len(keys) > 20, keys
    told = set(re.findall(r"^\.B ([a-z_.]+)$", text_of("man5/klammd.yaml.5").split(".SH KEYS")[1], re.M)) - {"never"}
    parents = {k for k in keys if any(other.startswith(k + ".") for other in keys)}
    assert told | parents == keys, (told ^ keys) - parents


def events(name, *words):
    return [json.loads(line) for line in klamm("events", name, "-o", "json", *words).stdout.splitlines()]


def types(found):
    return collections.Counter(e["type"] for e in found)


def tell_of_settings(name):
    """Events of what a cluster has beside brokers, by the commands that change it."""
    before = events(name)[-1]["number"]
    arn, path = result("cluster", "describe", name)["clusterArn"], K.path("told.json")
    klamm("tags", "set", name, "a=1", "b=2")
    klamm("tags", "set", name, "a=1")
    klamm("tags", "remove", name, "b")
    with open(path, "w") as f:
        json.dump({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Resource": arn,
                                                           "Action": "kafka:CreateVpcConnection"}]}, f)
    klamm("policy", "put", name, "--file", path)
    klamm("policy", "delete", name)
    klamm("cluster", "autoscale", name, "--max-gib", "100")
    klamm("cluster", "autoscale", name, "--off")
    with open(path, "w") as f:
        f.write("log.retention.ms=1000\n")
    klamm("config", "create", "told", "--file", path)
    klamm("config", "update", "told", "--file", path)
    klamm("cluster", "configure", name, "told", "--revision", "1")
    klamm("config", "update", "told", "--file", path)
    settings = ("TAGS", "CLUSTER_POLICY", "STORAGE_SCALING", "CONFIGURATION")
    found = [e for e in events(name) if e["number"] > before and e["type"].startswith(settings)]
    assert [e["type"] for e in found] == ["TAGS_SET", "TAGS_REMOVED", "CLUSTER_POLICY_PUT", "CLUSTER_POLICY_DELETED",
                                          "STORAGE_SCALING_SET", "STORAGE_SCALING_OFF", "CONFIGURATION_UPDATED"], found
    assert found[0]["tags"] == {"a": "1", "b": "2"} and found[1]["tags"] == {"b": "2"}, found
    assert found[6]["message"] == "Configuration told has a revision 3 now. The cluster goes on with revision 1.", found
    assert all(e["message"] in klamm("events", name).stdout for e in found)


def test_events_tell_each_thing_once_though_klammd_is_killed():
    create("e")
    begun = types(events("e"))
    assert begun["CLUSTER_CREATED"] == begun["CLUSTER_ACTIVE"] == begun["OPERATION_ENDED"] == 1, begun
    assert begun["BROKER_LAUNCHED"] == begun["BROKER_RUNNING"] == begun["CONTROLLER_RUNNING"] == 3, begun
    follower = subprocess.Popen([KLAMM, "events", "e", "-f", "--last", "0"], env=env(), stdout=subprocess.PIPE, text=True)
    last = events("e")[-1]["number"]
    operation = klamm("cluster", "reboot", "e", "1", "2", "3", "--no-wait").stdout.strip()
    for _ in range(4):
        time.sleep(random.random() / 20)
        K.kill()
        K.start()
    klamm("operation", "wait", operation)
    found = [e for e in events("e") if e["number"] > last]
    assert [e["number"] for e in found] == list(range(last + 1, last + 1 + len(found)))
    seen = types(found)
    assert seen["OPERATION_BEGUN"] == seen["OPERATION_ENDED"] == 1 and seen["BROKER_RESTARTED"] == 3, seen
    assert seen["OPERATION_STEP"] == seen["BROKER_RUNNING"] == 3 and not seen["BROKER_DIED"], seen
    for kind in ("BROKER_RESTARTED", "BROKER_RUNNING"):
        assert [e["id"] for e in found if e["type"] == kind] == [1, 2, 3], found
    heard = [follower.stdout.readline() for _ in found]  # it has waited for klammd
    follower.terminate()
    follower.wait()
    assert all(e["message"] in line for e, line in zip(found, heard)), heard
    assert [e["number"] for e in events("e", "--last", "2")] == [e["number"] for e in found[-2:]]
    for a in K.agents:
        a.on_ask = lambda ask: {}
    klamm("topic", "create", "e", "t")
    klamm("topic", "delete", "e", "t")
    klamm("cluster", "grow", "e", "--volume-gib", "50")
    tail = events("e")
    seen = types(tail)
    assert seen["TOPIC_CREATED"] == seen["TOPIC_DELETED"] == seen["STORAGE_GROWN"] == 1, seen
    assert len(tail) < 100
    tell_of_settings("e")
    arn = result("cluster", "describe", "e")["clusterArn"]
    delete("e")
    assert events(arn)[-1]["type"] == "CLUSTER_DELETED"
    klamm("events", "e", code=5)
    klamm("events", arn[:-1] + "0", code=5)


def main():
    global K, KLAMM
    KLAMM = os.path.abspath(sys.argv[2])
    K = Klammd(sys.argv[1])
    return run_tests(K, globals(), sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
