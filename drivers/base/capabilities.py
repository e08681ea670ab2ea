"""What a host can do, and how much room it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from specs.identity import Kind


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a host can do, as far as comparing and completing documents needs it.

    `family` is libvirt's driver name in lower case (qemu, lxc, xen, test, bhyve, esx, vbox, …), `sim`
    for the simulated one. `domain_types` are in order of preference (kvm before qemu). `machines` maps
    '<arch>/<alias>' to the canonical machine type. `kinds` are the kinds that the host can hold.
    `memory_free_kib` is what a guest that is started, or arrives, could have now; 0 where nobody can tell.
    `machine_types` are all that it has as '<arch>/<name>', and `interfaces` the names of its network
    interfaces, bridges included; empty where nobody can tell.
    """

    family: str
    version: str
    domain_types: tuple[str, ...]
    os_types: tuple[str, ...]
    arch: str
    machines: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[Kind] = frozenset()
    cpus: int = 0
    memory_kib: int = 0
    emulators: Mapping[str, str] = field(default_factory=dict)
    memory_free_kib: int = 0
    machine_types: frozenset[str] = frozenset()
    interfaces: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MachineType:
    """What a domain is run as: its domain type ('kvm'), its architecture, its machine type, and the program
    that emulates it; '' for what the host chooses."""

    domain_type: str = ""
    arch: str = ""
    name: str = ""
    emulator: str = ""


Offer = Mapping[str, frozenset[str]]
"""Schema path ('devices/video/model/@type') → the values that a domain may have there."""
