"""Storage pools (virStoragePoolDefParseXML, storagePoolDefineXML, virStorageBackend*)."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from drivers.simulated.naming import canonical_uuid, check_identity, check_name, existing
from drivers.simulated.rows import HostRows, StoredObject
from drivers.simulated.xml import Element, add, arrange, ensure, parse, refuse, remove, text_of, to_text
from specs.desired import PowerState
from specs.identity import Kind

_ORDER = (
    "name", "uuid", "capacity", "allocation", "available", "features", "source", "target", "refresh",
)  # fmt: skip
_FORMATS = {"logical": "lvm2", "netfs": "auto", "fs": "auto", "disk": "unknown"}
_NEEDS_PATH = frozenset({"dir", "fs", "netfs", "disk", "iscsi", "scsi", "mpath"})
_TYPES = _NEEDS_PATH | {"logical", "rbd", "gluster", "zfs", "sheepdog", "iscsi-direct", "vstorage"}
_BUILT_FIRST = frozenset({"dir", "fs", "netfs", "logical", "disk"})
_NETWORKED = frozenset({"netfs", "iscsi", "iscsi-direct", "rbd", "gluster", "sheepdog", "vstorage"})
"""What every host sees that has the pool."""
_FORMATTED = frozenset({"fs", "disk"})
_THERE = ("/var/lib/libvirt/images", "/tmp")  # noqa: S108 - a simulated folder


def define(host: HostRows, name: str, document: str) -> None:
    """Creates a pool, or redefines it in place."""
    root = parse(document, "pool")
    check_name(root, name)
    uuid = canonical_uuid(root)
    old = check_identity(host, Kind.STORAGE_POOL, name, uuid)
    _rewrite(root, name)
    place = _place(root)
    if old and old.power == PowerState.ACTIVE and old.place != place:
        refuse(f"storage pool '{name}' is active, its place cannot change", "stop it first")
    other = host.pool_at(place)
    if other and other.name != name:
        refuse(f"Storage source conflict with pool: '{other.name}'", "two pools cannot share a target")
    entry = old or StoredObject(Kind.STORAGE_POOL, name, uuid, "", power=PowerState.INACTIVE, autostart=0)
    host.save(replace(entry, document=to_text(root), place=place))


def undefine(host: HostRows, name: str) -> None:
    """The volumes stay where they are, and a pool of the same place finds them."""
    if existing(host, Kind.STORAGE_POOL, name).power == PowerState.ACTIVE:
        refuse(f"storage pool '{name}' is still active", "stop it first")
    host.remove(Kind.STORAGE_POOL, name)


def build(host: HostRows, name: str, *, overwrite: bool) -> None:
    """Makes a pool's target."""
    entry = existing(host, Kind.STORAGE_POOL, name)
    kind = parse(entry.document).get("type", "")
    if entry.power == PowerState.ACTIVE:
        refuse(f"storage pool '{name}' is already active", "stop it before building it")
    if kind not in _BUILT_FIRST:
        refuse(f"pool type '{kind}' does not support building", "leave its build policy at 'never'")
    place = entry.place or ""
    if kind in _FORMATTED and host.place_exists(place):
        if not overwrite:
            refuse(f"the target of pool '{name}' is already formatted", "overwriting destroys its volumes")
        host.remove_volumes(place)
    host.make_place(place)


def start(host: HostRows, name: str) -> None:
    """Starts a pool whose target is there."""
    entry = existing(host, Kind.STORAGE_POOL, name)
    kind = parse(entry.document).get("type", "")
    place = entry.place or ""
    if kind in _BUILT_FIRST and place not in _THERE and not host.place_exists(place):
        refuse(f"cannot open directory '{place}': No such file or directory", "build the pool first")
    if kind in _NETWORKED:
        host.share_place(place)
    host.save(replace(entry, power=PowerState.ACTIVE))


def stop(host: HostRows, name: str) -> None:
    """Stops a pool."""
    host.save(replace(existing(host, Kind.STORAGE_POOL, name), power=PowerState.INACTIVE))


def active(host: HostRows, name: str) -> StoredObject:
    """An active pool; Refused when it is inactive."""
    entry = existing(host, Kind.STORAGE_POOL, name)
    if entry.power != PowerState.ACTIVE:
        refuse(f"storage pool '{name}' is not active", "start it first")
    return entry


def _rewrite(root: Element, name: str) -> None:
    kind = root.get("type", "")
    if kind not in _TYPES:
        refuse(f"unknown storage pool type '{kind}'", f"allowed: {', '.join(sorted(_TYPES))}")
    source = ensure(root, "source")
    for host in source.iterfind("host"):
        if not host.get("name"):
            refuse("missing storage pool source host name", "give <host name='…'/>")
    for device in source.findall("dir"):
        device.set("path", _clean(device.get("path", "")))
    if kind in ("logical", "rbd", "gluster", "zfs") and not text_of(source, "name"):
        remove(source, "name")
        add(source, "name", name)
    if kind in _FORMATS:
        ensure(source, "format", type=_FORMATS[kind])
    for adapter in source.iterfind("adapter"):
        if adapter.get("type") is None and adapter.get("name"):
            adapter.set("type", "scsi_host")
    arrange(
        source,
        ("host", "device", "dir", "adapter", "name", "initiator", "auth", "vendor", "product", "format"),
    )
    _target(root, kind, text_of(source, "name"))
    remove(root, "capacity", "allocation", "available")
    for tag in ("capacity", "allocation", "available"):
        add(root, tag, "0", unit="bytes")
    arrange(root, _ORDER)


def _target(root: Element, kind: str, source_name: str) -> None:
    path = text_of(root, "target/path")
    if kind in ("logical", "zfs") and not path:
        path = f"/dev/{source_name}" if kind == "logical" else f"/dev/zvol/{source_name}"
    if not path:
        if kind in _NEEDS_PATH:
            refuse("missing storage pool target path", "give <target><path>…</path></target>")
        return
    target = ensure(root, "target")
    ensure(target, "path").text = _clean(path)
    for permission in target.iterfind("permissions"):
        arrange(permission, ("mode", "owner", "group", "label"))
    arrange(target, ("path", "permissions"))


def _clean(path: str) -> str:
    """Slashes as libvirt keeps them (virFileSanitizePath)."""
    return posixpath.normpath(path).replace("//", "/") if path else path


def _place(root: Element) -> str:
    """Where the volumes are: the target's path, else what the source is called."""
    path = text_of(root, "target/path")
    if path:
        return path
    source = root.find("source")
    hosts = "" if source is None else ",".join(host.get("name", "") for host in source.iterfind("host"))
    return f"{root.get('type')}:{hosts}/{text_of(root, 'source/name')}"
