"""What libvirt and its hypervisors log of guests, read where the URI leads: here, or by the same ssh."""

from __future__ import annotations

from collections.abc import Iterator

import libvirt

from drivers.base.logs import LogPiece, LogPlace
from drivers.libvirt.connection import Connection
from drivers.libvirt.logfiles import folder_of, reader_of
from specs.uris import Parts, parts_of
from specs.xml import parse

_WRITERS = {"qemu": "qemu", "lxc": "lxc", "xen": "libxl"}


class LibvirtLogs:
    """drivers.base.Logs."""

    def __init__(self, connection: Connection) -> None:
        """Over a connection that may be shared."""
        self._connection = connection
        self._parts = parts_of(connection.uri) or Parts("", "", "", "", "", "", ())

    def places(self, name: str) -> tuple[LogPlace, ...]:
        """The hypervisor's own, and those of consoles that are kept in files."""
        return self._connection.read(lambda handle: tuple(self._places(handle.lookupByName(name))))

    def read(self, place: LogPlace, after: int | None, most: int) -> LogPiece:
        """A piece of one."""
        return reader_of(self._parts)(place.path, after, most)

    def _places(self, domain: libvirt.virDomain) -> Iterator[LogPlace]:
        writer = _WRITERS.get(self._parts.scheme, "")
        if writer:
            folder = folder_of(self._parts, writer)
            yield LogPlace(writer, f"{folder}/{domain.name()}.log")
        seen: set[str] = set()
        root = parse(domain.XMLDesc(0))
        for port in (*root.iterfind("devices/serial"), *root.iterfind("devices/console")):
            log, source = port.find("log"), port.find("source")
            path = log.get("file") if log is not None else None
            if port.get("type") == "file" and source is not None:
                path = path or source.get("path")
            if path and path not in seen:
                seen.add(path)
                yield LogPlace("console", path)
