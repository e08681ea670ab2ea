"""Linux containers through libvirt (src/lxc/lxc_driver.c, lxc_domain.c)."""

from __future__ import annotations

from specs.identity import Kind
from specs.matrix.model import EVERYTHING, Ability, Hypervisor, Usual, WhileRunning, lacks

LXC = Hypervisor(
    family="lxc",
    title="LXC",
    schemes=("lxc",),
    types=("lxc",),
    can=EVERYTHING - {Ability.RENAME, Ability.AGENT, Ability.MOVE_LIVE, Ability.SNAPSHOT},
    live=frozenset(
        {
            WhileRunning.MEMORY,
            WhileRunning.DISKS,
            WhileRunning.INTERFACES,
            WhileRunning.SHARES,
            WhileRunning.TEXTS,
            WhileRunning.NETWORKS,
        }
    ),
    lacks={
        Kind.DOMAIN: lacks(
            "cputune/emulatorpin",
            "cputune/vcpupin",
            "features/hyperv",
            "features/kvm",
            "iothreads",
            "os/boot",
            "os/kernel",
            "os/loader",
            "os[@firmware]",
            "devices/parallel",
            "devices/redirdev",
            "devices/serial",
            "devices/shmem",
            "devices/smartcard",
            "devices/tpm",
            "devices/graphics",
            "devices/video",
            "devices/sound",
            "devices/rng",
            "devices/watchdog",
            "devices/channel",
            "devices/memballoon",
            "devices/hostdev[@type='pci']",
            "devices/hostdev[@type='mdev']",
            "cpu",
        )
    },
    images=("raw",),
    usual=Usual(type="lxc"),
    proven="real containers with libvirt 9.0",
)
