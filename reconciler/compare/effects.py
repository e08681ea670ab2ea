"""What a change costs an active object: the one table of what can be made live, and how.

Sources are functions of libvirt: src/qemu/qemu_hotplug.c, qemu_driver.c, src/lxc/lxc_driver.c,
src/libxl/libxl_driver.c, src/conf/network_conf.c (virNetworkDefUpdateSection).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.compare.tree import Node
from reconciler.operations import Effect, Verb
from specs.identity import Kind

_QEMU = frozenset({"qemu", "sim"})
_QEMU_LXC = _QEMU | {"lxc"}
_HOTPLUG = _QEMU_LXC | {"xen"}


@dataclass(frozen=True, slots=True)
class Row:
    """Paths (as a pattern over names without labels) that a verb can change live, and on what."""

    pattern: re.Pattern[str]
    verb: Verb
    families: frozenset[str]


def _row(pattern: str, verb: Verb, families: frozenset[str]) -> Row:
    return Row(re.compile(pattern), verb, families)


SCALARS = (
    _row(r"currentMemory", Verb.SET_MEMORY, _HOTPLUG),  # virDomainSetMemoryFlags
    _row(r"vcpu/@current", Verb.SET_VCPUS, _QEMU | {"xen"}),  # virDomainSetVcpusFlags
    _row(r"title|description", Verb.SET_TEXT, _HOTPLUG | {"test"}),  # virDomainSetMetadata
    # virDomainSetSchedulerParametersFlags
    _row(r"cputune/(shares|period|quota)", Verb.TUNE, _QEMU_LXC),
    _row(
        r"cputune/(emulator_period|emulator_quota|iothread_period|iothread_quota|global_period|global_quota)",
        Verb.TUNE,
        _QEMU,
    ),
    _row(r"cputune/vcpupin(/@cpuset)?", Verb.TUNE, _QEMU | {"xen"}),  # virDomainPinVcpuFlags
    _row(r"cputune/emulatorpin(/@cpuset)?", Verb.TUNE, _QEMU),  # virDomainPinEmulator
    # virDomainSetMemoryParameters
    _row(r"memtune/(hard_limit|soft_limit|swap_hard_limit)", Verb.TUNE, _QEMU_LXC),
    _row(r"blkiotune/weight", Verb.TUNE, _QEMU_LXC),  # virDomainSetBlkioParameters
    _row(r"devices/disk/iotune/\w+", Verb.TUNE, _QEMU),  # virDomainSetBlockIoTune
)
"""Single values with a call of their own."""

UPDATABLE = (
    # qemuDomainChangeNet: what it does not name here needs a new device.
    _row(
        r"devices/interface/(link.*|filterref.*|bandwidth.*|vlan.*"
        r"|source/@(network|bridge|portgroup))",
        Verb.UPDATE,
        _QEMU,
    ),
    _row(r"devices/disk/(@type|source.*)", Verb.UPDATE, _QEMU),  # media only, see _updatable
)
"""Parts of a device that virDomainUpdateDeviceFlags changes in place."""

HOTPLUG: Mapping[str, frozenset[str]] = {
    "disk": _HOTPLUG,
    "interface": _HOTPLUG,
    "hostdev": _HOTPLUG,
    "filesystem": _QEMU,
    "rng": _QEMU,
    "controller": _QEMU,
    "channel": _QEMU,
    "input": _QEMU,
    "memory": _QEMU,
    "lease": _QEMU,
    "redirdev": _QEMU,
    "shmem": _QEMU,
    "vsock": _QEMU,
    "watchdog": _QEMU,
}
"""Devices that can be plugged in and out (qemuDomainAttachDeviceLive, lxcDomainAttachDeviceLive,
libxlDomainAttachDeviceLive)."""

NETWORK_SECTIONS: Mapping[str, str] = {
    "ip/dhcp/host": "ip-dhcp-host",
    "ip/dhcp/range": "ip-dhcp-range",
    "forward/interface": "forward-interface",
    "portgroup": "portgroup",
    "dns/host": "dns-host",
    "dns/txt": "dns-txt",
    "dns/srv": "dns-srv",
}
"""Path of a network's entry → the section that virNetworkUpdate knows it by."""

_LABEL = re.compile(r"\[[^\]]*\]")
_COLD = frozenset({"title", "description", "metadata"})


def plain(path: str) -> str:
    """A path without the labels that tell list elements apart."""
    return _LABEL.sub("", path)


def effect_of(kind: Kind, path: str, device: Node | None, family: str) -> Effect:
    """What changing the value at a path costs while the object is active."""
    bare = plain(path)
    if kind is Kind.VOLUME:
        return Effect.LIVE if bare == "capacity" else Effect.REPLACE
    if kind in (Kind.SECRET, Kind.NETWORK_FILTER) or bare.partition("/")[0] in _COLD:
        return Effect.LIVE if family in _HOTPLUG and kind is Kind.NETWORK_FILTER else Effect.NONE
    if kind is Kind.NETWORK:
        return Effect.LIVE if section_of(bare) else Effect.NEXT_BOOT
    if kind is Kind.DOMAIN and (
        scalar_verb(bare, family)
        or (device is not None and (whole(bare) and pluggable(device, family)))
        or (device is not None and updatable(bare, device, family))
    ):
        return Effect.LIVE
    return Effect.NEXT_BOOT


def whole(bare: str) -> bool:
    """Whether a path names a device as a whole."""
    return bare.startswith("devices/") and bare.count("/") == 1


def section_of(bare: str) -> str:
    """The section of virNetworkUpdate that a path lies in; '' for none."""
    for path, section in NETWORK_SECTIONS.items():
        if bare == path or bare.startswith(f"{path}/"):
            return section
    return ""


def scalar_verb(bare: str, family: str) -> Verb | None:
    """The call that changes a single value live, if there is one."""
    return next((row.verb for row in SCALARS if family in row.families and row.pattern.fullmatch(bare)), None)


def pluggable(device: Node, family: str) -> bool:
    """Whether a device can be plugged in and out while the guest runs."""
    if family not in HOTPLUG.get(device.tag, frozenset()):
        return False
    check = _PLUGS.get(device.tag)
    return family not in _QEMU or check is None or check(device)


def updatable(bare: str, device: Node, family: str) -> bool:
    """Whether a part of a device can be changed in place while the guest runs."""
    if device.tag == "disk" and device.attrs.get("device") not in ("cdrom", "floppy"):
        return False  # qemuDomainDiskChangeSupported: only removable media have their source changed
    return any(family in row.families and row.pattern.fullmatch(bare) for row in UPDATABLE)


def _disk(device: Node) -> bool:
    """qemuDomainAttachDeviceDiskLiveInternal: no drives with removable media, no IDE, FDC or SATA."""
    bus = device.value("target", "bus") or ""
    return device.attrs.get("device", "disk") in ("disk", "lun") and bus in ("virtio", "scsi", "usb", "")


def _filesystem(device: Node) -> bool:
    return device.value("driver", "type") == "virtiofs"


def _controller(device: Node) -> bool:
    return device.attrs.get("type") == "scsi"


def _channel(device: Node) -> bool:
    return device.value("target", "type") == "virtio"


def _input(device: Node) -> bool:
    return device.attrs.get("bus") in ("usb", "virtio")


_PLUGS = {
    "disk": _disk,
    "filesystem": _filesystem,
    "controller": _controller,
    "channel": _channel,
    "input": _input,
}
