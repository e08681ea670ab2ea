"""Making a volume by its document: empty, or a whole copy of another."""

from __future__ import annotations

from drivers.base.errors import Refused
from drivers.native import NativeVolume
from drivers.vmware import volumes
from drivers.vmware.looking import FoundFolder
from drivers.vmware.pools import pool_named
from drivers.vmware.session import DesktopSession
from drivers.vmware.volumes import FoundImage
from drivers.vmware.wanted import wanted_holding
from specs.identity import Kind

_ENDINGS = {"vmdk": (".vmdk",), "raw": (".iso", ".img", ".flp")}
"""What VMware takes a file for, it tells by its name (virVMXParseDisk)."""


def make_volume(
    session: DesktopSession,
    found: FoundFolder,
    name: str,
    document: str,
    source: FoundImage | None = None,
) -> None:
    """Creates a volume. Raises Refused where there is one already."""
    pool, image = pool_named(found, name.partition("/")[0]), name.partition("/")[2]
    wanted = wanted_holding(Kind.VOLUME, name, document, session.called, NativeVolume)
    there = volumes.volumes_of(session.commands, pool)
    if there is None:
        raise Refused(f"the folder '{pool.path}' of pool '{pool.name}' is not there", "build the pool first")
    if image in there:
        raise Refused(f"the volume '{name}' exists already", "choose another name, or grow the one there is")
    format_ = wanted.format or ("vmdk" if image.endswith(".vmdk") else "raw")
    if "/" in image or not image.endswith(_ENDINGS.get(format_, ())):
        endings = "; ".join(f"{each}: {', '.join(ends)}" for each, ends in _ENDINGS.items())
        raise Refused(f"a {format_} volume is not called '{image}'", endings)
    path, capacity = f"{pool.path}/{image}", wanted.capacity or 0
    if source is None:
        volumes.make(session.commands, path, format_, capacity)
        return
    if source.head.format != format_:
        raise Refused(f"'{source.name}' is {source.head.format}, and '{image}' is to be {format_}")
    volumes.copy(session.commands, source, path)
    if capacity > source.head.capacity:
        volumes.grow(session.commands, volumes.volume_named(session.commands, pool, image), capacity)
