"""Two simulated hosts with guests that are to change places, worked on by processes that may be killed."""

from __future__ import annotations

import re
import sqlite3
import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from drivers.contract.complete import CompleteHost, open_complete
from drivers.simulated import faults
from reconciler.inputs.images.content import Bytes
from specs.identity import Kind
from tests.reconciler.execute.lab import Lab

ARGUMENTS = ("tree", "--state", "sqlite:///state.db")
HOSTS = ("one", "two")
RUNNING = ("ledger", "mail", "shop")
STOPPED = ("archive", "spare")
MOVED = {"shop": "two", "ledger": "two", "archive": "two", "spare": "two", "mail": "one"}
"""Where each guest goes; it comes from the other host."""
COPIED = {"ledger": "disk", "archive": "disk", "mail": "disk"}
"""The guests whose storage goes along."""

_HOSTS = """
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {{name: shop}}
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: one}}
spec: {{uri: "sim:../{one}?host=one"}}
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: two}}
spec: {{uri: "sim:../{two}?host=two"}}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {{name: lan}}
spec: {{hosts: all}}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{hosts: all, target: /srv/images}}
"""
_SHARED = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: nfs}
spec:
  hosts: all
  shared: true
  type: netfs
  target: /srv/nfs
  source: {hosts: [{name: nas}], dir: /export, format: nfs}
"""
_GUEST = """
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: {name}.img}}
spec: {{pool: {pool}, source: image, capacity: 1MiB}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}}}
spec:
  host: {host}
  state: {state}
  autostart: true
  memory: 1GiB
  disks: [{{target: vda, volume: {{pool: {pool}, name: {name}.img}}}}]
  interfaces: [{{network: lan}}]
"""


@dataclass(frozen=True)
class Fleet(Lab):
    """Everything is below `folder`; both hosts are in one file, or each in its own."""

    apart: bool = False

    @property
    def files(self) -> dict[str, str]:
        return {host: f"{host}.db" if self.apart else "host.db" for host in HOSTS}

    def again(self, folder: Path) -> Fleet:
        """A copy of it."""
        return Fleet(self.copy(folder).folder, self.apart)

    @property
    def guests(self) -> tuple[str, ...]:
        """In two files no storage is shared."""
        return tuple(name for name in MOVED if name in COPIED or not self.apart)

    def place(self, *, moved: bool) -> None:
        """Declares each guest where it is to be before the moves, or after them."""
        tree = self.folder / "tree"
        tree.mkdir(exist_ok=True)
        (tree / "image").write_bytes(b"the image" * 1000)
        parts = [_HOSTS.format(**self.files), *([] if self.apart else [_SHARED])]
        for name in self.guests:
            there, here = MOVED[name], next(host for host in HOSTS if host != MOVED[name])
            parts.append(
                _GUEST.format(
                    name=name,
                    pool="images" if name in COPIED else "nfs",
                    host=there if moved else here,
                    state="running" if name in RUNNING else "stopped",
                )
            )
        (tree / "all.yaml").write_text("---".join(parts))

    def apply(self, before=lambda: None) -> int:  # type: ignore[no-untyped-def]
        return self.call("apply", *ARGUMENTS, "--yes", before=before)

    def plan(self) -> int:
        return self.call("plan", *ARGUMENTS, "--detailed-exitcode")

    def harm(self, host: str, verb: str, name: str, error: str) -> None:
        faults.inject(self.folder / self.files[host], host, verb, name, error)

    def pending(self) -> int:
        """How many faults nothing has run into."""
        return sum(len(faults.pending(self.folder / file)) for file in set(self.files.values()))

    def lose_state(self) -> None:
        for file in self.folder.glob("state.db*"):
            file.unlink()

    def driver(self, host: str) -> CompleteHost:
        return open_complete(f"sim://{self.folder}/{self.files[host]}?host={host}", host=host)

    def guests_write(self) -> None:
        """Every guest has written to its disk since it was made."""
        for name in self.guests:
            pool = "images" if name in COPIED else "nfs"
            host = next(iter(self.copies(name)))
            driver = self.driver(host)
            driver.storage.upload(f"{pool}/{name}.img", Bytes(written(name)), lambda _: None)
            driver.close()

    def remove(self, host: str, kind: Kind, name: str) -> None:
        """Somebody takes something away by hand."""
        driver = self.driver(host)
        driver.lifecycle.undefine(kind, name)
        driver.close()

    # what is there

    def copies(self, name: str) -> dict[str, str]:
        """The hosts that hold a guest, with its power there."""
        query = "SELECT host, power FROM objects WHERE kind = 'Domain' AND name = ?"
        return dict(self._all(query, name))

    def start_of(self, name: str) -> str:
        """What tells a start of a running guest from any other one."""
        query = "SELECT live FROM objects WHERE kind = 'Domain' AND name = ? AND live IS NOT NULL"
        ((live,),) = self._all(query, name)
        match = re.search(r"<domain[^>]* id=\"(\d+)\"", live)
        assert match
        return match[1]

    def disk(self, name: str, host: str) -> bytes:
        """What a guest's disk holds, as that host sees it, up to the last byte that was written."""
        pool = "images" if name in COPIED else "nfs"
        query = "SELECT data, length FROM contents WHERE host = ? AND place = ? AND name = ? ORDER BY number"
        rows = self._all(query, host if name in COPIED else "", f"/srv/{pool}", f"{name}.img")
        return b"".join(bytes(n) if data is None else zlib.decompress(data) for data, n in rows).rstrip(b"\0")

    def everything(self) -> dict[tuple[str, ...], object]:
        """All that is on the hosts, without what they make up anew each time."""
        found: dict[tuple[str, ...], object] = {}
        for host, kind, name, document, power, autostart in self._all(
            "SELECT host, kind, name, document, power, autostart FROM objects"
        ):
            bridge = r'<mac address[^>]*>| readback="[^"]*"' if kind == Kind.NETWORK else "(?!)"
            found[host, kind, name] = (re.sub(bridge, "", document), power, autostart)
        for host, place, name, document in self._all("SELECT host, place, name, document FROM volumes"):
            found[host, place, name] = re.sub(r"(?s)<timestamps>.*</timestamps>", "", document)
        return found

    def _all(self, query: str, *values: str) -> list[tuple]:  # type: ignore[type-arg]
        rows = []
        for file in sorted(set(self.files.values())):
            with closing(sqlite3.connect(self.folder / file)) as connection:
                rows += connection.execute(query, values).fetchall()
        return rows


def written(name: str) -> bytes:
    """What a guest has on its disk."""
    return f"what {name} wrote".encode() * 5000
