"""Agents' certificates: renewed in time, whoever is killed when; both hold until they expire; then a token is needed."""
import http.client
import json
import os
import random
import shutil
import ssl
import time

from harness import Parts, run, until

LIFETIME_S = 10
LIVES = int(os.environ.get("KLAMM_KILLS", "8")) / 6  # of certificates, in the test that kills
SEED = int(os.environ.get("KLAMM_SEED", random.randrange(1 << 30)))


class Peer:
    """One mTLS connection to the agents' endpoint with a copy of an agent's identity as it is now."""

    def __init__(self, parts, name, copy):
        identity = parts.dir / f"agents/{name}/identity"
        self.files = parts.dir / copy
        shutil.copytree(identity, self.files)
        self.installation = (parts.dir / f"agents/{name}/installation").read_text().strip()
        self.port = parts.port + 2
        self.connection = None

    def connect(self):
        tls = ssl.create_default_context(cafile=self.files / "ca.crt")
        tls.load_cert_chain(self.files / "agent.crt", self.files / "agent.key")
        self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=tls, timeout=60)

    def status(self):
        """Of a report on the open connection."""
        self.connection.request("POST", "/agent/v1/report", json.dumps({"processes": [], "installation": self.installation}))
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


def renewals(parts, name):
    return parts.log(name).count("certificate_renewed")


def connected(parts, name):
    return any(row.startswith(f"{name} ") and "CONNECTED" in row for row in
               parts.klamm("node", "list").stdout.splitlines())


def old_and_new_hold_until_they_expire():
    with Parts(certificate_lifetime=f"{LIFETIME_S}s") as parts:
        parts.start_klammd()
        parts.start_agent("a")
        crt = parts.dir / "agents/agent-a/identity/agent.crt"
        until(crt.exists, 10, "joined")
        joined = time.monotonic()
        old = Peer(parts, "agent-a", "copy")
        until(lambda: renewals(parts, "agent-a") == 1, LIFETIME_S, "renewed")
        assert crt.read_text() != (old.files / "agent.crt").read_text()
        old.connect()
        assert old.status() == 200, "the old certificate is refused though it has not expired"
        until(lambda: time.monotonic() > joined + LIFETIME_S + 2, LIFETIME_S + 3, "the old one has expired", 0.1)
        assert old.status() == 401, "an open connection outlives its certificate"
        old.connect()
        try:
            raise AssertionError(f"an expired certificate is taken: {old.status()}")
        except (ssl.SSLError, ConnectionError):
            pass
        until(lambda: renewals(parts, "agent-a") >= 3, 2 * LIFETIME_S, "renewed again and again")
        assert connected(parts, "agent-a")
        assert "poll_failing" not in parts.log("agent-a"), parts.log("agent-a")


def whoever_is_killed_while_they_renew_no_token_is_needed():
    rng = random.Random(SEED)
    with Parts(certificate_lifetime=f"{LIFETIME_S}s") as parts:
        parts.start_klammd()
        parts.start_agent("a")
        until((parts.dir / "agents/agent-a/identity/agent.crt").exists, 10, "joined")
        parts.dir.joinpath("agents/agent-a.token").write_text("spent\n")
        kills, end = 0, time.monotonic() + LIVES * LIFETIME_S
        while time.monotonic() < end:
            seen = renewals(parts, "agent-a")
            # Dense where it matters: a renewal takes some milliseconds and begins at a whole second.
            time.sleep(rng.uniform(0.02, 0.1) if rng.random() < 0.5 else rng.uniform(0.1, 1.2))
            victim = rng.choice(("agent-a", "agent-a", "klammd"))
            parts.kill(victim)
            parts.start_klammd() if victim == "klammd" else parts.start_agent("a")
            kills += 1
            if renewals(parts, "agent-a") > seen:
                end += 0.1
        until(lambda: connected(parts, "agent-a"), 10, "agent-a is connected")
        assert renewals(parts, "agent-a") >= 1, parts.log("agent-a")
        return f"{kills} kills, {renewals(parts, 'agent-a')} renewals, KLAMM_SEED={SEED}"


def an_expired_certificate_is_replaced_with_a_new_token():
    with Parts(certificate_lifetime=f"{LIFETIME_S}s") as parts:
        parts.start_klammd()
        parts.start_agent("a")
        until(lambda: connected(parts, "agent-a"), 10, "joined")
        parts.kill("agent-a")
        time.sleep(LIFETIME_S + 1)
        token = parts.dir / "agents/agent-a.token"
        token.write_text("spent\n")
        parts.start_agent("a")
        assert parts.children["agent-a"].wait(60) == 1
        assert "certificate_expired" in parts.log("agent-a"), parts.log("agent-a")
        assert "token: not valid, used by another or expired" in parts.log("agent-a"), parts.log("agent-a")
        token.unlink()
        parts.start_agent("a")
        until(lambda: connected(parts, "agent-a"), 10, "joined again")


if __name__ == "__main__":
    run([old_and_new_hold_until_they_expire, whoever_is_killed_while_they_renew_no_token_is_needed,
         an_expired_certificate_is_replaced_with_a_new_token], together=3)
