"""Which devices are on PCI, of which kind, and in which order they get their slots."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.simulated.domain.disks import bus_of
from drivers.simulated.xml import Element

_TURN = (
    "filesystem", "interface", "sound", "controller", "disk", "hostdev", "memballoon", "rng", "watchdog",
    "video", "shmem", "input", "vsock", "iommu", "memory",
)  # fmt: skip


def _model(device: Element) -> str:
    model = device.find("model")
    return "" if model is None else model.get("type", "")


def on_pci(device: Element) -> bool:
    """Whether a device needs a slot."""
    model = device.get("model", "")
    match device.tag:
        case "disk":
            return bus_of(device) == "virtio"
        case "controller":
            return device.get("type") in ("usb", "sata", "ide", "scsi", "virtio-serial") and model != "none"
        case "sound":
            return model not in ("sb16", "pcspk", "usb")
        case "hostdev":
            return device.get("type") in ("pci", "mdev") and device.get("mode") == "subsystem"
        case "memballoon" | "vsock":
            return model.startswith("virtio")
        case "watchdog":
            return model == "i6300esb"
        case "video":
            return _model(device) not in ("none", "ramfb")
        case "input":
            return device.get("bus") == "virtio"
        case "iommu":
            return model == "virtio"
        case "memory":
            return model.startswith("virtio")
        case _:
            return True


def conventional(device: Element) -> bool:
    """Whether a device is plain PCI, not PCI Express."""
    model = device.get("model", "")
    match device.tag:
        case "interface":
            return device.get("type") != "hostdev" and _model(device) not in (
                "virtio", "virtio-non-transitional", "e1000e", "igb", "vmxnet3",
            )  # fmt: skip
        case "controller":
            if device.get("type") == "pci":
                return model == "pci-bridge"
            return not (
                model.startswith("virtio") or "xhci" in model or device.get("type") == "virtio-serial"
            )
        case "sound" | "watchdog":
            return True
        case "video":
            return _model(device) != "virtio"
        case _:
            return False


def in_turn(devices: Element) -> Iterable[Element]:
    """The devices that may need a slot, in the order in which they get one."""
    return sorted((d for d in devices if d.tag in _TURN), key=lambda device: _TURN.index(str(device.tag)))
