"""What a volume's document tells, and the few edits that a volume's creation asks for."""

from __future__ import annotations

from lxml import etree

from specs.documents.values import to_bytes
from specs.xml import parse

_OF_A_VOLUME = ("name", "key", "capacity", "target/path", "backingStore/path")
"""What tells a volume from another of its name. The rest changes while a guest writes to it, or when one
starts or stops: features, sizes, ownership, labels."""


MARKER_BYTES = 1024
"""A marker's capacity; it never holds anything."""


def capacity_of(document: str) -> int:
    """The capacity in bytes; 0 where a document does not tell one."""
    return size_of(parse(document).find("capacity"))


def size_of(element: etree._Element | None) -> int:
    """The bytes that an element of a volume or a pool says; 0 for none, or nothing that is a size."""
    return 0 if element is None else to_bytes(element.text or "", element.get("unit", "bytes")) or 0


def allocated_of(document: str) -> int:
    """The bytes that a new volume takes at once: what it says, or all of one whose format is raw
    (storageBackendCreateRaw)."""
    root = parse(document)
    if (element := root.find("allocation")) is not None:
        return size_of(element)
    return size_of(root.find("capacity")) if is_raw(document) else 0


def pool_room(document: str) -> tuple[int, int]:
    """The bytes that a pool that runs has in all, and those that are free; 0 where it does not tell."""
    root = parse(document)
    return size_of(root.find("capacity")), size_of(root.find("available"))


def target_path(document: str) -> str:
    """Where a volume or pool lies on its host; '' where its document does not tell."""
    return (parse(document).findtext("target/path") or "").strip()


def backing_path(document: str) -> str:
    """The path of what a volume lies upon; '' where it lies upon nothing."""
    if "<backingStore" not in document:
        return ""
    return (parse(document).findtext("backingStore/path") or "").strip()


def is_raw(document: str) -> bool:
    """Whether its content is the volume's own bytes, in no format."""
    return parse(document).find("target/format[@type='raw']") is not None


def format_of_volume(document: str) -> str:
    """The format of its content; raw where its document tells none."""
    form = parse(document).find("target/format")
    return form.get("type", "raw") if form is not None else "raw"


def identity_of(document: str) -> str:
    """What stays of a volume's document while it is used, and tells it from another of its name."""
    root = parse(document)
    form = root.find("target/format")
    told = [(root.findtext(path) or "").strip() for path in _OF_A_VOLUME]
    return "\0".join((*told, form.get("type", "") if form is not None else ""))


def as_large_as(document: str, other: str) -> str:
    """A volume's document with at least the capacity of another's."""
    root = parse(document)
    _size(root, "capacity", max(capacity_of(document), capacity_of(other)))
    return etree.tostring(root, encoding="unicode")


def to_be_filled(document: str, capacity: int, form: str) -> str:
    """A volume's document with that capacity in bytes and format, and as sparse as can be."""
    root = parse(document)
    _size(root, "capacity", capacity)
    _size(root, "allocation", 0)
    declared = root.find("target/format")
    if declared is not None:
        declared.set("type", form)
    return etree.tostring(root, encoding="unicode")


def marker_document(native: str) -> str:
    """The volume that marks another as half-filled, by its name ('pool/name') alone."""
    return bare_volume(native, MARKER_BYTES)


def bare_volume(native: str, capacity: int) -> str:
    """A volume ('pool/name') of so many bytes, byte for byte what will be written to it."""
    root = etree.Element("volume")
    etree.SubElement(root, "name").text = native.partition("/")[2]
    etree.SubElement(root, "capacity", unit="bytes").text = str(capacity)
    etree.SubElement(etree.SubElement(root, "target"), "format", type="raw")
    return etree.tostring(root, encoding="unicode")


def _size(root: etree._Element, tag: str, value: int) -> None:
    element = root.find(tag)
    if element is None:
        element = etree.SubElement(root, tag)
    element.set("unit", "bytes")
    element.text = str(value)


def grows_with_snapshots(document: str) -> bool:
    """Whether it can while there are snapshots within it: a qcow2 of version 2, which tells no compat or
    0.10, cannot (qcow2_co_truncate)."""
    return parse(document).findtext("target/compat", "0.10") != "0.10"
