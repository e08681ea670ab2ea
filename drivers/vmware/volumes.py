"""Disk images as volumes of a folder: listed by one command; made, grown and copied by VMware's own program,
or by qemu-img where there is none."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.base.errors import DriverError, NotFound, Refused, Unsupported
from drivers.native import NativeVolume, holding_document
from drivers.native.commands import CommandResult, Commands
from drivers.vmware.files import remove
from drivers.vmware.images import HEAD, SECTOR, ImageHead, head_of, is_part
from drivers.vmware.pools import FoundPool

_LIST = r"""
[ -d "$1" ] || exit 3
cd "$1" && for file in *; do
  case "$file" in *.vmdk|*.iso|*.img|*.flp) ;; *) continue ;; esac
  [ -f "$file" ] || continue
  printf '%s\t%s\t%s\n' "$(wc -c < "$file")" "$(head -c HEAD "$file" | base64 | tr -d '\n')" "$file"
done
""".replace("HEAD", str(HEAD))
_NO_FOLDER = 3
_KIB = 1024
_LONG = 3600.0
"""Seconds that copying a disk may take."""


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image in a pool."""

    name: str
    path: str
    head: ImageHead

    @property
    def document(self) -> str:
        """The volume as libvirt's document."""
        return holding_document(
            NativeVolume(
                name=self.name,
                identifier=self.path,
                capacity=self.head.capacity,
                path=self.path,
                format=self.head.format,
            )
        )


def is_there(commands: Commands, pool: FoundPool) -> bool:
    """Whether the folder of a pool is there."""
    return commands.run(["test", "-d", pool.path], repeatable=True).status == 0


def volumes_of(commands: Commands, pool: FoundPool) -> dict[str, FoundImage] | None:
    """The images in a pool by their names; None where its folder is not there."""
    said = commands.run(["sh", "-c", _LIST, "sh", pool.path], repeatable=True)
    if said.status == _NO_FOLDER:
        return None
    return {found.name: found for found in _listed(said, pool)}


def _listed(said: CommandResult, pool: FoundPool) -> Iterator[FoundImage]:
    for line in said.output.decode(errors="backslashreplace").splitlines():
        size, head, name = [*line.split("\t", 2), "", ""][:3]
        if is_part(name) or not size.strip().isdecimal():
            continue
        try:
            begin = base64.b64decode(head)
        except binascii.Error:
            continue
        yield FoundImage(name, f"{pool.path}/{name}", head_of(begin, int(size)))


def volume_named(commands: Commands, pool: FoundPool, name: str) -> FoundImage:
    """A volume. Raises NotFound."""
    found = (volumes_of(commands, pool) or {}).get(name)
    if found is None:
        raise NotFound(f"no volume '{name}' in pool '{pool.name}'")
    return found


def make(commands: Commands, path: str, format_: str, capacity: int) -> None:
    """Makes an empty image where there is none."""
    if format_ == "raw":
        _done(commands, ["dd", "if=/dev/zero", f"of={path}", "bs=1", "count=0", f"seek={capacity}"])
        return
    if capacity <= 0 or capacity % SECTOR:
        raise Refused(f"a capacity of {capacity} bytes is none of a disk's", f"give a multiple of {SECTOR}")
    own = ["vmware-vdiskmanager", "-c", "-t", "0", "-a", "lsilogic", "-s", _size(capacity), path]
    _with_either(commands, own, ["qemu-img", "create", "-q", "-f", "vmdk", path, str(capacity)], path)


def copy(commands: Commands, source: FoundImage, path: str) -> None:
    """Makes an image that is a whole copy of another."""
    if source.head.format == "raw":
        _done(commands, ["cp", source.path, path], path)
        return
    own = ["vmware-vdiskmanager", "-r", source.path, "-t", "0", path]
    _with_either(commands, own, ["qemu-img", "convert", "-O", "vmdk", source.path, path], path)


def grow(commands: Commands, volume: FoundImage, capacity: int) -> None:
    """Makes an image larger (vmware-vdiskmanager -x; qemu-img cannot)."""
    if capacity < volume.head.capacity:
        raise Refused(f"the volume '{volume.name}' has {volume.head.capacity} bytes: it cannot shrink")
    if capacity == volume.head.capacity:
        return
    if volume.head.format == "raw":
        nothing = ["dd", "if=/dev/null", f"of={volume.path}", "bs=1", f"seek={capacity}", "count=0"]
        _done(commands, nothing)
        return
    try:
        _done(commands, ["vmware-vdiskmanager", "-x", _size(capacity), volume.path])
    except NotFound as error:
        raise Unsupported(
            f"nothing on {commands.place} can grow '{volume.name}'", "vmware-vdiskmanager can: install it"
        ) from error


def delete(commands: Commands, pool: FoundPool, volume: FoundImage) -> None:
    """Deletes an image, with the files that its extents are."""
    extents = [f"{pool.path}/{name}" for name in volume.head.extents if "/" not in name]
    remove(commands, volume.path, *extents)


def _size(capacity: int) -> str:
    """As vmware-vdiskmanager reads it: in KB, which are 1024 bytes, else in sectors."""
    return f"{capacity // _KIB}KB" if capacity % _KIB == 0 else str(capacity // SECTOR)


def _with_either(commands: Commands, own: list[str], other: list[str], path: str) -> None:
    try:
        _done(commands, own, path)
    except NotFound:
        try:
            _done(commands, other, path)
        except NotFound as error:
            raise Unsupported(
                f"nothing on {commands.place} makes .vmdk files", "install vmware-vdiskmanager, or qemu-img"
            ) from error


def _done(commands: Commands, command: list[str], path: str = "") -> None:
    """Runs a program; what it began to make goes when it fails."""
    try:
        said = commands.run(command, patience=_LONG)
        if said.status:
            raise Refused(f"{command[0]}: {said.error or said.text.strip() or said.status}")
    except NotFound:
        raise
    except DriverError:
        if path:
            remove(commands, path)
        raise
