"""Volumes: sizes in bytes; what the storage itself reports is dropped. And what pools have as well."""

from __future__ import annotations

import re

from drivers.dialects.model import Platform
from specs.documents.tree import Node
from specs.documents.values import drop_empty, octal, scale

_NOBODY = str((1 << 32) - 1)
_SLASHES = re.compile(r"//+")


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
    normalise_permissions(root)
    root.attrs.pop("type", None)


def normalise_permissions(root: Node) -> None:
    """Numbers as numbers; -1 is nobody's choice, and not written back (virStoragePermsFormat)."""
    for permissions in (node for node in root.walk() if node.tag == "permissions"):
        for entry in permissions.children:
            if entry.tag in ("mode", "owner", "group"):
                octal(entry)
        permissions.drop(lambda child: child.tag in ("owner", "group") and child.text in ("-1", _NOBODY))
        drop_empty(permissions, "label")


def tidy(path: str) -> str:
    """A path without doubled or trailing slashes (virFileSanitizePath)."""
    lead = "//" if path.startswith("//") and not path.startswith("///") else ""
    path = _SLASHES.sub("/", path)
    path = path.rstrip("/") if len(path) > 1 else path
    return f"/{path}" if lead and not path.startswith("//") else path
