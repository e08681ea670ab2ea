"""vMotion and storage vMotion: from one host of a vCenter to another (VirtualMachine.RelocateVM_Task)."""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.base import Destination, Move, MoveProgress
from drivers.base.errors import Refused, Unsupported
from drivers.vsphere import machines
from drivers.vsphere.estate import Estate
from drivers.vsphere.site import VirtualMachine, VsphereSite
from drivers.vsphere.tasks import finish
from drivers.vsphere.verbs import ref_of
from specs.desired import PowerState

_LONGEST = 24 * 3600.0
"""Seconds after which nobody waits any more for a move that has no time limit."""


class VsphereMover:
    """drivers.base.Mover."""

    def __init__(self, site: VsphereSite) -> None:
        """Within the scope of a site."""
        self._site = site

    def move(
        self,
        name: str,
        destination: Destination,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        """Relocates a machine to another host of the same vCenter; its disks too, where that has a datastore
        of its own for them."""
        site = self._site
        verbs = site.writable(f"move '{name}'")
        guest = site.guest(name)
        there = _there(site, destination)
        if (guest.power is PowerState.RUNNING) is not move.live:
            raise Refused(f"'{name}' is {guest.power}", "run plan again")
        estate = there.estate(anew=True)
        _check_networks(guest, estate, destination.uri)
        from pyVmomi import vim

        pool, host = machines.room(there, estate)
        spec = vim.vm.RelocateSpec(pool=verbs.at(pool), host=verbs.at(host) if host[1] else None)
        if there.settings.datastore and (move.copied_disks or not _reaches(estate, guest)):
            spec.datastore = verbs.at(estate.store(there.settings.datastore).ref)
        task = verbs.at(guest.ref).RelocateVM_Task(spec, "defaultPriority")

        def told(percent: int) -> None:
            progress(MoveProgress(100 - percent, 100, parts=True))

        finish(
            site.session,
            ref_of(task),
            f"move '{name}' to {destination.uri}",
            patience=_LONGEST,
            limit=move.policy.timeout,
            progress=told,
            cancel=cancel,
        )
        if move.document:
            machines.define(there, name, move.document)

    def cpu_problem(self, domain: str) -> str:
        """The vCenter itself checks whether a host has the processor that a guest needs (EVC)."""
        return ""


def _there(site: VsphereSite, destination: Destination) -> VsphereSite:
    other = destination.move
    if not isinstance(other, VsphereMover):
        raise Unsupported(f"a machine cannot move from {site.settings.uri} to {destination.uri}")
    here, there = site.session.service, other._site.session.service
    if not here.is_vcenter or here.identity != there.identity:
        raise Unsupported(
            f"{site.settings.uri} and {destination.uri} are not of one vCenter",
            "copy its disks, or let one vCenter manage both hosts",
        )
    return other._site


def _check_networks(guest: VirtualMachine, estate: Estate, uri: str) -> None:
    missing = sorted(
        {nic.network for nic in guest.hardware.machine.nics if nic.network} - estate.port_groups.keys()
    )
    if missing:
        raise Refused(f"{uri} has no network {', '.join(missing)}", "declare it there first")


def _reaches(estate: Estate, guest: VirtualMachine) -> bool:
    """Whether the destination sees the datastores of a machine's disks."""
    from drivers.vsphere.words import parted_path

    used = {each.pool or parted_path(each.file or "")[0] for each in guest.hardware.machine.drives}
    return all(name in estate.stores for name in used if name)
