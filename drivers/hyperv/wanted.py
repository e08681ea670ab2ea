"""What a document wants, as canonical values: whatever of it Hyper-V cannot do is refused, in the words in
which `validate` says it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

from drivers.base.errors import Refused
from drivers.base.fitting import refuse_misfits
from drivers.hyperv.writing import ranked
from drivers.native import (
    Machine,
    NativeNetwork,
    NativePool,
    NativeVolume,
    read_holding,
    read_machine,
)
from drivers.native.unknown import Unknown
from specs.identity import Kind
from specs.matrix.hyperv import HYPERV
from specs.xml import NotXml

H = TypeVar("H", NativeNetwork, NativePool, NativeVolume)
_KINDS: dict[type, Kind] = {
    NativeNetwork: Kind.NETWORK,
    NativePool: Kind.STORAGE_POOL,
    NativeVolume: Kind.VOLUME,
}


def wanted_machine(name: str, document: str) -> Machine:
    """The machine that a domain document asks for."""
    try:
        machine, unknown = read_machine(document)
        _named(machine.name, name)
        refuse_misfits(HYPERV, Kind.DOMAIN, document, "")
    except NotXml as error:
        raise Refused(f"the document cannot be read: {error}") from error
    _known(unknown)
    if not machine.memory_max or not machine.vcpus:
        raise Refused("the document says no memory or no number of vCPUs")
    if machine.vcpus_online not in (None, machine.vcpus):
        raise Refused("Hyper-V plugs in no vCPUs while a guest runs", "leave vcpus.max out")
    _fits_its_generation(machine)
    nics = tuple(replace(nic, link=None) for nic in machine.nics)
    return replace(machine, nics=nics, placement=None, vcpus_online=None)


def _fits_its_generation(machine: Machine) -> None:
    if machine.firmware == "efi":
        return
    if ranked(machine):
        raise Refused("without UEFI only kinds of devices have an order to boot from", "boot: [hd, cdrom]")
    if any(drive.device == "cdrom" and drive.bus != "ide" for drive in machine.drives):
        raise Refused("without UEFI a CD drive is on IDE", "bus: ide for the cdrom, or firmware: uefi")


def wanted_holding(name: str, document: str, cls: type[H]) -> H:
    """The network, pool or volume that a document asks for."""
    try:
        holding, unknown = read_holding(document, cls)
        _named(holding.name, name)
        refuse_misfits(HYPERV, _KINDS[cls], document, "")
    except NotXml as error:
        raise Refused(f"the document cannot be read: {error}") from error
    _known(unknown)
    return holding


def _named(said: str | None, name: str) -> None:
    if said != name:
        raise Refused(f"the document is of '{said}', not of '{name}'")


def _known(unknown: Collection[Unknown]) -> None:
    if unknown:
        raise Refused(f"Hyper-V cannot do this: {', '.join(map(str, unknown))}", "take it out of the files")
