"""Making a machine's files, or editing them by what differs."""

from __future__ import annotations

import re
import uuid as uuids
from dataclasses import replace

from drivers.base.errors import Refused
from drivers.native import Drive, Machine
from drivers.vmware.beside import SUFFIX, OwnFile
from drivers.vmware.files import put_closed_file, put_file, remove
from drivers.vmware.looking import FoundFolder, FoundMachine
from drivers.vmware.pools import pool_named
from drivers.vmware.reading import machine_of
from drivers.vmware.session import DesktopSession, machine_named, uuid_of
from drivers.vmware.text import NotVmx, VmxFile, encoding_of
from drivers.vmware.wanted import wanted_machine
from drivers.vmware.writing import edited_vmx, vmx_of

_UNFIT = re.compile(r"[/\\:*?\"<>|\x00-\x1f]|^\.+$|^-")


def define_machine(session: DesktopSession, found: FoundFolder, name: str, document: str) -> None:
    """Creates a machine in a folder of its own, or edits the one that is there."""
    wanted = wanted_machine(name, document, session.called)
    placed, volumes = _placed(wanted, found)
    there = found.named(name)
    _refuse_another(found, there, wanted)
    if there:
        _edit(session, machine_named(found, name), placed, OwnFile(wanted.mark, False, volumes))
    else:
        whole = placed if placed.uuid else replace(placed, uuid=str(uuids.uuid4()))
        _create(session, found, whole, OwnFile(wanted.mark, False, volumes))


def _refuse_another(found: FoundFolder, there: tuple[FoundMachine, ...], wanted: Machine) -> None:
    for machine in there:
        if uuid_of(machine) != (wanted.uuid or ""):
            raise Refused(
                f"the domain '{wanted.name}' exists already with UUID {uuid_of(machine)}",
                "define it with that UUID",
            )
    if wanted.uuid and not there:
        for machine in found.machines.values():
            if uuid_of(machine) == wanted.uuid:
                raise Refused(f"the UUID {wanted.uuid} is that of '{machine.name}'")


def _placed(machine: Machine, found: FoundFolder) -> tuple[Machine, dict[str, tuple[str, str]]]:
    """The machine with the path of each volume in place of it, and what was a volume."""
    drives: list[Drive] = []
    volumes: dict[str, tuple[str, str]] = {}
    for drive in machine.drives:
        if drive.type == "volume":
            path = f"{pool_named(found, drive.pool or '').path}/{drive.volume}"
            volumes[drive.key] = (drive.source, path)
            drive = replace(drive, type="file", file=path, pool=None, volume=None)
        drives.append(drive)
    return replace(machine, drives=tuple(drives)), volumes


def _create(session: DesktopSession, found: FoundFolder, machine: Machine, beside: OwnFile) -> None:
    folder = _new_folder(found, machine.name or "")
    stem = f"{folder}/{folder.rpartition('/')[2]}"
    vmx = vmx_of(machine, folder).edited({"nvram": f"{folder.rpartition('/')[2]}.nvram"})
    put_beside(session, f"{stem}.vmx", OwnFile(), beside)
    put_closed_file(session.commands, f"{stem}.vmx", vmx.text.encode())


def _new_folder(found: FoundFolder, name: str) -> str:
    """A folder that no machine has: by the machine's name, as far as that may be a file's."""
    plain = _UNFIT.sub("_", name)[:80]
    taken = {machine.folder for machine in found.machines.values()}
    names = (plain if number == 1 else f"{plain}-{number}" for number in range(1, len(taken) + 2))
    return next(folder for each in names if (folder := f"{found.folder}/{each}") not in taken)


def _edit(session: DesktopSession, machine: FoundMachine, wanted: Machine, beside: OwnFile) -> None:
    try:
        edited = edited_vmx(machine.vmx, wanted, machine.folder)
        same = machine_of(edited, machine.folder) == machine_of(machine.vmx, machine.folder)
    except NotVmx as error:
        raise Refused(f"'{machine.path}': {error}") from error
    runs = machine.path in session.vmrun.running()
    if not same:
        _refuse_at_work(machine, runs=runs)
    put_beside(session, machine.path, machine.beside, replace(beside, paused=machine.beside.paused and runs))
    if not same:
        put_vmx(session, machine, edited)


def _refuse_at_work(machine: FoundMachine, *, runs: bool) -> None:
    """VMware writes the file of a running machine itself, and a saved memory fits what it was saved with."""
    if runs:
        raise Refused(f"'{machine.name}' runs: nothing of it can be changed before it is stopped")
    if machine.suspended:
        hint = "start it and shut it down"
        raise Refused(f"'{machine.name}' is suspended: its saved memory fits no other machine", hint)


def put_vmx(session: DesktopSession, machine: FoundMachine, edited: VmxFile) -> None:
    """Writes the file of a machine that does not run, in its own encoding."""
    name = encoding_of(machine.data)
    try:
        data = edited.text.encode(name)
    except UnicodeEncodeError as error:
        raise Refused(f"'{machine.path}' is in {name}, which has no '{error.object[error.start]}'") from error
    put_closed_file(session.commands, machine.path, data)


def put_beside(session: DesktopSession, path: str, old: OwnFile, new: OwnFile) -> None:
    """Writes our file beside a .vmx file, or takes it away where there is nothing to say."""
    ours = f"{path.removesuffix('.vmx')}{SUFFIX}"
    if old == new:
        return
    if new.text:
        put_file(session.commands, ours, new.text.encode())
    else:
        remove(session.commands, ours)
