"""The host of a folder, and the endpoint that holds it."""

from __future__ import annotations

import os
from pathlib import Path

from drivers.base import Capabilities, MachineType, Offer
from drivers.base.errors import NotFound, Unreachable
from plainqemu.folder import Folder
from plainqemu.lifecycle import PlainLifecycle
from plainqemu.matrix import ROW
from plainqemu.observer import VERSION, PlainObserver


class PlainHost:
    """QEMU processes over one folder (drivers.base.Host)."""

    watch = live = storage = guest = move = snapshots = logs = None
    """Facets that it has not: whoever needs one says so to people."""

    def __init__(self, uri: str, folder: Folder, called: str) -> None:
        """`called` is what the fleet calls the host."""
        self.uri, self._folder = uri, folder
        self.observe = PlainObserver(folder, called)
        self.lifecycle = PlainLifecycle(folder, called)

    def capabilities(self) -> Capabilities:
        """What can be defined here."""
        with self._folder.locked():
            return Capabilities(
                family=ROW.family,
                version=VERSION,
                domain_types=ROW.types,
                os_types=("hvm",),
                arch="x86_64",
                kinds=ROW.kinds,
                cpus=os.cpu_count() or 1,
            )

    def offers(self, machine: MachineType) -> Offer:
        """The matrix says all of it already."""
        return {}

    def close(self) -> None:
        """Lets go of the folder; processes go on."""
        self._folder.closed = True


class PlainEndpoint:
    """A URI of this driver (drivers.base.Endpoint)."""

    def __init__(self, uri: str, *, readonly: bool) -> None:
        """Raises Unreachable when the folder is not there."""
        self.uri, self._readonly = uri, readonly
        self._path = Path(uri.partition("://")[2])
        if not self._path.is_absolute() or not self._path.is_dir():
            raise Unreachable(f"{uri}: '{self._path}' is no folder", "write plainqemu:///FOLDER")
        self._opened: list[PlainHost] = []

    def hosts(self) -> tuple[str, ...]:
        """One, which has no name of its own."""
        return ("",)

    def host(self, called: str, member: str = "") -> PlainHost:
        """The host of the folder."""
        if member:
            raise NotFound(f"{self.uri} is one host, and has none called '{member}'")
        host = PlainHost(self.uri, Folder(self._path, readonly=self._readonly), called)
        self._opened.append(host)
        return host

    def close(self) -> None:
        """Closes what was opened."""
        for host in self._opened:
            host.close()
