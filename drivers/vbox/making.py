"""Machines are made, and changed: all of what is wanted takes effect, or the machine is as before."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from drivers.base.errors import DriverError, NotFound, Refused, Unreachable
from drivers.native.machine import Machine
from drivers.vbox.live import changing_live
from drivers.vbox.machines import MachineFile
from drivers.vbox.manage import VBoxManage
from drivers.vbox.observe import VBoxObserver
from drivers.vbox.reading import SettingsFile
from drivers.vbox.removing import forget_machine
from drivers.vbox.writing import changing, creation, remembering
from specs.desired import PowerState


def define_machine(manage: VBoxManage, observer: VBoxObserver, wanted: Machine) -> None:
    """Creates a machine, or makes the one of its name and UUID what is wanted."""
    name = wanted.name or ""
    found = observer.machine(name)
    if found is None:
        _require_free(manage, wanted)
        _create(manage, observer, wanted)
        return
    file, power, _ = found
    if file.uuid != wanted.uuid:
        raise Refused(f"there is a machine '{name}' of UUID {file.uuid} already")
    current = file.settings()
    if power is not PowerState.STOPPED:
        manage.all(changing_live(current, wanted, file.around))
    elif current.saved:
        _change_saved(manage, current, wanted, file)
    else:
        _change(manage, observer, file, wanted)


def set_autostart(manage: VBoxManage, observer: VBoxObserver, name: str, autostart: bool) -> None:
    """Sets whether a machine starts with its host. Refused where the host has nothing that would do it."""
    found = observer.machine(name)
    if found is None:
        raise NotFound(f"there is no machine '{name}' on the host")
    file, power, registry = found
    if file.settings().autostart is autostart:
        return
    if not registry.autostart_folder:
        raise Refused(
            "VirtualBox starts no machine with this host: it has no autostart database",
            "make a folder, `VBoxManage setproperty autostartdbpath FOLDER` there, and enable its service",
        )
    if power is not PowerState.STOPPED:
        raise Refused(f"machine '{name}' runs, and its autostart is set while it is off", "stop it first")
    manage.do("modifyvm", file.uuid, "--autostart-enabled", "on" if autostart else "off")


def _require_free(manage: VBoxManage, wanted: Machine) -> None:
    with suppress(NotFound):
        other = manage.facts(wanted.uuid) if wanted.uuid else {}
        if other:
            raise Refused(f"the UUID {wanted.uuid} is that of machine '{other.get('name')}'")


def _create(manage: VBoxManage, observer: VBoxObserver, wanted: Machine) -> None:
    """What was begun is taken away where it cannot be finished."""
    manage.do(*creation(wanted))
    try:
        found = observer.machine(wanted.uuid or wanted.name or "")
        if found is None:
            raise Refused(f"machine '{wanted.name}' was created, and is not there")
        current = found[0].settings()
        manage.all(tuple(changing(current, usual(current.machine, wanted), found[0].around)))
    except Unreachable:
        raise
    except DriverError:
        forget_machine(manage, wanted.uuid or wanted.name or "")
        raise


def usual(made: Machine, wanted: Machine) -> Machine:
    """What a new machine is to be: what its document leaves open is as VirtualBox makes it. Without a boot
    order none would start, and without ACPI none would hear its power button."""
    if not wanted.boot:
        wanted = replace(wanted, boot=made.boot)
    if not (wanted.acpi or wanted.apic or wanted.pae):
        wanted = replace(wanted, acpi=made.acpi, apic=made.apic, pae=made.pae)
    return wanted


def _change(manage: VBoxManage, observer: VBoxObserver, file: MachineFile, wanted: Machine) -> None:
    current = file.settings()
    steps = tuple(changing(current, wanted, file.around))
    try:
        manage.all(steps)
    except Unreachable:
        raise
    except DriverError:
        with suppress(DriverError):  # whatever cannot be undone is seen as drift
            _restore(manage, observer, current)
        raise


def _restore(manage: VBoxManage, observer: VBoxObserver, before: SettingsFile) -> None:
    found = observer.machine(before.machine.uuid or "")
    if found is not None:
        manage.all(tuple(changing(found[0].settings(), before.machine, found[0].around)))


def _change_saved(manage: VBoxManage, current: SettingsFile, wanted: Machine, file: MachineFile) -> None:
    kept = tuple(remembering(current, wanted))
    if len(tuple(changing(current, wanted, file.around))) > len(kept):
        raise Refused(
            f"the memory of machine '{wanted.name}' was saved, and it goes on as it was",
            "start it, or discard its saved state",
        )
    manage.all(kept)
