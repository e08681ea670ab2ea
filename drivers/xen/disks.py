"""Disks: 'phy:/dev/vg/a,xvda,w', and key by key (xl-disk-configuration(5), libxlu_disk_l.l)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from drivers.xen.syntax import NotXenConfiguration
from specs.documents.build import element

_POSITIONS = ("target", "format", "vdev", "access")
_LEFT = re.compile(r"(?:tapdisk|tap2?|aio|ioemu|file|phy):")
"""Prefixes that xl drops: how a disk is served is its own choice, or `backendtype`."""
_FORMATS = re.compile(r"(?P<format>raw|qcow2?|vhdx?|qed):")
_DRIVERS = {"": "qemu", "qdisk": "qemu", "tap": "tap", "phy": "phy"}


@dataclass(frozen=True, slots=True)
class XenDisk:
    """One disk, as it is served and as the guest sees it."""

    source: str
    target: str
    driver: str
    format: str
    cdrom: bool
    readonly: bool
    shared: bool = False


def xl_disk(text: str) -> XenDisk:
    """A disk of xl's. `target=` takes the rest of the text, whatever it holds; after a source with a prefix
    no format stands, which the older form knew in no other way."""
    said: dict[str, str] = {}
    rest, position = text.strip(), 0
    while rest:
        if rest.startswith("target="):
            said["target"] = rest.removeprefix("target=")
            break
        part, _, rest = rest.partition(",")
        key, sign, value = part.strip().partition("=")
        rest = rest.strip()
        if sign:
            said[key] = value
        elif key in ("cdrom", "removable", "discard", "no-discard", "direct-io-safe"):
            said[key] = "1"
        else:
            if key and position < len(_POSITIONS):
                said[_POSITIONS[position]] = key
            prefixed = position == 0 and (_LEFT.match(key) or _FORMATS.match(key))
            position += 2 if prefixed else 1
    return _xl_disk(said, text)


def _xl_disk(said: dict[str, str], text: str) -> XenDisk:
    source = said.get("target", "")
    while found := _LEFT.match(source):
        source = source[found.end() :]
    given = _FORMATS.match(source)
    if given:
        source = source[given.end() :]
    target, _, kind = said.get("vdev", "").partition(":")
    if not target:
        raise NotXenConfiguration(f"a disk has no vdev: {text!r}")
    cdrom = "cdrom" in (kind, said.get("devtype", "")) or "cdrom" in said
    backend = said.get("backendtype", "")
    if backend not in _DRIVERS:
        raise NotXenConfiguration(f"a disk has the backendtype {backend!r}; known: phy, tap, qdisk")
    image = said.get("format") or (given["format"] if given else "raw")
    return XenDisk(
        source=source,
        target=target,
        driver="qemu" if cdrom else _DRIVERS[backend],
        format="" if cdrom and not source else image,
        cdrom=cdrom,
        readonly=cdrom or said.get("access", "rw") in ("r", "ro"),
    )


def xm_disk(text: str) -> XenDisk:
    """A disk of xm's: source, target, mode; the source begins with how it is served (xenParseXMDisk)."""
    parts = text.rsplit(",", 2)
    if len(parts) != 3:
        raise NotXenConfiguration(f"a disk has a source, a target and a mode: {text!r}")
    source, target, mode = (part.strip() for part in parts)
    driver, image = "phy", "raw"
    if ":" in source:
        driver, _, source = source.partition(":")
    if driver in ("tap", "tap2"):
        image, _, source = source.partition(":")
        image = "raw" if image == "aio" else image
    target, _, kind = target.removeprefix("ioemu:").partition(":")
    return XenDisk(source, target, driver, image, kind == "cdrom", mode in ("r", "ro"), mode in ("w!", "!"))


def write_disk(devices: etree._Element, disk: XenDisk, *, hvm: bool) -> None:
    """The disk as libvirt has it."""
    network = disk.source.startswith("rbd:")
    block = disk.driver == "phy" and not disk.cdrom
    kind = "network" if network else "block" if block else "file"
    node = element(devices, "disk", type_=kind, device="cdrom" if disk.cdrom else "disk")
    driver = element(node, "driver", name=disk.driver)
    if disk.format:
        driver.set("type", disk.format)
    if network:
        _network_source(node, disk.source)
    elif disk.source:
        element(node, "source").set("dev" if block else "file", disk.source)
    element(node, "target", dev=disk.target, bus=_bus(disk.target, hvm=hvm))
    if disk.readonly:
        element(node, "readonly")
    if disk.shared:
        element(node, "shareable")


def _bus(target: str, *, hvm: bool) -> str:
    if target.startswith("xvd") or not hvm:
        return "xen"
    return "scsi" if target.startswith("sd") else "ide"


def _network_source(disk: etree._Element, text: str) -> None:
    r"""'rbd:pool/image:mon_host=a\:6321\;b\:6322' (virStorageSourceParseRBDColonString)."""
    name, *options = re.split(r"(?<!\\):", text.removeprefix("rbd:"))
    source = element(disk, "source", protocol="rbd", name=name)
    said = {key: value for key, _, value in (option.partition("=") for option in options)}
    for host in filter(None, re.split(r"\\?;", said.get("mon_host", ""))):
        address, _, port = host.replace("\\", "").rpartition(":")
        element(source, "host", name=address or port, **({"port": port} if address else {}))
    if "conf" in said:
        element(source, "config", file=said["conf"])
