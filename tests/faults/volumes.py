"""Volumes of limited size, one a node: a tmpfs that shrinks to what it holds (full) and grows again.

The mounts are this process's mount namespace's (run.sh makes it private) and those of the nodes that it
starts: they go when the last of them ends, however it ends.
"""
import os
import shutil
import subprocess

from network import run
from nodes import Cluster, Node

PAGE = 4096
# A broker of klamm refuses to write with less than 64 MiB free, and resumes with an eighth more.
VOLUME_BYTES = 512 * 1024 * 1024


class VolumeNode(Node):
    """A node whose log directory lies on a volume of its own: `volume/data` (see VolumeCluster)."""

    def make_dir(self):
        super().make_dir()
        self.volume = self.dir / "volume"
        self.volume.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size={VOLUME_BYTES}", self.host, self.volume)

    def _used(self):
        v = os.statvfs(self.volume)
        return (v.f_blocks - v.f_bfree) * v.f_frsize

    def _resize(self, size):
        run("mount", "-o", f"remount,size={size}", self.volume)

    def fill(self, pages):
        """Leaves room for `pages` more. The node writes meanwhile, so that what is used may grow past the size."""
        for _ in range(100):
            try:
                self._resize(max(self._used() + pages * PAGE, PAGE))
                return
            except subprocess.CalledProcessError as e:
                failure = e
        raise RuntimeError(f"{self.host}: the volume cannot be made full: {failure.stderr}")

    def free(self):
        self._resize(VOLUME_BYTES)

    def keep(self):
        """What the volume holds is still there when the mount is not."""
        shutil.copytree(self.volume, self.dir / "kept", dirs_exist_ok=True)


class VolumeCluster(Cluster):
    node_class = VolumeNode

    def __init__(self, *args, **more):
        super().__init__(*args, log_dirs=("volume/data",), **more)

    def keep(self):
        for node in self.nodes():
            node.keep()

    def remove(self):
        for node in self.nodes():
            subprocess.run(["umount", node.volume], stderr=subprocess.DEVNULL)
        super().remove()
