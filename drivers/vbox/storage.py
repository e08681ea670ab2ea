"""Filling, reading, copying and growing the volumes of a VirtualBox host (drivers.base.Storage)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drivers.base import Content
from drivers.base.errors import NotFound, Refused
from drivers.native.commands import PIECE
from drivers.native.holdings import NativeVolume
from drivers.vbox import pools
from drivers.vbox.documents import read_object
from drivers.vbox.manage import VBoxManage
from drivers.vbox.observe import VBoxObserver
from drivers.vbox.volume_files import copy, forget, grow, look_at, machine_with, path_in

_NOTHING = bytes(PIECE)


class VBoxStorage:
    """An image's bytes are its file's bytes, in whatever format it is."""

    def __init__(self, manage: VBoxManage, observer: VBoxObserver) -> None:
        self._manage, self._observer = manage, observer

    def resize(self, name: str, capacity: int) -> None:
        """Grows an image."""
        self._manage.require_writable()
        grow(self._manage, self._path(name), capacity)

    def upload(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        """Writes an image's file anew; Refused while a machine has it. A raw one stays as long as it was."""
        self._manage.require_writable()
        path = self._path(name)
        form, size = look_at(self._manage, path)
        user = machine_with(self._manage, path)
        if user:
            raise Refused(
                f"'{path}' is a disk of machine {user}", "take it out there, or fill another volume"
            )
        self._manage.commands.write(path, content.pieces(), progress)
        if form == "raw" and look_at(self._manage, path)[0] == "raw":
            self._manage.shell('truncate -s ">$2" -- "$1"', path, str(size))
        forget(self._manage, path)

    def download(self, name: str) -> Iterator[bytes | int]:
        """An image's bytes; what is empty is told as a hole."""
        path = self._path(name)
        look_at(self._manage, path)
        for piece in self._manage.commands.read(path):
            yield len(piece) if piece == _NOTHING[: len(piece)] else piece

    def clone(self, name: str, document: str, source: str) -> None:
        """Creates an image as a copy of another one."""
        self._manage.require_writable()
        own = name.partition("/")[2]
        volume = read_object(document, NativeVolume, "volume", own)
        if self._exists(name):
            raise Refused(f"there is a volume '{name}' already")
        copy(self._manage, self._path(source), self._path(name, there=False), volume)

    def _exists(self, name: str) -> bool:
        try:
            self._path(name)
        except NotFound:
            return False
        return True

    def _path(self, name: str, *, there: bool = True) -> str:
        pool, _, own = name.partition("/")
        path = path_in(pools.active_folder(self._observer.registry(), pool), own)
        if there:
            look_at(self._manage, path)
        return path
