"""What a document wants, as far as VMware can have it: the rest is refused in the words of the matrix."""

from __future__ import annotations

from typing import TypeVar

from drivers.base.errors import Refused
from drivers.base.fitting import refuse_misfits
from drivers.native import Machine, NativePool, NativeVolume, Unknown, read_holding, read_machine
from specs.identity import Kind
from specs.matrix.vmx import VMX
from specs.xml import NotXml, parse

H = TypeVar("H", NativePool, NativeVolume)
_TAGS = {Kind.DOMAIN: "domain", Kind.STORAGE_POOL: "pool", Kind.VOLUME: "volume"}


def wanted_machine(name: str, document: str, host: str) -> Machine:
    """The machine that a document says. Raises Refused."""
    _check(Kind.DOMAIN, name, document, host)
    machine, unknown = read_machine(document)
    _refuse(unknown)
    if machine.type != "vmware" or not machine.memory_max:
        raise Refused(f"the document of '{name}' is of no VMware machine", "it has type='vmware', and memory")
    if machine.vcpus_online not in (None, machine.vcpus):
        raise Refused(
            f"VMware's machines have all of their processors: {machine.vcpus}", "leave vcpus.max out"
        )
    if machine.name != name:
        raise Refused(f"the document names '{machine.name}', not '{name}'")
    return machine


def wanted_holding(kind: Kind, name: str, document: str, host: str, cls: type[H]) -> H:
    """The pool, or volume, that a document says. Raises Refused."""
    _check(kind, name, document, host)
    holding, unknown = read_holding(document, cls)
    _refuse(unknown)
    own = name.partition("/")[2] if kind is Kind.VOLUME else name
    if holding.name != own:
        raise Refused(f"the document names '{holding.name}', not '{own}'")
    return holding


def _check(kind: Kind, name: str, document: str, host: str) -> None:
    try:
        root = parse(document)
    except NotXml as error:
        raise Refused(f"the document of '{name}' is none: {error}") from error
    if root.tag != _TAGS[kind]:
        raise Refused(f"<{root.tag}> is no document of a {kind}", f"it begins with <{_TAGS[kind]}>")
    refuse_misfits(VMX, kind, document, host)


def _refuse(unknown: tuple[Unknown, ...]) -> None:
    if unknown:
        raise Refused(f"VMware's hosts have nothing of {', '.join(map(str, unknown))}")
