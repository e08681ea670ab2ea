"""Older spellings that libvirt writes beside the newer ones, and that must not contradict them."""

from __future__ import annotations

from lxml import etree

_TWICE = (
    ("devices/graphics", "listen", "listen"),  # virDomainGraphicsListensParseXML
    ("devices/graphics", "socket", "listen"),
    ("forward", "dev", "interface"),  # virNetworkForwardDefParseXML
)
"""Element, its older attribute, the child that says the same."""


def settle(root: etree._Element) -> None:
    """Drops, in a merged document, older spellings where the newer one is there."""
    for path, attribute, child in _TWICE:
        for element in root.iterfind(path):
            if element.get(attribute) is not None and element.find(child) is not None:
                del element.attrib[attribute]
