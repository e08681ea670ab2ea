"""The drives of a machine, and what they are plugged into, as what VBoxManage is told: pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drivers.base.errors import Refused
from drivers.native.devices import DeviceController, Drive
from drivers.native.machine import Machine
from drivers.vbox.reading import Neighbourhood, Plug, SettingsFile
from drivers.vbox.words import ADD_OPTION, BUSES, CHIP_OPTION, KIND_OF, bus_of_chip, number_of

Words = tuple[str, ...]


def detaching(current: SettingsFile, wanted: Machine, around: Neighbourhood) -> Iterator[Words]:
    """Takes out the drives that are wanted no more, or elsewhere."""
    places = plugs_of(current, wanted)
    after = {drive.key: drive for drive in wanted.drives}
    for drive in current.machine.drives:
        target = drive.key
        if (
            target not in after
            or places[target] != current.plugs[target]
            or after[target].device != drive.device
        ):
            yield detach(current, target)


def detach(current: SettingsFile, target: str) -> Words:
    """Takes one drive out."""
    return (*_at(current, current.plugs[target]), "--medium", "none")


def attaching(current: SettingsFile, wanted: Machine, around: Neighbourhood) -> Iterator[Words]:
    """Puts in the drives that are new, and another medium into those that have another one."""
    places = plugs_of(current, wanted)
    before = {drive.key: drive for drive in current.machine.drives}
    for drive in wanted.drives:
        old = before.get(drive.key)
        same_place = old is not None and places[drive.key] == current.plugs[drive.key]
        if (
            old is None
            or not same_place
            or old.device != drive.device
            or medium(old, around) != medium(drive, around)
        ):
            yield attach(current, places[drive.key], drive, around)


def attach(
    current: SettingsFile, plug: Plug, drive: Drive, around: Neighbourhood, *, hot: bool = False
) -> Words:
    """Puts one drive in, or another medium into it. What is plugged in while a machine runs is taken for
    hot-pluggable anyway, and may not be called so."""
    words = (*_at(current, plug), "--type", KIND_OF[drive.device], "--medium", medium(drive, around))
    pluggable = drive.bus == "sata" and drive.device == "disk" and not hot
    return (*words, "--hotpluggable", "on") if pluggable else words


def medium(drive: Drive, around: Neighbourhood) -> str:
    """What is in a drive, as `--medium` takes it. Raises Refused for a volume of a pool that is not there."""
    if drive.pool:
        if drive.pool not in around.folders:
            raise Refused(f"there is no storage pool '{drive.pool}' on the host", "declare it")
        return f"{around.folders[drive.pool].rstrip('/')}/{drive.volume}"
    if drive.block:
        return f"host:{drive.block}"
    return drive.file or "emptydrive"


def controllers(current: SettingsFile, wanted: Machine) -> Iterator[Words]:
    """Makes the controllers that the drives need or the document names, changes their chips, and takes away
    those that it names no more and nobody needs."""
    uuid = current.machine.uuid or ""
    there = _names(current)
    needed = _needed(wanted)
    for (bus, index), model in needed.items():
        chip = _chip(bus, model)
        name = there.get((bus, index))
        if name is None:
            yield _add(uuid, bus, index, chip, _places(wanted, bus, index))
        elif current.chips[name] != chip:
            if ADD_OPTION.get(chip) != ADD_OPTION.get(current.chips[name]):
                raise Refused(
                    f"the controller {bus} {index} cannot become one of model '{model}'",
                    "declare one more, and put the disks there",
                )
            yield ("storagectl", uuid, "--name", name, "--controller", CHIP_OPTION.get(chip, chip))
    for place, name in there.items():
        if place not in needed:
            yield ("storagectl", uuid, "--name", name, "--remove")


def plugs_of(current: SettingsFile, wanted: Machine) -> dict[str, Plug]:
    """Where each wanted drive is to be: as its address says, else by its target's letters. Raises Refused for
    a place that is none, or that two want."""
    found: dict[str, Plug] = {}
    there = _names(current)
    for drive in wanted.drives:
        bus, index, place = place_of(drive)
        kind = BUSES[bus]
        if not 0 <= place < kind.ports * kind.devices:
            raise Refused(f"disk {drive.key}: a {bus} controller has no place {place}")
        name = there.get((bus, index)) or _name(bus, index)
        plug = Plug(name, *divmod(place, kind.devices))
        if plug in found.values():
            raise Refused(f"disk {drive.key}: its place on the {bus} controller {index} is another disk's")
        found[drive.key] = plug
    return found


def place_of(drive: Drive) -> tuple[str, int, int]:
    """DriveBus, controller and place of a drive, by its address, else by its target's letters."""
    bus = drive.bus or ""
    if bus not in BUSES:
        raise Refused(f"disk {drive.key}: no bus '{bus}'", f"allowed: {', '.join(BUSES)}")
    address = drive.address
    if address is not None and address.unit is not None:
        return bus, address.controller or 0, address.unit
    target = drive.key
    if bus == "nvme":
        number = target.removeprefix("nvme").removesuffix("n1")
        return bus, 0, int(number) if number.isdecimal() else -1
    return bus, 0, number_of(target.removeprefix(BUSES[bus].prefix))


