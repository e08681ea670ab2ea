"""From a canonical machine to the cmdlets that make it: new, or what differs of one that is there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drivers.base.errors import Refused
from drivers.hyperv.places import bare_mac, place_of
from drivers.hyperv.reading import BOOT_WORDS, LEGACY
from drivers.hyperv.steps import MACHINE, CmdletStep, Given, MachinePart, step
from drivers.native import Drive, Machine, Nic, SerialPort, with_mark

_LEAST_DYNAMIC = 512 << 10
"""KiB: the minimum that Hyper-V gives a machine whose memory is dynamic."""

Folders = Mapping[str, str]


def creation(wanted: Machine, folders: Folders) -> Iterator[CmdletStep]:
    """What makes a machine that is not there. It is marked before it has anything that could be lost."""
    yield step(
        "New-VM",
        Name=wanted.name,
        Generation=generation_of(wanted),
        MemoryStartupBytes=wanted.memory_now * 1024,
        NoVHD=True,
    )
    yield notes(wanted)
    yield step("Set-VM", VM=MACHINE, AutomaticStartAction="Nothing")
    yield from memory(wanted)
    yield from processors(wanted)
    for nic in wanted.nics:
        yield from adding_nic(nic)
    for drive in wanted.drives:
        yield adding_drive(drive, folders)
    for port in wanted.serials:
        yield setting_port(port)
    yield from firmware(wanted, fresh=True)
    yield from boot_order(wanted, wanted)


def generation_of(machine: Machine) -> int:
    """BIOS is the first generation, UEFI the second."""
    return 2 if machine.firmware == "efi" else 1


def is_dynamic(machine: Machine) -> bool:
    """Whether its memory grows and shrinks."""
    return machine.memory_reserved is not None or machine.memory is not None


def notes(machine: Machine) -> CmdletStep:
    """The description, and the mark below it."""
    return step("Set-VM", VM=MACHINE, Notes=with_mark(machine.description or "", machine.mark))


def memory(machine: Machine) -> Iterator[CmdletStep]:
    """All of its memory's settings at once."""
    startup, most = machine.memory_now, machine.memory_max or machine.memory_now
    if not is_dynamic(machine):
        yield step("Set-VMMemory", VM=MACHINE, DynamicMemoryEnabled=False, StartupBytes=startup * 1024)
        return
    least = machine.memory_reserved or min(_LEAST_DYNAMIC, startup)
    yield step(
        "Set-VMMemory",
        VM=MACHINE,
        DynamicMemoryEnabled=True,
        MinimumBytes=least * 1024,
        StartupBytes=startup * 1024,
        MaximumBytes=most * 1024,
    )


def processors(machine: Machine) -> Iterator[CmdletStep]:
    """How many it has."""
    yield step("Set-VMProcessor", VM=MACHINE, Count=machine.vcpus or 1)


def firmware(machine: Machine, *, fresh: bool = False) -> Iterator[CmdletStep]:
    """Secure boot; a new machine whose document says nothing of it keeps it as Hyper-V gives it."""
    said = any(each.name == "secure-boot" for each in machine.firmware_features)
    if generation_of(machine) == 2 and (said or not fresh):
        on = "On" if machine.has_firmware("secure-boot") else "Off"
        yield step("Set-VMFirmware", VM=MACHINE, EnableSecureBoot=on)


def boot_order(machine: Machine, current: Machine) -> Iterator[CmdletStep]:
    """Which device it starts from; of two that claim a place, the one that claims it newly."""
    if generation_of(machine) == 1:
        if machine.boot:
            rest = [word for word, said in BOOT_WORDS.items() if said not in machine.boot]
            known = {said: word for word, said in BOOT_WORDS.items()}
            yield step(
                "Set-VMBios",
                VM=MACHINE,
                StartupOrder=[*(known[each] for each in dict.fromkeys(machine.boot)), *rest],
            )
        return
    before = {device.key: device.boot for device in devices(current)}
    order = sorted(
        ranked(machine), key=lambda device: (device.boot or 0, device.boot == before.get(device.key))
    )
    if order:
        yield step("Set-VMFirmware", VM=MACHINE, BootOrder=[part_of(device) for device in order])


