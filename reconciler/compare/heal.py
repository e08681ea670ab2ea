"""Edits of the observed document that take a difference away."""

from __future__ import annotations

from collections.abc import Callable, Container

from lxml import etree

from reconciler.compare.tree import Node
from specs.xml import copy_of

_TWICE = (
    ("devices/graphics", "listen", "listen"),  # virDomainGraphicsListensParseXML
    ("devices/graphics", "socket", "listen"),
    ("forward", "dev", "interface"),  # virNetworkForwardDefParseXML
)
"""Element, its older attribute, the child that says the same."""


def put(element: Node, source: Node, name: str, value: str) -> None:
    """Puts a value into the observed document as its own document spells it, unit and all."""
    target = element.source
    _put(element)
    if not name:
        target.text = (source.source.text or "").strip() or value
        _drop(target, "unit")
    elif name == "prefix":
        _drop(target, "netmask")
    if name:
        target.set(name, source.source.get(name, value))
    for measure in ("unit", "units"):
        unit = source.source.get(measure, "")
        if unit.isalpha():  # a drive's address has a numeric 'unit', which is none of measure
            target.set(measure, unit)


def _put(element: Node) -> None:
    """Puts an element that the document did not spell out into it."""
    if element.home is not None and element.source.getparent() is None:
        element.home.append(element.source)


def unset(element: Node, name: str) -> None:
    """Takes an attribute away, or the text where no name is given."""
    if name:
        _drop(element.source, name)
    else:
        element.source.text = None


def _drop(element: etree._Element, name: str) -> None:
    if name in element.attrib:
        del element.attrib[name]


def detach(element: Node) -> None:
    """Takes an element out of its document."""
    parent = element.source.getparent()
    if parent is not None:
        parent.remove(element.source)


def unseat(device: Node, heal: Callable[[], None]) -> None:
    """Heals a device, and leaves its address to the hypervisor."""
    heal()
    for address in device.source.findall("address"):
        device.source.remove(address)


def insert(parent: Node, child: Node) -> None:
    """Puts a copy of an element after its last sibling of the same tag, or at the end."""
    _put(parent)
    copy = copy_of(child.source)
    last = next(parent.source.iterchildren(str(copy.tag), reversed=True), None)
    if last is None:
        parent.source.append(copy)
    else:
        copy.tail, last.tail = last.tail, None
        last.addnext(copy)


def spell_out(observed: Node, changed: Container[str]) -> None:
    """Writes, into a merged document, what was plugged in and only meant: 'all of it'. Where the maximum
    changed it would come to mean another amount (virDomainVcpuParse, virDomainDefPostParseMemory)."""
    vcpu, current = observed.first("vcpu"), observed.first("currentMemory")
    if "vcpu" in changed and vcpu is not None and "current" not in vcpu.source.attrib:
        vcpu.source.set("current", vcpu.attrs["current"])
    if "memory" in changed and current is not None and current.text:
        _put(current)


def settle(root: etree._Element) -> None:
    """Drops, in a merged document, older spellings where the newer one is there."""
    for path, attribute, child in _TWICE:
        for element in root.iterfind(path):
            if element.get(attribute) is not None and element.find(child) is not None:
                del element.attrib[attribute]
