"""The simulated hypervisor: it does what libvirt does with QEMU."""

from __future__ import annotations

from dataclasses import replace

from specs.matrix.model import Ability
from specs.matrix.qemu import QEMU

SIM = replace(
    QEMU,
    family="sim",
    title="simulated",
    schemes=("sim",),
    types=("kvm", "qemu"),
    can=QEMU.can - {Ability.LOGS},
    proven="itself",
)
