"""Merging libvirt XML into a rendered document, by libvirt's own identities."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree


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


_LISTS: Mapping[str, Callable[[etree._Element], str]] = {
    "disk": _child("target", "dev"),
    "interface": _child("mac", "address"),
    "filesystem": _child("target", "dir"),
    "controller": _attrs("type", "index"),
    "graphics": _attrs("type"),
    "input": _attrs("type", "bus"),
    "channel": _child("target", "name"),
    "serial": _child("target", "port"),
    "hostdev": lambda _: "",
    "rng": lambda _: "",
    "memory": lambda _: "",
    "sound": lambda _: "",
    "shmem": _attrs("name"),
    "redirdev": lambda _: "",
    "console": lambda _: "",
    "feature": _attrs("name"),
    "timer": _attrs("name"),
    "cell": _attrs("id"),
    "vcpupin": _attrs("vcpu"),
    "iothread": _attrs("id"),
    "host": lambda node: node.get("mac") or node.get("ip") or node.get("name") or "",
    "range": _attrs("start", "end"),
    "portgroup": _attrs("name"),
    "ip": _attrs("address"),
    "txt": _attrs("name"),
    "srv": _attrs("service", "protocol"),
    "forwarder": _attrs("addr"),
    "rule": lambda _: "",
    "arg": lambda _: "",
    "boot": lambda _: "",
    "entry": _attrs("name"),
    "device": _attrs("path"),
}
"""Elements that may stand several times, and what tells them apart; '' never matches another."""

_POSITIONED = frozenset({"interface"})
"""Elements that are matched by position where the overlay gives no identity."""


def merge(document: etree._Element, overlay: str) -> None:
    """Merges the overlay into the document, in place.

    Raises ValueError when it is not well-formed, has another root, or contradicts the name or UUID.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_blank_text=True
    )
    try:
        other = etree.fromstring(overlay.strip(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"xml is not well-formed: {error}") from None
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
    for child in other:
        twin = _twin(into, child, _position(other, child))
        if twin is None:
            into.append(_copy(child))
        else:
            _merge(twin, child)


def _position(parent: etree._Element, child: etree._Element) -> int:
    return [sibling for sibling in parent if sibling.tag == child.tag].index(child)


def _twin(into: etree._Element, child: etree._Element, position: int) -> etree._Element | None:
    tag = str(child.tag)
    same = into.findall(tag)
    identity = _LISTS.get(tag)
    if identity is None:
        return same[0] if same else None
    key = identity(child)
    if key:
        return next((node for node in same if identity(node) == key), None)
    if tag in _POSITIONED and position < len(same):
        return same[position]
    return None


def _copy(node: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(node, with_tail=False))
