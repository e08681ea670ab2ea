"""Xen through libvirt's libxl driver (src/libxl/libxl_driver.c, libxl_domain.c, libxl_conf.c)."""

from __future__ import annotations

from specs.identity import Kind
from specs.matrix.model import EVERYTHING, Ability, Hypervisor, Usual, WhileRunning, lacks

XEN = Hypervisor(
    family="xen",
    title="Xen",
    schemes=("xen",),
    types=("xen",),
    can=EVERYTHING - {Ability.RENAME, Ability.AGENT},
    live=frozenset(
        {
            WhileRunning.MEMORY,
            WhileRunning.VCPUS,
            WhileRunning.DISKS,
            WhileRunning.INTERFACES,
            WhileRunning.TEXTS,
            WhileRunning.NETWORKS,
        }
    ),
    lacks={
        Kind.DOMAIN: lacks(
            "devices/filesystem",
            "devices/tpm",
            "devices/rng",
            "devices/watchdog",
            "devices/hostdev[@type='mdev']",
            "devices/disk/iotune",
        )
    },
    seeds=frozenset({"cloudInit", "configDrive"}),
    usual=Usual(type="xen", bus="xen"),
    proven="real Xen 4.17 with libvirt 9.0",
)
