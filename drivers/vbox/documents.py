"""A libvirt document as what this driver makes of it: refused whole where it says more than that."""

from __future__ import annotations

from typing import TypeVar

from drivers.base.errors import Refused
from drivers.base.fitting import refuse_misfits
from drivers.native.holdings import NativeNetwork, NativePool, NativeVolume, read_holding
from drivers.native.machine import Machine, read_machine
from drivers.native.unknown import Unknown
from specs.identity import Kind
from specs.matrix.vbox import VBOX
from specs.xml import NotXml, parse

H = TypeVar("H", NativeNetwork, NativePool, NativeVolume)


def read_domain(document: str, name: str) -> Machine:
    """A machine. Raises Refused."""
    try:
        _require(Kind.DOMAIN, document, "domain", name)
        machine, beyond = read_machine(document)
    except (NotXml, ValueError) as error:
        raise Refused(f"the document of machine '{name}' makes no sense: {error}") from error
    _refuse(beyond, f"machine '{name}'")
    if machine.name != name:
        raise Refused(f"the document is that of '{machine.name or ''}', not of '{name}'")
    if not machine.memory_max or not machine.vcpus:
        raise Refused(f"the document of machine '{name}' says no memory or no vcpu")
    return machine


def read_object(document: str, cls: type[H], tag: str, name: str) -> H:
    """A network, pool or volume. Raises Refused."""
    try:
        _require(_KINDS[tag], document, tag, name)
        found, beyond = read_holding(document, cls)
    except (NotXml, ValueError) as error:
        raise Refused(f"the document of {tag} '{name}' makes no sense: {error}") from error
    _refuse(beyond, f"{tag} '{name}'")
    if found.name != name:
        raise Refused(f"the document is that of '{found.name or ''}', not of '{name}'")
    return found


_KINDS = {"network": Kind.NETWORK, "pool": Kind.STORAGE_POOL, "volume": Kind.VOLUME}


def _require(kind: Kind, document: str, tag: str, name: str) -> None:
    """Refused where it says what VirtualBox cannot have, in the words of `validate`."""
    if parse(document).tag != tag:
        raise ValueError(f"it is no <{tag}>")
    refuse_misfits(VBOX, kind, document, name)


def _refuse(beyond: tuple[Unknown, ...], whose: str) -> None:
    if beyond:
        raise Refused(f"{whose}: VirtualBox has no place for {', '.join(map(str, beyond))}")
