"""Verbs on pools and volumes."""

from __future__ import annotations

import time

import libvirt

from drivers.base.errors import NotFound, Refused, Transient
from specs.xml import parse

_FORMATTED = frozenset({"fs", "disk", "logical"})
"""The kinds of pool that format their source devices (buildPool of src/storage/storage_backend_*.c);
the others know no flags, or refuse them for want of a device."""

_PATIENCE, _POLL = 60.0, 0.1
"""Seconds that a busy pool is waited for, and between two looks at it."""


def split(name: str) -> tuple[str, str]:
    """'pool/volume' in its two parts."""
    pool, _, volume = name.partition("/")
    return pool, volume


def volume(handle: libvirt.virConnect, name: str) -> libvirt.virStorageVol:
    """A volume by 'pool/name'."""
    pool, own = split(name)
    return handle.storagePoolLookupByName(pool).storageVolLookupByName(own)


def create_volume(handle: libvirt.virConnect, name: str, document: str) -> None:
    """Creates a volume in its active pool."""
    handle.storagePoolLookupByName(split(name)[0]).createXML(document, 0)


def clone_volume(handle: libvirt.virConnect, name: str, document: str, source: str) -> None:
    """Creates a volume in its active pool as a whole copy of another (virStorageVolCreateXMLFrom)."""
    handle.storagePoolLookupByName(split(name)[0]).createXMLFrom(document, volume(handle, source), 0)


def resize_volume(handle: libvirt.virConnect, name: str, capacity: int) -> None:
    """Grows a volume: through the guest that has it open, for QEMU then holds its lock, else itself."""
    found = volume(handle, name)
    if found.info()[1] > capacity:
        raise Refused(f"the volume has {found.info()[1]} bytes and is never shrunk")
    user = _user(handle, name, found.path())
    if user is None:
        found.resize(capacity, 0)
        return
    domain, target = user
    domain.blockResize(target, capacity, libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES)
    refresh_pool(handle, split(name)[0])


def _user(handle: libvirt.virConnect, name: str, path: str) -> tuple[libvirt.virDomain, str] | None:
    """The running domain that has the volume open for writing, and the disk's target there."""
    pool, own = split(name)
    for domain in handle.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        for disk in parse(domain.XMLDesc(0)).iterfind("devices/disk"):
            source, target = disk.find("source"), disk.find("target")
            if source is None or target is None or disk.find("readonly") is not None:
                continue
            same = (source.get("pool"), source.get("volume")) == (pool, own)
            if same or path in (source.get("file"), source.get("dev")):
                return domain, target.get("dev", "")
    return None


def build_pool(handle: libvirt.virConnect, name: str, *, overwrite: bool) -> None:
    """Builds a pool's target: a folder, or a file system, label or volume group on its source devices,
    where one that stands already is refused unless it may be overwritten."""
    pool = handle.storagePoolLookupByName(name)
    if parse(pool.XMLDesc(0)).get("type") not in _FORMATTED:
        pool.build(0)
    elif overwrite:
        pool.build(libvirt.VIR_STORAGE_POOL_BUILD_OVERWRITE)
    else:
        pool.build(libvirt.VIR_STORAGE_POOL_BUILD_NO_OVERWRITE)


def refresh_pool(handle: libvirt.virConnect, name: str) -> None:
    """Looks at the pool's volumes again, as soon as nothing is being built in it (libvirt does not wait)."""
    pool, until = handle.storagePoolLookupByName(name), time.monotonic() + _PATIENCE
    while True:
        try:
            pool.refresh(0)
            return
        except libvirt.libvirtError as error:
            if "asynchronous jobs" not in str(error):
                raise
            if time.monotonic() > until:
                raise Transient(f"the pool {name} is busy for {_PATIENCE:g} s") from error
        time.sleep(_POLL)


def delete_volume(handle: libvirt.virConnect, name: str) -> None:
    """Deletes a volume's data."""
    try:
        found = volume(handle, name)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_STORAGE_VOL:
            raise NotFound(f"there is no volume {name}") from error
        raise
    found.delete(0)
