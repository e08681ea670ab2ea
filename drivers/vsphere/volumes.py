"""Volumes: the virtual disks (and images of CDs) in the root of a datastore.

What lies in a folder belongs to the machine whose folder it is; its disks are in its document by their paths.
A datastore has no word for change, so its root is listed at every look: one task each, all at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from drivers.base.errors import DriverError, NotFound, Refused
from drivers.vsphere import query
from drivers.vsphere.estate import Datastore
from drivers.vsphere.holdings import parted_volume, volume_of
from drivers.vsphere.session import Ref
from drivers.vsphere.site import VsphereSite
from drivers.vsphere.soap import Element, child, children, number, tag, text
from drivers.vsphere.tasks import finish

_SEARCH = (
    "<datastorePath>[{name}]</datastorePath><searchSpec>"
    '<query xsi:type="VmDiskFileQuery"><details><diskType>false</diskType><capacityKb>true</capacityKb>'
    "<hardwareVersion>false</hardwareVersion></details></query>"
    '<query xsi:type="IsoImageFileQuery"/>'
    "<details><fileType>true</fileType><fileSize>true</fileSize><modification>false</modification></details>"
    "{patterns}</searchSpec>"
)
_ALL = ("*.vmdk", "*.iso")


def listed(site: VsphereSite, stores: Iterable[Datastore]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The documents of all volumes, and why those of a pool could not be read ('POOL/*')."""
    tasks: dict[str, Ref] = {}
    documents: dict[str, str] = {}
    unread: dict[str, str] = {}
    for store in stores:
        if not store.accessible:
            unread[f"{store.name}/*"] = "the datastore is not accessible"
            continue
        tasks[store.name] = _search(site, store, _ALL)
    for name, task in tasks.items():
        try:
            found = finish(site.session, task, f"cannot look into the datastore '{name}'")
        except DriverError as error:
            unread[f"{name}/*"] = str(error)
            continue
        documents |= {f"{name}/{path}": document for path, document in _files(name, found)}
    return documents, unread


def lookup(site: VsphereSite, name: str) -> str | None:
    """The document of one volume; None where there is none."""
    pool, path = parted_volume(name)
    store = site.estate().stores.get(pool) or site.estate(anew=True).stores.get(pool)
    if store is None or not path or "/" in path:
        return None
    found = finish(site.session, _search(site, store, (path,)), f"cannot look into the datastore '{pool}'")
    return dict(_files(pool, found)).get(path)


def capacity(site: VsphereSite, name: str) -> int:
    """The size of a volume in bytes. Raises NotFound."""
    document = lookup(site, name)
    if document is None:
        raise NotFound(f"no volume '{name}'")
    from drivers.native.holdings import NativeVolume, read_holding

    return read_holding(document, NativeVolume)[0].capacity or 0


def users(site: VsphereSite, path: str) -> list[str]:
    """The machines of the datacenter that have a file among their devices, by name."""
    wanted = {"VirtualMachine": ("name", "config.hardware.device")}
    return [
        each.text("name")
        for each in query.below(site.session, site.datacenter, wanted)
        if each.ref[0] == "VirtualMachine"
        and any(
            text(device, "backing", "fileName") == path
            for device in children(each.values.get("config.hardware.device"))
        )
    ]


def check_unused(site: VsphereSite, path: str) -> None:
    """Refused while a machine has it."""
    having = users(site, path)
    if having:
        raise Refused(f"{path} is a disk of {', '.join(sorted(having))}", "detach it there first")


def _search(site: VsphereSite, store: Datastore, patterns: Iterable[str]) -> Ref:
    from xml.sax.saxutils import escape

    body = _SEARCH.format(
        name=escape(store.name),
        patterns="".join(f"<matchPattern>{escape(each)}</matchPattern>" for each in patterns),
    )
    answer = site.session.ask("SearchDatastore_Task", store.browser, body)
    return query.refs_in(child(answer, "returnval"))[0]


def _files(store: str, found: Element | None) -> Iterable[tuple[str, str]]:
    for each in [] if found is None else found:
        path = text(each, "path")
        if tag(each) != "file" or path.endswith(("-flat.vmdk", "-delta.vmdk", "-ctk.vmdk")):
            continue
        kib = number(each, "capacityKb")
        yield path, volume_of(store, path, kib * 1024 if kib is not None else number(each, "fileSize") or 0)
