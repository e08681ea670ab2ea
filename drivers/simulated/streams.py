"""Volumes' content on simulated hosts: kept in the file, in compressed pieces, holes as their length.

After an upload a volume is what a directory pool of libvirt's finds when it looks again
(virStorageBackendRefreshVolTargetUpdate): a qcow2 image shows the size that its header says.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import chain

from drivers.base import Content
from drivers.base.errors import NotFound
from drivers.simulated import volume
from drivers.simulated.rows import HostRows
from drivers.simulated.store import Store
from drivers.simulated.xml import add, ensure, parse, remove, to_text

_QCOW2 = b"QFI\xfb"


def upload(store: Store, name: str, content: Content, progress: Callable[[int], None]) -> None:
    """Writes a volume's bytes from its beginning, piece by piece: who is killed leaves the first of them."""
    with store.write() as host:
        place, own, _ = volume.existing_volume(host, name)
        host.drop_content(place, own)
    head, done = b"", 0
    for number, piece in enumerate(content.pieces()):
        with store.write() as host:
            if isinstance(piece, int):
                host.add_content(place, own, number, piece, None)
                done += piece
            else:
                host.add_content(place, own, number, len(piece), zlib.compress(piece, 1))
                head, done = head or (piece[:32] if not done else b""), done + len(piece)
        progress(done)
    with store.write() as host:
        _shown(host, name, head, done)


def download(host: HostRows | None, name: str) -> Iterator[bytes | int]:
    """A volume's bytes; one that was never written to is a hole."""
    if host is None:
        raise NotFound(f"no storage vol with matching name '{name}'")
    place, own, document = volume.existing_volume(host, name)
    root, kept = parse(document), list(host.content(place, own))
    rest = 0
    if volume.format_of(root) == "raw":  # whatever was written to it, it is as long as it says
        rest = int(root.findtext("capacity") or 0) - sum(length for length, _ in kept)
    pieces = (length if data is None else zlib.decompress(data) for length, data in kept)
    return chain(pieces, [rest] if rest > 0 else [])


def clone(host: HostRows, name: str, document: str, source: str) -> None:
    """Creates a volume as a copy of another: as large as that, unless it is to be larger."""
    place, own, original = volume.existing_volume(host, source)
    root, wanted = parse(original), parse(document)
    size = max(int(root.findtext("capacity") or 0), volume.capacity_of(wanted))
    remove(wanted, "capacity")
    add(wanted, "capacity", str(size), unit="bytes")
    volume.create(host, name, to_text(wanted))
    to_place, to_own, _ = volume.existing_volume(host, name)
    for number, (length, data) in enumerate(list(host.content(place, own))):
        host.add_content(to_place, to_own, number, length, data)


def _shown(host: HostRows, name: str, head: bytes, size: int) -> None:
    """The volume's document, as it is seen after an upload."""
    place, own, document = volume.existing_volume(host, name)
    root = parse(document)
    image = head.startswith(_QCOW2) and len(head) >= 32
    capacity = root.find("capacity")
    assert capacity is not None
    before = int(capacity.text or 0)
    capacity.text = str(struct.unpack_from(">Q", head, 24)[0] if image else max(before, size))
    if image:
        ensure(ensure(root, "target"), "format").set("type", "qcow2")
    for tag in ("allocation", "physical"):
        ensure(root, tag).text = str(size)
    host.save_volume(place, own, to_text(root))
