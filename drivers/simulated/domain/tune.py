"""Single values of a running domain: memory, vCPUs, texts, tunables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drivers.base import Text
from drivers.base.tunables import BlkioTune, CpuPin, CpuTune, DiskTune, MemoryTune, Tunable
from drivers.simulated.domain.disks import target_of
from drivers.simulated.domain.verbs import edited, running
from drivers.simulated.rows import HostRows
from drivers.simulated.xml import (
    Element,
    add,
    arrange,
    drop_attributes,
    ensure,
    put_behind,
    refuse,
    remove,
    text_of,
)

_BEFORE = {
    "blkiotune": ("currentMemory",),
    "memtune": ("currentMemory", "blkiotune"),
    "cputune": ("vcpu", "vcpus", "iothreads", "iothreadids", "defaultiothread"),
}


def set_memory(host: HostRows, name: str, kib: int) -> None:
    """Balloons the guest, up to its maximum."""

    def change(root: Element) -> None:
        if kib > int(text_of(root, "memory")):
            refuse(
                "cannot set memory higher than max memory", f"the maximum is {text_of(root, 'memory')} KiB"
            )
        if kib <= 0:
            refuse("memory must be greater than zero")
        ensure(root, "currentMemory").text = str(kib)

    _change(host, name, change)


def set_vcpus(host: HostRows, name: str, count: int) -> None:
    """Plugs virtual CPUs in or out, up to the maximum."""

    def change(root: Element) -> None:
        maximum = int(text_of(root, "vcpu"))
        if not 1 <= count <= maximum:
            refuse(
                f"requested {count} vcpus of a live domain that can have 1 to {maximum}",
                "a higher maximum takes effect at the next start",
            )
        vcpu = ensure(root, "vcpu")
        if count == maximum:
            drop_attributes(vcpu, "current")
        else:
            vcpu.set("current", str(count))

    _change(host, name, change)


def set_text(host: HostRows, name: str, text: Text, value: str) -> None:
    """Sets the title or the description; '' removes it."""
    if text is Text.TITLE and "\n" in value:
        refuse("domain title can't contain newlines")

    def change(root: Element) -> None:
        remove(root, text)
        if value:
            add(root, text, value)
            arrange(root, ("name", "uuid", "genid", "title", "description", "metadata"))

    _change(host, name, change)


def tune(host: HostRows, name: str, wanted: Tunable) -> None:
    """Sets a tunable where the document has it."""
    _change(host, name, lambda root: _set(root, wanted))


def _set(root: Element, wanted: Tunable) -> None:
    match wanted:
        case CpuTune(parameter, value):
            _section(root, "cputune", parameter).text = str(value)
        case CpuPin(None, cpuset):
            _section(root, "cputune", "emulatorpin").set("cpuset", cpuset)
        case CpuPin(vcpu, cpuset):
            _pin(root, str(vcpu), cpuset)
        case MemoryTune(kind, kib):
            limit = _section(root, "memtune", kind)
            limit.text = str(kib)
            limit.set("unit", "KiB")
        case BlkioTune(weight):
            _section(root, "blkiotune", "weight").text = str(weight)
        case DiskTune(target, field, value):
            _iotune(root, target, field, str(value))


def _pin(root: Element, vcpu: str, cpuset: str) -> None:
    if int(vcpu) >= int(text_of(root, "vcpu")):
        refuse(f"vcpu {vcpu} is out of range of live cpu count", "pin one that exists")
    pins = _section(root, "cputune")
    pin = pins.find(f"vcpupin[@vcpu='{vcpu}']")
    if pin is None:
        pin = add(pins, "vcpupin", vcpu=vcpu)
    pin.set("cpuset", cpuset)


def _iotune(root: Element, target: str, field: str, value: str) -> None:
    for disk in root.iterfind("devices/disk"):
        if target_of(disk) != target:
            continue
        iotune = disk.find("iotune")
        if iotune is None:
            iotune = put_behind(disk, ("target",), "iotune")
        ensure(iotune, field).text = value
        return
    refuse(f"invalid path: the domain has no disk '{target}'")


def _section(root: Element, tag: str, child: str = "") -> Element:
    """A tuning element, put where libvirt has it."""
    section = root.find(tag)
    if section is None:
        section = put_behind(root, _BEFORE[tag], tag)
    return ensure(section, child) if child else section


def _change(host: HostRows, name: str, change: Callable[[Element], None]) -> None:
    entry = running(host, name)
    host.save(replace(entry, live=edited(entry.live or "", change)))
