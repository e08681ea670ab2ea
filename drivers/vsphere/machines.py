"""Making, changing and removing machines: each begins by looking, so that doing it again doubles nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, TypeVar

from drivers.base import Belonging
from drivers.base.errors import NotFound, Refused
from drivers.native.changes import DeviceAdded, MachineChange, changes
from drivers.native.devices import Drive, Nic
from drivers.native.machine import Machine, read_machine
from drivers.vsphere import query
from drivers.vsphere.estate import Estate
from drivers.vsphere.hotplug import waits
from drivers.vsphere.networks import backing
from drivers.vsphere.reading import boot_numbers
from drivers.vsphere.session import Ref
from drivers.vsphere.site import VirtualMachine, VsphereSite
from drivers.vsphere.soap import Element, child, children, text
from drivers.vsphere.words import escaped_name, parted_path, plain_name
from drivers.vsphere.writing import changed, cores_of, created
from specs.desired import PowerState
from specs.xml import NotXml

D = TypeVar("D", Drive, Nic)

_KEPT = (
    "type", "title", "guest", "arch", "os_type", "machine", "acpi", "apic", "clock",
    "on_poweroff", "on_reboot", "on_crash", "videos", "placement",
)  # fmt: skip
"""What stays as it is where a definition says nothing of it."""


def wanted_machine(document: str, name: str) -> Machine:
    """What a document asks for. Raises Refused for what no machine of vSphere has."""
    try:
        machine, unknown = read_machine(document)
    except NotXml as error:
        raise Refused(f"the document of '{name}' is no XML: {error}") from error
    if machine.name != name:
        raise Refused(f"the document is of '{machine.name or ''}', and not of '{name}'")
    if unknown:
        told = ", ".join(str(each) for each in unknown)
        raise Refused(f"vSphere has nothing like this of '{name}': {told}", "take it out of the file")
    if machine.vcpus_online not in (None, machine.vcpus):
        raise Refused(f"'{name}' has {machine.vcpus} vCPUs, of which vSphere leaves none unplugged")
    machine = replace(machine, vcpus_online=None)
    if not machine.memory_max or machine.memory_max % 4096:
        raise Refused(f"the memory of '{name}' is no multiple of 4 MiB", "vSphere takes no other")
    return machine


def define(site: VsphereSite, name: str, document: str) -> None:
    """Creates a machine, or changes what differs of the one that has its name and UUID."""
    wanted = wanted_machine(document, name)
    site.writable(f"define '{name}'")
    guest = site.find(name)
    if guest is None:
        _create(site, name, wanted)
        return
    if wanted.uuid != guest.uuid:
        raise Refused(f"'{name}' is there already, and is another machine (UUID {guest.uuid})")
    change(site, guest, wanted)


def change(site: VsphereSite, guest: VirtualMachine, wanted: Machine) -> None:
    """Changes what differs. Raises Refused where the machine is on and something waits until it is off."""
    now = guest.hardware.machine
    wanted = _filled(now, wanted)
    wishes = changes(now, wanted)
    if not wishes:
        return
    if guest.power is not PowerState.STOPPED:
        waiting = [why for each in wishes if (why := waits(each))]
        if waiting:
            raise Refused(f"'{guest.name}' has to be off for this: {', '.join(waiting)}", "stop it first")
    verbs = site.writable(f"change '{guest.name}'")
    machine, estate = verbs.at(guest.ref), site.estate()
    if wanted.machine != now.machine:
        _upgrade(site, guest, wanted, machine)
    spec = changed(
        guest.hardware, wanted, wishes, lambda network: backing(site, estate, network), verbs.device
    )
    site.run(machine.ReconfigVM_Task(spec), f"change '{guest.name}'")
    if any(_adds_bootable(each) for each in wishes) and _ordered(wanted):
        _put_in_order(site, guest.name, wanted)


def undefine(site: VsphereSite, name: str, uuid: str, discards: Collection[Belonging]) -> None:
    """Removes a machine that is off. Every disk is detached first, whosever it is: no disk goes with a
    machine."""
    guest = site.guest(name)
    verbs = site.writable(f"remove '{name}'")
    if uuid and guest.uuid != uuid:
        raise Refused(f"'{name}' is another machine by now (UUID {guest.uuid})", "run plan again")
    if guest.power is not PowerState.STOPPED:
        raise Refused(f"'{name}' is {guest.power}: stop it first")
    machine = verbs.at(guest.ref)
    seen = query.one(site.session, guest.ref, "snapshot.rootSnapshotList", "config.files", "layoutEx.file")
    if children(seen.values.get("snapshot.rootSnapshotList")):
        if Belonging.SNAPSHOTS not in discards:
            raise Refused(
                f"'{name}' has snapshots, which would be lost", "say that they may go, or remove them"
            )
        site.run(machine.RemoveAllSnapshots_Task(), f"remove the snapshots of '{name}'")
        guest = site.guest(name)
    _detach(site, guest)
    folder = _folder(text(seen.values.get("config.files"), "vmPathName"))
    disks = [each.file for each in guest.hardware.machine.drives if each.device == "disk" and each.file]
    if not any(_folder(each) == folder for each in disks):
        site.run(machine.Destroy_Task(), f"remove '{name}'")
        return
    machine.UnregisterVM()  # the folder goes with what is destroyed, and one of its disks lies there
    manager = verbs.manager("fileManager")
    for each in children(seen.values.get("layoutEx.file")):
        if text(each, "type") in ("config", "nvram", "extendedConfig", "log", "snapshotList", "swap"):
            _remove_file(site, manager, text(each, "name"))


def rename(site: VsphereSite, name: str, new_name: str, uuid: str) -> None:
    """Gives a machine that is off another name; one that has it already is fine."""
    verbs = site.writable(f"rename '{name}'")
    guest, other = site.find(name), site.find(new_name)
    if guest is None and other is not None and (not uuid or other.uuid == uuid):
        return
    if guest is None:
        raise NotFound(f"no machine '{name}'")
    if uuid and guest.uuid != uuid:
        raise Refused(f"'{name}' is another machine by now (UUID {guest.uuid})", "run plan again")
    if other is not None:
        raise Refused(f"the name '{new_name}' is taken")
    if guest.power is not PowerState.STOPPED:
        raise Refused(f"'{name}' is {guest.power}: it is renamed while it is off")
    site.run(verbs.at(guest.ref).Rename_Task(escaped_name(new_name)), f"rename '{name}'")


def _create(site: VsphereSite, name: str, wanted: Machine) -> None:
    estate = site.estate(anew=True)
    if wanted.uuid:  # a vCenter makes one where there is none
        _check_new(site, name, wanted.uuid)
    cores_of(wanted)
    verbs = site.writable(f"create '{name}'")
    pool, host = room(site, estate)
    spec = created(wanted, _store(site, estate, wanted), lambda network: backing(site, estate, network))
    spec.name = escaped_name(name)
    folder = estate.folders.get("/".join(filter(None, ("vm", site.settings.folder))))
    if folder is None:
        raise Refused(
            f"no folder '{site.settings.folder}' of machines", "make it, or change folder= of the URI"
        )
    task = verbs.at(folder).CreateVM_Task(spec, verbs.at(pool), verbs.at(host) if host[1] else None)
    site.run(task, f"create '{name}'")
    if _ordered(wanted) or wanted.videos:  # what belongs to devices that a machine has only once it is there
        change(site, site.guest(name), wanted if wanted.uuid else replace(wanted, uuid=site.guest(name).uuid))


def _check_new(site: VsphereSite, name: str, uuid: str) -> None:
    """Refused where the UUID is a machine's already: wherever that is, it would be doubled."""
    index = site.session.service.manager("searchIndex")
    body = f"<uuid>{uuid}</uuid><vmSearch>true</vmSearch><instanceUuid>true</instanceUuid>"
    refs = [each for each in query.refs_in(_returned(site, index, body)) if each[1]]
    if not refs:
        return
    found = query.one(site.session, refs[0], "name", "runtime.host")
    other = plain_name(found.text("name"))
    if other != name:
        raise Refused(f"the UUID {uuid} belongs to '{other}'")
    place = query.one(site.session, found.ref_at("runtime.host"), "name").text("name")
    raise Refused(
        f"'{name}' is on {plain_name(place)}, outside of what {site.settings.uri} means",
        "somebody or DRS moved it: declare a Host for where it is, or let the Host mean the cluster",
    )


