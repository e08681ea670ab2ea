"""StoragePool → <pool>, Volume → <volume> (formatstorage.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from specs.documents.build import element, root
from specs.documents.formats import FormatOf, format_by_name, format_of
from specs.documents.order import arrange
from specs.documents.writing import write
from specs.models.encryption import Encryption
from specs.models.storage import PoolSource, PoolSpec, PoolTarget, StoragePool, Volume, VolumeSpec


def render_pool(pool: StoragePool, usage: Callable[[str], str] = str) -> etree._Element:
    """The document as far as the spec says it; `usage` gives a Secret's usage by its name."""
    document = root("pool")
    element(document, "name", pool.metadata.name)
    write(document, _completed_pool(pool.spec, usage))
    adapter = document.find("source/adapter")
    if adapter is not None:
        adapter.set("type", "scsi_host" if adapter.get("name") else "fc_host")
    arrange(document)
    return document


def _completed_pool(spec: PoolSpec, usage: Callable[[str], str]) -> PoolSpec:
    path = spec.target_path()
    target = spec.target or (PoolTarget(path=path) if path else None)
    source = _logged_in(spec.source, usage) if spec.source else None
    return spec.model_copy(update={"target": target, "source": source})


def _logged_in(source: PoolSource, usage: Callable[[str], str]) -> PoolSource:
    """A host finds a Secret by its usage."""
    if source.auth is None:
        return source
    auth = source.auth.model_copy(update={"secret": usage(source.auth.secret)})
    return source.model_copy(update={"auth": auth})


def render_volume(
    volume: Volume, *, pool_path: str | None, secret_uuid: str | None, formats: FormatOf = format_by_name
) -> etree._Element:
    """The document; a backing volume of the same pool needs the pool's path, and has the format that
    `formats` tells."""
    name = volume.metadata.name
    document = root("volume")
    element(document, "name", name)
    write(document, _completed_volume(name, volume.spec, pool_path, secret_uuid, formats))
    arrange(document)
    return document


def _completed_volume(
    name: str, spec: VolumeSpec, pool_path: str | None, secret_uuid: str | None, formats: FormatOf
) -> VolumeSpec:
    encrypted = spec.encryption and secret_uuid
    said: dict[str, Any] = {
        "format": format_of(name, spec.format),
        "encryption": Encryption.model_construct(secret=secret_uuid) if encrypted else None,
    }
    backing = spec.backing
    if backing:
        base = backing.volume or ""
        path = backing.path or _in_folder(pool_path or "", base)
        kind = backing.format or (formats(spec.pool, base) if base else "qcow2")
        said["backing"] = backing.model_copy(update={"path": path, "format": kind})
    return spec.model_copy(update=said)


def _in_folder(folder: str, name: str) -> str:
    """The path of a file, as its host writes paths."""
    separator = "\\" if "\\" in folder else "/"
    return f"{folder}{separator}{name}"
