"""A domain's document as the hypervisor keeps it: defaults filled in, one form, libvirt's order.

Measured on libvirt 9.0.0 with QEMU 7.2 (virDomainDefPostParse, qemuDomainDefPostParse,
virDomainDefFormat).
"""

from __future__ import annotations

import re

from drivers.simulated.domain.addresses import assign_addresses
from drivers.simulated.domain.devices import arrange_devices, complete_devices
from drivers.simulated.naming import canonical_uuid
from drivers.simulated.units import to_kib
from drivers.simulated.xml import (
    Element,
    add,
    arrange,
    attribute,
    drop_attributes,
    ensure,
    refuse,
    remove,
    text_of,
)

ARCH = "x86_64"
DOMAIN_TYPES = ("kvm", "qemu", "lxc")
OS_TYPES = ("hvm", "exe")
MACHINES = {"pc": "pc-i440fx-7.2", "q35": "pc-q35-7.2"}
EMULATORS = {
    "kvm": "/usr/bin/qemu-system-x86_64",
    "qemu": "/usr/bin/qemu-system-x86_64",
    "lxc": "/usr/lib/libvirt/libvirt_lxc",
}

_MACHINE = re.compile(r"pc-(i440fx|q35)-\d+\.\d+")
_ORDER = (
    "name", "uuid", "genid", "title", "description", "metadata", "maxMemory", "memory", "currentMemory",
    "blkiotune", "memtune", "memoryBacking", "vcpu", "vcpus", "iothreads", "iothreadids",
    "defaultiothread", "cputune", "numatune", "resource", "bootloader", "bootloader_args", "sysinfo",
    "os", "idmap", "features", "cpu", "clock", "on_poweroff", "on_reboot", "on_crash", "on_lockfailure",
    "pm", "perf", "devices", "seclabel", "keywrap", "launchSecurity",
    "{http://libvirt.org/schemas/domain/qemu/1.0}commandline",
    "{http://libvirt.org/schemas/domain/qemu/1.0}capabilities",
    "{http://libvirt.org/schemas/domain/qemu/1.0}override",
)  # fmt: skip
_KIB_PATHS = (
    "memtune/*", "memoryBacking/hugepages/page", "devices/memory/target//size",
    "devices/memory/target//block", "devices/memory/target//requested", "devices/controller/pcihole64",
)  # fmt: skip


def rewrite(root: Element) -> None:
    """Rewrites a <domain> in place; Refused with libvirt's reason where libvirt refuses it."""
    _identity(root)
    _memory(root)
    _vcpus(root)
    _operating_system(root)
    _features(root)
    if is_container(root):
        remove(root, "cpu")
    else:
        _cpu(root)
    _clock(root)
    for tag, action in (("on_poweroff", "destroy"), ("on_reboot", "restart"), ("on_crash", "destroy")):
        if not text_of(root, tag):
            remove(root, tag)
            add(root, tag, action)
    _emulator(root)
    complete_devices(root)
    assign_addresses(root)
    arrange_devices(root)
    arrange(root, _ORDER, strict=True)


def is_container(root: Element) -> bool:
    """Whether the guest is a container, which runs a program instead of booting a kernel."""
    return text_of(root, "os/type") == "exe"


def _identity(root: Element) -> None:
    drop_attributes(root, "id")
    domain_type = root.get("type", "")
    if domain_type not in DOMAIN_TYPES:
        refuse(f"invalid domain type '{domain_type}'", f"allowed: {', '.join(DOMAIN_TYPES)}")
    canonical_uuid(root)
    for tag in ("title", "description"):
        if not text_of(root, tag):
            remove(root, tag)
    if "\n" in (root.findtext("title") or ""):
        refuse("domain title can't contain newlines")
    for metadata in root.findall("metadata"):
        if not len(metadata):
            root.remove(metadata)


def _memory(root: Element) -> None:
    for path in _KIB_PATHS:
        for element in root.iterfind(path):
            if (element.text or "").strip():
                to_kib(element)
    for maximum in root.iterfind("maxMemory"):
        to_kib(maximum)
    for page in root.iterfind("memoryBacking/hugepages/page"):
        if page.get("size"):
            _scale_attribute(page, "size")
    cells = root.findall("cpu/numa/cell")
    for cell in cells:
        _scale_attribute(cell, "memory")
    memory = root.find("memory")
    if memory is None and not cells:
        refuse("Memory size must be specified via <memory> or in the <numa> configuration")
    memory = ensure(root, "memory")
    if cells:
        modules = sum(int(size.text or 0) for size in root.iterfind("devices/memory/target/size"))
        memory.text = str(sum(int(cell.get("memory", "0")) for cell in cells) + modules)
        memory.set("unit", "KiB")
    total = to_kib(memory)
    if not total:
        refuse("Memory size must be specified via <memory> or in the <numa> configuration")
    current = root.find("currentMemory")
    if current is None:
        current = add(root, "currentMemory", str(total))
    current.text = str(min(to_kib(current) or total, total))


def _scale_attribute(element: Element, name: str) -> None:
    scratch = add(element, "scratch", element.get(name, "0"), unit=element.get("unit", "KiB"))
    element.set(name, str(to_kib(scratch)))
    element.set("unit", "KiB")
    element.remove(scratch)


