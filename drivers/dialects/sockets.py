"""What a device is plugged into: a guest that runs has the controllers that it was started with.

QEMU takes none but SCSI controllers while a guest runs (qemuDomainAttachControllerDevice), and libvirt adds
those by itself with the first disk or host device that needs one (qemuDomainFindOrCreateSCSIDiskController).
Every other one has to be there: a device that finds none waits for the next start, which has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from specs.documents.tree import Node

_PORTS = frozenset({"pcie-root-port", "pcie-switch-downstream-port"})
"""Of a PCI Express machine the places that take one device each; others are for conventional devices."""
_PCI_TAGS = frozenset({"interface", "filesystem", "rng", "vsock", "shmem"})


def without_socket(devices: Iterable[Node], gone: Iterable[Node], running: Node) -> set[Node]:
    """Of devices to plug in those that a running QEMU guest has no controller or slot for; those that go make
    room. None of them has to be found in what runs."""
    free = _free_ports(running, gone)
    missing = set()
    for device in devices:
        there = not _on_pci(device) or free is None or _has_bus(device, running) or free > 0
        if not there or not _SOCKETS.get(_bus(device), _needless)(device, running):
            missing.add(device)
        elif free and _on_pci(device):
            free -= 1
    return missing


def _bus(device: Node) -> str:
    """The bus that a device is for: 'usb', 'virtio-serial', 'memory'; '' where none has to be looked for."""
    if device.tag == "channel":
        return "virtio-serial" if device.value("target", "type") == "virtio" else ""
    if device.tag == "memory":
        return "memory" if device.attrs.get("model") in ("dimm", "nvdimm") else ""
    bus = device.value("target", "bus") if device.tag == "disk" else device.attrs.get("bus")
    usb_host = device.tag == "hostdev" and device.attrs.get("type") == "usb"
    return "usb" if bus == "usb" or usb_host else ""


def _controllers(running: Node, kind: str) -> list[Node]:
    found = [device for devices in running.all("devices") for device in devices.all("controller")]
    return [controller for controller in found if controller.attrs.get("type") == kind]


def _needless(_device: Node, _running: Node) -> bool:
    return True


def _serial(device: Node, running: Node) -> bool:
    """virDomainVirtioSerialAddrAutoAssign: any controller, or that of the address."""
    wanted = _address(device, "virtio-serial", "controller")
    found = {controller.attrs.get("index", "0") for controller in _controllers(running, "virtio-serial")}
    return bool(found) if wanted is None else wanted in found


def _usb(_device: Node, running: Node) -> bool:
    return any(controller.attrs.get("model") != "none" for controller in _controllers(running, "usb"))


def _slots(_device: Node, running: Node) -> bool:
    """qemuDomainDefValidateMemoryHotplug: a guest that was started without room for more gets none."""
    return running.first("maxMemory") is not None


_SOCKETS: Mapping[str, Callable[[Node, Node], bool]] = {
    "virtio-serial": _serial,
    "usb": _usb,
    "memory": _slots,
}


def _address(device: Node, kind: str, part: str) -> str | None:
    """Where the document itself puts a device."""
    address = device.source.find("address")
    return address.get(part) if address is not None and address.get("type") == kind else None


def _on_pci(device: Node) -> bool:
    """Whether a device takes a PCI slot."""
    match device.tag:
        case "disk":
            return device.value("target", "bus") == "virtio"
        case "hostdev":
            return device.attrs.get("type") == "pci"
        case "input":
            return device.attrs.get("bus") == "virtio"
        case "controller":
            return device.attrs.get("type") == "scsi"
    return device.tag in _PCI_TAGS


def _free_ports(running: Node, gone: Iterable[Node]) -> int | None:
    """How many more devices a PCI Express machine takes; None where that is not told by its ports."""
    models = {
        controller.attrs.get("index", ""): controller.attrs.get("model")
        for controller in _controllers(running, "pci")
    }
    if "pcie-root" not in models.values() or "pcie-to-pci-bridge" in models.values():
        return None
    leaving = {id(device.source) for device in gone}
    devices = [device for all_ in running.all("devices") for device in all_.children]
    taken = {_bus_number(device) for device in devices if id(device.source) not in leaving}
    return sum(model in _PORTS and index not in taken for index, model in models.items())


def _has_bus(device: Node, running: Node) -> bool:
    """Whether a device is to stand in a slot of a bus that is there: it is what is asked for."""
    number = _bus_number(device)
    return number is not None and any(
        controller.attrs.get("index") == number for controller in _controllers(running, "pci")
    )


def _bus_number(device: Node) -> str | None:
    number = _address(device, "pci", "bus")
    return None if number is None else str(int(number, 0))
