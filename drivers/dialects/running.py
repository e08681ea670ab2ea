"""What libvirt adds or chooses when an object starts, and what of it would look like a difference.

It is told by where it stands: what a start chooses at one place, somebody declares at another of the same
name (an address of a device of the guest, and of one of the host that it is given).
"""

from __future__ import annotations

from dataclasses import replace

from drivers.dialects.model import Running
from specs.documents.tree import Node
from specs.documents.values import is_number
from specs.identity import Kind

_USERS_ALIAS = "ua-"
"""Aliases that begin so are the user's own (virDomainDefParseXML); others are made at each start."""
_CHOSEN_AT_START = frozenset({"loader", "nvram", "firmware"})
_MIB_IN_KIB = 1024
_POLICIES = {"require": ("disable",), "optional": ("require", "disable"), "force": ("require", "disable")}
"""What a start makes of the policy of a CPU feature."""


def _devices(root: Node, tag: str = "") -> list[Node]:
    found = [device for devices in root.all("devices") for device in devices.children]
    return [device for device in found if device.tag == tag] if tag else found


def _aliases(root: Node) -> None:
    for device in _devices(root):
        device.drop(lambda c: c.tag == "alias" and not c.attrs.get("name", "").startswith(_USERS_ALIAS))


def _chains(root: Node) -> None:
    """What disks lie upon, as a start found it, and jobs that run on them; cookies are secrets, which no
    document shows (virStorageNetCookiesFormat, without VIR_DOMAIN_XML_SECURE)."""
    for disk in _devices(root, "disk"):
        disk.drop(lambda child: child.tag in ("backingStore", "mirror"))
        for source in disk.all("source"):
            source.drop(lambda child: child.tag == "cookies")


def _found_on_the_host(root: Node) -> None:
    """Of a USB device that is known by vendor and product, a start finds out where it is plugged in
    (qemuHostdevPrepareUSBDevices)."""
    for hostdev in _devices(root, "hostdev"):
        for source in hostdev.all("source"):
            if source.first("vendor") is not None:
                source.drop(lambda child: child.tag == "address")


def _clock(root: Node) -> None:
    """A variable adjustment follows the guest's own clock, from UTC whatever its basis was at the start
    (qemuBuildClockArgStr)."""
    for clock in root.all("clock"):
        if clock.attrs.get("offset") == "variable":
            clock.attrs.pop("adjustment", None)
            clock.attrs.pop("basis", None)


