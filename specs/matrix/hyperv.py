"""Microsoft Hyper-V, by a driver of our own (drivers/hyperv).

Numbers: https://learn.microsoft.com/windows-server/virtualization/hyper-v/maximum-scale-limits; memory comes
in pieces of 2 MiB.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from specs.identity import Kind
from specs.matrix.allowing import AllowList, Values, anything
from specs.matrix.model import (
    Ability,
    Bounds,
    Hypervisor,
    Lack,
    NameRule,
    Span,
    Usual,
    WhileRunning,
    lacks,
)

_D = "devices/"
_DOMAIN: Mapping[str, Values] = {
    **anything("@type", "name", "uuid", "description", "metadata/**", "memory", "memory/@unit"),
    **anything(
        "currentMemory", "currentMemory/@unit", "memtune/min_guarantee", "memtune/min_guarantee/@unit"
    ),
    **anything("vcpu", "vcpu/@current"),
    "vcpu/@placement": ("static",),
    "os/type": ("hvm",),
    "os/type/@arch": ("x86_64",),
    "os/@firmware": ("efi",),
    "os/firmware/feature/@name": ("secure-boot", "enrolled-keys"),
    "os/firmware/feature/@enabled": ("yes", "no"),
    "os/boot/@dev": ("hd", "cdrom", "network", "fd"),
    _D + "disk/@type": ("file", "volume"),
    _D + "disk/@device": ("disk", "cdrom"),
    _D + "disk/driver/@type": ("vhdx", "vpc"),
    **anything(_D + "disk/source/@file", _D + "disk/source/@pool", _D + "disk/source/@volume"),
    **anything(_D + "disk/target/@dev", _D + "disk/boot/@order"),
    _D + "disk/target/@bus": ("scsi", "ide"),
    _D + "disk[@device=cdrom]/readonly": None,
    _D + "interface/@type": ("network", "null"),
    **anything(_D + "interface/mac/@address", _D + "interface/source/@network"),
    **anything(_D + "interface/vlan/tag/@id", _D + "interface/boot/@order"),
    _D + "interface/vlan/@trunk": ("yes",),
    _D + "interface/model/@type": ("netvsc", "tulip"),
    _D + "interface/link/@state": ("up",),
    _D + "serial/@type": ("pipe",),
    **anything(_D + "serial/source/@path"),
    _D + "serial/source/@mode": ("bind",),
    _D + "serial/target/@port": ("0", "1"),
}
_NETWORK: Mapping[str, Values] = {
    **anything("name", "uuid", "description", "metadata/**", "bridge/@name"),
    "forward/@mode": ("bridge",),
    **anything("forward/@dev", "forward/interface/@dev"),
}
_POOL: Mapping[str, Values] = {"@type": ("dir",), **anything("name", "uuid", "target/path")}
_VOLUME: Mapping[str, Values] = {
    "@type": ("file",),
    **anything("name", "key", "capacity", "capacity/@unit", "allocation", "allocation/@unit", "target/path"),
    "target/format/@type": ("vhdx", "vpc"),
    **anything("backingStore/path"),
    "backingStore/format/@type": ("vhdx", "vpc"),
}
_UNPATTERNED = NameRule(re.compile(r"[^*?\[\]\\]+"), "a name without * ? [ ] and \\")

HYPERV = Hypervisor(
    family="hyperv",
    title="Hyper-V",
    schemes=("hyperv",),
    types=("hyperv",),
    kinds=frozenset({Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME}),
    can=frozenset(
        {
            Ability.DEFINE,
            Ability.START,
            Ability.PAUSE,
            Ability.RENAME,
            Ability.AUTOSTART,
            Ability.MARK,
            Ability.COPY,
            Ability.GROW,
            Ability.ADDRESSES,
            Ability.AGENT,
            Ability.MOVE_LIVE,
            Ability.MOVE_STOPPED,
        }
    ),
    live=frozenset({WhileRunning.MEMORY, WhileRunning.DISKS, WhileRunning.INTERFACES, WhileRunning.MEDIA}),
    lacks={
        Kind.DOMAIN: lacks(
            Lack("os[@firmware='efi']/boot", "with UEFI each disk and interface has its own boot"),
            Lack(
                "os[@firmware='efi']/../devices/disk/target[@bus='ide']",
                "with UEFI it is of the second generation, which has SCSI alone",
            ),
            Lack(
                "os[@firmware='efi']/../devices/interface/model[@type='tulip']",
                "legacy adapters are of the first generation (firmware: bios)",
            ),
        )
    },
    allows={
        Kind.DOMAIN: AllowList(_DOMAIN),
        Kind.NETWORK: AllowList(_NETWORK),
        Kind.STORAGE_POOL: AllowList(_POOL),
        Kind.VOLUME: AllowList(_VOLUME),
    },
    bounds=Bounds(
        memory=Span(32 << 10, 240 << 30, 2 << 10),
        vcpus=Span(1, 2048),
        capacity=Span(3 << 20, 64 << 40, 4096),
        names={
            Kind.NETWORK: _UNPATTERNED,
            Kind.STORAGE_POOL: _UNPATTERNED,
            Kind.VOLUME: NameRule(
                re.compile(r"[^*?\[\]\\]+\.(vhdx|vhd)"),
                "a name that ends with .vhdx, or .vhd, without * ? [ ] \\",
            ),
        },
    ),
    images=("vhdx",),
    usual=Usual(type="hyperv", bus="scsi"),
    proven="PowerShell remoting of psrpcore and a model of the cmdlets; no Windows was asked",
)
