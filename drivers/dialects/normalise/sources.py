"""Storage of disks and host devices: where the bytes are, and how libvirt writes that back."""

from __future__ import annotations

from specs.documents.tree import Node
from specs.documents.values import (
    drop_automatic_labels,
    drop_empty,
    scale,
)

_REMOVABLE = frozenset({"cdrom", "floppy"})


def normalise_disk(device: Node) -> None:
    """A disk (virDomainDiskDefFormat)."""
    device.attrs.setdefault("type", "file")
    device.attrs.setdefault("device", "disk")
    for target in device.all("target"):
        target.attrs.pop("tray", None)  # live only
    device.imply("snapshot", "no" if _cannot_be_snapshot(device) else "default")
    for node in device.walk():
        if node.tag in ("source", "backingStore"):
            node.attrs.pop("index", None)
            drop_automatic_labels(node)
        elif node.tag == "max_size":  # of a metadata_cache
            scale(node, "bytes", to=1)
    for source in device.all("source"):
        _network_source(source)
    _empty_drive(device)


def _cannot_be_snapshot(device: Node) -> bool:
    """What is only read, or is served by another program, is left out (virDomainDiskDefPostParse)."""
    read_only = device.attrs["device"] == "cdrom" or device.first("readonly") is not None
    return read_only or device.attrs["type"] == "vhostuser"


def _empty_drive(device: Node) -> None:
    """A drive without a medium has no kind of source (virDomainDiskDefPostParse makes it a file)."""
    drop_empty(device, "source")
    if device.attrs["device"] in _REMOVABLE and device.first("source") is None:
        device.attrs["type"] = "file"


def normalise_hostdev(device: Node) -> None:
    """A device of the host (virDomainHostdevDefFormat)."""
    if device.attrs.get("type") == "pci":
        for address in (a for source in device.all("source") for a in source.all("address")):
            address.attrs.setdefault("domain", "0")
            address.attrs.setdefault("function", "0")
    device.imply("managed", "no")
    for source in device.all("source"):
        _network_source(source)


def _network_source(source: Node) -> None:
    """A source that another machine serves; iSCSI without a LUN means LUN 0
    (virDomainStorageNetworkParseHosts, virDomainDiskSourceNetworkParse)."""
    for host in source.all("host"):
        host.imply("transport", "tcp")
    name = source.attrs.get("name", "")
    if source.attrs.get("protocol") == "iscsi" and name and "/" not in name:
        source.attrs["name"] = f"{name}/0"
