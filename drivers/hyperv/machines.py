"""Machines: made, changed, started, stopped, removed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from drivers.base.belongings import Belonging
from drivers.base.errors import Refused
from drivers.hyperv import writing
from drivers.hyperv.changing import changing
from drivers.hyperv.link import Link
from drivers.hyperv.reading import read_host_machine
from drivers.hyperv.site import look, the_machine
from drivers.hyperv.steps import MACHINE, CmdletStep, request, step
from drivers.hyperv.told import WholeMachine
from drivers.hyperv.wanted import wanted_machine
from specs.desired import PowerState, StopPolicy

_STATES = {
    "Off": PowerState.STOPPED,
    "Saved": PowerState.STOPPED,
    "FastSaved": PowerState.STOPPED,
    "Hibernated": PowerState.STOPPED,
    "Paused": PowerState.PAUSED,
}
"""States in which a machine does not run; on the way from one to another it does, or may at any moment
(https://learn.microsoft.com/dotnet/api/microsoft.hyperv.powershell.vmstate)."""

_SLACK = 60.0
"""Seconds beyond a guest's deadline in which the script has to end."""


def power_of(told: WholeMachine) -> PowerState:
    """The power state; one that is critical has lost its storage, and is what it was."""
    return _STATES.get(told.itself.state.removesuffix("Critical"), PowerState.RUNNING)


def is_saved(told: WholeMachine) -> bool:
    """Whether it goes on from memory that was saved."""
    return told.itself.state.removesuffix("Critical") in ("Saved", "FastSaved", "Hibernated")


def define(link: Link, name: str, document: str) -> None:
    """Makes a machine, or makes another one of it: while it runs what can be, or nothing."""
    wanted = wanted_machine(name, document)
    seen = look(link, machine=name, pools=True)
    found = [each for each in seen.machines if each.itself.name == name]
    if not found:
        if name in seen.failures:
            raise Refused(f"machine '{name}' cannot be read: {seen.failures[name]}")
        if wanted.uuid:
            raise Refused(
                f"there is no machine '{name}', and Hyper-V gives a new one a UUID of its own",
                "take the uuid out of the files",
            )
        link.write("act", request(list(writing.creation(wanted, seen.folders)), absent=name))
        return
    told = the_machine(seen, name)
    if wanted.uuid != told.itself.id.lower():
        raise Refused(f"machine '{name}' is there already, with UUID {told.itself.id.lower()}")
    current = read_host_machine(told, seen.folders)
    todo = changing(current, wanted, seen.folders)
    if todo.cold and not told.itself.state.startswith("Off"):
        raise Refused(
            f"this needs machine '{name}' stopped: {', '.join(todo.cold)}",
            "it is saved: start it, and shut it down" if is_saved(told) else "",
        )
    if todo.steps:
        _act(link, told, todo.steps)


def undefine(link: Link, name: str, uuid: str, discards: Collection[Belonging]) -> None:
    """Removes a machine that is off; its disks are files of their own, and stay."""
    told = the_machine(look(link, machine=name), name)
    _same(told, uuid)
    if power_of(told) is not PowerState.STOPPED:
        raise Refused(f"machine '{name}' is active", "stop it first")
    kept = [f"{what} ({names})" for what, names in lost_with(told).items() if what not in discards]
    if kept:
        raise Refused(f"with machine '{name}' its {' and its '.join(kept)} would go")
    steps = [step("Remove-VMSavedState", VM=MACHINE)] if is_saved(told) else []
    _act(link, told, (*steps, step("Remove-VM", VM=MACHINE, Force=True)))


def lost_with(told: WholeMachine) -> Mapping[Belonging, str]:
    """What would go with a machine beside its definition: its disks are merged with their checkpoints."""
    found = {
        Belonging.MANAGED_SAVE: "its memory" if is_saved(told) else "",
        Belonging.SNAPSHOTS: ", ".join(told.checkpoints),
    }
    return {what: names for what, names in found.items() if names}


def start(link: Link, name: str, *, paused: bool) -> None:
    """Starts a machine, or lets it go on from what was saved. Hyper-V starts none paused: it is paused right
    after it was started."""
    told = the_machine(look(link, machine=name), name)
    if power_of(told) is not PowerState.STOPPED:
        return
    steps = [step("Start-VM", VM=MACHINE)]
    if paused:
        steps.append(step("Suspend-VM", VM=MACHINE))
    _settled(link, name, told, steps, PowerState.PAUSED if paused else PowerState.RUNNING)


def stop(link: Link, name: str, policy: StopPolicy, uuid: str) -> None:
    """Asks the guest to shut down (by its integration services, whatever the method is called), and turns the
    machine off only where the policy allows that."""
    told = the_machine(look(link, machine=name), name)
    _same(told, uuid)
    power = power_of(told)
    if power is PowerState.STOPPED:
        return
    why = (
        "it is paused, and hears nothing"
        if power is PowerState.PAUSED
        else "no method of the policy asks it to"
    )
    if policy.methods and power is PowerState.RUNNING:
        why = _asked(link, told, policy.deadline)
        if not why:
            return
    if not policy.force:
        raise Refused(f"machine '{name}' did not stop: {why}", "allow force in its stop policy")
    _settled(link, name, told, [step("Stop-VM", VM=MACHINE, TurnOff=True)], PowerState.STOPPED)


def _asked(link: Link, told: WholeMachine, seconds: float) -> str:
    """Why the guest did not shut down; '' when it did."""
    asked = {"machine": told.itself.id, "seconds": int(seconds)}
    try:
        state = str(link.write("shutdown", asked, seconds + _SLACK)["state"])
    except Refused as error:
        return error.message
    return "" if state in ("Off", "Saved") else f"its guest did not shut down within {seconds:g} s"


def suspend(link: Link, name: str) -> None:
    """Pauses a machine that runs."""
    _switch(link, name, PowerState.PAUSED, "Suspend-VM")


def resume(link: Link, name: str) -> None:
    """Lets a paused machine go on."""
    _switch(link, name, PowerState.RUNNING, "Resume-VM")


def _switch(link: Link, name: str, wanted: PowerState, cmdlet: str) -> None:
    told = the_machine(look(link, machine=name), name)
    power = power_of(told)
    if power is PowerState.STOPPED:
        raise Refused(f"machine '{name}' is stopped")
    if power is not wanted:
        _settled(link, name, told, [step(cmdlet, VM=MACHINE)], wanted)


def rename(link: Link, name: str, new_name: str, uuid: str) -> None:
    """Gives a machine that is off another name. Hyper-V would allow namesakes; we do not."""
    seen = look(link, machines=True)
    if not any(each.itself.name == name for each in seen.machines) and uuid:
        arrived = [each for each in seen.machines if each.itself.name == new_name]
        if arrived and arrived[0].itself.id.lower() == uuid.lower():
            return
    told = the_machine(seen, name)
    _same(told, uuid)
    if any(each.itself.name.lower() == new_name.lower() for each in seen.machines if each is not told):
        raise Refused(f"there is a machine called '{new_name}' already")
    if power_of(told) is not PowerState.STOPPED:
        raise Refused(f"machine '{name}' is active", "stop it first")
    _act(link, told, [step("Rename-VM", VM=MACHINE, NewName=new_name)])


def set_autostart(link: Link, name: str, autostart: bool) -> None:
    """Whether it starts with its host, always or never."""
    told = the_machine(look(link, machine=name), name)
    wanted = "Start" if autostart else "Nothing"
    if told.itself.start != wanted:
        _act(link, told, [step("Set-VM", VM=MACHINE, AutomaticStartAction=wanted)])


def set_mark(link: Link, name: str, mark: str) -> None:
    """Puts our mark below the user's words in its notes, which Hyper-V changes at any time."""
    told = the_machine(look(link, machine=name), name)
    machine = read_host_machine(told, {})
    if machine.mark != mark:
        _act(link, told, [writing.notes(replace(machine, mark=mark))])


def _settled(
    link: Link, name: str, told: WholeMachine, steps: Collection[CmdletStep], wanted: PowerState
) -> None:
    """Does it; whoever does the same at the same time is no error."""
    try:
        _act(link, told, steps)
    except Refused:
        now = look(link, machine=name)
        if not any(power_of(each) is wanted for each in now.machines if each.itself.id == told.itself.id):
            raise


def _act(link: Link, told: WholeMachine, steps: Collection[CmdletStep]) -> None:
    link.write("act", request(list(steps), machine=told.itself.id))


def _same(told: WholeMachine, uuid: str) -> None:
    if uuid and uuid.lower() != told.itself.id.lower():
        raise Refused(f"machine '{told.itself.name}' is another one, with UUID {told.itself.id.lower()}")
