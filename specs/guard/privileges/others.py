"""What networks, pools and volumes have that reaches beyond guests, and elements that reach past libvirt."""

from __future__ import annotations

from collections.abc import Iterator

from specs.guard.privileges.devices import described
from specs.guard.privileges.model import Privilege
from specs.guard.privileges.paths import IN_THE_GUEST, is_system, paths, text_of
from specs.xml import Element

_PREFIXES = {
    "http://libvirt.org/schemas/domain/qemu/1.0": "qemu",
    "http://libvirt.org/schemas/domain/lxc/1.0": "lxc",
    "http://libvirt.org/schemas/domain/xen/1.0": "xen",
    "http://libvirt.org/schemas/domain/bhyve/1.0": "bhyve",
    "http://libvirt.org/schemas/network/dnsmasq/1.0": "dnsmasq",
    "http://libvirt.org/schemas/storagepool/fs/1.0": "fs",
    "http://libvirt.org/schemas/storagepool/rbd/1.0": "rbd",
}


def network_privileges(document: Element) -> Iterator[Privilege]:
    """What the document of a network has."""
    forward = document.find("forward")
    mode = (forward.get("mode") or "nat") if forward is not None else "nat"
    if forward is not None and mode != "nat":
        bridge = document.find("bridge")
        name = bridge.get("name", "") if bridge is not None else forward.get("dev", "")
        yield Privilege("network", f"{mode} {name}".strip(), forward)
    for part in document:
        if part.tag not in IN_THE_GUEST:
            yield from paths(part, "host path")


def pool_privileges(document: Element) -> Iterator[Privilege]:
    """What the document of a pool has."""
    kind = document.get("type", "dir")
    path = (document.findtext("target/path") or "").strip()
    if kind not in ("dir", "rbd", "gluster", "iscsi-direct", "sheepdog"):
        source = document.find("source")
        named = described(source, kind) if source is not None else kind
        yield Privilege("pool", named, document)
    at = document.find("target/path")
    if path and at is not None and is_system(path) and kind in ("dir", "fs", "netfs"):
        yield Privilege("pool", path, at)


def volume_privileges(document: Element) -> Iterator[Privilege]:
    """What the document of a volume has."""
    for element in document.iterfind("backingStore/path"):
        if "/" in text_of(element):
            yield Privilege("backing", text_of(element), element)


def foreign(document: Element) -> Iterator[Privilege]:
    """Elements of another namespace outside of <metadata>: they reach past libvirt."""
    for child in document:
        if child.tag == "metadata" or not isinstance(child.tag, str):
            continue
        for element in child.iter("{*}*"):
            tag = str(element.tag)
            if tag.startswith("{"):
                namespace, _, name = tag[1:].partition("}")
                yield Privilege("element", f"{_PREFIXES.get(namespace, namespace)}:{name}", element)
                break
