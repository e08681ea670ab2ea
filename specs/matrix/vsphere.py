"""VMware vSphere: a vCenter, or a lone ESX."""

from __future__ import annotations

import re

from specs.identity import Kind
from specs.matrix.allowing import AllowList, Spelt, anything
from specs.matrix.model import EVERYTHING, Ability, Bounds, Hypervisor, NameRule, Span, Usual, WhileRunning

_MIB = 1024
_TIB = 1024**3
_TARGET = Spelt(re.compile("(sd|hd|fd)[a-z]{1,3}"), "sda, sdb, … (SCSI, SATA), hda … hdd (IDE), fda, fdb")
_VERSION = Spelt(re.compile(r"vmx-\d{1,2}"), "vmx-13, vmx-19, …")
_VLAN = Spelt(re.compile(r"[0-9]{1,4}"), "0 to 4095")
_COUNT = Spelt(re.compile(r"[1-9][0-9]*"), "a number from 1 on")

_MACHINE = AllowList(
    {
        "@type": ("vmware",),
        **anything("name", "uuid", "description", "memory", "memory/@unit", "metadata/**"),
        **anything("currentMemory", "currentMemory/@unit"),
        "vcpu": _COUNT,
        "vcpu/@placement": ("static",),
        "vcpu/@current": _COUNT,
        **anything("cputune/shares", "memtune/min_guarantee", "memtune/min_guarantee/@unit"),
        "os/type": ("hvm",),
        "os/type/@arch": ("x86_64",),
        "os/type/@machine": _VERSION,
        "os/@firmware": ("bios", "efi"),
        "os/firmware/feature/@name": ("secure-boot",),
        "os/firmware/feature/@enabled": ("yes", "no"),
        "os/boot/@dev": ("hd", "cdrom", "network", "fd"),
        **anything("features/acpi", "features/apic"),
        "cpu/topology/@sockets": _COUNT,
        "cpu/topology/@dies": ("1",),
        "cpu/topology/@cores": _COUNT,
        "cpu/topology/@threads": ("1",),
        "clock/@offset": ("utc",),
        "on_poweroff": ("destroy",),
        "on_reboot": ("restart",),
        "on_crash": ("destroy",),
        # drives
        "devices/disk/@type": ("volume", "file"),
        "devices/disk/@device": ("disk", "cdrom", "floppy"),
        "devices/disk/driver/@type": ("vmdk",),
        "devices/disk[@device=cdrom]/driver/@type": ("raw", "iso"),
        **anything("devices/disk/source/@pool", "devices/disk/source/@volume", "devices/disk/source/@file"),
        "devices/disk/target/@dev": _TARGET,
        "devices/disk/target/@bus": ("scsi", "sata", "ide"),
        "devices/disk[@device=floppy]/target/@bus": ("fdc",),
        "devices/disk[@device=cdrom]/readonly": None,
        "devices/disk/iotune/total_iops_sec": _COUNT,
        "devices/disk/boot/@order": _COUNT,
        "devices/disk/address/@type": ("drive",),
        **anything(*(f"devices/disk/address/@{part}" for part in ("controller", "bus", "target", "unit"))),
        "devices/controller/@type": ("scsi", "sata"),
        "devices/controller/@index": Spelt(re.compile("[0-3]"), "0 to 3"),
        "devices/controller/@model": ("lsilogic", "lsisas1068", "buslogic", "vmpvscsi"),
        # network cards
        "devices/interface/@type": ("network",),
        **anything("devices/interface/mac/@address", "devices/interface/source/@network"),
        "devices/interface/model/@type": ("vmxnet3", "e1000e", "e1000", "vmxnet2", "vmxnet", "vlance"),
        "devices/interface/link/@state": ("up", "down"),
        "devices/interface/boot/@order": _COUNT,
        "devices/video/model/@type": ("vmvga",),
        "devices/video/model/@vram": _COUNT,
        "devices/video/model/@heads": _COUNT,
        "devices/video/model/@primary": ("yes",),
    }
)
_PORT_GROUP = AllowList(
    {
        **anything("name", "uuid", "bridge/@name"),
        "forward/@mode": ("bridge",),
        "vlan/tag/@id": _VLAN,
    }
)
_DATASTORE = AllowList(
    {
        "@type": ("netfs", "dir"),
        **anything("name", "uuid", "source/host/@name", "source/dir/@path", "target/path"),
    }
)
_DISK = AllowList(
    {
        "@type": ("file",),
        **anything("name", "key", "target/path"),
        **anything("capacity", "capacity/@unit", "allocation", "allocation/@unit"),
        "target/format/@type": ("vmdk", "iso"),
    }
)

VSPHERE = Hypervisor(
    family="vsphere",
    title="VMware vSphere",
    schemes=("vsphere",),
    types=("vmware",),
    kinds=frozenset({Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME}),
    can=EVERYTHING - {Ability.AUTOSTART, Ability.CONSOLE, Ability.SNAPSHOT, Ability.LOGS},
    live=frozenset(
        {
            WhileRunning.DISKS,
            WhileRunning.INTERFACES,
            WhileRunning.MEDIA,
            WhileRunning.LINKS,
            WhileRunning.SHARES,
            WhileRunning.TEXTS,
        }
    ),
    allows={
        Kind.DOMAIN: _MACHINE,
        Kind.NETWORK: _PORT_GROUP,
        Kind.STORAGE_POOL: _DATASTORE,
        Kind.VOLUME: _DISK,
    },
    # VirtualMachineConfigSpec.memoryMB is a multiple of 4 (of "vSphere 8 Configuration Maximums": 24 TiB,
    # 768 CPUs, disks of 62 TiB); ManagedEntity.name has at most 80 characters
    bounds=Bounds(
        memory=Span(4 * _MIB, 24 * _TIB, 4 * _MIB),
        vcpus=Span(1, 768),
        capacity=Span(_MIB, 62 * 1024**4, 1024),
        names={
            Kind.DOMAIN: NameRule(longest=80),
            Kind.NETWORK: NameRule(longest=80),
            Kind.VOLUME: NameRule(re.compile(r"[^/]+\.(vmdk|iso)"), "NAME.vmdk, without folders"),
        },
    ),
    usual=Usual(type="vmware", bus="scsi", nic="vmxnet3"),
    proven="govmomi's simulators of a vCenter and of an ESX",
)