def devices(machine: Machine) -> tuple[Drive | Nic, ...]:
    """What it could boot from."""
    return (*machine.drives, *machine.nics)


def ranked(machine: Machine) -> list[Drive | Nic]:
    """What has a place in its boot order."""
    return [device for device in devices(machine) if device.boot]


def part_of(device: Drive | Nic) -> MachinePart:
    """How the script finds a device."""
    if isinstance(device, Nic):
        return MachinePart("nic", mac=bare_mac(device.mac or ""))
    place = place_of(device.target or "", device.bus or "")
    if place is None:
        raise Refused(
            f"there is no place '{device.target}' on bus '{device.bus}' in Hyper-V",
            "sda and on with scsi, hda to hdd with ide",
        )
    return MachinePart("dvd" if device.device == "cdrom" else "disk", "", *place)


def path_in(drive: Drive, folders: Folders) -> str | None:
    """The file that a drive holds; None for an empty one."""
    if drive.pool is None:
        return drive.file
    if drive.pool not in folders:
        raise Refused(f"there is no pool '{drive.pool}' on the host", "declare it, or wait until it is made")
    return f"{folders[drive.pool]}\\{drive.volume}"


def adding_drive(drive: Drive, folders: Folders) -> CmdletStep:
    """Plugs a drive in where its target says."""
    part = part_of(drive)
    given: dict[str, Given] = {
        "VM": MACHINE,
        "ControllerNumber": part.number,
        "ControllerLocation": part.location,
    }
    path = path_in(drive, folders)
    if path is not None:
        given["Path"] = path
    if drive.device == "cdrom":
        return step("Add-VMDvdDrive", **given)
    return step("Add-VMHardDiskDrive", ControllerType=part.type, **given)


def removing_drive(drive: Drive) -> CmdletStep:
    """Unplugs it; its file stays."""
    if drive.device == "cdrom":
        return step("Remove-VMDvdDrive", VMDvdDrive=part_of(drive))
    return step("Remove-VMHardDiskDrive", VMHardDiskDrive=part_of(drive))


def filling_drive(drive: Drive, folders: Folders) -> CmdletStep:
    """Puts another file, or none, into a drive."""
    path = path_in(drive, folders)
    if drive.device == "cdrom":
        return step("Set-VMDvdDrive", VMDvdDrive=part_of(drive), Path=path)
    return step("Set-VMHardDiskDrive", VMHardDiskDrive=part_of(drive), Path=path)


def adding_nic(nic: Nic) -> Iterator[CmdletStep]:
    """A network adapter with its address, its switch and its VLANs."""
    given: dict[str, Given] = {"VM": MACHINE, "StaticMacAddress": bare_mac(nic.mac or "")}
    if nic.model == LEGACY:
        given["IsLegacy"] = True
    if nic.network:
        given["SwitchName"] = nic.network
    yield step("Add-VMNetworkAdapter", **given)
    if nic.vlans:
        yield vlans(nic)


def connecting_nic(nic: Nic) -> CmdletStep:
    """Plugs it into its switch, or into none."""
    if not nic.network:
        return step("Disconnect-VMNetworkAdapter", VMNetworkAdapter=part_of(nic))
    return step("Connect-VMNetworkAdapter", VMNetworkAdapter=part_of(nic), SwitchName=nic.network)


def vlans(nic: Nic) -> CmdletStep:
    """Which VLANs it is in: none, one, or (a trunk) those that the guest tags itself."""
    part, tags = part_of(nic), [tag.id or 0 for tag in nic.vlans]
    if not tags:
        return step("Set-VMNetworkAdapterVlan", VMNetworkAdapter=part, Untagged=True)
    if not nic.trunk:
        return step("Set-VMNetworkAdapterVlan", VMNetworkAdapter=part, Access=True, VlanId=tags[0])
    return step(
        "Set-VMNetworkAdapterVlan",
        VMNetworkAdapter=part,
        Trunk=True,
        NativeVlanId=0,
        AllowedVlanIdList=",".join(map(str, tags)),
    )


def setting_port(port: SerialPort, *, there: bool = True) -> CmdletStep:
    """Leads a COM port to a pipe of the host, or nowhere."""
    return step("Set-VMComPort", VM=MACHINE, Number=(port.port or 0) + 1, Path=port.path if there else None)
