"""Pools and volumes: sizes in bytes, tidy paths; what the storage itself reports is dropped."""

from __future__ import annotations

import re

from drivers.dialects.model import Platform
from specs.documents.tree import Node
from specs.documents.values import drop_empty, drop_value, octal, scale

_NOBODY = str((1 << 32) - 1)
_ISCSI_PORT = "3260"
_SLASHES = re.compile(r"//+")


def normalise_pool(root: Node, _: Platform) -> None:
    """Normalises a pool's tree in place (virStoragePoolDefFormat)."""
    root.drop(lambda child: child.tag in ("capacity", "allocation", "available"))
    for path in (node for node in root.walk() if node.tag == "path"):
        path.text = tidy(path.text)
    source = root.first("source")
    if source is not None:
        for directory in source.all("dir"):
            directory.attrs["path"] = tidy(directory.attrs.get("path", ""))
        for device in source.all("device"):
            device.drop(lambda child: child.tag == "freeExtent")  # what the device reports
        _source(root.attrs.get("type", ""), source)
    _permissions(root)
    _computed_path(root, source)


_FOLDERS = {"logical": "/dev", "zfs": "/dev/zvol"}
"""Where a group's volumes are."""


def _source(kind: str, source: Node) -> None:
    """What a start fills in: the port of an iSCSI server (virStorageBackendISCSIPortal), a table of
    partitions (virStorageBackendDiskStartPool), that an adapter is made and removed (createVport)."""
    if kind in ("iscsi", "iscsi-direct"):
        for host in source.all("host"):
            drop_value(host, "port", _ISCSI_PORT)
    elif kind == "disk":
        for form in source.all("format"):
            if form.attrs.get("type") == "unknown":
                form.attrs["type"] = "dos"
    for adapter in source.all("adapter"):
        if adapter.attrs.get("type") == "fc_host":
            adapter.imply("managed", "yes")


def _computed_path(root: Node, source: Node | None) -> None:
    """A volume group's path follows from its name, whatever is given (virStoragePoolDefParseXML)."""
    target, folder = root.first("target"), _FOLDERS.get(root.attrs.get("type", ""))
    if folder is None or target is None:
        return
    group = (source.value("name") if source is not None else None) or root.value("name")
    for path in target.all("path"):
        path.text = f"{folder}/{group}"


def _permissions(root: Node) -> None:
    """Numbers as numbers; -1 is nobody's choice, and not written back (virStoragePermsFormat)."""
    for permissions in (node for node in root.walk() if node.tag == "permissions"):
        for entry in permissions.children:
            if entry.tag in ("mode", "owner", "group"):
                octal(entry)
        permissions.drop(lambda child: child.tag in ("owner", "group") and child.text in ("-1", _NOBODY))
        drop_empty(permissions, "label")


def normalise_volume(root: Node, _: Platform) -> None:
    """Normalises a volume's tree in place; a volume on disk reports its own path, key and times."""
    root.drop(lambda child: child.tag in ("key", "allocation", "physical", "source"))
    for capacity in root.all("capacity"):
        scale(capacity, "bytes", to=1)
    for part in (*root.all("target"), *root.all("backingStore")):
        part.drop(lambda child: child.tag in ("timestamps", "clusterSize"))
        for kind in part.all("format"):
            # Raw with an ISO 9660 image in it, as a refresh sees (storageBackendCreateQemuImgSetInfo).
            if kind.attrs.get("type") == "iso":
                kind.attrs["type"] = "raw"
    target = root.first("target")
    if target is not None:
        target.drop(lambda child: child.tag == "path")
    _permissions(root)
    root.attrs.pop("type", None)


def tidy(path: str) -> str:
    """A path without doubled or trailing slashes (virFileSanitizePath)."""
    lead = "//" if path.startswith("//") and not path.startswith("///") else ""
    path = _SLASHES.sub("/", path)
    path = path.rstrip("/") if len(path) > 1 else path
    return f"/{path}" if lead and not path.startswith("//") else path
