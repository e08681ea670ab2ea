"""Machines on and off: by the guest's own hand as long as it goes, by force only where that is allowed."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.base.errors import DriverError, Refused, Unsupported
from drivers.vsphere.site import VirtualMachine, VsphereSite
from specs.desired import PowerState, StopPolicy

_GRACEFUL = frozenset({"agent", "acpi"})
"""VMware Tools shut a guest down; whether a policy says agent or ACPI, it means them."""


def start(site: VsphereSite, name: str, *, paused: bool) -> None:
    """Powers a machine on; one that is on, or suspended, is left."""
    guest = site.guest(name)
    if paused:
        raise Unsupported("vSphere starts no machine paused")
    if guest.power is PowerState.STOPPED:
        verbs = site.writable(f"start '{name}'")
        _do(site, guest, lambda: verbs.at(guest.ref).PowerOnVM_Task(), "start", PowerState.RUNNING)


def stop(site: VsphereSite, name: str, policy: StopPolicy, uuid: str) -> None:
    """Shuts the guest down by VMware Tools; after the deadline, powers it off where the policy allows it."""
    guest = site.guest(name)
    verbs = site.writable(f"stop '{name}'")
    if uuid and guest.uuid != uuid:
        raise Refused(f"'{name}' is another machine by now (UUID {guest.uuid})", "run plan again")
    if guest.power is PowerState.STOPPED:
        return
    why = "the policy names no way to ask the guest"
    if guest.power is PowerState.PAUSED:
        why = "a suspended guest cannot be asked"
    elif _GRACEFUL & set(policy.methods):
        try:
            verbs.at(guest.ref).ShutdownGuest()
        except DriverError as error:
            if _power(site, name) is PowerState.STOPPED:
                return
            why = error.message
        else:
            if _comes_to(site, name, PowerState.STOPPED, policy.deadline):
                return
            why = f"it did not shut down within {policy.deadline:g} s"
    elif policy.methods:
        why = f"vSphere knows none of these: {', '.join(policy.methods)}"
    if not policy.force:
        raise Refused(
            f"'{name}' was not stopped: {why}",
            "it goes on; allow force in its stop policy, or stop it by hand",
        )
    _do(site, guest, lambda: verbs.at(guest.ref).PowerOffVM_Task(), "power off", PowerState.STOPPED)


def suspend(site: VsphereSite, name: str) -> None:
    """Suspends a machine: its memory goes to a file, and its guest goes on where it was."""
    guest = site.guest(name)
    verbs = site.writable(f"suspend '{name}'")
    if guest.power is PowerState.STOPPED:
        raise Refused(f"'{name}' is off")
    if guest.power is PowerState.RUNNING:
        _do(site, guest, lambda: verbs.at(guest.ref).SuspendVM_Task(), "suspend", PowerState.PAUSED)


def resume(site: VsphereSite, name: str) -> None:
    """Lets a suspended machine go on."""
    guest = site.guest(name)
    verbs = site.writable(f"resume '{name}'")
    if guest.power is PowerState.STOPPED:
        raise Refused(f"'{name}' is off")
    if guest.power is PowerState.PAUSED:
        _do(site, guest, lambda: verbs.at(guest.ref).PowerOnVM_Task(), "resume", PowerState.RUNNING)


def _do(
    site: VsphereSite, guest: VirtualMachine, task: Callable[[], object], doing: str, wanted: PowerState
) -> None:
    """A task that changes the power state; one that fails because it is so already, by somebody else's hand,
    is fine."""
    try:
        site.run(task(), f"{doing} '{guest.name}'")
    except DriverError:
        if _power(site, guest.name) is not wanted:
            raise


def _comes_to(site: VsphereSite, name: str, wanted: PowerState, seconds: float) -> bool:
    until, pause = time.monotonic() + seconds, 0.05
    while _power(site, name) is not wanted:
        if time.monotonic() > until:
            return False
        time.sleep(pause)
        pause = min(1.0, pause * 1.5)
    return True


def _power(site: VsphereSite, name: str) -> PowerState:
    return site.guest(name).power