def _vcpus(root: Element) -> None:
    remove(root, "vcpus")
    vcpu = ensure(root, "vcpu", placement="static")
    vcpu.text = (vcpu.text or "").strip() or "1"
    current = vcpu.get("current", vcpu.text)
    if not (vcpu.text.isdigit() and current.isdigit() and int(current) > 0):
        refuse(f"invalid number of vCPUs '{vcpu.text}'", "write a number from 1")
    if int(current) > int(vcpu.text):
        refuse("maximum vCPU count must not be less than current vCPU count")
    if current == vcpu.text:
        drop_attributes(vcpu, "current")


def _operating_system(root: Element) -> None:
    os, os_type = root.find("os"), root.find("os/type")
    if os is None or os_type is None or not (os_type.text or "").strip():
        refuse("an os <type> must be specified")
    kind = (os_type.text or "").strip()
    if kind not in OS_TYPES or (kind == "exe") != (root.get("type") == "lxc"):
        refuse(
            f"domain type '{root.get('type')}' cannot run os type '{kind}'", "lxc runs exe, kvm and qemu hvm"
        )
    os_type.text = kind
    arch = os_type.get("arch", ARCH)
    if arch != ARCH:
        refuse(f"unsupported architecture '{arch}'", f"this host has {ARCH}")
    os_type.set("arch", arch)
    if kind == "exe":
        if not text_of(root, "os/init"):
            add(os, "init", "/sbin/init")
        arrange(os, ("type", "init", "initarg", "initenv", "initdir", "inituser", "initgroup"))
        return
    machine = os_type.get("machine", "pc")
    canonical = MACHINES.get(machine, machine)
    if not _MACHINE.fullmatch(canonical):
        refuse(f"unsupported machine type '{machine}'", "allowed: pc, q35, pc-i440fx-N.N, pc-q35-N.N")
    os_type.set("machine", canonical)
    if os.find("boot") is None and root.find("devices//boot") is None:
        add(os, "boot", dev="hd")
    order = ("type", "firmware", "loader", "nvram", "kernel", "initrd", "cmdline", "dtb", "acpi", "boot")
    arrange(os, order, ("bootmenu", "bios", "smbios"))


def _features(root: Element) -> None:
    uefi = attribute(root, "os/loader", "type") == "pflash" or attribute(root, "os", "firmware") == "efi"
    if uefi and root.find("features/acpi") is None:
        refuse("UEFI requires ACPI on this architecture", "add <features><acpi/></features>")
    features = root.find("features")
    if features is not None and not len(features):
        root.remove(features)


def _cpu(root: Element) -> None:
    cpu = ensure(root, "cpu")
    mode = cpu.get("mode") or "custom"
    if mode == "host-passthrough":
        defaults = {"mode": mode, "check": "none", "migratable": "on"}
    elif mode in ("host-model", "maximum"):
        defaults = {"mode": mode, "check": "partial" if mode == "host-model" else "none"}
    elif cpu.find("model") is None:
        defaults = {"mode": "custom", "match": "exact", "check": "none"}
        add(cpu, "model", "qemu64", fallback="forbid")
    else:
        defaults = {"mode": "custom", "match": "exact", "check": "partial"}
        ensure(cpu, "model", fallback="allow")
    for name, value in defaults.items():
        if cpu.get(name) is None:
            cpu.set(name, value)
    for topology in cpu.iterfind("topology"):
        _topology(topology, int(text_of(root, "vcpu")))
    for feature in cpu.iterfind("feature"):
        if feature.get("policy") is None:
            feature.set("policy", "require")
    arrange(cpu, ("model", "vendor", "topology", "cache", "maxphysaddr", "feature", "numa"))


def _topology(topology: Element, vcpus: int) -> None:
    ensure_dies = {name: topology.get(name, "1") for name in ("sockets", "dies", "cores", "threads")}
    total = 1
    for count in ensure_dies.values():
        if not count.isdigit() or not int(count):
            refuse(f"invalid CPU topology '{count}'", "write numbers from 1")
        total *= int(count)
    if total != vcpus:
        refuse(
            "CPU topology doesn't match maximum vcpu count",
            f"sockets × dies × cores × threads is {total}, the maximum is {vcpus}",
        )
    topology.attrib.clear()
    for name, count in ensure_dies.items():
        topology.set(name, count)


def _clock(root: Element) -> None:
    clock = ensure(root, "clock", offset="utc")
    adjustment = clock.get("adjustment")
    offset = clock.get("offset")
    if offset in ("utc", "localtime") and adjustment not in (None, "reset"):
        clock.set("offset", "variable")
        clock.set("basis", "localtime" if offset == "localtime" else "utc")
    elif offset == "variable":
        for name, value in (("adjustment", "0"), ("basis", "utc")):
            if clock.get(name) is None:
                clock.set(name, value)
        if clock.get("adjustment") == "reset":
            clock.set("adjustment", "0")


def _emulator(root: Element) -> None:
    devices = ensure(root, "devices")
    if not text_of(devices, "emulator"):
        remove(devices, "emulator")
        add(devices, "emulator", EMULATORS[root.get("type", "qemu")])
