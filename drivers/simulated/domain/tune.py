"""Single values of a running domain: memory, vCPUs, texts, tunables."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from drivers.errors import Unsupported
from drivers.simulated.domain.disks import target_of
from drivers.simulated.domain.verbs import edited, running
from drivers.simulated.store import Host
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

_TUNABLES = re.compile(
    r"cputune/(?P<cpu>shares|(?:global_|emulator_|iothread_)?(?:period|quota))"
    r"|cputune/vcpupin\[(?P<vcpu>\d+)\]/@cpuset|cputune/(?P<emulator>emulatorpin)/@cpuset"
    r"|memtune/(?P<memory>hard_limit|soft_limit|swap_hard_limit)|blkiotune/(?P<weight>weight)"
    r"|devices/disk\[(?P<disk>\w+)\]/iotune/(?P<iotune>\w+)"
)
_BEFORE = {
    "blkiotune": ("currentMemory",),
    "memtune": ("currentMemory", "blkiotune"),
    "cputune": ("vcpu", "vcpus", "iothreads", "iothreadids", "defaultiothread"),
}


def set_memory(host: Host, name: str, kib: int) -> None:
    def change(root: Element) -> None:
        if kib > int(text_of(root, "memory")):
            refuse(
                "cannot set memory higher than max memory", f"the maximum is {text_of(root, 'memory')} KiB"
            )
        if kib <= 0:
            refuse("memory must be greater than zero")
        ensure(root, "currentMemory").text = str(kib)

    _change(host, name, change)


def set_vcpus(host: Host, name: str, count: int) -> None:
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


def set_text(host: Host, name: str, field: str, value: str) -> None:
    if field not in ("title", "description"):
        raise Unsupported(f"'{field}' is no text of a domain", "allowed: title, description")
    if field == "title" and "\n" in value:
        refuse("domain title can't contain newlines")

    def change(root: Element) -> None:
        remove(root, field)
        if value:
            add(root, field, value)
            arrange(root, ("name", "uuid", "genid", "title", "description", "metadata"))

    _change(host, name, change)


def tune(host: Host, name: str, path: str, value: str) -> None:
    """Raises Unsupported for a path that has no call of its own."""
    match = _TUNABLES.fullmatch(path)
    if not match:
        raise Unsupported(f"'{path}' cannot be changed while the guest runs", "it changes at the next start")
    if "cpuset" not in path and not re.fullmatch(r"-?\d+", value):
        refuse(f"'{value}' is not a number", f"give a number for {path}")
    _change(host, name, lambda root: _set(root, match, value))


def _set(root: Element, match: re.Match[str], value: str) -> None:
    group = match.lastgroup
    if group == "cpu":
        _section(root, "cputune", match["cpu"]).text = value
    elif group == "vcpu":
        if int(match["vcpu"]) >= int(text_of(root, "vcpu")):
            refuse(f"vcpu {match['vcpu']} is out of range of live cpu count", "pin one that exists")
        pins = _section(root, "cputune")
        pin = pins.find(f"vcpupin[@vcpu='{match['vcpu']}']")
        if pin is None:
            pin = add(pins, "vcpupin", vcpu=match["vcpu"])
        pin.set("cpuset", value)
    elif group == "emulator":
        _section(root, "cputune", "emulatorpin").set("cpuset", value)
    elif group == "memory":
        limit = _section(root, "memtune", match["memory"])
        limit.text = value
        limit.set("unit", "KiB")
    elif group == "weight":
        _section(root, "blkiotune", "weight").text = value
    else:
        _iotune(root, match["disk"], match["iotune"], value)


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


def _change(host: Host, name: str, change: Callable[[Element], None]) -> None:
    entry = running(host, name)
    host.save(replace(entry, live=edited(entry.live or "", change)))
