"""Pools: tidy paths, what a start fills in, what the storage itself reports; and what a type has not."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.dialects.model import Platform
from drivers.dialects.normalise.storage import normalise_permissions, tidy
from drivers.dialects.normalise.wires import plain_numbers
from specs.documents.tree import Node
from specs.documents.values import drop_value

_ISCSI_PORT = "3260"
_FOLDERS = {"logical": "/dev", "zfs": "/dev/zvol"}
"""Where a group's volumes are."""

_SOURCES: Mapping[str, frozenset[str]] = {
    "dir": frozenset(),
    "fs": frozenset({"device", "format"}),
    "netfs": frozenset({"host", "dir", "format"}),
    "logical": frozenset({"name", "device", "format"}),
    "disk": frozenset({"device", "format"}),
    "iscsi": frozenset({"host", "device", "initiator"}),
    "iscsi-direct": frozenset({"host", "device", "initiator"}),
    "scsi": frozenset({"adapter"}),
    "mpath": frozenset(),
    "rbd": frozenset({"host", "name"}),
    "sheepdog": frozenset({"host", "name"}),
    "gluster": frozenset({"host", "name", "dir"}),
    "zfs": frozenset({"name", "device"}),
    "vstorage": frozenset({"name"}),
}
"""What each type takes of a source, besides what all do (virStoragePoolTypeInfo)."""

_OF_SOME_TYPES = frozenset[str]().union(*_SOURCES.values())
_WITHOUT_TARGET = frozenset({"rbd", "sheepdog", "gluster", "iscsi-direct"})


def normalise_pool(root: Node, _: Platform) -> None:
    """Normalises a pool's tree in place (virStoragePoolDefFormat)."""
    root.drop(lambda child: child.tag in ("capacity", "allocation", "available"))
    for path in (node for node in root.walk() if node.tag == "path"):
        path.text = tidy(path.text)
    kind, source = root.attrs.get("type", ""), root.first("source")
    if source is not None:
        _source(kind, source)
    normalise_permissions(root)
    _computed_path(root, source)
    _inert(root, kind)


def _source(kind: str, source: Node) -> None:
    """What a start fills in (the port of an iSCSI server, virStorageBackendISCSIPortal; a table of
    partitions, virStorageBackendDiskStartPool), and what a device reports."""
    for directory in source.all("dir"):
        directory.attrs["path"] = tidy(directory.attrs.get("path", ""))
    for device in source.all("device"):
        device.drop(lambda child: child.tag == "freeExtent")
    for host in source.all("host"):
        drop_value(host, "port", "0")
        drop_value(host, "port", _ISCSI_PORT if kind in ("iscsi", "iscsi-direct") else "")
    for form in source.all("format"):
        if kind == "disk" and form.attrs.get("type") == "unknown":
            form.attrs["type"] = "dos"
    for adapter in source.all("adapter"):
        _adapter(adapter)


def _adapter(adapter: Node) -> None:
    """One with a name alone is the host's; a virtual one is made and removed (virStorageAdapterParseXML,
    createVport)."""
    adapter.attrs.setdefault("type", "scsi_host")
    if adapter.attrs["type"] == "fc_host":
        adapter.imply("managed", "yes")
    for parent in adapter.all("parentaddr"):
        plain_numbers(parent, "unique_id")


def _computed_path(root: Node, source: Node | None) -> None:
    """A volume group's path follows from its name, whatever is given (virStoragePoolDefParseXML)."""
    target, folder = root.first("target"), _FOLDERS.get(root.attrs.get("type", ""))
    if folder is None or target is None:
        return
    group = (source.value("name") if source is not None else None) or root.value("name")
    for path in target.all("path"):
        path.text = f"{folder}/{group}"


def _inert(root: Node, kind: str) -> None:
    """What only another type takes (virStoragePoolSourceFormat, virStoragePoolDefFormatBuf)."""
    taken = _SOURCES.get(kind, _OF_SOME_TYPES)
    for part in (part for source in root.all("source") for part in source.children):
        if part.tag in _OF_SOME_TYPES - taken:
            part.lose("")
    for target in root.all("target"):
        if kind in _WITHOUT_TARGET:
            target.lose("")
    for refresh in root.all("refresh"):
        if not any("allocation" in volume.attrs for volume in refresh.all("volume")):
            refresh.lose("")
