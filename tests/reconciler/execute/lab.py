"""A simulated host with a tree and a state in one folder, worked on by processes that may be killed.

A command runs in a fork of the test's process: what a real process does from `main` on, without its start.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from drivers.contract.complete import open_complete
from drivers.simulated import faults
from reconciler.cli import main
from reconciler.inputs import secrets
from specs.identity import Kind
from state import open_state
from tests.support import preloading

HOST = "default"
ARGUMENTS = ("tree", "--host", "sim:host.db", "--state", "sqlite:///state.db")
"""Relative to a lab's folder, so that the compiled tree is good for copies of a lab too."""
KILLED = -signal.SIGKILL
_PATIENCE = 60  # seconds that a process may take

UUID = "7d0c6f3a-1b2e-4f58-9c4d-2a6b8e0f1c37"
FLEET = """
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {name: shop}
spec: {uuid: 7d0c6f3a-1b2e-4f58-9c4d-2a6b8e0f1c37, prune: true, maxShrink: 100%}
"""

SHARED = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: images}
spec: {target: /srv/images}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: db.img}
spec: {pool: images, capacity: 1GiB}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: more.img}
spec: {pool: images, capacity: 1GiB}
---
apiVersion: virt-reconcile/v1
kind: Secret
metadata: {name: key}
spec: {usage: {type: ceph}, value: {file: ../key}}
"""

BEFORE = """
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
spec: {ips: [{address: 10.1.0.1/24, dhcp: {ranges: [{start: 10.1.0.10, end: 10.1.0.99}]}}]}
---
apiVersion: virt-reconcile/v1
kind: NetworkFilter
metadata: {name: quiet}
spec: {rules: [{action: drop, direction: in}]}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: web.img}
spec: {pool: images, capacity: 1GiB}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: scratch.img}
spec: {pool: images, capacity: 1GiB, onDelete: delete}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec:
  memory: {size: 1GiB, max: 2GiB}
  vcpus: {count: 1, max: 2}
  autostart: true
  disks:
  - {target: vda, volume: {pool: images, name: web.img}}
  - {target: vdb, volume: {pool: images, name: scratch.img}}
  interfaces: [{network: lan, mac: '52:54:00:00:00:01'}]
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: db}
spec:
  memory: 1GiB
  disks: [{target: vda, volume: {pool: images, name: db.img}}]
  interfaces: [{network: lan, mac: '52:54:00:00:00:02'}]
  stop: {deadline: 100ms}
"""

AFTER = """
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
spec:
  ips:
  - address: 10.1.0.1/24
    dhcp:
      ranges: [{start: 10.1.0.10, end: 10.1.0.99}]
      hosts: [{mac: '52:54:00:00:00:01', ip: 10.1.0.5}]
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: web.img}
spec: {pool: images, capacity: 2GiB}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec:
  description: the shop's face
  memory: {size: 1536MiB, max: 2GiB}
  vcpus: {count: 2, max: 2}
  autostart: false
  disks:
  - {target: vda, volume: {pool: images, name: web.img}}
  - {target: vdc, volume: {pool: images, name: more.img}}
  interfaces: [{network: lan, mac: '52:54:00:00:00:01', link: down}]
"""

FIRST_BOUNDARIES = (
    ("define", "ceph:key"),
    ("set_secret_value", "ceph:key"),
    ("define", "quiet"),
    ("define", "lan"),
    ("set_metadata", "lan"),
    ("start", "lan"),
    ("set_autostart", "lan"),
    ("define", "images"),
    ("build_pool", "images"),
    ("start", "images"),
    ("set_autostart", "images"),
    ("define", "images/db.img"),
    ("define", "images/more.img"),
    ("define", "images/web.img"),
    ("define", "images/scratch.img"),
    ("define", "web"),
    ("set_metadata", "web"),
    ("start", "web"),
    ("set_autostart", "web"),
    ("define", "db"),
    ("set_metadata", "db"),
    ("start", "db"),
)
"""Every call by which the first apply changes the host."""

EDIT_BOUNDARIES = (
    ("set_secret_value", "ceph:key"),
    ("define", "lan"),
    ("set_metadata", "lan"),
    ("update_network", "lan"),
    ("resize_volume", "images/web.img"),
    ("define", "web"),
    ("set_metadata", "web"),
    ("set_autostart", "web"),
    ("set_memory", "web"),
    ("set_vcpus", "web"),
    ("set_text", "web"),
    ("update_device", "web"),
    ("detach_device", "web"),
    ("attach_device", "web"),
    ("stop", "db"),
    ("undefine", "db"),
    ("undefine", "images/scratch.img"),
    ("undefine", "quiet"),
)
"""Every call by which the apply of the edited tree changes it."""

ALIENS = {
    (Kind.NETWORK, "alien"): "<network><name>alien</name></network>",
    (Kind.STORAGE_POOL, "alien"): (
        "<pool type='dir'><name>alien</name><target><path>/srv/alien</path></target></pool>"
    ),
    (Kind.VOLUME, "alien/data.img"): (
        "<volume><name>data.img</name><capacity unit='MiB'>8</capacity></volume>"
    ),
    (Kind.VOLUME, "images/loose.img"): (
        "<volume><name>loose.img</name><capacity unit='MiB'>8</capacity></volume>"
    ),
    (Kind.DOMAIN, "alien"): (
        "<domain type='kvm'><name>alien</name><memory unit='MiB'>64</memory><os><type>hvm</type></os>"
        "</domain>"
    ),
}
"""What somebody else has on the host; the loose volume lies in a pool of ours."""


def _quick_hash(value: bytes, salt: bytes) -> bytes:
    """In place of the slow hash, which would take most of the tests' time."""
    return hashlib.sha256(salt + value).digest()


