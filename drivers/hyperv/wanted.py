"""What a document wants, as canonical values: whatever of it Hyper-V cannot do is refused, by its path."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from drivers.base.errors import Refused
from drivers.native import (
    Machine,
    NativeNetwork,
    NativePool,
    NativeVolume,
    read_holding,
    read_machine,
)
from drivers.native.unknown import Unknown
from specs.xml import NotXml

H = TypeVar("H", NativeNetwork, NativePool, NativeVolume)


def wanted_machine(name: str, document: str) -> Machine:
    """The machine that a domain document asks for."""
    try:
        machine, unknown = read_machine(document)
    except NotXml as error:
        raise Refused(f"the document cannot be read: {error}") from error
    _named(machine.name, name)
    _known(unknown)
    if not machine.memory_max or not machine.vcpus:
        raise Refused("the document says no memory or no number of vCPUs")
    return machine


def wanted_holding(name: str, document: str, cls: type[H]) -> H:
    """The network, pool or volume that a document asks for."""
    try:
        holding, unknown = read_holding(document, cls)
    except NotXml as error:
        raise Refused(f"the document cannot be read: {error}") from error
    _named(holding.name, name)
    _known(unknown)
    return holding


def _named(said: str | None, name: str) -> None:
    if said != name:
        raise Refused(f"the document is of '{said}', not of '{name}'")


def _known(unknown: Collection[Unknown]) -> None:
    if unknown:
        raise Refused(f"Hyper-V cannot do this: {', '.join(map(str, unknown))}", "take it out of the files")
