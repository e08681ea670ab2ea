"""VMware Workstation, Player and Fusion: what their .vmx files have a place for (drivers/vmware/writing)."""

from __future__ import annotations

import re

from specs.identity import Kind
from specs.matrix.allowing import AllowList, Spelt, anything
from specs.matrix.model import Ability, Bounds, Hypervisor, NameRule, Span, Usual

_VMNET = Spelt(re.compile(r"vmnet\d{1,3}"), "vmnet0 (bridged), vmnet1 (host-only), vmnet8 (NAT), vmnet2, …")
_HARDWARE = Spelt(re.compile(r"vmx-\d{1,2}"), "the version of virtual hardware, such as vmx-19")
_YES_NO = ("yes", "no")
_NAME = NameRule(re.compile(r'[^\x00-\x1f"|]+'), "without quotes, bars and control characters", 80)

_ADDRESS = {
    "devices/disk/address/@type": ("drive",),
    **anything(*(f"devices/disk/address/@{part}" for part in ("controller", "bus", "target", "unit"))),
}
_DISKS = {
    "devices/disk/@type": ("file", "block", "volume"),
    "devices/disk[@device=disk]/@type": ("file", "volume"),
    "devices/disk/@device": ("disk", "cdrom", "lun", "floppy"),
    "devices/disk/driver/@type": ("vmdk",),
    **{f"devices/disk[@device={device}]/driver/@type": () for device in ("cdrom", "lun", "floppy")},
    "devices/disk[@type=block][@device=cdrom]/driver/@type": ("raw",),
    "devices/disk[@type=block][@device=lun]/driver/@type": ("raw",),
    "devices/disk[@type=block][@device=floppy]/driver/@type": ("raw",),
    "devices/disk/driver/@cache": ("writethrough",),
    "devices/disk/source/@file": None,
    "devices/disk[@device=disk]/source/@file": Spelt(re.compile(r".+\.vmdk"), "a file that ends with .vmdk"),
    "devices/disk[@device=cdrom]/source/@file": Spelt(re.compile(r".+\.iso"), "a file that ends with .iso"),
    "devices/disk/source/@volume": None,
    "devices/disk[@device=disk]/source/@volume": Spelt(
        re.compile(r".+\.vmdk"), "a volume whose name ends with .vmdk"
    ),
    "devices/disk[@device=cdrom]/source/@volume": Spelt(
        re.compile(r".+\.iso"), "a volume whose name ends with .iso"
    ),
    "devices/disk/source/@startupPolicy": ("optional",),
    **anything("devices/disk/source/@dev", "devices/disk/source/@pool", "devices/disk/target/@dev"),
    "devices/disk/target/@bus": ("scsi", "sata", "ide", "nvme", "fdc"),
    "devices/disk/readonly": None,
    "devices/disk[@device=disk]/readonly": (),
    "devices/disk/transient": None,
    **_ADDRESS,
}
_INTERFACES = {
    "devices/interface/@type": ("bridge", "user", "null", "vds"),
    "devices/interface/mac/@address": None,
    "devices/interface/mac/@type": ("static", "generated"),
    "devices/interface/mac/@check": _YES_NO,
    "devices/interface/source/@bridge": _VMNET,
    **anything(
        *(f"devices/interface/source/@{name}id" for name in ("switch", "port", "portgroup", "connection"))
    ),
    "devices/interface/target/@dev": None,
    "devices/interface/model/@type": ("vlance", "vmxnet", "vmxnet2", "vmxnet3", "e1000", "e1000e"),
    "devices/interface/link/@state": ("up", "down"),
}
_PORT = {
    "@type": ("dev", "file", "pipe", "tcp", "null"),
    "source/@path": None,
    "source/@host": None,
    "source/@service": None,
    "source/@mode": ("bind", "connect"),
    "protocol/@type": ("raw", "telnet", "telnets", "tls"),
    "target/@port": None,
}
_OTHERS = {
    **{f"devices/serial/{path}": values for path, values in _PORT.items()},
    **{f"devices/parallel/{path}": values for path, values in _PORT.items()},
    "devices/parallel/@type": ("dev", "file"),
    "devices/controller/@type": ("scsi", "sata", "ide", "nvme", "fdc"),
    "devices/controller/@index": None,
    "devices/controller/@model": ("buslogic", "lsilogic", "lsisas1068", "vmpvscsi"),
    "devices/filesystem/@type": ("mount",),
    "devices/filesystem/@accessmode": ("passthrough",),
    **anything("devices/filesystem/source/@dir", "devices/filesystem/target/@dir"),
    "devices/filesystem/readonly": None,
    "devices/graphics/@type": ("vnc",),
    **anything("devices/graphics/@port", "devices/graphics/@listen", "devices/graphics/@keymap"),
    "devices/graphics/@autoport": _YES_NO,
    "devices/graphics/listen/@type": ("address",),
    "devices/graphics/listen/@address": None,
    "devices/video/model/@type": ("vmvga",),
    **anything("devices/video/model/@vram"),
    "devices/video/model/@primary": ("yes",),
}
_DOMAIN = {
    "@type": ("vmware",),
    **anything("name", "uuid", "description", "genid"),
    "metadata/**": None,
    **anything(
        "memory",
        "memory/@unit",
        "currentMemory",
        "currentMemory/@unit",
        "vcpu",
        "vcpu/@cpuset",
        "vcpu/@current",
    ),
    "vcpu/@placement": ("static",),
    "cputune/shares": None,
    **anything("memtune/min_guarantee", "memtune/min_guarantee/@unit"),
    "os/type": ("hvm",),
    "os/type/@arch": ("x86_64", "i686", "aarch64"),
    "os/type/@machine": _HARDWARE,
    "os/@firmware": ("efi",),
    "os/firmware/feature/@name": ("secure-boot", "enrolled-keys"),
    "os/firmware/feature/@enabled": _YES_NO,
    "os/firmware/feature[@name=enrolled-keys]/@enabled": _YES_NO,
    "os/smbios/@mode": ("host",),
    **anything("cpu/topology/@sockets", "cpu/topology/@cores"),
    "cpu/topology/@dies": ("1",),
    "cpu/topology/@threads": ("1",),
    "clock/@offset": ("utc",),
    "on_poweroff": ("destroy",),
    "on_reboot": ("restart",),
    "on_crash": ("destroy",),
    **_DISKS,
    **_INTERFACES,
    **_OTHERS,
}
_POOL = {
    "@type": ("dir",),
    **anything("name", "uuid", "target/path"),
}
_VOLUME = {
    "@type": ("file",),
    **anything("name", "key", "capacity", "capacity/@unit", "allocation", "allocation/@unit", "target/path"),
    "target/format/@type": ("vmdk", "raw"),
}

