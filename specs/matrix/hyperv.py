"""Microsoft Hyper-V."""

from __future__ import annotations

from specs.matrix.model import EVERYTHING, Ability, Hypervisor, Usual

HYPERV = Hypervisor(
    family="hyperv",
    title="Hyper-V",
    schemes=("hyperv",),
    types=("hyperv",),
    # libvirt has no storage driver for it
    can=EVERYTHING - {Ability.FILL, Ability.READ, Ability.COPY, Ability.GROW},
    usual=Usual(bus="scsi"),
)