def _memory(root: Node) -> None:
    """Sizes are rounded up to MiB (qemuDomainAlignMemorySizes)."""
    for memory in (*root.all("memory"), *root.all("currentMemory")):
        if is_number(memory.text):
            memory.text = str(-(-int(memory.text) // _MIB_IN_KIB) * _MIB_IN_KIB)


def _identifiers(root: Node) -> None:
    """A revert to a snapshot makes a new generation (qemuProcessGenID)."""
    root.drop(lambda child: child.tag in ("metadata", "genid"))
    for cpu in root.all("cpu"):
        cpu.attrs.pop("check", None)
        cpu.attrs.pop("migratable", None)


def _same_cpu(wanted: Node, actual: Node) -> None:
    """A CPU that follows the host, or is only the least of what it may be, is expanded at the start
    (qemuProcessUpdateGuestCPU): what remains comparable is its topology."""
    cpu, running = wanted.first("cpu"), actual.first("cpu")
    if cpu is None or running is None:
        return
    if cpu.attrs.get("mode", "custom") == "custom" and cpu.attrs.get("match") != "minimum":
        _same_model(cpu, running)
        return
    for node in (cpu, running):
        node.attrs.clear()
        node.text = ""
        node.drop(lambda child: child.tag not in ("topology", "numa"))


def _same_model(cpu: Node, running: Node) -> None:
    """A model that was found needs no other in its place, and of each feature a start says whether the guest
    has it: one that QEMU cannot give is disabled (virCPUUpdate, virCPUx86UpdateLive)."""
    for model in (*cpu.all("model"), *running.all("model")):
        model.attrs.pop("fallback", None)
    became = {feature.attrs.get("name"): feature for feature in running.all("feature")}
    for feature in cpu.all("feature"):
        found, policy = became.get(feature.attrs.get("name")), feature.attrs.get("policy", "require")
        if found is not None and found.attrs.get("policy") in _POLICIES.get(policy, ()):
            found.attrs["policy"] = policy


def _same_firmware(wanted: Node, actual: Node) -> None:
    """The firmware that was found for a guest that only says which kind (qemuFirmwareFillDomain)."""
    if not any("firmware" in os.attrs for os in wanted.all("os")):
        return
    for root in (wanted, actual):
        for os in root.all("os"):
            os.attrs.pop("firmware", None)
            os.drop(lambda child: child.tag in _CHOSEN_AT_START)


def _same_drives(wanted: Node, actual: Node) -> None:
    """An empty drive has no format while it runs: it comes and goes with the medium
    (qemuDomainChangeEjectableMedia)."""
    both = [_devices(root, "disk") for root in (wanted, actual)]
    empty = {_target(disk) for disks in both for disk in disks if disk.first("source") is None}
    for disk in (disk for disks in both for disk in disks if _target(disk) in empty):
        for driver in disk.all("driver"):
            driver.attrs.pop("type", None)


def _same_optional(wanted: Node, actual: Node) -> None:
    """A medium or disk that may be missing, and was at the start, is dropped from what runs
    (qemuDomainCheckRemoveOptionalDisk)."""
    running = {_target(disk): disk for disk in _devices(actual, "disk")}
    for devices in wanted.all("devices"):
        devices.drop(lambda d: d.tag == "disk" and _may_be_missing(d) and _target(d) not in running)
    for disk in _devices(wanted, "disk"):
        found = running.get(_target(disk))
        if found is not None and found.first("source") is None and _may_be_missing(disk):
            disk.drop(lambda child: child.tag == "source")


def _may_be_missing(disk: Node) -> bool:
    return disk.value("source", "startupPolicy") in ("optional", "requisite")


def _target(disk: Node) -> str | None:
    return disk.value("target", "dev")


def _same_labels(wanted: Node, actual: Node) -> None:
    """Where nothing is said, a start notes of a guest that is not confined that it is not
    (virSecurityManagerGenLabel)."""
    said = {label.attrs.get("model") for label in wanted.all("seclabel")}
    actual.drop(lambda c: c.tag == "seclabel" and c.attrs.get("type") == "none" and not said)


def alike(wanted: Node, actual: Node) -> None:
    """Makes alike what a start makes of what is only said in part."""
    _same_cpu(wanted, actual)
    _same_firmware(wanted, actual)
    _same_optional(wanted, actual)
    _same_drives(wanted, actual)
    _same_labels(wanted, actual)


LIBVIRT = Running(
    rules={Kind.DOMAIN: (_aliases, _chains, _found_on_the_host, _clock, _memory, _identifiers)},
    alike=alike,
    unsaid=frozenset({"vcpus", "address"}),
    kept=frozenset(
        {
            "title",
            "description",
            "seclabel",
            "devices/disk/source",
            "devices/interface/filterref",
            "devices/watchdog",
        }
    ),
    untold=frozenset({"cpu/feature", "clock/@adjustment", "clock/@basis"}),
)
"""Of all of libvirt's drivers."""

XEN = replace(
    LIBVIRT,
    rules={Kind.DOMAIN: tuple(rule for rule in LIBVIRT.rules[Kind.DOMAIN] if rule is not _clock)},
    untold=frozenset({"cpu/feature"}),
)
"""Of libxl: it never writes back how far a guest has moved its clock (libxlDomainObjPrivate has no such
thing), so that a running guest's document tells what it was started with."""
