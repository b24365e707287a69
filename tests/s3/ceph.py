"""A real S3 server for the tests: Ceph's RADOS Gateway on loopback, one of every daemon, in one folder.

`python tests/s3/ceph.py COMMAND` runs a command with a server, and the variables that lead to it; a shell without one.
Needs no root, no systemd and no network, only PACKAGES; everything is gone at the end.
"""

import base64
import hmac
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.utils import formatdate
from pathlib import Path

PACKAGES = "ceph-mon ceph-osd radosgw"  # of Debian and Ubuntu: apt install --no-install-recommends
PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin", "setpriv")
SECONDS = 120  # that any step may take
KEY, SECRET = "tester", "not-a-secret"

CONF = """
[global]
fsid = {fsid}
mon_host = {mon}
mon_initial_members = a
public_network = 127.0.0.0/8
run_dir = {folder}
admin_socket =
keyring = {folder}/keyring
log_file = {folder}/$name.log
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
ms_bind_msgr1 = false
# One copy of everything, few placement groups, on the one OSD.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000

[mon]
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
mon_data = {folder}/mon
mon_data_avail_warn = 1
mon_data_avail_crit = 0

[osd]
osd_data = {folder}/osd
osd_objectstore = bluestore
bluestore_block_size = 8589934592
bluestore_cache_autotune = false
bluestore_cache_size = 33554432
bluestore_fsck_on_mount = false
osd_memory_target = 939524096
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 1

[client]
rgw_frontends = beast endpoint={gateway} tcp_nodelay=1
rgw_thread_pool_size = 32
rgw_enable_usage_log = false
"""


def missing() -> list[str]:
    """The programs that aren't installed here."""
    return [name for name in PROGRAMS if not shutil.which(name)]


@contextmanager
def ceph(bucket: str = "bucket") -> Iterator[dict[str, str]]:
    """A gateway with a user and a bucket, until the end of the block: the variables that S3 clients read.

    The daemons die with this process, however it ends.
    """
    with tempfile.TemporaryDirectory(prefix="ceph-") as folder, ExitStack() as stack:
        cluster = Cluster(Path(folder), stack)
        cluster.start_mon()
        cluster.start_osd()
        cluster.start_gateway()
        cluster.make_user()
        cluster.make_bucket(bucket)
        yield cluster.variables


class Cluster:
    """The programs of Ceph on a configuration of their own. The daemons stop with the stack."""

    def __init__(self, folder: Path, stack: ExitStack):
        self.folder = folder
        self.stack = stack
        self.fsid = str(uuid.uuid4())
        self.mon = f"[v2:127.0.0.1:{_free_port()}/0]"
        gateway = f"127.0.0.1:{_free_port()}"
        self.url = f"http://{gateway}"
        conf = CONF.format(folder=folder, fsid=self.fsid, mon=self.mon, gateway=gateway)
        (folder / "ceph.conf").write_text(conf)
        self.environ = {**os.environ, "CEPH_CONF": str(folder / "ceph.conf")}

    def start_mon(self) -> None:
        keyring = str(self.folder / "keyring")
        everything = [word for daemon in ("mon", "osd", "mgr") for word in ("--cap", daemon, "allow *")]
        self.run("ceph-authtool", keyring, "-C", "-g", "-n", "mon.", "--cap", "mon", "allow *")
        self.run("ceph-authtool", keyring, "-g", "-n", "client.admin", *everything)
        monmap = str(self.folder / "monmap")
        self.run("monmaptool", monmap, "--create", "--fsid", self.fsid, "--addv", "a", self.mon)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self.daemon("ceph-mon", "-i", "a")

    def start_osd(self) -> None:
        (self.folder / "osd").mkdir()
        keyring, identity = str(self.folder / "osd" / "keyring"), str(uuid.uuid4())
        self.run("ceph-authtool", keyring, "-C", "-g", "-n", "osd.0")
        secret = self.run("ceph-authtool", keyring, "-p", "-n", "osd.0").strip()
        self.run("ceph", "osd", "new", identity, "-i", "-", stdin=json.dumps({"cephx_secret": secret}))
        self.run("ceph-osd", "--mkfs", "-i", "0", "--keyring", keyring, "--osd-uuid", identity)
        self.daemon("ceph-osd", "-i", "0", "--keyring", keyring)

    def start_gateway(self) -> None:
        process = self.daemon("radosgw", "-n", "client.admin")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and process.poll() is None:
            try:
                urllib.request.urlopen(self.url, timeout=5)
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("radosgw doesn't answer\n" + (self.folder / "radosgw.out").read_text()[-2000:])

    def make_user(self) -> None:
        keys = [f"--access-key={KEY}", f"--secret-key={SECRET}"]
        self.run("radosgw-admin", "user", "create", "--uid=tester", "--display-name=Tester", *keys)

    def make_bucket(self, name: str) -> None:
        """What no part of bcb does: signed here by hand (AWS signature, version 2)."""
        date = formatdate(usegmt=True)
        signature = base64.b64encode(hmac.digest(SECRET.encode(), f"PUT\n\n\n{date}\n/{name}".encode(), "sha1"))
        headers = {"Date": date, "Authorization": f"AWS {KEY}:{signature.decode()}"}
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/{name}", method="PUT", headers=headers))

    @property
    def variables(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "default",
        }

    def run(self, *command: str, stdin: str = "") -> str:
        """What a program prints, once it is done. Raises RuntimeError with what it complained of."""
        done = subprocess.run(
            command, env=self.environ, input=stdin, capture_output=True, text=True, timeout=SECONDS, cwd=self.folder
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def daemon(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        """A daemon, in the foreground. Killed at the end: with its folder gone, there is nothing to put in order."""
        command = ["setpriv", "--pdeathsig", "KILL", name, "-f", *options]
        with (self.folder / f"{name}.out").open("wb") as out:
            process = subprocess.Popen(command, env=self.environ, stdout=out, stderr=out, cwd=self.folder)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> None:
    """Run a command with a server (a shell if none is given)."""
    command = sys.argv[1:] or [os.environ.get("SHELL", "sh")]
    if missing():
        sys.exit(f"{', '.join(missing())} not installed; on Debian: apt install --no-install-recommends {PACKAGES}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = time.monotonic()
    with ceph() as variables:
        print(f"A gateway after {time.monotonic() - began:.0f} s:", *map("=".join, variables.items()), file=sys.stderr)
        sys.exit(subprocess.call(command, env={**os.environ, **variables}))


if __name__ == "__main__":
    main()
