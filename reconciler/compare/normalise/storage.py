"""Pools and volumes: sizes in bytes, tidy paths; what the storage itself reports is dropped."""

from __future__ import annotations

import re

from reconciler.compare.normalise.values import scale
from reconciler.compare.tree import Node

_SLASHES = re.compile(r"//+")


def normalise_pool(root: Node) -> None:
    """Normalises a pool's tree in place (virStoragePoolDefFormat)."""
    root.drop(lambda child: child.tag in ("capacity", "allocation", "available"))
    for path in (node for node in root.walk() if node.tag == "path"):
        path.text = tidy(path.text)
    source = root.first("source")
    if source is not None:
        for directory in source.all("dir"):
            directory.attrs["path"] = tidy(directory.attrs.get("path", ""))


def normalise_volume(root: Node) -> None:
    """Normalises a volume's tree in place; a volume on disk reports its own path, key and times."""
    root.drop(lambda child: child.tag in ("key", "allocation", "physical", "source"))
    for capacity in root.all("capacity"):
        scale(capacity, "bytes", to=1)
    for part in (*root.all("target"), *root.all("backingStore")):
        part.drop(lambda child: child.tag in ("timestamps", "clusterSize"))
    target = root.first("target")
    if target is not None:
        target.drop(lambda child: child.tag == "path")
        for mode in (m for p in target.all("permissions") for m in p.all("mode")):
            mode.text = mode.text.lstrip("0") or "0"
    root.attrs.pop("type", None)


def tidy(path: str) -> str:
    """A path without doubled or trailing slashes (virFileSanitizePath)."""
    lead = "//" if path.startswith("//") and not path.startswith("///") else ""
    path = _SLASHES.sub("/", path)
    path = path.rstrip("/") if len(path) > 1 else path
    return f"/{path}" if lead and not path.startswith("//") else path
