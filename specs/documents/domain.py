"""Domain → <domain> (formatdomain.html)."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from specs.documents import devices
from specs.documents.build import element, kib, maybe, prune, root
from specs.documents.formats import FormatOf, format_by_name
from specs.models.domain import Cpu, Domain, DomainSpec, Firmware

_OS_TYPES = {"lxc": "exe", "bhyve": "hvm"}
_FIXED_TYPES = {"lxc": "lxc", "xen": "xen", "test": "test", "bhyve": "bhyve", "vz": "vz", "ch": "kvm"}


def render_domain(
    domain: Domain, scheme: str, usage: Callable[[str], str] = str, format_of: FormatOf = format_by_name
) -> etree._Element:
    """The document as far as the spec says it, for a host of that URI scheme.

    `usage` gives the usage by which the host finds the Secret of a name, `format_of` the format of a
    volume by its pool and name.
    """
    spec = domain.spec
    kind = spec.type or _FIXED_TYPES.get(scheme)
    document = root("domain", type=kind)
    element(document, "name", domain.metadata.name)
    maybe(document, "uuid", spec.uuid)
    maybe(document, "title", spec.title)
    maybe(document, "description", spec.description)
    _memory(document, spec, container=(kind or scheme) == "lxc")
    vcpus = spec.vcpus
    maximum = vcpus.max or vcpus.count
    element(document, "vcpu", maximum, current=vcpus.count if vcpus.count != maximum else None)
    if spec.shares is not None:
        element(element(document, "cputune"), "shares", spec.shares)
    _os(document, spec, kind or scheme)
    machine = scheme in ("qemu", "sim") and kind != "lxc"
    _features(document, spec, acpi=machine and (spec.arch or "x86_64") in ("x86_64", "i686", "aarch64"))
    _cpu(document, spec.cpu)
    _clock(document, spec)
    maybe(document, "on_poweroff", spec.on_poweroff)
    maybe(document, "on_reboot", spec.on_reboot)
    maybe(document, "on_crash", spec.on_crash)
    devices.render(element(document, "devices"), spec, "lxc" if kind == "lxc" else scheme, usage, format_of)
    return document


def _memory(document: etree._Element, spec: DomainSpec, *, container: bool) -> None:
    memory = spec.memory
    element(document, "memory", kib(memory.max or memory.size), unit="KiB")
    element(document, "currentMemory", kib(memory.size), unit="KiB")
    if memory.hugepages:
        element(element(document, "memoryBacking"), "hugepages")
    if not container and any(filesystem.driver in (None, "virtiofs") for filesystem in spec.filesystems):
        _shared_memory(document)


def _shared_memory(document: etree._Element) -> None:
    """virtiofs needs memory that its daemon can share (kbase/virtiofs.html)."""
    backing = document.find("memoryBacking")
    if backing is None:
        backing = element(document, "memoryBacking")
    element(backing, "source", type_="memfd")
    element(backing, "access", mode="shared")


def _os(document: etree._Element, spec: DomainSpec, hypervisor: str) -> None:
    firmware = spec.firmware
    automatic = firmware is not None and firmware.type == "uefi" and firmware.loader is None
    node = element(document, "os", firmware="efi" if automatic else None)
    text = spec.os_type or _OS_TYPES.get(hypervisor, "exe" if spec.init else "hvm")
    element(node, "type", text, arch=spec.arch, machine=spec.machine)
    if firmware and firmware.type == "uefi":
        _uefi(node, firmware)
    if spec.kernel:
        element(node, "kernel", spec.kernel.image)
        maybe(node, "initrd", spec.kernel.initrd)
        maybe(node, "cmdline", spec.kernel.cmdline)
    if spec.init:
        element(node, "init", spec.init.path)
        for argument in spec.init.args:
            element(node, "initarg", argument)
        for name, value in spec.init.env.items():
            element(node, "initenv", value, name=name)
    orders = [disk.boot for disk in spec.disks] + [nic.boot for nic in spec.interfaces]
    for kind in spec.boot if not any(orders) else ():  # libvirt takes one or the other
        element(node, "boot", dev=kind)


def _uefi(node: etree._Element, firmware: Firmware) -> None:
    """Firmware by libvirt's choice, or by its files (formatdomain.html#bios-bootloader)."""
    if firmware.loader is None:
        features = element(node, "firmware")
        element(features, "feature", enabled=firmware.secure_boot, name="secure-boot")
        element(features, "feature", enabled=firmware.secure_boot, name="enrolled-keys")
    else:
        secure = True if firmware.secure_boot else None
        element(node, "loader", firmware.loader, readonly=True, type_="pflash", secure=secure)
    if firmware.nvram or firmware.nvram_template:
        element(node, "nvram", firmware.nvram, template=firmware.nvram_template)


def _features(document: etree._Element, spec: DomainSpec, *, acpi: bool) -> None:
    features = element(document, "features")
    if acpi:
        element(features, "acpi")
    if acpi and spec.arch != "aarch64":
        element(features, "apic")
    if spec.firmware and spec.firmware.secure_boot:
        element(features, "smm", state="on")
    prune(document, features)


def _cpu(document: etree._Element, cpu: Cpu | None) -> None:
    if cpu is None:
        return
    node = element(document, "cpu", mode=cpu.mode or ("custom" if cpu.model else None))
    maybe(node, "model", cpu.model)
    layout = cpu.topology
    if layout:
        dies = layout.dies if layout.dies != 1 else None
        element(
            node, "topology", sockets=layout.sockets, dies=dies, cores=layout.cores, threads=layout.threads
        )
    for name, policy in cpu.features.items():
        element(node, "feature", policy=policy, name=name)


def _clock(document: etree._Element, spec: DomainSpec) -> None:
    clock = spec.clock
    if clock is None:
        return
    adjustment = clock.adjustment
    if clock.offset == "variable" and adjustment is None:
        adjustment = 0
    node = element(
        document,
        "clock",
        offset=clock.offset,
        timezone=clock.timezone,
        adjustment=adjustment,
        basis=clock.basis,
    )
    for timer in clock.timers:
        element(node, "timer", name=timer.name, present=timer.present, tickpolicy=timer.tickpolicy)
