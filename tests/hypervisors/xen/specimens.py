"""Guests as people declare them on Xen, none of which runs; and what is changed of those that do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import libvirt

from drivers.contract.specimens import Edit, Specimens
from tests.hypervisors.xen.dom0 import GUESTS

_GROUND = """
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: contract}
spec: {host: contract, ips: [{address: 192.168.213.1/24}]}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: images}
spec: {host: contract, target: /srv/contract-images}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: a.qcow2}
spec: {host: contract, pool: images, capacity: 1MiB, format: qcow2}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: b.img}
spec: {host: contract, pool: images, capacity: 1MiB, format: raw}
"""

_KERNELS = {
    "linux": f"<kernel>{GUESTS}/vmlinux</kernel><initrd>{GUESTS}/initrd</initrd><cmdline>a=b</cmdline>",
    "xenpvh": f"<kernel>{GUESTS}/vmlinux</kernel>",
    "hvm": "",
}
_NIC = "<interface type='bridge'><source bridge='xenbr0'/>{}</interface>"
_RAW = "<disk type='file' device='disk'><source file='/srv/a.img'/><target dev='xvda' bus='xen'/>{}</disk>"
_ANY = {
    "least": "",
    "raw": _RAW.format(""),
    "phy": _RAW.format("<driver name='phy' type='raw'/>"),
    "ro": _RAW.format("<readonly/>"),
    "cache": _RAW.format("<driver name='qemu' type='raw' cache='default'/>"),
    "qcow2": _RAW.format("<driver name='qemu' type='qcow2'/>"),
    "block": "<disk type='block'><source dev='/dev/vg/a'/><target dev='xvdb' bus='xen'/></disk>",
    "nic": _NIC.format(""),
    "mac": _NIC.format("<mac address='00:16:3E:00:00:01'/><script path='vif-bridge'/>"),
    "net": "<interface type='network'><source network='contract'/></interface>",
    "rate": _NIC.format("<bandwidth><outbound average='10240'/></bandwidth>"),
    "vnc": "<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>",
    "pci": "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
    "<address domain='0' bus='0x1a' slot='1' function='0'/></source></hostdev>",
}
_HVM = {
    "ide": "<disk type='file'><source file='/srv/a.img'/><target dev='hda' bus='ide'/></disk>",
    "scsi": "<disk type='file'><source file='/srv/a.img'/><target dev='sda' bus='scsi'/></disk>",
    "cd": "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>",
    "e1000": _NIC.format("<model type='e1000'/>"),
    "serial": "<serial type='file'><source path='/tmp/s'/><target port='0'/></serial>",
    "tablet": "<input type='tablet' bus='usb'/>",
    "sound": "<sound model='es1370'/>",
    "vga": "<graphics type='vnc' autoport='yes'/><video><model type='vga' vram='16384' heads='1'/></video>",
}
_TOP = {
    "texts": "<title>A &amp; b</title><description>c</description>",
    "crash": "<on_crash>restart</on_crash>",
    "cpus": "<cputune><vcpupin vcpu='0' cpuset='0'/></cputune>",
}
CLOCKS: Mapping[str, str] = {
    "none": "",
    "utc": "<clock offset='utc'/>",
    "utc-reset": "<clock offset='utc' adjustment='reset'/>",
    "utc-adjusted": "<clock offset='utc' adjustment='3600'/>",
    "local": "<clock offset='localtime'/>",
    "local-reset": "<clock offset='localtime' adjustment='reset'/>",
    "local-adjusted": "<clock offset='localtime' adjustment='3600'/>",
    "variable": "<clock offset='variable'/>",
    "variable-adjusted": "<clock offset='variable' adjustment='3600'/>",
    "variable-utc": "<clock offset='variable' adjustment='3600' basis='utc'/>",
    "variable-local": "<clock offset='variable' adjustment='-60' basis='localtime'/>",
    "variable-plain": "<clock offset='variable' adjustment='0' basis='localtime'/>",
    "variable-reset": "<clock offset='variable' adjustment='reset'/>",
}
"""The forms of the clock that a guest on libxl starts with."""


def document(name: str, kind: str, top: str = "", devices: str = "") -> str:
    """A guest of a kind."""
    return (
        f"<domain type='xen'><name>{name}</name>{top}<memory unit='MiB'>64</memory><vcpu>1</vcpu>"
        f"<os><type>{kind}</type>{_KERNELS[kind]}</os><devices>{devices}</devices></domain>"
    )


def _documents() -> Iterator[tuple[str, str]]:
    for kind in _KERNELS:
        for name, devices in (_ANY | _HVM if kind == "hvm" else _ANY).items():
            yield f"d-{kind}-{name}", document(f"d-{kind}-{name}", kind, devices=devices)
        for name, top in {**_TOP, **CLOCKS}.items():
            yield f"d-{kind}-{name}", document(f"d-{kind}-{name}", kind, top)


_HVM_LEAST = "memory: 64MiB, vcpus: 1, osType: hvm"
_KERNEL = f"{{image: {GUESTS}/vmlinux, initrd: {GUESTS}/initrd, cmdline: console=hvc0 quiet}}"
_PV_LEAST = f"memory: 160MiB, vcpus: {{count: 1, max: 2}}, osType: linux, kernel: {_KERNEL}"
_FIELDS: Mapping[str, str] = {
    "volume": "disks: [{volume: {pool: images, name: a.qcow2}}]",
    "cd": "disks: [{device: cdrom, target: hdc}]",
    "file": "disks: [{file: /srv/b.img}, {file: /srv/c.qcow2}]",
    "nics": "interfaces: [{network: contract}, {bridge: xenbr0}]",
    "console": "console: pty",
    "display": "graphics: vnc, video: vga",
    "clock-utc": "clock: utc",
    "clock-reset": "clock: {offset: utc, adjustment: reset}",
    "clock-adjusted": "clock: {offset: localtime, adjustment: 3600}",
    "clock-variable": "clock: {offset: variable, adjustment: 60, basis: localtime}",
    "clock-timers": "clock: {offset: utc, timers: [{name: hpet, present: false}]}",
    "texts": "title: a, description: b",
    "boot": "boot: [cdrom, hd]",
}
_EDITS: Mapping[str, Edit] = {
    "memory": (_HVM_LEAST, _HVM_LEAST.replace("64MiB", "96MiB")),
    "vcpus": (_HVM_LEAST, _HVM_LEAST.replace("vcpus: 1", "vcpus: {count: 1, max: 2}")),
    **{
        name: (f"{_HVM_LEAST}, {before}", f"{_HVM_LEAST}, {after}")
        for name, before, after in (
            ("title", "title: a", "title: b"),
            ("description", "description: a", "description: b"),
            ("boot", "boot: [hd]", "boot: [cdrom]"),
            ("crash", "onCrash: destroy", "onCrash: restart"),
            ("disk", "disks: [{file: /srv/a.img}]", "disks: [{file: /srv/b.img}]"),
            ("disks", "disks: [{file: /a.img}]", "disks: [{file: /a.img}, {file: /b.img}]"),
            ("bus", "disks: [{file: /srv/a.img, bus: ide}]", "disks: [{file: /srv/a.img, bus: xen}]"),
            ("readonly", "disks: [{file: /srv/a.img}]", "disks: [{file: /srv/a.img, readonly: true}]"),
            ("nic", "interfaces: [{bridge: a}]", "interfaces: [{bridge: b}]"),
            ("model", "interfaces: [{bridge: a}]", "interfaces: [{bridge: a, model: e1000}]"),
            ("nics", "interfaces: [{bridge: a}]", "interfaces: [{bridge: a}, {bridge: b}]"),
            ("video", "graphics: vnc, video: vga", "graphics: vnc, video: cirrus"),
            ("offset", "clock: utc", "clock: localtime"),
            ("reset", "clock: utc", "clock: {offset: utc, adjustment: reset}"),
            ("basis", "clock: {offset: variable, adjustment: 5}",
             "clock: {offset: variable, adjustment: 5, basis: localtime}"),
            ("timer", "clock: {timers: [{name: hpet, present: false}]}",
             "clock: {timers: [{name: hpet, present: true}]}"),
        )
    },
}  # fmt: skip
_LIVE: Mapping[str, Edit] = {
    "live-memory": (_PV_LEAST, _PV_LEAST.replace("160MiB", "{size: 128MiB, max: 160MiB}")),
    "live-vcpus": (_PV_LEAST, _PV_LEAST.replace("count: 1", "count: 2")),
    "live-title": (f"{_PV_LEAST}, title: a", f"{_PV_LEAST}, title: b"),
    "live-nic": (_PV_LEAST, f"{_PV_LEAST}, interfaces: [{{network: contract}}]"),
    "live-disk": (_PV_LEAST, f"{_PV_LEAST}, disks: [{{volume: {{pool: images, name: b.img}}}}]"),
}


def specimens(uri: str) -> Specimens:
    """For the host at a URI. A guest that is started anew has another number."""
    return Specimens(
        ground=_GROUND,
        documents=dict(_documents()),
        specs={f"s-{name}": f"{_HVM_LEAST}, {more}" for name, more in _FIELDS.items()},
        edits={f"e-{name}": edit for name, edit in _EDITS.items()},
        live=_LIVE,
        incarnation=_number(uri),
    )


def _number(uri: str) -> Callable[[Path, str], int]:
    def number(_folder: Path, name: str) -> int:
        handle = libvirt.openReadOnly(uri)
        try:
            return int(handle.lookupByName(name).ID())
        finally:
            handle.close()

    return number
