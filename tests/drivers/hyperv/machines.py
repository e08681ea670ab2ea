"""Machines of every sort, as domain documents."""

from __future__ import annotations

from collections.abc import Iterator

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
