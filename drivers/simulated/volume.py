"""Storage volumes (virStorageVolDefParseXML, storageVolCreateXML, storageVolResize)."""

from __future__ import annotations

import time

from drivers.base.errors import NotFound
from drivers.simulated.pool import active
from drivers.simulated.rows import HostRows
from drivers.simulated.secret import find_secret
from drivers.simulated.units import to_plain_bytes
from drivers.simulated.xml import Element, add, arrange, ensure, parse, refuse, remove, text_of, to_text
from specs.desired import PowerState
from specs.identity import Kind

_SECTOR = 512
_CREATED_IN = 1024
"""qemu-img resizes in sectors, and libvirt creates images in KiB."""
_IMAGE_HEAD = "196624"
_IMAGE_HEAD_ON_DISK = "200704"
"""What an empty qcow2 image takes."""
_ORDER = ("name", "key", "capacity", "allocation", "physical", "target", "backingStore")
_TARGET_ORDER = (
    "path", "format", "permissions", "timestamps", "encryption", "compat", "clusterSize", "nocow", "features",
)  # fmt: skip


def create(host: HostRows, path: str, document: str) -> None:
    """Creates a volume in an active pool."""
    pool_name, _, name = path.partition("/")
    pool = active(host, pool_name)
    root = parse(document, "volume")
    if text_of(root, "name") != name:
        refuse(f"the document names '{text_of(root, 'name')}', not '{name}'")
    place = pool.place or ""
    if host.volume(place, name) is not None:
        refuse(f"storage volume '{name}' exists already", "choose another name, or grow the one that exists")
    _rewrite(root, host, parse(pool.document).get("type", ""), place, name)
    host.save_volume(place, name, to_text(root))


def delete(host: HostRows, path: str) -> None:
    """Deletes a volume and its content."""
    place, name, _ = existing_volume(host, path)
    host.remove_volume(place, name)


def resize(host: HostRows, path: str, capacity: int) -> None:
    """Grows a volume."""
    place, name, document = existing_volume(host, path)
    root = parse(document)
    element = root.find("capacity")
    assert element is not None
    if capacity < int(element.text or 0):
        refuse(
            f"can't shrink volume '{name}' from {element.text} to {capacity} bytes", "give at least its size"
        )
    raw = format_of(root) == "raw"
    element.text = str(capacity if raw else _round_up(capacity, _SECTOR))
    if raw:
        ensure(root, "physical").text = element.text
    host.save_volume(place, name, to_text(root))


def capacity_of(root: Element) -> int:
    """The capacity in bytes; 0 where a document does not tell one."""
    capacity = root.find("capacity")
    return 0 if capacity is None else to_plain_bytes(capacity)


def lookup(host: HostRows, path: str) -> str | None:
    """The document of a volume of an active pool, as `observe` shows it."""
    pool_name, _, name = path.partition("/")
    pool = host.entry(Kind.STORAGE_POOL, pool_name)
    if pool is None or pool.power != PowerState.ACTIVE:
        return None
    return host.volume(pool.place or "", name)


def existing_volume(host: HostRows, path: str) -> tuple[str, str, str]:
    """(place, name, document); NotFound, or Refused where the pool is inactive."""
    pool_name, _, name = path.partition("/")
    place = active(host, pool_name).place or ""
    document = host.volume(place, name)
    if document is None:
        raise NotFound(f"no storage vol with matching name '{name}' in pool '{pool_name}'")
    return place, name, document


def _rewrite(root: Element, host: HostRows, pool_type: str, place: str, name: str) -> None:
    capacity = root.find("capacity")
    if capacity is None:
        refuse("missing capacity element", "give <capacity unit='GiB'>…</capacity>")
    size = to_plain_bytes(capacity)
    kind = {"rbd": "network", "gluster": "network"}.get(
        pool_type, "block" if place.startswith("/dev") else "file"
    )
    root.set("type", kind)
    remove(root, "key", "physical")
    path = f"{place}/{name}"
    add(root, "key", path)
    target = ensure(root, "target")
    remove(target, "path", "timestamps")
    add(target, "path", path)
    ensure(target, "format", type="raw")
    _permissions(target)
    allocation = root.find("allocation")
    if format_of(root) == "raw":
        allocated = size if allocation is None else min(to_plain_bytes(allocation), size)
        head = (str(allocated), str(size))
    else:
        capacity.text = str(_round_up(size, _CREATED_IN))
        head = (_IMAGE_HEAD_ON_DISK, _IMAGE_HEAD)
    remove(root, "allocation")
    add(root, "allocation", head[0], unit="bytes")
    add(root, "physical", head[1], unit="bytes")
    if kind == "file":
        stamps = add(target, "timestamps")
        now = f"{time.time():.9f}"
        for tag, value in (("atime", now), ("mtime", now), ("ctime", now), ("btime", "0")):
            add(stamps, tag, value)
    arrange(target, _TARGET_ORDER)
    _backing(root, host, place)
    _encryption(target, host)
    arrange(root, _ORDER)


def _permissions(target: Element) -> None:
    permissions = ensure(target, "permissions")
    for tag, default in (("mode", "0600"), ("owner", "0"), ("group", "0")):
        if not text_of(permissions, tag) or text_of(permissions, tag) == "-1":
            remove(permissions, tag)
            add(permissions, tag, default)
    mode = permissions.find("mode")
    assert mode is not None
    if (mode.text or "").strip("01234567"):
        refuse("malformed octal mode", "write for example 0600")
    mode.text = f"{int(mode.text or '0', 8):04o}"
    arrange(permissions, ("mode", "owner", "group", "label"))


def _backing(root: Element, host: HostRows, place: str) -> None:
    backing = root.find("backingStore")
    if backing is None:
        return
    path = text_of(backing, "path")
    if not path:
        root.remove(backing)
        return
    folder, _, name = path.rpartition("/")
    if (folder == place or host.pool_at(folder)) and host.volume(folder, name) is None:
        refuse(f"Could not open backing file '{path}': No such file or directory", "create it first")
    ensure(backing, "format", type="raw")
    _permissions(backing)


def _encryption(target: Element, host: HostRows) -> None:
    for secret in target.iterfind("encryption/secret"):
        found = find_secret(host, secret)
        if found is None or found.value is None:
            refuse("the secret of the volume's encryption is missing or has no value", "define it first")


def format_of(root: Element) -> str:
    """The format that a volume's document says."""
    element = root.find("target/format")
    return "raw" if element is None else element.get("type", "raw")


def _round_up(size: int, unit: int) -> int:
    return -(-size // unit) * unit
