"""Virtuozzo through libvirt (src/vz/vz_driver.c, vz_sdk.c)."""

from __future__ import annotations

from specs.matrix.model import EVERYTHING, Ability, Hypervisor, Usual, WhileRunning

VZ = Hypervisor(
    family="vz",
    title="Virtuozzo",
    schemes=("vz",),
    types=("vz",),
    can=EVERYTHING - {Ability.MARK, Ability.AUTOSTART, Ability.RENAME, Ability.AGENT},
    live=frozenset({WhileRunning.NETWORKS}),
    usual=Usual(type="vz", bus="sata"),
    proven="documentation only",
)
