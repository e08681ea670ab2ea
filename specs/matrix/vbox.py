"""Oracle VirtualBox, through VBoxManage. All limits are `VBoxManage list systemproperties` of 7.2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from specs.identity import Kind
from specs.matrix.allowing import AllowList, Spelt, Values, anything
from specs.matrix.model import EVERYTHING, Ability, Bounds, Hypervisor, NameRule, Span, Usual, WhileRunning

_MIB = 1024
_PLAIN_NAME = NameRule(
    re.compile(r"[^/\\\n\r\t:*?\"<>|]+"), "no '/', '\\', ':', '*', '?', '\"', '<', '>', '|'"
)
_PERCENT = Spelt(re.compile(r"[1-9]\d{3}|[1-9]\d{4}|100000"), "1000 to 100000 (1 to 100 percent of each CPU)")
_PORT = Spelt(re.compile("[0-3]"), "0 to 3")
_GUEST = Spelt(
    re.compile(r"\w+"), "a name of `VBoxManage list ostypes`: Debian_64, Windows11_64, Other_64, …"
)

_TARGET = Spelt(re.compile("sd[a-z]+|hd[a-d]|nvme[0-9]+n1|fd[ab]"), "sda, hda, nvme0n1, fda, …")

_DISK: Mapping[str, Values] = {
    **anything(
        "devices/disk/source/@file", "devices/disk/source/@pool", "devices/disk/source/@volume",
        "devices/disk/readonly", "devices/disk/address/**", "devices/disk/driver/@name",
    ),
    "devices/disk/@type": ("file", "volume"),
    "devices/disk/@device": ("disk", "cdrom", "floppy"),
    "devices/disk/driver/@type": ("raw", "vdi", "vmdk", "vpc"),
    "devices/disk/target/@bus": ("sata", "ide", "scsi", "nvme", "usb"),
    "devices/disk[@device=cdrom]/target/@bus": ("sata", "ide", "scsi", "usb"),
    "devices/disk[@device=floppy]/target/@bus": ("fdc",),
    "devices/disk/target/@dev": _TARGET,
}  # fmt: skip
_DOMAIN: Mapping[str, Values] = {
    **anything(
        "@type", "name", "uuid", "title", "description", "metadata/**", "memory", "memory/@unit",
        "currentMemory", "currentMemory/@unit", "vcpu", "os/boot/@dev", "features/acpi", "features/apic",
        "features/pae", "devices/interface/mac/@address", "devices/interface/source/@network",
        "devices/interface/source/@bridge", "devices/interface/source/@name", "devices/serial/source/@path",
        "devices/serial/source/@host", "devices/serial/source/@service", "devices/video/model/@vram",
        "devices/video/model/@heads", "devices/controller/@index",
    ),
    "vcpu/@placement": ("static",),
    "cputune/period": ("100000",),
    "cputune/quota": _PERCENT,
    "os/@firmware": ("bios", "efi"),
    "os/firmware/feature/@name": ("secure-boot", "enrolled-keys"),
    "os/firmware/feature/@enabled": ("no",),
    "os/type": ("hvm",),
    "os/type/@arch": ("x86_64",),
    "os/type/@machine": ("piix3", "ich9"),
    "clock/@offset": ("utc", "localtime", "variable"),
    "clock/@basis": ("utc", "localtime"),
    "clock/@adjustment": Spelt(re.compile(r"-?\d+"), "seconds"),
    **_DISK,
    "devices/controller/@type": ("sata", "ide", "scsi", "nvme", "usb", "fdc"),
    "devices/controller[@type=scsi]/@model": ("lsilogic", "buslogic", "lsisas1068", "virtio-scsi"),
    "devices/controller[@type=ide]/@model": ("piix3", "piix4", "ich6"),
    "devices/interface/@type": ("user", "network", "internal", "bridge", "null"),
    "devices/interface/model/@type": ("e1000", "virtio", "Am79C970A", "Am79C973", "82543GC", "82545EM"),
    "devices/interface/link/@state": ("up", "down"),
    "devices/serial/@type": ("unix", "tcp", "file", "dev", "null"),
    "devices/serial/source/@mode": ("bind", "connect"),
    "devices/serial/protocol/@type": ("raw",),
    "devices/serial/target/@port": _PORT,
    "devices/sound/@model": ("ac97", "ich6", "sb16"),
    "devices/video/model/@type": ("vbox", "vmvga", "vboxsvga", "none"),
}  # fmt: skip
_NETWORK: Mapping[str, Values] = {
    **anything(
        "name", "uuid", "description", "ip/@address", "ip/@netmask", "ip/@prefix", "ip/dhcp/range/@start",
        "ip/dhcp/range/@end",
    ),
    "ip/@family": ("ipv4",),
    "forward/@mode": ("nat",),
}  # fmt: skip
_POOL: Mapping[str, Values] = {**anything("name", "uuid", "target/path"), "@type": ("dir",)}
_VOLUME: Mapping[str, Values] = {
    **anything("name", "key", "capacity", "capacity/@unit", "allocation", "allocation/@unit", "target/path"),
    "@type": ("file",),
    "target/format/@type": ("raw", "vdi", "vmdk", "vpc"),
}

VBOX = Hypervisor(
    family="vbox",
    title="VirtualBox",
    schemes=("vbox",),
    types=("vbox",),
    kinds=frozenset({Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME}),
    can=EVERYTHING
    - {
        Ability.EVENTS,
        Ability.ADDRESSES,
        Ability.AGENT,
        Ability.CONSOLE,
        Ability.SNAPSHOT,
        Ability.LOGS,
    },
    live=frozenset({WhileRunning.DISKS, WhileRunning.MEDIA, WhileRunning.LINKS, WhileRunning.SHARES}),
    allows=MappingProxyType(
        {
            Kind.DOMAIN: AllowList(_DOMAIN),
            Kind.NETWORK: AllowList(_NETWORK),
            Kind.STORAGE_POOL: AllowList(_POOL),
            Kind.VOLUME: AllowList(_VOLUME),
        }
    ),
    bounds=Bounds(
        memory=Span(4 * _MIB, 2097152 * _MIB, _MIB),
        vcpus=Span(1, 64),
        names=MappingProxyType({Kind.DOMAIN: _PLAIN_NAME}),
    ),
    images=("vdi", "vmdk", "raw"),
    seeds=frozenset({"cloudInit", "configDrive"}),
    usual=Usual(type="vbox", bus="sata", nic="e1000"),
)