def _returned(site: VsphereSite, index: Ref, body: str) -> Element | None:
    return child(site.session.ask("FindByUuid", index, body), "returnval")


def room(site: VsphereSite, estate: Estate) -> tuple[Ref, Ref]:
    """The resource pool, and the host where the URI names one, for a new machine."""
    hosts = list(estate.hosts.values())
    parents = {each.parent for each in hosts}
    if len(parents) != 1:
        listed = ", ".join(sorted(name for name, _ in estate.computes.values()))
        raise Refused(
            f"{site.settings.uri} means several clusters and hosts: where shall a new machine be?",
            f"add cluster= or host= to the URI; there are: {listed}",
        )
    host = hosts[0].ref if site.settings.member or len(hosts) == 1 else ("", "")
    return estate.computes[parents.pop()][1], host


def _store(site: VsphereSite, estate: Estate, wanted: Machine) -> str:
    """The datastore for a new machine's own files."""
    if site.settings.datastore:
        return estate.store(site.settings.datastore).name
    of_disks = [
        each.pool or parted_path(each.file or "")[0] for each in wanted.drives if each.device == "disk"
    ]
    for name in filter(None, of_disks):
        return estate.store(name).name
    usable = [each.name for each in estate.stores.values() if each.accessible]
    if len(usable) == 1:
        return usable[0]
    raise Refused(
        f"nothing says on which datastore '{wanted.name}' shall be",
        f"add datastore= to the URI; there are: {', '.join(sorted(usable)) or 'none'}",
    )


