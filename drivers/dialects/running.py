"""What libvirt adds or chooses when an object starts, and what of it would look like a difference."""

from __future__ import annotations

from drivers.dialects.model import Running
from specs.documents.tree import Node
from specs.documents.values import is_number
from specs.identity import Kind

_NOISE = frozenset({"address", "seclabel", "backingStore", "mirror", "alias", "resource", "vcpus", "cookies"})
_CHOSEN_AT_START = frozenset({"loader", "nvram", "firmware"})
_MIB_IN_KIB = 1024


def _noise(root: Node) -> None:
    for node in root.walk():
        node.drop(lambda child: child.tag in _NOISE)


def _firmware(root: Node) -> None:
    """The firmware that was found for the guest (qemuFirmwareFillDomain)."""
    for os in root.all("os"):
        os.attrs.pop("firmware", None)
        os.drop(lambda child: child.tag in _CHOSEN_AT_START)


def _empty_drives(root: Node) -> None:
    """An empty drive has no format while it runs."""
    for disk in (d for devices in root.all("devices") for d in devices.all("disk")):
        if disk.first("source") is None:
            for driver in disk.all("driver"):
                driver.attrs.pop("type", None)


def _clock(root: Node) -> None:
    """The adjustment follows the guest's own clock."""
    for clock in root.all("clock"):
        clock.attrs.pop("adjustment", None)


def _memory(root: Node) -> None:
    """Sizes are rounded up to MiB (qemuDomainAlignMemorySizes)."""
    for memory in (*root.all("memory"), *root.all("currentMemory")):
        if is_number(memory.text):
            memory.text = str(-(-int(memory.text) // _MIB_IN_KIB) * _MIB_IN_KIB)


def _identifiers(root: Node) -> None:
    root.drop(lambda child: child.tag in ("metadata", "genid"))
    for cpu in root.all("cpu"):
        cpu.attrs.pop("check", None)
        cpu.attrs.pop("migratable", None)


def same_cpu(wanted: Node, actual: Node) -> None:
    """A CPU that follows the host is expanded at the start (qemuProcessUpdateGuestCPU): what remains
    comparable is its topology."""
    cpu = wanted.first("cpu")
    if cpu is None or cpu.attrs.get("mode", "custom") == "custom":
        return
    for root in (wanted, actual):
        for node in root.all("cpu"):
            node.attrs.clear()
            node.text = ""
            node.drop(lambda child: child.tag not in ("topology", "numa"))


LIBVIRT = Running(
    rules={
        Kind.DOMAIN: (_noise, _firmware, _empty_drives, _clock, _memory, _identifiers),
        **{kind: (_noise,) for kind in Kind if kind is not Kind.DOMAIN},
    },
    expanded=same_cpu,
    kept=frozenset(
        {"title", "description", "devices/disk/source", "devices/interface/filterref", "devices/watchdog"}
    ),
)
"""Of all of libvirt's drivers."""