VMX = Hypervisor(
    family="vmx",
    title="VMware Desktop",
    schemes=("vmware",),
    types=("vmware",),
    kinds=frozenset({Kind.DOMAIN, Kind.STORAGE_POOL, Kind.VOLUME}),
    can=frozenset(
        {
            Ability.DEFINE,
            Ability.START,
            Ability.PAUSE,
            Ability.RENAME,
            Ability.MARK,
            Ability.FILL,
            Ability.READ,
            Ability.COPY,
            Ability.GROW,
            Ability.ADDRESSES,
            Ability.AGENT,
        }
    ),
    allows={
        Kind.DOMAIN: AllowList(_DOMAIN),
        Kind.STORAGE_POOL: AllowList(_POOL),
        Kind.VOLUME: AllowList(_VOLUME),
    },
    bounds=Bounds(
        memory=Span(4 << 10, 128 << 20, 4 << 10),  # KB 1014006: 4 MiB at a time, up to 128 GiB
        vcpus=Span(1, 32),
        names={Kind.DOMAIN: _NAME},
    ),
    seeds=frozenset({"cloudInit", "configDrive"}),
    images=("vmdk",),
    usual=Usual(type="vmware", bus="scsi", nic="e1000"),
    proven="a stand-in of vmrun, and libvirt's own reader of .vmx files",
)
