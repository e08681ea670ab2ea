"""What stands outside <devices>: the kind of guest, how it boots, its processors, memory and clock."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from drivers.xen.settings import XenSettings
from drivers.xen.syntax import NotXenConfiguration
from specs.documents.build import element

_KINDS = {"pv": "linux", "pvh": "xenpvh", "hvm": "hvm"}
_MACHINES = {"linux": "xenpv", "xenpvh": "xenpvh", "hvm": "xenfv"}
_BOOT = {"a": "fd", "c": "hd", "d": "cdrom", "n": "network"}
OVMF = "/usr/lib/xen-4.17/boot/ovmf.bin"
"""Where Debian's Xen has it; other builds have another folder (LIBXL_FIRMWARE_DIR)."""
_TSC = {"always_emulate": "emulate", "native": "native", "native_paravirt": "paravirt"}
_POLICIES = {"1": "force", "0": "disable", "x": "optional", "k": "optional", "s": "optional"}
_FEATURES: Mapping[str, str] = {
    "cmpxchg16": "cx16", "cntxid": "cid", "dscpl": "ds_cpl", "pclmulqdq": "pclmuldq", "sse3": "pni",
    "htt": "ht", "psn": "pn", "clfsh": "clflush", "sysenter": "sep", "cmpxchg8": "cx8",
    "nodeid": "nodeid_msr", "altmovcr8": "cr8legacy", "lahfsahf": "lahf_lm", "cmplegacy": "cmp_legacy",
    "ffxsr": "fxsr_opt", "page1gb": "pdpe1gb", "ibrsb": "spec-ctrl",
}  # fmt: skip
"""CPU features that libvirt calls otherwise than libxl (xenTranslateCPUFeature)."""


def kind_of(settings: XenSettings) -> str:
    """The kind of guest: `type`, or its older spelling `builder`."""
    said = settings.text("type")
    older = settings.text("builder")
    if said:
        if said not in _KINDS:
            raise NotXenConfiguration(f"type is {said!r}; known: {', '.join(_KINDS)}")
        return _KINDS[said]
    return "hvm" if older == "hvm" else "xenpvh" if settings.flag("pvh") else "linux"


def write_general(root: etree._Element, settings: XenSettings) -> None:
    """Name, memory in MiB, virtual CPUs, and what happens when the guest goes down."""
    name = settings.text("name")
    if not name:
        raise NotXenConfiguration("it has no name")
    element(root, "name", name)
    if uuid := settings.text("uuid"):
        element(root, "uuid", uuid)
    memory = settings.number("memory", 64)
    element(root, "memory", settings.number("maxmem", memory), unit="MiB")
    element(root, "currentMemory", memory, unit="MiB")
    count = settings.number("vcpus", 1)
    most = settings.number("maxvcpus", count)
    vcpu = element(root, "vcpu", most)
    if count != most:
        vcpu.set("current", str(count))
    if cpus := settings.text("cpus"):
        vcpu.set("cpuset", cpus)


def write_boot(root: etree._Element, settings: XenSettings, kind: str, *, xm: bool) -> None:
    """How it boots: by firmware from a device, by a kernel, or by a boot loader in dom0."""
    if kind != "hvm":
        for tag, name in (("bootloader", "bootloader"), ("bootloader_args", "bootargs")):
            if text := settings.text(name):
                element(root, tag, text)
    os = element(root, "os")
    element(os, "type", kind, arch="x86_64", machine=_MACHINES[kind])
    kernel = settings.text("kernel")
    if kind == "hvm" and xm:  # what xm called a kernel is the firmware
        if kernel:
            element(os, "loader", kernel, type_="rom")
    else:
        if kind == "hvm" and settings.text("bios") == "ovmf":
            path = settings.text("bios_path_override") or OVMF
            element(os, "loader", path, readonly="yes", type_="pflash")
        for tag, text in (
            ("kernel", kernel),
            ("initrd", settings.text("ramdisk")),
            ("cmdline", _command_line(settings)),
        ):
            if text:
                element(os, tag, text)
    if kind == "hvm":
        for letter in settings.text("boot") or "c":
            element(os, "boot", dev=_BOOT.get(letter, "hd"))
        if table := settings.text("acpi_firmware"):
            element(element(os, "acpi"), "table", table, type_="slic")


