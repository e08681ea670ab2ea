"""Virtuozzo through libvirt (src/vz/vz_driver.c; what it takes of a domain prlsdkCheckUnsupportedParams and
its like in vz_sdk.c, vzCheckDiskUnsupportedParams and its like in vz_utils.c)."""

from __future__ import annotations

from specs.identity import Kind
from specs.matrix.allowing import AllowList
from specs.matrix.model import Ability, Bounds, Hypervisor, Span, Usual, WhileRunning, lacks

_ALLOWED = AllowList(
    {
        "devices/disk/@type": ("file", "block", "volume"),
        "devices/disk/@device": ("disk", "cdrom"),
        "devices/disk/target/@bus": ("ide", "sata", "scsi"),
        "devices/disk/driver/@io": ("native",),
        "devices/graphics/@type": ("vnc",),
        "devices/serial/@type": ("pty", "file", "dev", "unix", "tcp", "udp"),
        "devices/video/model/@type": ("vga",),
    },
    closed=False,
)

VZ = Hypervisor(
    family="vz",
    title="Virtuozzo",
    schemes=("vz",),
    types=("vz",),
    can=frozenset(
        {
            Ability.EVENTS,
            Ability.DEFINE,
            Ability.START,
            Ability.PAUSE,
            Ability.FILL,
            Ability.READ,
            Ability.COPY,
            Ability.GROW,
            Ability.MOVE_LIVE,
        }
    ),
    live=frozenset({WhileRunning.NETWORKS}),
    lacks={
        Kind.DOMAIN: lacks(
            "blkiotune",
            "cputune",
            "memtune",
            "numatune",
            "os/bootmenu",
            "os/init",
            "os/kernel",
            "os/loader",
            "os[@firmware]",
            "title",
            "devices/channel",
            "devices/disk/iotune",
            "devices/disk/transient",
            "devices/disk/wwn",
            "devices/hostdev",
            "devices/interface/bandwidth",
            "devices/interface/filterref",
            "devices/interface/source[@portgroup]",
            "devices/interface/vlan",
            "devices/memory",
            "devices/rng",
            "devices/sound",
            "devices/tpm",
            "devices/watchdog",
        )
    },
    allows={Kind.DOMAIN: _ALLOWED},
    bounds=Bounds(memory=Span(1024, step=1024)),  # prlsdkCheckUnsupportedParams
    usual=Usual(type="vz", bus="sata"),
    proven="documentation only",
)
