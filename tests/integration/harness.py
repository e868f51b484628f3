"""What the integration tests share: real processes in a temporary directory, and their end.

    with Dev() as dev:            # `klamm dev`: control plane, three agents, a cluster
        dev.bootstrap, dev.client(), dev.env()
    with Parts() as parts:        # klammd and agents one by one, to be killed one by one
        parts.start_klammd(); parts.start_agent("a")

A test is a function named by what it claims; `run(tests)` calls each, prints what failed and
closes with `N passed, N failed`.
"""
import concurrent.futures
import errno
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for beside in ("integration/rest", "faults/power", "faults"):  # their modules are the integration tests' too
    sys.path.insert(0, str(ROOT / "tests" / beside))
BUILD = Path(os.environ.get("KLAMM_BUILD", ROOT / "build/debug"))
ZONES = ("a", "b", "c")
# Bounds tell what hangs from what is slow. They are a quiet machine's; one that is five times slower, or busy
# besides, gets so many times as much. What is claimed of time is measured, not waited for.
PATIENCE = float(os.environ.get("KLAMM_PATIENCE", "5"))


def until(condition, seconds=30, what="", every=0.02):
    """The condition's first true value; AssertionError when there is none within PATIENCE times `seconds`."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds * PATIENCE:.0f} s: {what or condition.__name__}")
        time.sleep(every)


given = set()  # to tests of this process, which may run together
given_lock = threading.Lock()


def all_free(addresses):
    try:
        for address in addresses:
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(address)
        return True
    except OSError:
        return False


# Below those that the kernel gives to whoever connects: a klammd that starts again would find its own taken.
PORTS = range(20000, 32766, 3)


def free_port_block():
    """Three ports in a row that nothing has now."""
    with given_lock:
        while True:
            first = random.choice(PORTS)
            if first not in given and all_free([("127.0.0.1", port) for port in range(first, first + 3)]):
                given.add(first)
                return first


def random_network():
    """A 127.N whose broker addresses nothing uses."""
    with given_lock:
        while True:
            network = f"127.{random.randrange(20, 250)}"
            if network not in given and all_free([(f"{network}.{i}.10", port) for i in range(1, 4)
                                                  for port in (9092, 9093)]):
                given.add(network)
                return network


def processes_of(directory):
    """{pid: command line} of every process whose command line or directory is below `directory`."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            here = os.readlink(entry / "cwd")
        except OSError:
            continue
        if line and (re.search(re.escape(str(directory)) + r"([/ ]|$)", line) or (here + "/").startswith(str(directory) + "/")):
            found[int(entry.name)] = line
    return found


# Of a cluster with a broker in each of three zones: those and three controllers.
PROCESSES = 6


def pids_of(directory, program):
    return [pid for pid, line in processes_of(directory).items() if line.split()[0].endswith(program)]


def broker_pids(directory):
    return [pid for pid in pids_of(directory, "klamm-broker")]


