"""klammd on ports of its own in a directory of its own, and agents of zones a, b, c that only pretend to run
processes: they join, poll and report over mTLS like real ones, so that clusters become ACTIVE at once."""
import http.client
import json
import os
import random
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback

REGION, ACCOUNT, KEY = "us-east-1", "123456789012", "AKIDKLAMMTEST"
SUBNETS = {"subnet-a": "us-east-1a", "subnet-b": "us-east-1b", "subnet-c": "us-east-1c", "subnet-a2": "us-east-1a"}
CONFIG = """data_dir: data
region: %(region)s
account_id: "%(account)s"
rest: {listen: "%(host)s:%(https)d", loopback_http: "%(host)s:%(http)d"}
agents: {listen: "%(host)s:%(agents)d"}
vpc:
  id: vpc-1
  cidr: 127.77.0.0/16
  security_group: sg-1
  subnets:
    - {id: subnet-a, zone: us-east-1a, cidr: 127.77.1.0/24}
    - {id: subnet-b, zone: us-east-1b, cidr: 127.77.2.0/24}
    - {id: subnet-c, zone: us-east-1c, cidr: 127.77.3.0/24}
    - {id: subnet-a2, zone: us-east-1a, cidr: 127.77.4.0/24}
credentials:
  - {access_key_id: %(key)s, secret_file: secret}
"""


def wait_until(what, test, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = test()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("not within %d s: %s" % (seconds, what))


def free_ports(host, n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind((host, 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Klammd:
    def __init__(self, program):
        self.program, self.process, self.agents = program, None, []
        self.dir = tempfile.mkdtemp(prefix="klamm-rest-")
        self.host = "127.%d.%d.%d" % tuple(random.randint(1, 250) for _ in range(3))
        self.https, self.http, self.agents_port = free_ports(self.host, 3)
        self.secret = secrets.token_hex(20)
        with open(self.path("secret"), "w") as f:
            f.write(self.secret)
        with open(self.path("klammd.yaml"), "w") as f:
            f.write(CONFIG % {"region": REGION, "account": ACCOUNT, "key": KEY, "host": self.host, "https": self.https,
                              "http": self.http, "agents": self.agents_port})
        self.endpoint = "http://%s:%d" % (self.host, self.http)
        self.tls_endpoint = "https://%s:%d" % (self.host, self.https)
        self.start()

    def path(self, name):
        return os.path.join(self.dir, name)

    def log(self):
        with open(self.path("log")) as f:
            return f.read()

    def ready(self):
        assert self.process.poll() is None, "klammd ended:\n" + self.log()
        return "klammd_ready" in self.log()

    def start(self):
        with open(self.path("log"), "w") as log:
            self.process = subprocess.Popen([self.program, "--config", self.path("klammd.yaml")], stdout=log, stderr=log)
        wait_until("klammd ready", self.ready)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        for a in self.agents:
            a.stopped = True
        self.process.terminate()
        status = self.process.wait(20)
        log = self.log()
        shutil.rmtree(self.dir)
        assert status == 0, "klammd ended with %d:\n%s" % (status, log[-3000:])

    def token(self):
        return subprocess.run([self.program, "token", "create", "--config", self.path("klammd.yaml")], check=True,
                              capture_output=True, text=True).stdout.strip()

    def add_agents(self):
        # A token is made while klammd is down: the store has one writer.
        self.process.terminate()
        self.process.wait(20)
        tokens = [self.token() for _ in range(3)]
        self.start()
        for token, letter in zip(tokens, "abc"):
            self.agents.append(Agent(self, "node-" + letter, "us-east-1" + letter, token))


class Agent(threading.Thread):
    def __init__(self, klammd, name, zone, token):
        super().__init__(daemon=True)
        self.klammd, self.name_, self.stopped = klammd, name, False
        self.wanted, self.used, self.asks, self.rebalances, self.failure = [], {}, [], [], None
        self.on_rebalance = lambda wish: None  # what it has come to; None: nothing yet
        self.on_ask = lambda ask: {"error": "UNREACHABLE", "message": "there is no broker"}
        key, csr, crt = (klammd.path(name + x) for x in (".key", ".csr", ".crt"))
        subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                        key, "-out", csr, "-subj", "/CN=" + name], check=True, capture_output=True)
        self.tls = ssl.create_default_context(cafile=klammd.path("data/pki/ca.crt"))
        with open(csr) as f:
            answer = self.call("/agent/v1/join", {"token": token, "csr": f.read(), "name": name, "zone": zone, "cpus": 512,
                                                  "memory_bytes": 1 << 40, "disk_bytes": 1 << 50})
        with open(crt, "w") as f:
            f.write(answer["certificate"])
        self.tls.load_cert_chain(crt, key)
        self.start()

    def call(self, path, body):
        c = http.client.HTTPSConnection(self.klammd.host, self.klammd.agents_port, context=self.tls, timeout=60)
        try:
            c.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            r = c.getresponse()
            text = r.read()
            assert r.status == 200, "%s: %d %s" % (path, r.status, text)
            return json.loads(text)
        finally:
            c.close()

    def report(self):
        """`used` has bytes by the id of a process: how full its volume is."""
        seen = []
        for p in self.wanted:
            one = {"id": p["id"], "revision": p["revision"], "state": "gone" if p.get("gone") else "running"}
            if p["id"] in self.used and p.get("volumeBytes"):
                one.update(usedBytes=self.used[p["id"]], totalBytes=p["volumeBytes"])
            if self.failure and not p.get("gone"):
                one.update(state="failed", reason=self.failure)
            seen.append(one)
        answers = [{"id": a["id"], **self.on_ask(a)} for a in self.asks]
        moves = [{**r, **self.on_rebalance(r)} for r in self.rebalances if self.on_rebalance(r)]
        self.call("/agent/v1/report", {"processes": seen, "answers": answers, "rebalances": moves})

    def run(self):
        revision = 0
        while not self.stopped:
            try:
                wanted = self.call("/agent/v1/poll", {"revision": revision})
                revision = wanted["revision"]
                self.wanted, self.asks = wanted["processes"], wanted.get("asks", [])
                self.rebalances = wanted.get("rebalances", [])
                self.report()
            except (OSError, http.client.HTTPException):
                revision = 0  # klammd is being restarted: what was said may be lost, say it anew
                time.sleep(0.05)


def run_tests(klammd, tests, only, violations=()):
    """Calls each test_ of a module's names, or those that are named, and stops klammd; the exit code. What is in the
    list `violations` behind a test fails it: where the service model disagrees."""
    passed = failed = 0
    try:
        klammd.add_agents()
        for name, test in [(n, t) for n, t in tests.items() if n.startswith("test_") and (not only or n in only)]:
            if violations:
                violations.clear()
            try:
                test()
                assert not violations, "the model disagrees:\n  " + "\n  ".join(sorted(set(violations)))
                passed += 1
            except Exception:  # one claim that fails must not hide the others
                failed += 1
                print("--- %s failed:" % name)
                traceback.print_exc(file=sys.stdout)
    finally:
        klammd.stop()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0
