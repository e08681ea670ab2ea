"""Volumes' bytes over libvirt's streams, holes kept as holes (libvirt-stream: virStreamSparseSendAll)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import libvirt

from drivers.base import Content
from drivers.libvirt.connection import Connection
from drivers.libvirt.storage import refresh_pool, split, volume

_PIECE = 256 * 1024 - 24
"""VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX: what one message of a stream carries."""


def upload(handle: libvirt.virConnect, name: str, content: Content, progress: Callable[[int], None]) -> None:
    """Writes a volume's bytes from its beginning."""
    found = volume(handle, name)
    stream = handle.newStream(0)
    try:
        found.upload(stream, 0, 0, libvirt.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM)
        done = 0
        for piece in content.pieces():
            if isinstance(piece, int):
                stream.sendHole(piece)
                done += piece
            else:
                for start in range(0, len(piece), _PIECE):
                    _send(stream, piece[start : start + _PIECE])
                done += len(piece)
            progress(done)
        stream.finish()
    except BaseException:
        with suppress(libvirt.libvirtError):
            stream.abort()
        raise
    refresh_pool(handle, split(name)[0])


def _send(stream: libvirt.virStream, data: bytes) -> None:
    while data:
        data = data[stream.send(data) :]


def download(connection: Connection, name: str) -> Iterator[bytes | int]:
    """A volume's bytes."""
    handle = connection.handle()
    stream = handle.newStream(0)
    volume(handle, name).download(stream, 0, 0, libvirt.VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM)
    try:
        while True:
            got = stream.recvFlags(_PIECE, libvirt.VIR_STREAM_RECV_STOP_AT_HOLE)
            if got == -3:
                yield stream.recvHole()
            elif got:
                yield got
            else:
                break
        stream.finish()
    except BaseException:
        with suppress(libvirt.libvirtError):
            stream.abort()
        raise