def _filled(now: Machine, wanted: Machine) -> Machine:
    """The definition, with what it leaves open as it is."""
    kept = {name: getattr(now, name) for name in _KEPT if getattr(wanted, name) in (None, "", (), False)}
    drives = {each.key: each for each in now.drives}
    nics = {each.key: each for each in now.nics}
    filled = replace(wanted, **{**kept, "memory": None})
    cores = (filled.layout.cores if filled.layout else None) or 1
    if now.layout and cores == now.layout.cores:
        filled = replace(filled, layout=now.layout)  # sockets follow from the number of CPUs
    if not filled.firmware:
        filled = replace(filled, firmware="bios")
    used = {f"{each.bus}{_controller_index(each)}" for each in wanted.drives}
    listed = {each.key for each in wanted.controllers}
    return replace(
        filled,
        drives=tuple(_like(each, drives.get(each.key), ("address", "format")) for each in wanted.drives),
        nics=tuple(
            replace(_like(each, nics.get(each.key), ("model",)), link=each.link or "up")
            for each in wanted.nics
        ),
        controllers=tuple(
            sorted(
                [
                    *(c for c in wanted.controllers if c.type in ("scsi", "sata")),
                    *(c for c in now.controllers if c.key not in listed and (not listed or c.key in used)),
                ],
                key=lambda one: one.key,
            )
        ),
    )


def _controller_index(drive: Drive) -> int:
    return (drive.address.controller or 0) if drive.address else 0


def _like(device: D, there: D | None, parts: tuple[str, ...]) -> D:
    """A device, with what it leaves open as it is."""
    if there is None:
        return device
    return replace(device, **{part: getattr(there, part) for part in parts if getattr(device, part) is None})


def _upgrade(site: VsphereSite, guest: VirtualMachine, wanted: Machine, machine: Any) -> None:
    """Newer virtual hardware; there is no way back."""
    now = guest.hardware.machine.machine or ""
    digits = [int(each.rpartition("-")[2]) for each in (now, wanted.machine or "")]
    if digits[1] < digits[0]:
        raise Refused(f"the virtual hardware of '{guest.name}' is {now}, and never becomes older")
    site.run(machine.UpgradeVM_Task(wanted.machine), f"upgrade the virtual hardware of '{guest.name}'")


def _ordered(wanted: Machine) -> bool:
    return bool(wanted.boot or boot_numbers(wanted))


def _adds_bootable(wish: MachineChange) -> bool:
    return isinstance(wish, DeviceAdded) and wish.field in ("drives", "nics")


def _put_in_order(site: VsphereSite, name: str, wanted: Machine) -> None:
    """The order in which devices are booted from, once they have keys."""
    guest = site.guest(name)
    now = guest.hardware.machine
    order = boot_numbers(wanted)
    ordered = replace(
        now,
        boot=wanted.boot,
        drives=tuple(replace(each, boot=order.get(f"drive {each.key}")) for each in now.drives),
        nics=tuple(replace(each, boot=order.get(f"nic {each.key}")) for each in now.nics),
    )
    change(site, guest, ordered)


def _detach(site: VsphereSite, guest: VirtualMachine) -> None:
    machine = guest.hardware.machine
    bare = replace(machine, drives=tuple(each for each in machine.drives if each.device != "disk"))
    bare = replace(bare, boot=(), nics=tuple(replace(each, boot=None) for each in bare.nics))
    if bare.drives != machine.drives:
        change(site, guest, bare)


def _folder(path: str) -> tuple[str, str]:
    """The datastore and the folder that a path is in."""
    datastore, inside = parted_path(path)
    return datastore, inside.rpartition("/")[0]


def _remove_file(site: VsphereSite, manager: Any, path: str) -> None:
    try:
        site.run(
            manager.DeleteDatastoreFile_Task(path, site.verbs.at(site.datacenter)), f"remove the file {path}"
        )
    except (NotFound, Refused):
        return