@dataclass(frozen=True)
class Lab:
    """Everything is below `folder`, so that a copy of it is another lab."""

    folder: Path

    @property
    def db(self) -> Path:
        return self.folder / "host.db"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def copy(self, folder: Path) -> Lab:
        shutil.copytree(self.folder, folder)
        return Lab(folder)

    def declare(self, *parts: str, key: str = "first value") -> None:
        tree = self.folder / "tree"
        tree.mkdir(exist_ok=True)
        (tree / "all.yaml").write_text("---".join((FLEET, SHARED, *parts)))
        (self.folder / "key").write_text(key)

    def apply(self, before: Callable[[], None] = lambda: None) -> int:
        return self.call("apply", *ARGUMENTS, "--yes", "--allow-data-loss", before=before)

    def plan(self) -> int:
        return self.call("plan", *ARGUMENTS, "--detailed-exitcode")

    def call(self, *arguments: str, before: Callable[[], None] = lambda: None) -> int:
        """A command's exit code, or minus the signal that ended it."""
        sys.stdout.flush()
        child = os.fork()
        if child:
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            preloading.take_over(self.folder)
            return code
        code = 99
        try:
            signal.alarm(_PATIENCE)
            output = os.open(self.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            os.chdir(self.folder)
            secrets._scrypt = _quick_hash
            before()
            code = main.call(list(arguments))
            sys.stdout.flush()
            sys.stderr.flush()
            preloading.leave_word(self.folder)
        finally:
            os._exit(code)

    def inject(self, verb: str, name: str, error: str, times: int = 1) -> None:
        faults.inject(self.db, HOST, verb, name, error, times)

    def settle(self, most: int = 1) -> None:
        """Applies at most so often until an apply ends well; then nothing is left to do."""
        for _ in range(most):
            code = self.apply()
            if code == 0:
                break
        assert code == 0, self.log
        assert self.plan() == 0, self.log

    def aliens_come(self) -> None:
        driver = open_complete(f"sim://{self.db}", host=HOST)
        for (kind, name), document in ALIENS.items():
            if name.startswith("images/"):
                continue
            driver.lifecycle.define(kind, name, document)
            if kind is Kind.STORAGE_POOL:
                driver.lifecycle.build_pool(name)
            if kind is not Kind.VOLUME:
                driver.lifecycle.start(kind, name)
        driver.close()

    def loose_volume_comes(self) -> None:
        driver = open_complete(f"sim://{self.db}", host=HOST)
        driver.lifecycle.define(Kind.VOLUME, "images/loose.img", ALIENS[Kind.VOLUME, "images/loose.img"])
        driver.close()

    # what is there

    def objects(self) -> dict[str, tuple[str, str | None, int | None]]:
        """Document, power and autostart of everything, and secrets' values, without what the host makes
        up anew each time: a bridge's MAC address (and the digest of what it stands in), a volume's times."""
        rows = self._rows("SELECT kind || '/' || name, document, power, autostart, value FROM objects")
        found = {}
        for name, document, power, autostart, value in rows:
            bridge = r'<mac address[^>]*>| readback="[^"]*"' if name.startswith("Network/") else "(?!)"
            found[name] = (re.sub(bridge, "", document), power, autostart)
            if value is not None:
                found[f"value of {name}"] = (value.decode(), None, None)
        for name, document in self.volumes().items():
            found[name] = (re.sub(r"(?s)<timestamps>.*</timestamps>", "", document), None, None)
        return found

    def aliens(self) -> dict[str, tuple[str, str | None]]:
        """All there is of what we do not manage, to the letter."""
        rows = self._rows("SELECT kind, document, live FROM objects WHERE name = 'alien'")
        found = {kind: (document, live) for kind, document, live in rows}
        found |= {
            name: (text, None) for name, text in self.volumes().items() if "alien" in name or "loose" in name
        }
        return found

    def volumes(self) -> dict[str, str]:
        return dict(self._rows("SELECT place || '/' || name, document FROM volumes"))

    def starts(self) -> dict[str, str]:
        """The running guests, each with the number of its start."""
        rows = self._rows("SELECT name, live FROM objects WHERE kind = 'Domain' AND live IS NOT NULL")
        return {name: re.search(r"<domain[^>]* id=\"(\d+)\"", live)[1] for name, live in rows}  # type: ignore[index]

    def active(self) -> list[tuple[Kind, str, str]]:
        """Persistent and live document of all that has both."""
        rows = self._rows("SELECT kind, document, live FROM objects WHERE live IS NOT NULL")
        return [(Kind(kind), document, live) for kind, document, live in rows]

    def endings(self) -> list[str]:
        """How each run of the journal ended, oldest first."""
        store = open_state(str(self.folder / "state.db"), readonly=True, fleet="shop", uuid=UUID)
        with closing(store):
            return [run.status for run in reversed(store.runs())]

    def _rows(self, query: str) -> list[tuple]:  # type: ignore[type-arg]
        with closing(sqlite3.connect(self.db)) as connection:
            return connection.execute(query).fetchall()
