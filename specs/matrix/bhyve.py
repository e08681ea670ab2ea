"""bhyve through libvirt, on FreeBSD (src/bhyve/bhyve_driver.c; what it makes of a domain bhyve_command.c).

bhyve's command line is built of what is listed in `virBhyveProcessBuildBhyveCmd` alone: other devices are
accepted when they are defined, and nobody would find them in the guest.
"""

from __future__ import annotations

from specs.identity import Kind
from specs.matrix.allowing import AllowList
from specs.matrix.model import OF_CONTAINERS, Ability, Hypervisor, Lack, Usual, WhileRunning, lacks

_ALLOWED = AllowList(
    {
        "clock/@offset": ("utc", "localtime"),
        "devices/disk/@type": (
            "file",
            "volume",
        ),  # bhyveBuildAHCIControllerArgStr
        "devices/disk/@device": ("disk", "cdrom"),
        "devices/disk/target/@bus": ("sata", "virtio"),
        "devices/disk[@device=cdrom]/target/@bus": ("sata",),
        "devices/interface/@type": ("bridge", "network"),  # bhyveBuildNetArgStr
        "devices/interface/model/@type": ("virtio", "e1000"),
        "devices/serial/@type": ("nmdm",),  # bhyveBuildConsoleArgStr
        "devices/console/@type": ("nmdm",),
        "devices/input/@type": ("tablet",),  # bhyveBuildUSBControllerArgStr
        "devices/input/@bus": ("usb",),
        "devices/graphics/@type": ("vnc",),  # bhyveBuildGraphicsArgStr
        "devices/sound/@model": ("ich7",),  # bhyveBuildSoundArgStr
        "devices/rng/@model": ("virtio",),  # bhyveDomainDeviceDefValidate
        "devices/rng/backend/@model": ("random",),
        "devices/filesystem/@type": ("mount",),  # bhyveBuildFSArgStr
        "devices/filesystem/driver": (),
    },
    closed=False,
)

BHYVE = Hypervisor(
    family="bhyve",
    title="bhyve",
    schemes=("bhyve",),
    types=("bhyve",),
    can=frozenset(
        {
            Ability.EVENTS,
            Ability.DEFINE,
            Ability.START,
            Ability.AUTOSTART,
            Ability.MARK,
            Ability.FILL,
            Ability.READ,
            Ability.COPY,
            Ability.GROW,
            Ability.CONSOLE,
        }
    ),
    live=frozenset({WhileRunning.NETWORKS}),
    lacks={
        Kind.DOMAIN: lacks(
            *OF_CONTAINERS,
            "devices/channel",
            "devices/hostdev",
            "devices/iommu",
            "devices/memory",
            "devices/panic",
            "devices/parallel",
            "devices/redirdev",
            "devices/shmem",
            "devices/smartcard",
            "devices/tpm",
            "devices/vsock",
            "devices/watchdog",
            Lack("devices/rng", until=(11, 3, 0)),
            Lack("devices/interface[@type='network']", "plug it into the network's bridge", until=(11, 3, 0)),
        )
    },
    allows={Kind.DOMAIN: _ALLOWED},
    seeds=frozenset({"cloudInit", "configDrive"}),
    images=("raw",),
    usual=Usual(type="bhyve", bus="sata", nic="virtio"),
    proven="libvirt's test data (7.0, 9.0, 11.3)",
)
