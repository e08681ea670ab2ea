"""Merging libvirt XML into a rendered document, by libvirt's own identities."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from specs.xml import NotXml, copy_of, parse


def _child(tag: str, attr: str) -> Callable[[etree._Element], str]:
    def identity(node: etree._Element) -> str:
        child = node.find(tag)
        return "" if child is None else child.get(attr, "")

    return identity


def _attrs(*names: str) -> Callable[[etree._Element], str]:
    def identity(node: etree._Element) -> str:
        values = [node.get(name, "") for name in names]
        return ",".join(values) if all(values) else ""

    return identity


def _text(node: etree._Element) -> str:
    return (node.text or "").strip()


def _source(node: etree._Element) -> str:
    """What a host device is: all that its source says."""
    return ";".join(
        f"{part.tag}:{sorted(part.attrib.items())}" for source in node.iterfind("source") for part in source
    )


def _network_host(node: etree._Element) -> str:
    return node.get("mac") or node.get("id") or node.get("ip") or node.get("name") or ""


def _anonymous(_: etree._Element) -> str:
    return ""


_LISTS: Mapping[str, Callable[[etree._Element], str]] = {
    "devices/disk": _child("target", "dev"),
    "devices/interface": _child("mac", "address"),
    "devices/filesystem": _child("target", "dir"),
    "devices/controller": _attrs("type", "index"),
    "devices/graphics": _attrs("type"),
    "devices/input": _attrs("type", "bus"),
    "devices/channel": _child("target", "name"),
    "devices/serial": _child("target", "port"),
    "devices/hostdev": _source,
    "devices/shmem": _attrs("name"),
    "devices/memory": _anonymous,
    "devices/redirdev": _anonymous,
    "domain/sysinfo": _attrs("type"),
    "os/boot": _attrs("dev"),
    "os/initarg": _anonymous,
    "os/initenv": _attrs("name"),
    "cpu/feature": _attrs("name"),
    "firmware/feature": _attrs("name"),
    "numa/cell": _attrs("id"),
    "clock/timer": _attrs("name"),
    "cputune/vcpupin": _attrs("vcpu"),
    "iothreadids/iothread": _attrs("id"),
    "commandline/arg": _anonymous,
    "commandline/env": _attrs("name"),
    "filterref/parameter": _attrs("name"),
    "vlan/tag": _attrs("id"),
    "source/host": _network_host,
    "source/device": _attrs("path"),
    "dns/host": _network_host,
    "dns/txt": _attrs("name"),
    "dns/srv": _attrs("service", "protocol"),
    "dns/forwarder": lambda node: f"{node.get('addr', '')} {node.get('domain', '')}",
    "host/hostname": _text,
    "dhcp/host": _network_host,
    "dhcp/range": _attrs("start", "end"),
    "forward/interface": _attrs("dev"),
    "forward/address": _attrs("domain", "bus", "slot", "function"),
    "network/portgroup": _attrs("name"),
    "network/ip": _attrs("address"),
    "network/route": _attrs("address"),
    "filter/rule": _anonymous,
    "filter/filterref": _attrs("filter"),
}
"""Elements (below their parents) that may stand several times, and what tells them apart. One whose
identity is '' matches no other; elements that are not listed match by position."""

_POSITIONED = frozenset({"devices/interface"})
"""Listed elements that match by position where the overlay gives no identity."""


def merge(document: etree._Element, overlay: str) -> None:
    """Merges the overlay into the document, in place.

    Raises ValueError when it is not well-formed, has another root, or contradicts the name or UUID.
    """
    try:
        other = parse(overlay.strip(), blanks=False)
    except NotXml as error:
        raise ValueError(f"xml {'has' if 'DOCTYPE' in str(error) else 'is'} {error}") from None
    if other.tag != document.tag:
        raise ValueError(f"xml begins with <{other.tag}>, not with <{document.tag}>")
    for own in ("name", "uuid"):
        mine, theirs = document.findtext(own), other.findtext(own)
        if mine and theirs and mine.strip() != theirs.strip():
            raise ValueError(f"xml says <{own}>{theirs}</{own}>, the spec says {mine}")
    _merge(document, other)


def _merge(into: etree._Element, other: etree._Element) -> None:
    for name, value in other.attrib.items():
        into.set(name, value)
    if other.text and other.text.strip():
        into.text = other.text.strip()
    siblings: dict[str, _Siblings] = {}
    for child in other:
        tag = str(child.tag)
        if tag not in siblings:
            siblings[tag] = _Siblings(into, tag)
        twin = siblings[tag].twin(child)
        if twin is None:
            into.append(copy_of(child))
            siblings[tag].add(into[-1])
        else:
            _merge(twin, child)


class _Siblings:
    """The elements of one tag in the document, found by what tells them apart or by position."""

    def __init__(self, into: etree._Element, tag: str) -> None:
        place = f"{etree.QName(into).localname}/{etree.QName(tag).localname}"
        self._identity = _LISTS.get(place)
        self._by_position = self._identity is None or place in _POSITIONED
        self._all: list[etree._Element] = []
        self._known: dict[str, etree._Element] = {}
        self._asked = 0
        for node in into.findall(tag):
            self.add(node)

    def add(self, node: etree._Element) -> None:
        """One more of them."""
        self._all.append(node)
        key = self._identity(node) if self._identity else ""
        if key:
            self._known.setdefault(key, node)

    def twin(self, child: etree._Element) -> etree._Element | None:
        """The one that the overlay's next element of this tag is about."""
        position, self._asked = self._asked, self._asked + 1
        key = self._identity(child) if self._identity else ""
        if key:
            return self._known.get(key)
        return self._all[position] if self._by_position and position < len(self._all) else None
