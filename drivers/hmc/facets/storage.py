"""Virtual disks of a managed system: they grow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NoReturn

from drivers.base import Content
from drivers.base.errors import Unsupported
from drivers.hmc.client import HmcClient
from drivers.hmc.facets.lifecycle import volume
from drivers.hmc.holdings import grow_disk
from drivers.hmc.storage import StorageGroup, StoredThing
from drivers.hmc.system import SystemView


class HmcStorage:
    """drivers.base.Storage."""

    def __init__(self, client: HmcClient, system: str) -> None:
        """Of one system of a console."""
        self._client, self._system = client, system

    def resize(self, name: str, capacity: int) -> None:
        """Grows a virtual disk."""
        grow_disk(*self._found(name, "resize"), capacity)

    def upload(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        """The console takes files for its own installations only."""
        self._found(name, "upload")
        self._no_bytes()

    def download(self, name: str) -> Iterator[bytes | int]:
        """The console gives no bytes out."""
        volume(SystemView(self._client, self._system), name)
        self._no_bytes()

    def clone(self, name: str, document: str, source: str) -> None:
        """Virtual disks are not copied."""
        self._found(source, "clone")
        self._no_bytes()

    def _found(self, name: str, what: str) -> tuple[SystemView, StorageGroup, StoredThing]:
        self._client.session.require_writable(f"{what} {name}")
        view = SystemView(self._client, self._system)
        return (view, *volume(view, name))

    def _no_bytes(self) -> NoReturn:
        raise Unsupported(
            "the console neither takes nor gives the bytes of a volume",
            "install the partition over the network (NIM, or a boot image on an optical medium)",
        )
