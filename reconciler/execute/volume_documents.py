"""The documents that a fill gives a host: of its marker, and of the volume as it is made at first."""

from __future__ import annotations

from lxml import etree

from specs.xml import parse

MARKER_BYTES = 1024
"""A marker's capacity; it never holds anything."""


def marker_document(name: str) -> str:
    """The volume that marks another as half-filled, by its name alone."""
    root = etree.Element("volume")
    etree.SubElement(root, "name").text = name.partition("/")[2]
    etree.SubElement(root, "capacity", unit="bytes").text = str(MARKER_BYTES)
    etree.SubElement(etree.SubElement(root, "target"), "format", type="raw")
    return etree.tostring(root, encoding="unicode")


def with_size(document: str, capacity: int, form: str) -> str:
    """A volume's document with that capacity in bytes and format, and as sparse as can be."""
    root = parse(document)
    for tag, value in (("capacity", capacity), ("allocation", 0)):
        element = root.find(tag)
        if element is None:
            element = etree.SubElement(root, tag)
        element.set("unit", "bytes")
        element.text = str(value)
    declared = root.find("target/format")
    if declared is not None:
        declared.set("type", form)
    return etree.tostring(root, encoding="unicode")
