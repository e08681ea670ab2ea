"""What all drivers of hypervisors without libvirt share. A driver reads the hypervisor's own description into
a `Machine`, and makes a `Machine` into the hypervisor's own description: two pure functions of its own, and
neither sees XML. All else is here:

    machine, unknown = read_machine(document)     # what a domain document says; `unknown` is what it says
                                                  # beyond that, by schema path: refuse it, never drop it
    document = machine_document(machine)          # the one canonical document; read_machine gives it back
    for change in changes(current, wanted): ...   # typed: ValueChanged("memory_max", 1, 2),
                                                  # DeviceAdded("drives", …), DeviceRemoved, …
    text = with_mark(description, machine.mark)   # our mark beside the user's words in a text field
    description, mark = parted(text)              # and apart again
    network, unknown = read_holding(document, NativeNetwork)   # likewise NativePool, NativeVolume
    document = holding_document(network)

A field more is a line more in `machine`, `devices` or `holdings`: `name: Annotated[type | None, At("path")]`.
What a hypervisor cannot do is said by its rows in `specs/matrix`, not here.
"""

from drivers.native.changes import (
    DeviceAdded,
    DeviceChanged,
    DeviceRemoved,
    MachineChange,
    ValueChanged,
    changes,
    differing,
)
from drivers.native.devices import (
    Balloon,
    DeviceController,
    Display,
    Drive,
    DriveAddress,
    InputDevice,
    Nic,
    SerialPort,
    SharedFolder,
    SoundCard,
    TrustedChip,
    VideoCard,
    VlanTag,
)
from drivers.native.holdings import (
    AddressRange,
    HostAddress,
    NativeNetwork,
    NativePool,
    NativeVolume,
    ReservedAddress,
    SwitchGroup,
    holding_document,
    read_holding,
)
from drivers.native.machine import (
    CpuLayout,
    FirmwareFeature,
    GuestClock,
    Machine,
    machine_document,
    read_machine,
)
from drivers.native.marking import parted, with_mark
from drivers.native.unknown import Unknown

__all__ = [
    "AddressRange",
    "Balloon",
    "CpuLayout",
    "DeviceAdded",
    "DeviceChanged",
    "DeviceController",
    "DeviceRemoved",
    "Display",
    "Drive",
    "DriveAddress",
    "FirmwareFeature",
    "GuestClock",
    "HostAddress",
    "InputDevice",
    "Machine",
    "MachineChange",
    "NativeNetwork",
    "NativePool",
    "NativeVolume",
    "Nic",
    "ReservedAddress",
    "SerialPort",
    "SharedFolder",
    "SoundCard",
    "SwitchGroup",
    "TrustedChip",
    "Unknown",
    "ValueChanged",
    "VideoCard",
    "VlanTag",
    "changes",
    "differing",
    "holding_document",
    "machine_document",
    "parted",
    "read_holding",
    "read_machine",
    "with_mark",
]