def volumes_text(wanted: Machine) -> str:
    """Which drives were given as volumes, as it is remembered: 'sda pool/name', a line each."""
    return "\n".join(f"{each.key} {each.pool}/{each.volume}" for each in wanted.drives if each.pool)


def placed(current: SettingsFile, drive: Drive) -> Drive:
    """A drive with the address that it has on its machine."""
    old = next((each for each in current.machine.drives if each.key == drive.key), None)
    return drive if drive.address or old is None else replace(drive, address=old.address)


def _needed(wanted: Machine) -> dict[tuple[str, int], str]:
    """Controllers that are named or needed, with their models."""
    named = {
        (each.type or "", _index(each, wanted.controllers)): each.model or "" for each in wanted.controllers
    }
    used = {place_of(drive)[:2]: "" for drive in wanted.drives}
    return {**used, **named}


def _index(controller: DeviceController, among: tuple[DeviceController, ...]) -> int:
    if controller.index is not None:
        return controller.index
    return [each for each in among if each.type == controller.type].index(controller)


def _names(current: SettingsFile) -> dict[tuple[str, int], str]:
    """The names of the controllers that are there, by bus and number."""
    found: dict[tuple[str, int], str] = {}
    for name, chip in current.chips.items():
        bus = bus_of_chip(chip)[0]
        found[bus, sum(place[0] == bus for place in found)] = name
    return found


def _name(bus: str, index: int) -> str:
    return BUSES[bus].called + (f" {index}" if index else "")


def _chip(bus: str, model: str) -> str:
    if bus not in BUSES or model not in BUSES[bus].chips:
        raise Refused(f"no {bus} controller of model '{model}'")
    return BUSES[bus].chips[model]


def _places(wanted: Machine, bus: str, index: int) -> int:
    used = [place for kind, number, place in map(place_of, wanted.drives) if (kind, number) == (bus, index)]
    return 30 if bus == "sata" else max(used, default=0) + 1


def _add(uuid: str, bus: str, index: int, chip: str, places: int) -> Words:
    kind = BUSES[bus]
    chosen = ("--add", ADD_OPTION.get(chip, kind.add), "--controller", CHIP_OPTION.get(chip, chip))
    words = ("storagectl", uuid, "--name", _name(bus, index), *chosen)
    return (*words, "--portcount", str(places)) if kind.grows else words


def _at(current: SettingsFile, plug: Plug) -> Words:
    place = ("--storagectl", plug.controller, "--port", str(plug.port), "--device", str(plug.device))
    return ("storageattach", current.machine.uuid or "", *place)
