"""C4: klammd with 3,000 agents and 1,000 clusters. klamm's alone."""
import os
import statistics
import subprocess
import time
from pathlib import Path

from harness import BUILD, Parts, until

LOAD = BUILD / "tests/bench/fleet_load"
ACCOUNT = "123456789012"
REST_S = 60


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid):
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


def newest(parts):
    """polls, reports and failures of all agents so far."""
    lines = (parts.dir / "logs/load.log").read_text().splitlines() or ["polls=0 reports=0 failures=0"]
    return {k: int(v) for k, v in (word.split("=") for word in lines[-1].split())}


def calls(parts, what, n, clusters):
    key = (parts.dir / "secret").read_text()
    done = subprocess.run([LOAD, "calls", f"http://127.0.0.1:{parts.port}", "AKIATEST", key, "us-east-1", what, str(n),
                           ACCOUNT, str(clusters)], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return sorted(float(line) for line in done.stdout.split())


def c4(quick):
    agents, clusters = (300, 100) if quick else (3000, 1000)
    subprocess.run(["make", "-s", "MODE=rel", LOAD.relative_to(BUILD.parents[1])], cwd=BUILD.parents[1], check=True)
    with Parts(lost_after="1h") as parts:
        (parts.dir / "klammd").mkdir(mode=0o700)
        subprocess.run([LOAD, "store", parts.dir / "klammd", str(agents), str(clusters), ACCOUNT], check=True)
        began = time.monotonic()
        parts.start_klammd()
        print(f"C4: {agents} agents and {clusters} clusters; up in {time.monotonic() - began:.2f} s")
        pid = parts.children["klammd"].pid
        print(f"  before the first agent: {rss_mib(pid):.1f} MiB")
        parts.spawn("load", LOAD, "agents", parts.dir / "klammd", "127.0.0.1", str(parts.port + 2), str(agents), "3600")
        until(lambda: newest(parts)["polls"] >= agents and newest(parts)["reports"] >= agents, 120, "all agents have asked")
        time.sleep(5)
        before, seen = cpu_s(pid), newest(parts)
        time.sleep(REST_S)
        after = newest(parts)
        print(f"  at rest: {(cpu_s(pid) - before) / REST_S:.3f} of a core (target 0.1), {rss_mib(pid):.1f} MiB (target 100);"
              f" {(after['polls'] - seen['polls']) / REST_S:.0f} polls and {(after['reports'] - seen['reports']) / REST_S:.0f}"
              f" reports a second, {after['failures']} failures")
        for what, n, target in (("describe", 2000, 5), ("list", 500, 20), ("update", clusters, 20)):
            ms = calls(parts, what, n, clusters)
            print(f"  {what:<9} p50 {statistics.median(ms):.2f} ms  p99 {ms[int(len(ms) * .99)]:.2f} ms  max {ms[-1]:.2f} ms"
                  f"  of {n}   (target {target} ms)", flush=True)
        print(f"  in the end: {rss_mib(pid):.1f} MiB, {newest(parts)['failures']} failures")


def c5(_quick):
    """A plan for 10,000 replicas on 50 brokers."""
    bench = BUILD / "tests/bench/rebalance_bench"
    subprocess.run(["make", "-s", "MODE=rel", bench.relative_to(BUILD.parents[1])], cwd=BUILD.parents[1], check=True)
    print("C5: a plan for 10,000 replicas on 50 brokers (target 500 ms of CPU)")
    print(subprocess.run([bench, "10000", "50"], capture_output=True, text=True, check=True).stdout, end="", flush=True)
