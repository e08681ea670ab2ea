"""Machines of every sort, as domain documents and as specs, and what they stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from drivers.contract.specimens import Specimens

_HEAD = "<domain type='hyperv'><name>{name}</name>"


def documents() -> Iterator[tuple[str, str]]:
    """More than forty, by name: what each says is told by it."""
    for generation, firmware in (
        ("g1", "<os><type>hvm</type>{boot}</os>"),
        ("g2", "<os firmware='efi'><type>hvm</type></os>"),
    ):
        for number, (word, memory) in enumerate(_MEMORIES.items()):
            name = f"{generation}-{word}"
            yield name, _whole(name, firmware, memory=memory, vcpus=number + 1)
        for word, devices in _devices(generation).items():
            name = f"{generation}-{word}"
            yield name, _whole(name, firmware, devices=devices)
    for word in ("hd", "cdrom", "network", "fd"):
        boot = f"<boot dev='{word}'/>"
        yield f"boot-{word}", _whole(f"boot-{word}", "<os><type>hvm</type>{boot}</os>", boot=boot)
    boot = "<boot dev='network'/><boot dev='hd'/>"
    yield "boot-both", _whole("boot-both", "<os><type>hvm</type>{boot}</os>", boot=boot)
    for word in ("yes", "no"):
        feature = f"<firmware><feature enabled='{word}' name='secure-boot'/></firmware>"
        os = f"<os firmware='efi'><type arch='x86_64'>hvm</type>{feature}</os>"
        yield f"secure-{word}", _whole(f"secure-{word}", os)
    told = "<description>one &amp; two\n\n<![CDATA[<three>]]></description>"
    yield "described", _whole("described", "<os><type>hvm</type></os>", told=told)


_MEMORIES = {
    "static": "<memory unit='MiB'>64</memory>",
    "large": "<memory unit='GiB'>24</memory>",
    "dynamic": "<memory unit='MiB'>1024</memory><currentMemory unit='MiB'>256</currentMemory>",
    "least": "<memory unit='MiB'>1024</memory><currentMemory unit='MiB'>256</currentMemory>"
    "<memtune><min_guarantee unit='MiB'>128</min_guarantee></memtune>",
    "even": "<memory unit='KiB'>100352</memory><currentMemory>100352</currentMemory>",
}


def _devices(generation: str) -> dict[str, str]:
    bus, prefix = ("ide", "hd") if generation == "g1" else ("scsi", "sd")
    cd = f"<target dev='{prefix}b' bus='{bus}'/><readonly/></disk>"
    pooled = "<disk type='volume' device='disk'>{driver}<source pool='disks' volume='{name}'/>"
    found = {
        "file": _disk("file='{disk}'", "sda", "scsi"),
        "format": _disk("file='{disk}'", "sdc", "scsi", "<driver type='vhdx'/>"),
        "far": _disk("file='{disk}'", "sdbl", "scsi"),
        "volume": pooled.format(driver="", name="{volume}") + "<target dev='sda' bus='scsi'/></disk>",
        "empty-cd": "<disk type='file' device='cdrom'>" + cd,
        "cd": "<disk type='file' device='cdrom'><source file='C:\\ISO\\debian.iso'/>" + cd,
        "nic": _nic("01"),
        "two-nics": _nic("02") + _nic("03", "wan"),
        "vlan": _nic("04", more="<vlan><tag id='42'/></vlan>"),
        "trunk": _nic("05", "wan", "<vlan trunk='yes'><tag id='4'/><tag id='7'/></vlan>"),
        "unplugged": "<interface type='null'><mac address='00:15:5d:00:00:06'/></interface>",
        "pipe": "<serial type='pipe'><source path='\\\\.\\pipe\\one'/><target port='1'/></serial>",
    }
    if generation == "g1":
        found["ide"] = _disk("file='{disk}'", "hda", "ide")
        found["legacy"] = _nic("07", more="<model type='tulip'/>")
    else:
        found["ranks"] = _nic("08", more="<boot order='1'/>") + _disk(
            "file='{disk}'", "sda", "scsi", "<boot order='5'/>"
        )
    return found


def _disk(source: str, target: str, bus: str, more: str = "") -> str:
    return (
        f"<disk type='file' device='disk'>{more}<source {source}/><target dev='{target}' bus='{bus}'/></disk>"
    )


def _nic(last: str, network: str = "lan", more: str = "") -> str:
    return (
        f"<interface type='network'><mac address='00:15:5d:{{tens}}:00:{last}'/>"
        f"<source network='{network}'/>{more}</interface>"
    )


def _whole(
    name: str, os: str, *, memory: str = _MEMORIES["static"], vcpus: int = 2, devices: str = "",
    boot: str = "", told: str = "",
) -> str:  # fmt: skip
    own = devices.replace("{disk}", f"E:\\Loose\\{name}.vhdx").replace("{volume}", f"{name}.vhdx")
    own = own.replace("{tens}", "01" if name.startswith("g1") else "02")
    return (
        f"{_HEAD.format(name=name)}{told}{memory}<vcpu>{vcpus}</vcpu>"
        f"{os.replace('{boot}', boot)}<devices>{own}</devices></domain>"
    )


_POOL = r"""apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: disks}
spec: {target: 'D:\Disks'}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: wan}
spec: {forward: {mode: bridge, interfaces: [Ethernet]}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: grown.vhdx}
spec: {pool: disks, capacity: 10GiB}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: fixed.vhdx}
spec: {pool: disks, capacity: 64MiB, allocation: 64MiB}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: upon.vhdx}
spec: {pool: disks, capacity: 10GiB, backing: grown.vhdx}
"""
_VOLUME = """---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: %s}
spec: {pool: disks, capacity: 8MiB}
"""
_UEFI = "firmware: uefi, memory: 64MiB"


def _ground() -> str:
    named = [name for name, document in documents() if "pool='disks'" in document]
    return _POOL + "".join(_VOLUME % f"{name}.vhdx" for name in named)


def specimens(starts: object) -> Specimens:
    """What the command line declares; `starts` tells how often a machine was started."""
    assert callable(starts)

    def incarnation(_folder: Path, name: str) -> object:
        return starts(name)

    return Specimens(
        ground=_ground(),
        documents=dict(documents()),
        specs={
            "typed": r"memory: {size: 512MiB, max: 2GiB}, vcpus: 4, firmware: uefi, autostart: true,"
            r" disks: [{volume: {pool: disks, name: upon.vhdx}, boot: 1},"
            r" {device: cdrom, file: 'C:\ISO\debian.iso'}],"
            r" interfaces: [{network: lan, vlan: 7}, {network: wan, boot: 2}]",
            "plain": "memory: 1GiB",
        },
        edits={
            "memory": ("memory: 64MiB", "memory: 128MiB"),
            "dynamic": ("memory: 64MiB", "memory: {size: 64MiB, max: 256MiB}"),
            "vcpus": ("memory: 64MiB", "memory: 64MiB, vcpus: 3"),
            "description": ("memory: 64MiB, description: one", "memory: 64MiB, description: two"),
            "secure": (_UEFI, "firmware: {type: uefi}, memory: 64MiB, vcpus: 2"),
            "boot": ("memory: 64MiB, boot: [hd]", "memory: 64MiB, boot: [network]"),
            "cd": (
                f"{_UEFI}, disks: [{{device: cdrom}}]",
                _UEFI + r", disks: [{device: cdrom, file: 'C:\ISO\debian.iso'}]",
            ),
            "disk": (_UEFI, f"{_UEFI}, disks: [{{volume: {{pool: disks, name: fixed.vhdx}}}}]"),
            "nic": ("memory: 64MiB", "memory: 64MiB, interfaces: [{network: lan}]"),
            "switch": (
                "memory: 64MiB, interfaces: [{network: lan}]",
                "memory: 64MiB, interfaces: [{network: wan}]",
            ),
            "vlan": (
                "memory: 64MiB, interfaces: [{network: lan}]",
                "memory: 64MiB, interfaces: [{network: lan, vlan: 9}]",
            ),
        },
        live={
            "live-memory": (_UEFI, "firmware: uefi, memory: 96MiB"),
            "live-disk": (_UEFI, f"{_UEFI}, disks: [{{volume: {{pool: disks, name: grown.vhdx}}}}]"),
            "live-cd": (
                f"{_UEFI}, disks: [{{device: cdrom}}]",
                _UEFI + r", disks: [{device: cdrom, file: 'C:\ISO\debian.iso'}]",
            ),
            "live-nic": (_UEFI, f"{_UEFI}, interfaces: [{{network: lan}}]"),
            "live-vlan": (
                f"{_UEFI}, interfaces: [{{network: lan, vlan: 3}}]",
                f"{_UEFI}, interfaces: [{{network: wan, vlan: 4}}]",
            ),
            "live-words": (f"{_UEFI}, description: one", f"{_UEFI}, description: two"),
        },
        host="credentials: {username: 'WORKGROUP\\admin', password: {env: VR_HYPERV}}",
        incarnation=incarnation,
    )
