"""PCI slots of the machine types pc (i440fx) and q35.

Order and rules of qemuDomainAssignDevicePCISlots, qemuDomainValidateDevicePCISlots* and
qemuDomainCalculateDevicePCIConnectFlags, as far as PCs go: a pc plugs everything into pci-root and
pci-bridges; q35 plugs PCI Express devices into a pcie-root-port each, keeps one port free for hotplug,
and puts conventional devices behind a pcie-to-pci-bridge.
"""

from __future__ import annotations

from typing import NamedTuple

from drivers.simulated.domain.pci_devices import conventional, in_turn, on_pci
from drivers.simulated.xml import Element, add, ensure, number, refuse

_BRIDGES = ("pci-root", "pci-bridge", "pcie-to-pci-bridge", "dmi-to-pci-bridge")
_SLOTS = range(1, 32)
_FUNCTIONS = range(8)
_LAST_BUS = 0xFF


class Slot(NamedTuple):
    """bus, slot and function; the PCI domain of a PC is always 0."""

    bus: int
    slot: int
    function: int = 0


class PciBuses:
    """The PCI buses of one machine, and what is plugged in where."""

    def __init__(self, devices: Element, *, q35: bool, hotplug: bool) -> None:
        self.devices = devices
        self.q35 = q35
        self.hotplug = hotplug
        self.used: set[Slot] = set()

    def claim(self, device: Element) -> None:
        """Takes note of a device that has its address already."""
        for address in device.findall("address[@type='pci']"):
            if address.get("slot") is None:
                device.remove(address)
                continue
            slot = Slot(*(number(address, part) for part in ("bus", "slot", "function")))
            if slot.bus > _LAST_BUS or slot.slot not in (0, *_SLOTS) or slot.function not in _FUNCTIONS:
                refuse(
                    f"Invalid PCI address {_text(slot)}", "a bus is at most 0xff, a slot 0x1f, a function 7"
                )
            if slot in self.used:
                refuse(
                    f"Attempted double use of PCI Address {_text(slot)}",
                    "remove the address of one of the two",
                )
            self.used.add(slot)
            _write(address, slot)

    def place(self, device: Element, slot: Slot, *, multifunction: bool = False) -> None:
        """Puts a device into a slot."""
        address = add(device, "address", type="pci")
        _write(address, slot)
        if multifunction:
            address.set("multifunction", "on")
        self.used.add(slot)

    def plug(self, device: Element) -> None:
        """Finds a slot for a device, adding the controller that it needs."""
        if self.q35 and not conventional(device):
            self.place(device, Slot(self._root_port(), 0))
        else:
            self.place(device, self._bridge_slot())

    def spare(self) -> None:
        """Keeps a root port free, so that something can be plugged in while the guest runs."""
        if self.q35 and not self.hotplug:
            self._root_port()

    def add_missing(self) -> None:
        """Controllers for the buses that addresses name."""
        for bus in range(1, max((slot.bus for slot in self.used), default=0) + 1):
            if self._bus(bus) is None:
                if self.q35:
                    self._add_root_port(bus)
                else:
                    self._add_bridge(bus)

    def finish_root_port(self, port: Element) -> None:
        """Name, chassis and place of a root port (qemuDomainDefPostParse of PCI controllers)."""
        index = number(port, "index")
        if port.find("address") is None:
            slot = self._port_slot()
            self.place(port, slot, multifunction=slot.function == 0)
        address = port.find("address")
        assert address is not None
        position = number(address, "slot") << 3 | number(address, "function")
        ensure(port, "model", name="pcie-root-port")
        target = ensure(port, "target", chassis=str(index))
        if target.get("port") is None:
            target.set("port", hex(position))
        port.append(address)

    def _bus(self, index: int) -> Element | None:
        return next((c for c in self._buses() if c.get("index") == str(index)), None)

    def _buses(self, *models: str) -> list[Element]:
        found = [
            c
            for c in self.devices.iterfind("controller[@type='pci']")
            if not models or c.get("model") in models
        ]
        return sorted(found, key=lambda c: number(c, "index"))

    def _next_index(self) -> int:
        return max((number(c, "index") for c in self._buses()), default=-1) + 1

    def _root_port(self) -> int:
        for port in self._buses("pcie-root-port", "pcie-switch-downstream-port"):
            index = number(port, "index")
            if Slot(index, 0) not in self.used:
                return index
        return self._add_root_port(self._next_index())

    def _add_root_port(self, index: int) -> int:
        self._growing()
        port = add(self.devices, "controller", type="pci", index=str(index), model="pcie-root-port")
        self.finish_root_port(port)
        return index

    def _port_slot(self) -> Slot:
        """Root ports share slots of pcie-root, eight functions each."""
        ports = {
            number(address, "slot")
            for address in self.devices.iterfind("controller[@model='pcie-root-port']/address")
        }
        for position in _SLOTS:
            taken = {slot for slot in self.used if slot.bus == 0 and slot.slot == position}
            if taken and position not in ports:
                continue
            for function in _FUNCTIONS:
                if Slot(0, position, function) not in taken:
                    return Slot(0, position, function)
        refuse("No more available PCI slots", "the machine has no room for another root port")

    def _bridge_slot(self) -> Slot:
        for bridge in self._buses(*_BRIDGES):
            bus = number(bridge, "index")
            for position in _SLOTS:
                if not any(slot.bus == bus and slot.slot == position for slot in self.used):
                    return Slot(bus, position)
        if not self.q35:
            refuse("No more available PCI slots", "remove addresses that fill the root bus, or use q35")
        return Slot(self._add_express_bridge(), 1)

    def _add_bridge(self, index: int) -> None:
        slot = self._bridge_slot()
        bridge = add(self.devices, "controller", type="pci", index=str(index), model="pci-bridge")
        add(bridge, "model", name="pci-bridge")
        add(bridge, "target", chassisNr=str(index))
        self.place(bridge, slot)

    def _add_express_bridge(self) -> int:
        self._growing()
        slot = Slot(self._root_port(), 0)
        index = self._next_index()
        bridge = add(self.devices, "controller", type="pci", index=str(index), model="pcie-to-pci-bridge")
        add(bridge, "model", name="pcie-pci-bridge")
        self.place(bridge, slot)
        return index

    def _growing(self) -> None:
        if self.hotplug:
            refuse(
                "No more available PCI slots", "restart the guest to plug it in with a controller of its own"
            )

    def free_slots(self) -> int:
        """How many devices the bridges that exist still take."""
        taken = {(slot.bus, slot.slot) for slot in self.used}
        bridges = [number(bridge, "index") for bridge in self._buses(*_BRIDGES)]
        return sum((bus, position) not in taken for bus in bridges for position in _SLOTS)

    def make_room(self, count: int) -> None:
        """Bridges for a pc whose root bus is too small, while there is a slot left to put them in."""
        while not self.q35 and not self.hotplug and count > self.free_slots():
            self._add_bridge(self._next_index())


