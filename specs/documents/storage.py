"""StoragePool → <pool>, Volume → <volume> (formatstorage.html)."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from specs.documents.build import element, maybe, root
from specs.documents.formats import FormatOf, format_by_name, format_of, permissions
from specs.models.storage import PoolSource, StoragePool, Volume


def render_pool(pool: StoragePool, usage: Callable[[str], str] = str) -> etree._Element:
    """The document as far as the spec says it; `usage` gives a Secret's usage by its name."""
    spec = pool.spec
    document = root("pool", type=spec.type)
    element(document, "name", pool.metadata.name)
    maybe(document, "uuid", spec.uuid)
    if spec.source:
        _source(document, spec.source, usage)
    path = spec.target_path()
    if path:
        target = element(document, "target")
        element(target, "path", path)
        permissions(target, spec.target.permissions if spec.target else None)
    return document


def _source(document: etree._Element, given: PoolSource, usage: Callable[[str], str]) -> None:
    source = element(document, "source")
    for host in given.hosts:
        element(source, "host", name=host.name, port=host.port)
    if given.dir is not None:
        element(source, "dir", path=given.dir)
    for device in given.devices:
        element(source, "device", path=device)
    if given.adapter:
        adapter = given.adapter
        kind = "scsi_host" if adapter.name else "fc_host"
        element(
            source,
            "adapter",
            type_=kind,
            name=adapter.name,
            parent=adapter.parent,
            wwnn=adapter.wwnn,
            wwpn=adapter.wwpn,
        )
    maybe(source, "name", given.name)
    if given.initiator:
        element(element(source, "initiator"), "iqn", name=given.initiator)
    if given.auth:
        auth = element(source, "auth", type_=given.auth.type, username=given.auth.user)
        element(auth, "secret", usage=usage(given.auth.secret))
    if given.format:
        element(source, "format", type_=given.format)


def render_volume(
    volume: Volume, *, pool_path: str | None, secret_uuid: str | None, formats: FormatOf = format_by_name
) -> etree._Element:
    """The document; a backing volume of the same pool needs the pool's path, and has the format that
    `formats` tells."""
    spec, name = volume.spec, volume.metadata.name
    document = root("volume")
    element(document, "name", name)
    maybe(document, "capacity", spec.capacity, unit="bytes")
    maybe(document, "allocation", spec.allocation, unit="bytes")
    target = element(document, "target")
    element(target, "format", type_=format_of(name, spec.format))
    permissions(target, spec.permissions)
    if spec.encryption and secret_uuid:
        encryption = element(target, "encryption", format="luks")
        element(encryption, "secret", type_="passphrase", uuid=secret_uuid)
    if spec.backing:
        backing = element(document, "backingStore")
        base = spec.backing.volume or ""
        element(backing, "path", spec.backing.path or f"{pool_path or ''}/{base}")
        default = formats(spec.pool, base) if base else "qcow2"
        element(backing, "format", type_=spec.backing.format or default)
    return document