def kill9(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def process_dirs(directory):
    """Directories of brokers and controllers below a klamm's agents."""
    return sorted(p for p in Path(directory).glob("agents/*/processes/*/*"))


def mounts_of(directory):
    return [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()
            if line.split()[1].startswith(f"{directory}/")]


def cgroups_of(directory):
    """Directories of the cgroups of all processes of a klamm, as far as they are there."""
    groups = {Path(line) for p in Path(directory).glob("agents/*/processes/*/*/cgroup") for line in p.read_text().split()}
    return sorted(group for group in groups if group.is_dir())


def remove_cgroup(group):
    """A process that is ending has no command line any more, and is in its cgroup still."""
    try:
        group.rmdir()
    except OSError as e:
        if e.errno != errno.EBUSY:
            raise
        return False
    return True


class Klamm:
    """A directory with credentials and an endpoint; the clients that go with them."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="klamm-it-"))
        self.port = free_port_block()
        self.network = random_network()
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def env(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KLAMM_"))}
        env.update(AWS_ENDPOINT_URL=self.endpoint, AWS_REGION="us-east-1", AWS_DEFAULT_REGION="us-east-1",
                   KLAMM_ENDPOINT=self.endpoint,
                   AWS_SHARED_CREDENTIALS_FILE=str(self.dir / "credentials"), NO_PROXY="*", no_proxy="*")
        return env

    def client(self):
        import boto3
        from botocore.config import Config
        keys = dict(line.split(" = ") for line in (self.dir / "credentials").read_text().splitlines()[1:])
        return boto3.client("kafka", endpoint_url=self.endpoint, region_name="us-east-1",
                            aws_access_key_id=keys["aws_access_key_id"],
                            aws_secret_access_key=keys["aws_secret_access_key"],
                            config=Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=60))

    def klamm(self, *words, ok=True):
        done = subprocess.run([BUILD / "klamm", *words], env=self.env(), capture_output=True, text=True, timeout=600)
        assert not ok or done.returncode == 0, f"klamm {words}: {done.returncode} {done.stderr}"
        return done

    def aws(self, *words):
        done = subprocess.run([Path(sys.executable).parent / "aws", "kafka", *words, "--output", "json"],
                              env=self.env(), capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"aws kafka {words}: {done.returncode} {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def logs(self):
        for log in sorted((self.dir / "logs").glob("*")):
            print(f"--- the end of {log}:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:]))
        for log in sorted(self.dir.glob("agents/*/processes/*/*/log.txt")):
            print(f"--- the end of {log}:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-8:]))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            self.logs()
        # Supervisors first, so that nothing is started again.
        for program in ("/klamm", "/klamm-agent"):
            kill9(pids_of(self.dir, program))
        until(lambda: kill9(processes_of(self.dir)) or not processes_of(self.dir), 10,
              f"end of all processes of {self.dir}")
        # Of brokers that were killed with their agents.
        for path in mounts_of(self.dir):
            subprocess.run(["umount", path], check=True)
        for group in cgroups_of(self.dir):
            until(lambda group=group: remove_cgroup(group), 10, f"end of the processes in {group}")
        if not os.environ.get("KLAMM_KEEP"):
            shutil.rmtree(self.dir)


class Dev(Klamm):
    """`klamm dev` in a directory of its own."""

    def __init__(self, *options, start=True):
        super().__init__()
        self.options = options
        self.process = None
        if start:
            try:
                self.start()
            except BaseException:
                self.__exit__(*sys.exc_info())
                raise

    def command(self):
        return [BUILD / "klamm", "dev", "--data-dir", self.dir, "--port", str(self.port), "--network", self.network,
                *self.options]

    def start(self, seconds=60):
        self.output = self.dir / "dev.out"
        self.dir.mkdir(exist_ok=True)
        with open(self.output, "w") as out:
            self.process = subprocess.Popen(self.command(), stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                            start_new_session=True)
        try:
            until(self.is_up, seconds, "klamm dev is up")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output.read_text()}") from error
        self.arn = self.shown("cluster").split()[1]
        self.bootstrap = self.shown("bootstrap")
        return self

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"klamm dev ended with {self.process.returncode}:\n{self.output.read_text()}")
        return "Ctrl-C stops everything" in self.output.read_text()

    def shown(self, name):
        for line in self.output.read_text().splitlines():
            if line.startswith(f"  {name} "):
                return line.split(None, 1)[1]
        raise AssertionError(f"klamm dev shows no {name}:\n{self.output.read_text()}")

    def stop(self, seconds=300, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(seconds)


class Parts(Klamm):
    """klammd and agents as single processes; agents leave their brokers running when they end."""

    def __init__(self, certificate_lifetime="365d", lost_after="15m"):
        super().__init__()
        self.broker_program = BUILD / "klamm-broker"
        self.volume_driver = "directory"
        self.children = {}
        for name in ("logs", "agents"):
            (self.dir / name).mkdir()
        secret = secrets.token_hex(20)
        (self.dir / "secret").write_text(secret)
        (self.dir / "credentials").write_text(
            f"[default]\naws_access_key_id = AKIATEST\naws_secret_access_key = {secret}\n")
        subnets = "".join(f"    - id: subnet-{z}\n      zone: us-east-1{z}\n      cidr: {self.network}.{i}.0/24\n"
                          for i, z in enumerate(ZONES, 1))
        (self.dir / "klammd.yaml").write_text(
            f"data_dir: klammd\nregion: us-east-1\naccount_id: \"123456789012\"\n"
            f"rest:\n  listen: 127.0.0.1:{self.port + 1}\n  loopback_http: 127.0.0.1:{self.port}\n"
            f"agents:\n  listen: 127.0.0.1:{self.port + 2}\n  certificate_lifetime: {certificate_lifetime}\n"
            f"  lost_after: {lost_after}\n"
            f"vpc:\n  id: vpc-test\n  cidr: {self.network}.0.0/16\n  security_group: sg-test\n  subnets:\n{subnets}"
            f"credentials:\n  - access_key_id: AKIATEST\n    secret_file: secret\n")

    def spawn(self, name, *argv):
        with open(self.dir / f"logs/{name}.log", "a") as log:
            self.children[name] = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                                   start_new_session=True)

    def start_klammd(self, wait=True):
        self.spawn("klammd", BUILD / "klammd", "--config", self.dir / "klammd.yaml")
        if wait:
            until(self.answers, 15, "klammd answers")

    def answers(self):
        assert self.children["klammd"].poll() is None, "klammd has ended"
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
            return True
        except OSError:
            return False

    def start_agent(self, zone, name=None, options=()):
        name = name or f"agent-{zone}"
        data = self.dir / f"agents/{name}"
        token = self.dir / f"agents/{name}.token"
        if not token.exists():  # one for life: a join that was cut goes on with it
            token.write_text(self.token())
        self.spawn(name, BUILD / "klamm-agent", "--data-dir", data, "--name", name, "--zone", f"us-east-1{zone}",
                   "--server", f"https://127.0.0.1:{self.port + 2}", "--ca-file", self.dir / "klammd/pki/ca.crt",
                   "--token-file", token, "--broker-program", self.broker_program,
                   "--volume-driver", self.volume_driver,
                   *(options or ("--cpus", "8", "--memory-gib", "32", "--storage-gib", "1000")))

    def token(self):
        return subprocess.run([BUILD / "klammd", "token", "create", "--config", self.dir / "klammd.yaml"],
                              capture_output=True, text=True, check=True).stdout

    def log(self, name):
        return (self.dir / f"logs/{name}.log").read_text()

    def start(self):
        self.start_klammd()
        for zone in ZONES:
            self.start_agent(zone)
        return self

    def kill(self, name):
        self.children[name].kill()
        self.children[name].wait()


def cluster_request(name, brokers=3):
    return dict(ClusterName=name, KafkaVersion="4.3.0", NumberOfBrokerNodes=brokers,
                BrokerNodeGroupInfo=dict(InstanceType="kafka.m7g.large",
                                         ClientSubnets=[f"subnet-{z}" for z in ZONES],
                                         StorageInfo=dict(EbsStorageInfo=dict(VolumeSize=10))),
                EncryptionInfo=dict(EncryptionInTransit=dict(ClientBroker="PLAINTEXT", InCluster=False)),
                ClientAuthentication=dict(Unauthenticated=dict(Enabled=True)))


def state_of(client, arn):
    """The cluster's state, or GONE."""
    try:
        return client.describe_cluster(ClusterArn=arn)["ClusterInfo"]["State"]
    except client.exceptions.NotFoundException:
        return "GONE"


def run_one(test):
    """True when it passes."""
    began = time.monotonic()
    try:
        note = test()
        print(f"ok    {test.__name__} ({time.monotonic() - began:.1f} s){': ' + note if note else ''}", flush=True)
        return True
    except Exception:  # a failure of any kind is the test's
        print(f"FAIL  {test.__name__} ({time.monotonic() - began:.1f} s)\n{traceback.format_exc()}", flush=True)
        return False


def long(test):
    """Marks a test that is too long for `make test`: it runs with --full (`make slow`), or when it is named."""
    test.is_long = True
    return test


def is_wanted(test):
    if sys.argv[1:]:
        return test.__name__ in sys.argv[1:]
    return "KLAMM_FULL" in os.environ or not hasattr(test, "is_long")


def run(tests, together=1):
    """Runs them, so many at a time: those that mostly wait need not wait for each other."""
    wanted = [test for test in tests if is_wanted(test)]
    for test in tests:
        if test not in wanted and not sys.argv[1:]:
            print(f"left to --full: {test.__name__}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(together) as pool:
        results = list(pool.map(run_one, wanted))
    print(f"{results.count(True)} passed, {results.count(False)} failed", flush=True)
    sys.exit(1 if False in results else 0)
