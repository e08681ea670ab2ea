"""Where each device is plugged in: drive, USB and virtio-serial addresses, the controllers they need.

Formulas of virDomainDiskDefAssignAddress and virDomainVirtioSerialAddr*; PCI stands in `pci`.
"""

from __future__ import annotations

from drivers.simulated.domain.disks import bus_of, disk_index, target_of
from drivers.simulated.domain.pci import assign_pci
from drivers.simulated.xml import Element, add, number, refuse

_DRIVES = {"ide": (4, 2), "sata": (6, 6), "fdc": (2, 2)}
"""Units of a controller, units of one of its buses."""
_SCSI_UNITS = 15
"""A wide bus has 16 units; the seventh is the controller itself."""


def assign_addresses(root: Element, *, hotplug: bool = False) -> None:
    """Gives every device without an address one; Refused when two claim the same, or none is left.

    `hotplug` adds no PCI controller: a running machine has the slots that it has.
    """
    devices = root.find("devices")
    assert devices is not None
    if root.get("type") == "lxc":
        return
    machine = root.find("os/type")
    q35 = machine is not None and "q35" in machine.get("machine", "")
    _indices(devices)
    for disk in devices.iterfind("disk"):
        _drive(devices, disk, q35=q35)
    _unique_drives(devices)
    for tag in ("channel", "console"):
        for device in devices.iterfind(tag):
            _virtio_serial(devices, device, hotplug=hotplug)
    _machine_controllers(devices, q35=q35)
    _usb(devices)
    assign_pci(devices, q35=q35, hotplug=hotplug)


def controller(devices: Element, kind: str, index: int = 0) -> Element | None:
    """The controller of this kind and number among the devices; None where there is none."""
    for device in devices.iterfind("controller"):
        if device.get("type") == kind and device.get("index") == str(index):
            return device
    return None


def _need(devices: Element, kind: str, index: int, **attributes: str) -> None:
    if controller(devices, kind, index) is None:
        add(devices, "controller", type=kind, index=str(index), **attributes)


def _indices(devices: Element) -> None:
    """A controller without an index gets the next one of its type."""
    for device in devices.iterfind("controller"):
        if device.get("index") is None:
            index = 0
            while controller(devices, device.get("type", ""), index) is not None:
                index += 1
            device.set("index", str(index))
    seen: set[tuple[str | None, str | None]] = set()
    for device in devices.iterfind("controller"):
        key = (device.get("type"), device.get("index"))
        if key in seen and key[0] != "usb":  # companion controllers share their master's index
            refuse(f"Multiple '{key[0]}' controllers with index '{key[1]}'", "give each an index of its own")
        seen.add(key)


def _drive(devices: Element, disk: Element, *, q35: bool) -> None:
    bus, index = bus_of(disk), disk_index(target_of(disk))
    if bus == "ide" and q35:
        refuse(
            "IDE controllers are unsupported for this QEMU binary or machine type", "use bus='sata' on q35"
        )
    if bus == "scsi":
        place, unit = divmod(index, _SCSI_UNITS)
        parts = {"controller": place, "bus": 0, "target": 0, "unit": unit + (unit >= 7)}
    elif bus in _DRIVES:
        units, per_bus = _DRIVES[bus]
        place, unit = divmod(index, units)
        parts = {"controller": place, "bus": unit // per_bus, "target": 0, "unit": unit % per_bus}
    else:
        return
    address = disk.find("address")
    if address is None:
        address = add(disk, "address", type="drive", **{name: str(part) for name, part in parts.items()})
    if bus == "scsi":
        _need(devices, "scsi", number(address, "controller"), model="lsilogic")
    else:
        _need(devices, bus, number(address, "controller"))


def _unique_drives(devices: Element) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for disk in devices.iterfind("disk"):
        address = disk.find("address[@type='drive']")
        if address is None:
            continue
        key = (bus_of(disk), *(address.get(name, "0") for name in ("controller", "bus", "target", "unit")))
        if key in seen:
            refuse(
                f"Found duplicate drive address for disk with target name '{target_of(disk)}'",
                f"the disk '{seen[key]}' has it",
            )
        seen[key] = target_of(disk)


def _virtio_serial(devices: Element, device: Element, *, hotplug: bool) -> None:
    target = device.find("target")
    if target is None or target.get("type") != "virtio":
        return
    if hotplug and controller(devices, "virtio-serial") is None:
        refuse("virtio serial controller 0 is missing", "restart the guest to plug it in")
    if device.find("address") is not None:
        return
    taken = {
        number(address, "port")
        for address in devices.iterfind("*/address[@type='virtio-serial']")
        if address.get("controller") == "0"
    }
    port = next(port for port in range(1, 1024) if port not in taken)
    add(device, "address", type="virtio-serial", controller="0", bus="0", port=str(port))


def _machine_controllers(devices: Element, *, q35: bool) -> None:
    """What a machine type has built in (qemuDomainDefAddDefaultDevices)."""
    if not any(device.get("type") == "usb" for device in devices.iterfind("controller")):
        add(devices, "controller", type="usb", index="0", model="qemu-xhci" if q35 else "piix3-uhci")
    for usb in devices.iterfind("controller[@type='usb']"):
        if usb.get("model") is None:
            usb.set("model", "qemu-xhci" if q35 else "piix3-uhci")
    if q35:
        _need(devices, "sata", 0)
    _need(devices, "pci", 0, model="pcie-root" if q35 else "pci-root")
    if devices.find("*/address[@type='virtio-serial']") is not None:
        _need(devices, "virtio-serial", 0)


def _usb(devices: Element) -> None:
    taken = {
        int(address.get("port", "0").partition(".")[0])
        for address in devices.iterfind("*/address[@type='usb']")
    }
    for device in devices:
        if not _is_usb(device) or device.find("address") is not None:
            continue
        if devices.find("controller[@type='usb'][@model='none']") is not None:
            refuse("USB is disabled for this domain, but USB devices are present in the domain XML")
        port = next(port for port in range(1, 1024) if port not in taken)
        taken.add(port)
        add(device, "address", type="usb", bus="0", port=str(port))


def _is_usb(device: Element) -> bool:
    match device.tag:
        case "disk":
            return bus_of(device) == "usb"
        case "input" | "redirdev":
            return device.get("bus") == "usb"
        case "hostdev":
            return device.get("type") == "usb"
        case "hub":
            return device.get("type") == "usb"
        case "sound":
            return device.get("model") == "usb"
        case _:
            return False
