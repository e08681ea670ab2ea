"""Snapshots of QEMU's guests, within their qcow2 disks: libvirt of every release can go back to these, and
what is written next needs no other file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libvirt
from lxml import etree

from drivers.base.errors import NotFound, Refused
from drivers.base.snapshots import Snapshot, disks_in, unfit
from drivers.libvirt.connection import Connection
from drivers.libvirt.lookup import lookup_same
from specs.desired import PowerState
from specs.identity import Kind
from specs.xml import parse

_STATES = {"running": PowerState.RUNNING, "paused": PowerState.PAUSED, "blocked": PowerState.RUNNING}
_UEFI = "its UEFI variables are in a file that QEMU keeps no snapshots of"


class LibvirtSnapshots:
    """drivers.base.Snapshots."""

    def __init__(self, connection: Connection) -> None:
        """Over a connection that may be shared."""
        self._connection = connection

    def all(self, name: str) -> tuple[Snapshot, ...]:
        """All of a domain's, a parent before its children."""
        return self._connection.read(lambda handle: tuple(_sorted(handle.lookupByName(name))))

    def obstacle(self, name: str) -> str:
        """Why its disks, its firmware or its devices hold none."""
        return self._connection.read(lambda handle: _obstacle(handle.lookupByName(name)))

    def take(self, name: str, snapshot: str, description: str, *, uuid: str = "") -> None:
        """Within all of its writable disks, with its memory while it runs."""

        def taken(domain: libvirt.virDomain) -> None:
            if why := _obstacle(domain):
                raise Refused(f"no snapshot of '{name}' can be taken: {why}")
            if any(each.getName() == snapshot for each in domain.listAllSnapshots(0)):
                raise Refused(f"'{name}' has a snapshot '{snapshot}' already", "give it another name")
            domain.snapshotCreateXML(_document(domain, snapshot, description), 0)

        self._on(name, uuid, taken)

    def revert(self, name: str, snapshot: str, *, uuid: str = "") -> None:
        """Also where what runs has to be ended for it: what it is now is given up anyhow."""
        force = libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE
        self._on(name, uuid, lambda domain: domain.revertToSnapshot(_of(domain, snapshot), force))

    def drop(self, name: str, snapshot: str, *, uuid: str = "") -> None:
        """Out of its disks; its children become its parent's."""
        self._on(name, uuid, lambda domain: _of(domain, snapshot).delete(0))

    def _on(self, name: str, uuid: str, call: Callable[[libvirt.virDomain], object]) -> None:
        self._connection.write(lambda handle: call(lookup_same(handle, Kind.DOMAIN, name, uuid)), Kind.DOMAIN)


def _of(domain: libvirt.virDomain, snapshot: str) -> libvirt.virDomainSnapshot:
    try:
        return domain.snapshotLookupByName(snapshot)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT:
            raise NotFound(f"'{domain.name()}' has no snapshot '{snapshot}'") from error
        raise


def _obstacle(domain: libvirt.virDomain) -> str:
    """As far as it can be told beforehand (qemuSnapshotPrepare, migration blockers of savevm)."""
    document = domain.XMLDesc(0)
    root = parse(document)
    if why := unfit(document):
        return why
    if root.find("os[@firmware='efi']") is not None or root.find("os/loader[@type='pflash']") is not None:
        return _UEFI
    if domain.isActive() and root.find("devices/hostdev[@type='pci']") is not None:
        return "a device of its host is passed through to it: stopped, it can be taken"
    return ""


def _document(domain: libvirt.virDomain, name: str, description: str) -> str:
    """Which disks it is of is said, so that none ever lies in a file of its own."""
    document = domain.XMLDesc(0)
    root = etree.Element("domainsnapshot")
    etree.SubElement(root, "name").text = name
    etree.SubElement(root, "description").text = description
    if domain.isActive():
        etree.SubElement(root, "memory", snapshot="internal")
    disks, held = etree.SubElement(root, "disks"), disks_in(document)
    for target in parse(document).iterfind("devices/disk/target"):
        within = "internal" if target.get("dev") in held else "no"
        etree.SubElement(disks, "disk", name=str(target.get("dev")), snapshot=within)
    return etree.tostring(root, encoding="unicode")


def _sorted(domain: libvirt.virDomain) -> Iterator[Snapshot]:
    found = sorted((_told(each) for each in domain.listAllSnapshots(0)), key=lambda each: each.created)
    placed: set[str] = set()
    names = {each.name for each in found}
    while found:
        ready = [each for each in found if each.parent in placed or each.parent not in names] or found
        yield from ready
        placed |= {each.name for each in ready}
        found = [each for each in found if each not in ready]


def _told(snapshot: libvirt.virDomainSnapshot) -> Snapshot:
    root = parse(snapshot.getXMLDesc(0))
    places = {disk.get("name"): disk.get("snapshot", "") for disk in root.iterfind("disks/disk")}
    memory = root.find("memory")
    of_then = root.find("domain")
    sources = {} if of_then is None else disks_in(etree.tostring(of_then, encoding="unicode"))
    return Snapshot(
        name=snapshot.getName(),
        created=float(root.findtext("creationTime") or 0),
        power=_STATES.get(root.findtext("state") or "", PowerState.STOPPED),
        parent=root.findtext("parent/name") or "",
        description=root.findtext("description") or "",
        memory=memory is not None and memory.get("snapshot", "no") != "no",
        external="external" in places.values(),
        current=bool(snapshot.isCurrent(0)),
        disks={target: source for target, source in sources.items() if places.get(target) != "no"},
    )