def assign_pci(devices: Element, *, q35: bool, hotplug: bool) -> None:
    """Gives every PCI device without an address one."""
    buses = PciBuses(devices, q35=q35, hotplug=hotplug)
    for device in devices:
        buses.claim(device)
    _fixed(buses)
    for port in devices.findall("controller[@model='pcie-root-port']"):
        buses.finish_root_port(port)
    buses.add_missing()
    for bridge in devices.findall("controller[@type='pci']"):
        if bridge.get("index") != "0" and bridge.find("address") is None:
            buses.plug(bridge)
    waiting = [device for device in in_turn(devices) if device.find("address") is None and on_pci(device)]
    buses.make_room(len(waiting))
    for device in waiting:
        buses.plug(device)
    buses.spare()


def _fixed(buses: PciBuses) -> None:
    """Devices that sit on the mainboard."""
    fixed = {
        True: {("sata", "0"): Slot(0, 0x1F, 2)},
        False: {("ide", "0"): Slot(0, 1, 1), ("usb", "0"): Slot(0, 1, 2)},
    }[buses.q35]
    for device in buses.devices.iterfind("controller"):
        slot = fixed.get((device.get("type", ""), device.get("index", "")))
        if device.get("type") == "usb" and device.get("model") != "piix3-uhci":
            slot = None
        if slot and device.find("address") is None:
            buses.place(device, slot)
    primary = buses.devices.find("video")
    slot = Slot(0, 1 if buses.q35 else 2)
    if primary is not None and primary.find("address") is None and on_pci(primary) and slot not in buses.used:
        buses.place(primary, slot)
    for sound in buses.devices.iterfind("sound"):
        slot = Slot(0, 0x1B)
        if (
            buses.q35
            and sound.get("model") == "ich9"
            and sound.find("address") is None
            and slot not in buses.used
        ):
            buses.place(sound, slot)


def _write(address: Element, slot: Slot) -> None:
    multifunction = address.get("multifunction")
    address.attrib.clear()
    address.set("type", "pci")
    address.set("domain", "0x0000")
    address.set("bus", f"0x{slot.bus:02x}")
    address.set("slot", f"0x{slot.slot:02x}")
    address.set("function", f"0x{slot.function:x}")
    if multifunction:
        address.set("multifunction", multifunction)


def _text(slot: Slot) -> str:
    return f"0000:{slot.bus:02x}:{slot.slot:02x}.{slot.function:x}"
