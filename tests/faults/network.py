"""Hosts of their own on one machine: network namespaces around a bridge, and cuts between them.

    with Network(["client", "broker-1"]) as net:
        net.command("broker-1", ["klamm-broker", "server.properties"])   # argv that runs there
        net.cut("broker-1", "client")                                    # one way: 1's packets never arrive
        net.heal()

Needs root, iproute2 and nftables. The addresses are 10.77.0.x, reachable from these hosts alone.
"""
import os
import subprocess

SUBNET = "10.77.0"


def run(*argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class Network:
    def __init__(self, hosts):
        self.prefix = f"klf{os.getpid()}"
        self.address = {host: f"{SUBNET}.{n + 1}" for n, host in enumerate(hosts)}
        self.cuts = 0

    def namespace(self, host):
        return f"{self.prefix}-{host}"

    def command(self, host, argv):
        return ["ip", "netns", "exec", self.namespace(host), *map(str, argv)]

    def inside(self, host, *argv):
        run(*self.command(host, argv))

    def __enter__(self):
        try:
            self._switch()
            for n, host in enumerate(self.address):
                self._plug(n, host)
        except subprocess.CalledProcessError as e:
            self.__exit__()
            raise RuntimeError(f"{' '.join(e.cmd)}: {e.stderr.strip()}") from e
        return self

    def _switch(self):
        run("ip", "netns", "add", self.namespace("switch"))
        self.inside("switch", "ip", "link", "add", "bridge0", "type", "bridge")
        self.inside("switch", "ip", "link", "set", "bridge0", "up")

    def _plug(self, n, host):
        run("ip", "netns", "add", self.namespace(host))
        self.inside(host, "ip", "link", "set", "lo", "up")
        self.inside(host, "ip", "link", "add", "eth0", "type", "veth", "peer", "name", f"port{n}",
                    "netns", self.namespace("switch"))
        self.inside(host, "ip", "address", "add", f"{self.address[host]}/24", "dev", "eth0")
        self.inside(host, "ip", "link", "set", "eth0", "up")
        self.inside("switch", "ip", "link", "set", f"port{n}", "master", "bridge0", "up")
        self.inside(host, "nft", "add table inet cuts; "
                    "add chain inet cuts arriving { type filter hook input priority 0; }")

    def __exit__(self, *_):
        for host in ["switch", *self.address]:
            subprocess.run(["ip", "netns", "del", self.namespace(host)], stderr=subprocess.DEVNULL)

    def cut(self, source, target):
        """What `source` sends to `target` is dropped from now on, without a word to either."""
        self.inside(target, "nft", f"add rule inet cuts arriving ip saddr {self.address[source]} drop")
        self.cuts += 1

    def isolate(self, host, arriving=True, leaving=True, but=()):
        for other in self.address:
            if other == host or other in but:
                continue
            if arriving:
                self.cut(other, host)
            if leaving:
                self.cut(host, other)

    def heal(self):
        for host in self.address:
            self.inside(host, "nft", "flush chain inet cuts arriving")
