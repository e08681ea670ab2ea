"""Documents of machines, as many as differ in something, and edits of them, one a field."""

from __future__ import annotations

BASE = """<domain type='vmware'><name>{name}</name><uuid>{uuid}</uuid>{text}
<memory unit='MiB'>{memory}</memory><vcpu>{vcpus}</vcpu>{tune}
<os{firmware}><type arch='x86_64' machine='vmx-13'>hvm</type>{loader}{boot}</os>
<features><acpi/><apic/></features>{cpu}<devices>{devices}</devices></domain>"""


def uuid(number: int) -> str:
    return f"4c4c4544-0000-4000-8000-{number:012x}"


def machine(number: int, **parts: str) -> str:
    """A document; what is not said is as a person would have it."""
    said = {
        "text": "", "memory": "256", "vcpus": "2", "tune": "", "firmware": "", "loader": "", "boot": "",
        "cpu": "", "devices": "",
    }  # fmt: skip
    return BASE.format(name=f"m{number}", uuid=uuid(number), **{**said, **parts})


def disk(volume: str, target: str = "sda", bus: str = "scsi", more: str = "") -> str:
    return (
        f"<disk type='volume' device='disk'><driver type='vmdk'/><source pool='LocalDS_0' volume='{volume}'/>"
        f"<target dev='{target}' bus='{bus}'/>{more}</disk>"
    )


def cdrom(target: str = "sdb", bus: str = "sata", iso: str = "") -> str:
    source = f"<source pool='LocalDS_0' volume='{iso}'/>" if iso else ""
    kind = "volume" if iso else "file"
    return (
        f"<disk type='{kind}' device='cdrom'>{source}<target dev='{target}' bus='{bus}'/><readonly/></disk>"
    )


def nic(last: int, network: str = "VM Network", model: str = "vmxnet3", more: str = "") -> str:
    return (
        f"<interface type='network'><mac address='00:50:56:00:01:{last:02x}'/><source network='{network}'/>"
        f"<model type='{model}'/>{more}</interface>"
    )


def scsi(model: str, index: int = 0) -> str:
    return f"<controller type='scsi' index='{index}' model='{model}'/>"


def tpl(volume: str) -> dict[str, str]:
    return {"devices": disk(volume)}


VARIED: tuple[dict[str, str], ...] = (
    {},
    *({"memory": size} for size in ("4", "260", "1024", "4096")),
    *({"vcpus": count} for count in ("1", "3", "8")),
    {"vcpus": "8", "cpu": "<cpu><topology sockets='2' cores='4' threads='1'/></cpu>"},
    {"vcpus": "4", "cpu": "<cpu><topology sockets='1' dies='1' cores='4' threads='1'/></cpu>"},
    {"text": "<description>Bücher &amp; Äpfel</description>"},
    {"text": "<description>two\nlines</description>"},
    {"tune": "<cputune><shares>2000</shares></cputune>"},
    {"tune": "<memtune><min_guarantee unit='MiB'>128</min_guarantee></memtune>"},
    {"firmware": " firmware='efi'"},
    {
        "firmware": " firmware='efi'",
        "loader": "<firmware><feature enabled='yes' name='secure-boot'/></firmware>",
    },
    *({"devices": nic(at, model=model)} for at, model in enumerate(("e1000", "e1000e", "vmxnet3"), 1)),
    {"devices": nic(5, network="DC0_DVPG0")},
    {"devices": nic(6) + nic(7, network="DC0_DVPG0", model="e1000")},
    {"devices": nic(8, more="<link state='down'/>")},
    *({"devices": scsi(model)} for model in ("lsilogic", "lsisas1068", "buslogic", "vmpvscsi")),
    {"devices": scsi("vmpvscsi") + scsi("lsilogic", 1)},
    {"devices": "<controller type='sata' index='0'/>"},
    {"devices": cdrom()},
    {"devices": cdrom("hda", "ide")},
    {"devices": cdrom() + cdrom("sdc")},
    *({"devices": disk(f"v{at}.vmdk", target)} for at, target in enumerate(("sda", "sdb", "sdh"), 1)),
    {"devices": disk("v4.vmdk", bus="sata")},
    {"devices": disk("v5.vmdk", "hda", "ide")},
    {"devices": disk("v6.vmdk") + disk("v7.vmdk", "sdb") + disk("v8.vmdk", "sdp")},
    {"devices": scsi("lsisas1068") + disk("v9.vmdk")},
    {"devices": disk("v10.vmdk", more="<iotune><total_iops_sec>500</total_iops_sec></iotune>")},
    {"devices": disk("v11.vmdk") + nic(9), "boot": "<boot dev='network'/><boot dev='hd'/>"},
    {"devices": disk("v12.vmdk") + cdrom(), "boot": "<boot dev='cdrom'/><boot dev='hd'/>"},
    {"devices": disk("v13.vmdk", more="<boot order='2'/>") + nic(10, more="<boot order='1'/>")},
    {"devices": disk("v14.vmdk") + nic(11) + cdrom("sdb", "sata", "cd.iso")},
    {"devices": "<video><model type='vmvga' vram='8192' heads='2' primary='yes'/></video>"},
)
"""Parts of `machine`."""

VOLUMES = tuple(f"v{at}.vmdk" for at in range(1, 15))

EDITS: tuple[tuple[str, str, str], ...] = (
    ("memory", "<memory unit='MiB'>256<", "<memory unit='MiB'>512<"),
    ("vcpus", "<vcpu>2<", "<vcpu>4<"),
    ("description", "<memory", "<description>other</description><memory"),
    ("shares", "<os>", "<cputune><shares>700</shares></cputune><os>"),
    ("reservation", "<os>", "<memtune><min_guarantee unit='MiB'>64</min_guarantee></memtune><os>"),
    ("firmware", "<os>", "<os firmware='efi'>"),
    ("topology", "<devices>", "<cpu><topology sockets='1' cores='2' threads='1'/></cpu><devices>"),
    ("boot", "</type>", "</type><boot dev='network'/><boot dev='hd'/>"),
    ("iops", "bus='scsi'/></disk>", "bus='scsi'/><iotune><total_iops_sec>9</total_iops_sec></iotune></disk>"),
    ("network", "network='VM Network'", "network='DC0_DVPG0'"),
    ("link", "</interface>", "<link state='down'/></interface>"),
    ("model", "type='vmxnet3'", "type='e1000'"),
    ("disk more", "</devices>", disk("v2.vmdk", "sdc") + "</devices>"),
    ("nic more", "</devices>", nic(99) + "</devices>"),
    ("controller more", "</devices>", scsi("vmpvscsi", 2) + "</devices>"),
)
"""A field, what stands in `EDITED`, and what does instead."""

EDITED = machine(90, devices=disk("v1.vmdk") + nic(90))
LIVE = frozenset(
    {"description", "shares", "reservation", "boot", "iops", "network", "link", "disk more", "nic more"}
    | {"controller more"}
)
