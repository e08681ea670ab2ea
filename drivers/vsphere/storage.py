"""Virtual disks: made, grown, copied, filled, read, removed.

The bytes of a disk are those of its flat file, which the server gives and takes over HTTPS (/folder).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from urllib.parse import quote, urlencode

from drivers.base import Content
from drivers.base.errors import NotFound, Refused, Unreachable
from drivers.vsphere import query, volumes
from drivers.vsphere.holdings import parted_volume, volume_wanted
from drivers.vsphere.site import VsphereSite
from drivers.vsphere.soap import kind, number, text
from drivers.vsphere.words import datastore_path, plain_name

_PIECE = 256 << 10


def create(site: VsphereSite, name: str, document: str) -> None:
    """A new disk, thin unless all of its space is asked for."""
    from pyVmomi import vim

    wanted = volume_wanted(document, name)
    path = _path(site, name)
    if volumes.lookup(site, name) is not None:
        raise Refused(f"the volume '{name}' is there already")
    thin = wanted.allocation is None or wanted.allocation < (wanted.capacity or 0)
    spec = vim.VirtualDiskManager.FileBackedVirtualDiskSpec(
        diskType="thin" if thin else "preallocated",
        adapterType="lsiLogic",
        capacityKb=(wanted.capacity or 0) // 1024,
    )
    verbs = site.writable(f"create the volume '{name}'")
    manager = verbs.manager("virtualDiskManager")
    task = manager.CreateVirtualDisk_Task(path, verbs.at(site.datacenter), spec)
    site.run(task, f"create the volume '{name}'")


def delete(site: VsphereSite, name: str) -> None:
    """Removes a disk's files; Refused while a machine has it."""
    verbs = site.writable(f"remove the volume '{name}'")
    if volumes.lookup(site, name) is None:
        raise NotFound(f"no volume '{name}'")
    path = _path(site, name)
    volumes.check_unused(site, path)
    datacenter = verbs.at(site.datacenter)
    if path.endswith(".vmdk"):
        task = verbs.manager("virtualDiskManager").DeleteVirtualDisk_Task(path, datacenter)
    else:
        task = verbs.manager("fileManager").DeleteDatastoreFile_Task(path, datacenter)
    site.run(task, f"remove the volume '{name}'")


def resize(site: VsphereSite, name: str, capacity: int) -> None:
    """Grows a disk: through the machine that has it, else by itself."""
    verbs = site.writable(f"grow the volume '{name}'")
    now = volumes.capacity(site, name)
    if capacity < now:
        raise Refused(f"the volume '{name}' has {now} bytes already, and no disk shrinks")
    if capacity % 1024:
        raise Refused(f"the capacity of '{name}' is no whole number of KiB")
    path = _path(site, name)
    having = volumes.users(site, path)
    if having:
        _grow_of(site, having[0], path, capacity)
    elif capacity > now:
        manager = verbs.manager("virtualDiskManager")
        task = manager.ExtendVirtualDisk_Task(path, verbs.at(site.datacenter), capacity // 1024, False)
        site.run(task, f"grow the volume '{name}'")


def clone(site: VsphereSite, name: str, document: str, source: str) -> None:
    """A whole copy of another disk, be it a volume or in a machine's or template's folder."""
    wanted = volume_wanted(document, name)
    verbs = site.writable(f"copy {source} to the volume '{name}'")
    if volumes.lookup(site, name) is not None:
        raise Refused(f"the volume '{name}' is there already")
    pool, path = parted_volume(source)
    if "/" not in path and volumes.lookup(site, source) is None:
        raise NotFound(f"no volume '{source}'")
    datacenter = verbs.at(site.datacenter)
    task = verbs.manager("virtualDiskManager").CopyVirtualDisk_Task(
        datastore_path(pool, path), datacenter, _path(site, name), datacenter, None, False
    )
    site.run(task, f"copy {source} to the volume '{name}'")
    if wanted.capacity and wanted.capacity > volumes.capacity(site, name):
        resize(site, name, wanted.capacity)


def upload(site: VsphereSite, name: str, content: Content, progress: Callable[[int], None]) -> None:
    """Writes the bytes of a disk from its beginning; what is behind them is zero."""
    site.writable(f"fill the volume '{name}'")
    size = volumes.capacity(site, name)
    if content.size > size:
        resize(site, name, -(-content.size // 1024) * 1024)
        size = volumes.capacity(site, name)

    def body() -> Iterator[bytes]:
        done = 0
        for piece in content.pieces():
            yield from _zeros(piece) if isinstance(piece, int) else (piece,)
            done += piece if isinstance(piece, int) else len(piece)
            progress(done)
        yield from _zeros(size - done)

    with _file(site, name, "PUT", body(), {"Content-Length": str(size)}) as answer:
        answer.read()


def download(site: VsphereSite, name: str) -> Iterator[bytes | int]:
    """The bytes of a disk; what is zero as holes."""
    volumes.capacity(site, name)
    with _file(site, name, "GET") as answer:
        while piece := answer.read(_PIECE):
            yield piece if any(piece) else len(piece)


def _path(site: VsphereSite, name: str) -> str:
    """The path of a volume. Raises NotFound without its pool, Refused for a name that is in a folder."""
    pool, path = parted_volume(name)
    if pool not in site.estate().stores:
        site.estate(anew=True).store(pool)
    if not path or "/" in path:
        raise Refused(f"the volume '{name}' is not in the root of its datastore, where volumes are")
    return datastore_path(pool, path)


def _grow_of(site: VsphereSite, machine: str, path: str, capacity: int) -> None:
    """Grows a machine's disk, also while it runs."""
    from pyVmomi import vim

    guest = site.guest(plain_name(machine))
    element = next(
        each
        for each in guest.hardware.devices.values()
        if kind(each) == "VirtualDisk" and text(each, "backing", "fileName") == path
    )
    if (number(element, "capacityInKB") or 0) * 1024 >= capacity:
        return
    verbs = site.writable(f"grow a disk of '{machine}'")
    disk = verbs.device(element)
    disk.capacityInKB, disk.capacityInBytes = capacity // 1024, capacity
    change = vim.vm.device.VirtualDeviceSpec(operation="edit", device=disk)
    task = verbs.at(guest.ref).ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[change]))
    site.run(task, f"grow a disk of '{machine}'")


@contextmanager
def _file(
    site: VsphereSite,
    name: str,
    method: str,
    body: Iterator[bytes] | None = None,
    more: dict[str, str] | None = None,
) -> Iterator[HTTPResponse]:
    pool, path = parted_volume(name)
    flat = f"{path.removesuffix('.vmdk')}-flat.vmdk" if path.endswith(".vmdk") else path
    datacenter = plain_name(query.one(site.session, site.datacenter, "name").text("name"))
    url = f"/folder/{quote(flat)}?{urlencode({'dcPath': datacenter, 'dsName': pool})}"
    headers = {"Cookie": site.session.cookie, **(more or {})}
    with site.session.wire.transfer(method, url, body, headers) as answer:
        if answer.status == 404:
            raise NotFound(f"no volume '{name}'")
        if answer.status >= 300:
            raise Unreachable(f"the server answers {method} of '{name}' with HTTP status {answer.status}")
        yield answer


def _zeros(count: int) -> Iterator[bytes]:
    nothing = bytes(_PIECE)
    while count > 0:
        yield nothing[: min(count, _PIECE)]
        count -= _PIECE
