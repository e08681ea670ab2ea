"""Growing, filling, reading and copying volumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drivers.base import Content
from drivers.base.errors import Refused
from drivers.vmware import volumes
from drivers.vmware.images import with_holes
from drivers.vmware.looking import FoundFolder
from drivers.vmware.making import make_volume
from drivers.vmware.pools import pool_named
from drivers.vmware.reading import machine_of
from drivers.vmware.session import DesktopSession
from drivers.vmware.volumes import FoundImage


class DesktopStorage:
    """drivers.base.Storage."""

    def __init__(self, session: DesktopSession) -> None:
        """Over a session that may be shared."""
        self._session = session

    def resize(self, name: str, capacity: int) -> None:
        """Grows a volume that no running machine has open."""
        with self._session.change(f"resize {name}") as found:
            volume = self._volume(found, name)
            self._refuse_in_use(found, volume)
            volumes.grow(self._session.commands, volume, capacity)

    def upload(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        """Writes the bytes of an image's file."""
        with self._session.change(f"upload {name}") as found:
            volume = self._volume(found, name)
            self._refuse_in_use(found, volume)
        self._session.commands.write(volume.path, content.pieces(), progress)

    def download(self, name: str) -> Iterator[bytes | int]:
        """The bytes of an image's file."""
        volume = self._volume(self._session.look(), name)
        return with_holes(self._session.commands.read(volume.path))

    def clone(self, name: str, document: str, source: str) -> None:
        """Copies an image, and grows the copy where its document says more."""
        with self._session.change(f"clone {name}") as found:
            make_volume(self._session, found, name, document, self._volume(found, source))

    def _volume(self, found: FoundFolder, name: str) -> FoundImage:
        pool, _, image = name.partition("/")
        return volumes.volume_named(self._session.commands, pool_named(found, pool), image)

    def _refuse_in_use(self, found: FoundFolder, volume: FoundImage) -> None:
        running = self._session.vmrun.running()
        for machine in found.machines.values():
            if machine.path in running and not machine.wrong:
                drives = machine_of(machine.vmx, machine.folder).drives
                if any(drive.file == volume.path for drive in drives):
                    raise Refused(f"'{machine.name}' runs with '{volume.name}'", "stop it first")