def _command_line(settings: XenSettings) -> str:
    """`cmdline`, or what was said in two parts before it (xenParseCmdline)."""
    whole, root, extra = (settings.text(name) for name in ("cmdline", "root", "extra"))
    return whole or " ".join(filter(None, (f"root={root}" if root else "", extra)))


def write_features(root: etree._Element, settings: XenSettings, kind: str) -> None:
    """What the machine has; of an HVM guest PAE, ACPI and APIC unless said otherwise."""
    features = element(root, "features")
    if kind == "hvm":
        for tag in ("pae", "acpi", "apic"):
            if settings.flag(tag) is not False:
                element(features, tag)
        if settings.flag("hap") is False:
            element(features, "hap", state="off")
        if settings.flag("viridian"):
            element(features, "viridian")
    xen = element(features, "xen")
    if kind != "hvm" and settings.flag("e820_host"):
        element(xen, "e820_host", state="on")
    passed = settings.text("passthrough")
    if passed == "disabled":
        element(xen, "passthrough", state="off")
    elif passed:
        mode = passed if passed in ("sync_pt", "share_pt") else None
        element(xen, "passthrough", state="on", mode=mode)
    for empty in (xen, features):
        parent = empty.getparent()
        if len(empty) == 0 and parent is not None:
            parent.remove(empty)


def write_clock(root: etree._Element, settings: XenSettings, kind: str) -> None:
    """The clock: how many seconds it is off, and of what; most are off by none."""
    basis = "localtime" if settings.flag("localtime") else "utc"
    adjustment = settings.number("rtc_timeoffset")
    clock = element(root, "clock", offset=basis)
    if adjustment:
        clock.attrib.update({"offset": "variable", "adjustment": str(adjustment), "basis": basis})
    hpet = settings.flag("hpet")
    if (mode := settings.text("tsc_mode")) and mode not in ("default", "0"):
        element(clock, "timer", name="tsc", present="yes", mode=_TSC.get(mode, "auto"))
    if kind == "hvm" and hpet is not None:
        element(clock, "timer", name="hpet", present=hpet)


def write_cpu(root: etree._Element, settings: XenSettings, kind: str) -> None:
    """The CPU: the host's, with what `cpuid` and `nestedhvm` say; and its NUMA cells."""
    cpuid, cells = settings.text("cpuid"), settings.lists("vnuma")
    nested = settings.flag("nestedhvm") if kind == "hvm" else None
    if not cpuid and not cells and nested is None:
        return
    cpu = element(root, "cpu")
    if cells:
        numa = element(cpu, "numa")
        for number, cell in enumerate(cells):
            _write_cell(numa, number, cell)
    if not cpuid and nested is None:
        return
    cpu.set("mode", "host-passthrough")
    if nested is False:
        element(cpu, "feature", policy="disable", name="vmx")
    first, *pairs = cpuid.split(",") if cpuid else ["host"]
    if first != "host":
        raise NotXenConfiguration(f"cpuid begins with 'host', not with {first!r}")
    for pair in pairs:
        name, _, value = pair.strip().partition("=")
        if value not in _POLICIES:
            raise NotXenConfiguration(f"cpuid says {pair!r}; known values: {', '.join(_POLICIES)}")
        element(cpu, "feature", policy=_POLICIES[value], name=_FEATURES.get(name, name))


def _write_cell(numa: etree._Element, number: int, said: list[str]) -> None:
    values = {key.strip(): value.strip() for key, _, value in (each.partition("=") for each in said)}
    node = element(numa, "cell", id=number, cpus=values.get("vcpus"), unit="MiB")
    node.set("memory", values.get("size", "0"))
    if distances := values.get("vdistances"):
        parent = element(node, "distances")
        for sibling, value in enumerate(distances.split(",")):
            element(parent, "sibling", id=sibling, value=value)


def write_events(root: etree._Element, settings: XenSettings, *, xm: bool) -> None:
    """What happens when the guest powers off, reboots or crashes; after a crash xl leaves it (xl.cfg(5)), xm
    started it again."""
    crashed = "restart" if xm else "destroy"
    for name, usual in (("on_poweroff", "destroy"), ("on_reboot", "restart"), ("on_crash", crashed)):
        element(root, name, settings.text(name) or usual)
