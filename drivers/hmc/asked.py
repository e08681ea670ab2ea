"""What a document asks of a POWER Hypervisor: read, and refused where it says what has no place there.

What has one stands in the matrix (specs/matrix/hmc.py), which is asked offline too, in the same words.
"""

from __future__ import annotations

from drivers.base.errors import Refused
from drivers.base.fitting import refuse_misfits
from drivers.native import Machine, NativeNetwork, NativeVolume, read_holding, read_machine
from specs.identity import FACTS, Kind
from specs.matrix.hmc import HMC
from specs.xml import NotXml, parse


def asked_machine(name: str, document: str, host: str) -> Machine:
    """The machine of a domain document. Refused where that makes no sense, or asks for what no partition
    has."""
    _check(Kind.DOMAIN, name, document, host)
    machine, _ = read_machine(document)
    _check_name(name, machine.name)
    if not machine.memory_max or not machine.vcpus:
        raise Refused(f"{name}: no memory, or no vcpu", "give both")
    for drive in machine.drives:
        if not drive.target:
            raise Refused(f"{name}: a disk without a target", "write target dev='sda', 'sdb', …")
    return machine


def asked_network(name: str, document: str, host: str) -> NativeNetwork:
    """The network of a document."""
    _check(Kind.NETWORK, name, document, host)
    network, _ = read_holding(document, NativeNetwork)
    _check_name(name, network.name)
    return network


def asked_volume(name: str, document: str, host: str) -> NativeVolume:
    """The volume of a document."""
    _check(Kind.VOLUME, name, document, host)
    volume, _ = read_holding(document, NativeVolume)
    _check_name(name, volume.name)
    return volume


def _check(kind: Kind, name: str, document: str, host: str) -> None:
    try:
        root = parse(document)
    except NotXml as error:
        raise Refused(f"{name}: the document makes no sense: {error}") from error
    if root.tag != FACTS[kind].tag:
        raise Refused(f"{name}: the document is a <{root.tag}>, and no <{FACTS[kind].tag}>")
    refuse_misfits(HMC, kind, document, host)


def _check_name(name: str, given: str | None) -> None:
    if given != name:
        raise Refused(f"the document is of '{given or ''}', and not of '{name}'")
