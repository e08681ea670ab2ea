"""What a domain's document chooses outside its devices."""

from __future__ import annotations

import re
from collections.abc import Mapping

from drivers.dialects.choices.model import Choice, by, has, parts
from specs.documents.tree import Node

_VERSION = re.compile(r"(-\d+(\.\d+)*\w*|-(rhel|xenial|focal|jammy)[\w.]*)+$")
_I440FX = frozenset({"pc", "pc-i440fx"})


def machine_family(machine: str) -> str:
    """A machine type without its version: what decides which buses there are (qemuDomainIsQ35,
    qemuDomainIsI440FX)."""
    family = _VERSION.sub("", machine)
    return {"pc": "i440fx", "pc-i440fx": "i440fx", "pc-q35": "q35"}.get(family, family)


def _machine(root: Node) -> str:
    os = root.first("os")
    return machine_family((os.value("type", "machine") if os is not None else None) or "")


def _architecture(root: Node) -> str:
    os = root.first("os")
    return (os.value("type", "arch") if os is not None else None) or ""


def _boot(root: Node) -> str:
    """Devices in an order, or kinds of devices (virDomainDefBootOrderPostParse)."""
    if has(root, "os/boot"):
        return "kinds"
    return "devices" if has(root, "devices/*/boot") else ""


def _firmware(os: Node) -> str:
    """Chosen by the host, or a file that is named (virDomainDefOSValidate)."""
    if "firmware" in os.attrs:
        return os.attrs["firmware"]
    return "file" if any(loader.text for loader in os.all("loader")) else ""


def _counted(root: Node) -> str:
    """A list of virtual CPUs names all that there are (virDomainVcpuParse)."""
    vcpu = root.first("vcpu")
    return f"{vcpu.attrs.get('current')} of {vcpu.text}" if vcpu is not None else ""


def _iothreads(root: Node) -> str:
    """There are as many as are numbered (virDomainDefParseIOThreads)."""
    return root.value("iothreads") or ""


def _memory(root: Node) -> str:
    """NUMA cells decide how much there is (virDomainDefPostParseMemory)."""
    return root.value("memory") or ""


def _usb(devices: Node) -> str:
    """Without USB there is nothing to plug into it (qemuDomainUSBAddressAddHubs)."""
    if has(devices, "controller[@model=none]"):
        return "off"
    plugged = ("controller[@type=usb]", *_USB_DEVICES)
    return "on" if any(has(devices, path) for path in plugged) else ""


def _usb_model(devices: Node) -> str:
    """The model of the USB controller; companions belong to it (virDomainDefAddUSBController)."""
    models = [
        controller.attrs.get("model", "")
        for controller in devices.all("controller")
        if controller.attrs.get("type") == "usb" and controller.attrs.get("index", "0") == "0"
    ]
    return next(("ich9" if model.startswith("ich9-") else model for model in models if model), "")


def _displays(devices: Node) -> str:
    """The first display, which decides where sound goes (virDomainDefPostParseGraphicsAudio)."""
    graphics = devices.first("graphics")
    return graphics.attrs.get("type", "") if graphics is not None else "none"


def _pages(backing: Node) -> str:
    """Anonymous memory has no huge pages (qemuValidateDomainDefMemory)."""
    if has(backing, "source[@type=anonymous]"):
        return "anonymous"
    return "hugepages" if has(backing, "hugepages") else ""


def _cpu(cpu: Node) -> str:
    """A CPU with a model is a custom one (virCPUDefParseXML)."""
    return cpu.attrs.get("mode") or ("custom" if cpu.first("model") is not None else "")


def _variables(nvram: Node) -> str:
    """The firmware's variables are in a file, or in storage of another type (virDomainNvramDefParseXML)."""
    return nvram.attrs.get("type") or ("path" if nvram.text else "")


_SCHEDULED = (Choice(by("@scheduler"), parts("@priority", of="fifo rr")),)
"""Only real-time policies have priorities (virDomainSchedulerParse)."""


def _placement(vcpu: Node) -> str:
    return vcpu.attrs.get("placement") or ("static" if "cpuset" in vcpu.attrs else "")


def _nodes(numatune: Node | None) -> str:
    memory = numatune.first("memory") if numatune is not None else None
    if memory is None:
        return ""
    return memory.attrs.get("placement") or ("static" if "nodeset" in memory.attrs else "")


def _clock(clock: Node) -> str:
    return clock.attrs.get("offset", "utc")


_USB_DEVICES = ("input[@bus=usb]", "hub", "redirdev", "hostdev[@type=usb]", "sound[@model=usb]")

_PLUGS = parts("devices/controller", "devices/*/address", told=False)
"""What a machine plugs its devices into, and where: other buses have other addresses."""

ROOT = (
    Choice(
        _architecture,
        (*parts("os/type/@machine", "devices/emulator", "devices/watchdog", "devices/panic", "cpu"), *_PLUGS),
    ),
    Choice(
        _machine,
        (*parts("features/smm", "devices/watchdog[@model=itco]", told=False), *_PLUGS),
    ),
    Choice(_boot, (*parts("os/boot", of="kinds"), *parts("devices/*/boot", of="devices"))),
    Choice(_counted, parts("vcpus")),
    Choice(_iothreads, parts("iothreadids")),
    Choice(_memory, parts("cpu/numa")),
    Choice(
        lambda root: _nodes(root.first("numatune")),
        (*parts("vcpu/@placement", "numatune/memory/@placement", of="auto"),
         *parts("numatune/memory/@nodeset", "numatune/memnode", of="static")),
    ),
)  # fmt: skip
"""Of the document as a whole."""

PLACES: Mapping[str, tuple[Choice, ...]] = {
    "": ROOT,
    "os": (
        Choice(_firmware, (*parts("@firmware", "loader", "nvram"), *parts("firmware", of="efi bios"))),
    ),
    "vcpu": (Choice(_placement, (*parts("@placement"), *parts("@cpuset", of="static"))),),
    "memoryBacking": (
        Choice(
            _pages,
            (*parts("source[@type=anonymous]", of="anonymous"), *parts("hugepages", of="hugepages")),
        ),
    ),
    "cpu": (
        Choice(
            _cpu,
            parts("@mode", "@match", "@check", "@migratable", "model", "vendor", "feature", "cache",
                  "maxphysaddr"),
        ),
    ),
    "os/nvram": (Choice(_variables, parts(".", "source")),),
    "clock/timer": (Choice(by("@tickpolicy"), parts("catchup")),),
    **{f"cputune/{tag}": _SCHEDULED for tag in ("vcpusched", "iothreadsched", "emulatorsched")},
    "clock": (Choice(_clock, parts("@adjustment", "@basis", "@timezone", "@start")),),
    "features/hyperv": (Choice(by("@mode", "custom"), parts("*")),),
    "launchSecurity": (Choice(by("@type"), parts("@*", "*")),),
    "seclabel": (Choice(by("@type"), parts("@relabel", "label", "baselabel", "imagelabel")),),
    "devices": (
        Choice(_usb, (*parts("controller[@model=none]", told=False), *parts(*_USB_DEVICES, of="on"))),
        Choice(_usb_model, parts("controller[@type=usb]", told=False)),
        Choice(_displays, parts("audio", told=False)),
    ),
}  # fmt: skip
"""Path of the element that chooses → its choices, devices aside."""
