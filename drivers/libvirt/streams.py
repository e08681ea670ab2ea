"""Volumes' bytes over libvirt's streams, holes kept as holes (libvirt-stream: virStreamSparseSendAll)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import libvirt

from drivers.base import Content
from drivers.libvirt.connection import Connection
from drivers.libvirt.errors import translated
from drivers.libvirt.storage import refresh_pool, split, volume
from specs.identity import Kind

_PIECE = 256 * 1024
"""Bytes that are asked for at once; one message of a stream carries up to 32 MiB (VIR_NET_MESSAGE_MAX)."""
_HOLE = -3


def upload(handle: libvirt.virConnect, name: str, content: Content, progress: Callable[[int], None]) -> None:
    """Writes a volume's bytes from its beginning. A hole does not clear what is there already: in a volume
    that was written to before, it shows the old bytes (virFDStreamThreadDoWrite)."""
    found = volume(handle, name)
    stream = handle.newStream(0)
    found.upload(stream, 0, 0, libvirt.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM)
    try:
        done = 0
        for piece in content.pieces():
            if isinstance(piece, int):
                stream.sendHole(piece)
                done += piece
            else:
                _send(stream, piece)
                done += len(piece)
            progress(done)
        stream.finish()
    except BaseException:
        _abort(stream)
        raise
    refresh_pool(handle, split(name)[0])


def _send(stream: libvirt.virStream, data: bytes) -> None:
    while data:
        data = data[stream.send(data) :]


def download(connection: Connection, name: str) -> Iterator[bytes | int]:
    """A volume's bytes."""

    def begin(handle: libvirt.virConnect) -> libvirt.virStream:
        stream = handle.newStream(0)
        volume(handle, name).download(stream, 0, 0, libvirt.VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM)
        return stream

    stream = connection.read(begin)
    try:
        while got := stream.recvFlags(_PIECE, libvirt.VIR_STREAM_RECV_STOP_AT_HOLE):
            yield stream.recvHole() if got == _HOLE else got
        stream.finish()
    except libvirt.libvirtError as error:
        _abort(stream)
        raise translated(error, Kind.VOLUME) from error
    except BaseException:
        _abort(stream)
        raise


def _abort(stream: libvirt.virStream) -> None:
    with suppress(libvirt.libvirtError):  # it has ended by itself
        stream.abort()
