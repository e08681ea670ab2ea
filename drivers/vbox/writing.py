"""A machine as what VBoxManage is told: pure. One settings file, one wanted machine → the commands between.

What a machine that runs is told is in `live`; here are those of one that is off. All settings go in one
`modifyvm`, so that all of them take effect or none does.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from drivers.base.errors import Refused
from drivers.native.devices import Nic, SerialPort
from drivers.native.machine import GuestClock, Machine
from drivers.vbox.reading import MARK, TITLE, VOLUMES, Neighbourhood, SettingsFile
from drivers.vbox.storing import attaching, controllers, detaching, volumes_text
from drivers.vbox.words import BOOT_OPTION, BOOT_PLACES, NIC_OF, NIC_PLACES, PORTS, SOUND_OF, VIDEO_OF

Words = tuple[str, ...]
"""What VBoxManage is told, behind its own name."""


def creation(wanted: Machine) -> Words:
    """Makes a machine with nothing in it but its name, its UUID and the kind of its guest."""
    words = ["createvm", "--name", wanted.name or "", "--ostype", wanted.guest or "Other_64", "--register"]
    return (*words, "--uuid", wanted.uuid) if wanted.uuid else tuple(words)


def changing(current: SettingsFile, wanted: Machine, around: Neighbourhood) -> Iterator[Words]:
    """Makes a machine that is off what is wanted. Raises Refused for what makes no sense."""
    uuid = current.machine.uuid or ""
    yield from detaching(current, wanted, around)
    options = [*_settings(current.machine, wanted), *_adapters(current, wanted, around)]
    if options:
        yield ("modifyvm", uuid, *options)
    yield from controllers(current, wanted)
    yield from attaching(current, wanted, around)
    yield from remembering(current, wanted)


def remembering(current: SettingsFile, wanted: Machine) -> Iterator[Words]:
    """What is kept in a machine's extra data, which changes while it runs, too."""
    told = {TITLE: wanted.title or "", MARK: wanted.mark, VOLUMES: volumes_text(wanted)}
    for key, value in told.items():
        if value != current.extra.get(key, ""):
            yield ("setextradata", current.machine.uuid or "", key, *([value] if value else []))


def _settings(before: Machine, after: Machine) -> Iterator[str]:
    pairs: list[tuple[object, object, tuple[str, ...]]] = [
        (before.guest, after.guest, ("--ostype", after.guest or "Other_64")),
        (before.description, after.description, ("--description", after.description or "")),
        (before.memory_max, after.memory_max, ("--memory", str((after.memory_max or 0) // 1024))),
        (before.vcpus, after.vcpus, ("--cpus", str(after.vcpus))),
        (cap(before), cap(after), ("--cpu-execution-cap", str(cap(after)))),
        (before.machine, after.machine or "piix3", ("--chipset", after.machine or "piix3")),
        (before.firmware, after.firmware, ("--firmware", "efi" if after.firmware == "efi" else "bios")),
        (before.acpi, after.acpi, ("--acpi", _on(after.acpi))),
        (before.apic, after.apic, ("--ioapic", _on(after.apic))),
        (before.pae, after.pae, ("--pae", _on(after.pae))),
        (before.boot, after.boot, tuple(_boot(after))),
        (before.clock, after.clock, tuple(_clock(after.clock or GuestClock()))),
        (before.serials, after.serials, tuple(_ports(after))),
        (before.sounds, after.sounds, tuple(_sound(after))),
        (before.videos, after.videos, tuple(_video(after))),
    ]
    for old, new, options in pairs:
        if old != new:
            yield from options


def cap(machine: Machine) -> int:
    """How many percent of a processor each virtual one may use."""
    if machine.vcpu_quota is None or machine.vcpu_quota < 0:
        return 100
    return round(machine.vcpu_quota * 100 / (machine.vcpu_period or 100_000))


def _on(yes: bool) -> str:
    return "on" if yes else "off"


def _boot(machine: Machine) -> Iterator[str]:
    devices = [BOOT_OPTION[boot] for boot in machine.boot] + ["none"] * BOOT_PLACES
    for number, device in enumerate(devices[:BOOT_PLACES], 1):
        yield from (f"--boot{number}", device)


def _clock(clock: GuestClock) -> Iterator[str]:
    base = clock.basis if clock.offset == "variable" else clock.offset
    moved = int(clock.adjustment or 0) if clock.offset == "variable" else 0
    yield from ("--rtc-use-utc", _on(base != "localtime"), "--bios-system-time-offset", str(moved * 1000))


def _ports(machine: Machine) -> Iterator[str]:
    wanted = {
        number if serial.port is None else serial.port: serial
        for number, serial in enumerate(machine.serials)
    }
    for number, (base, interrupt) in enumerate(PORTS):
        if number not in wanted:
            yield from (f"--uart{number + 1}", "off")
        else:
            yield from (f"--uart{number + 1}", base, interrupt)
            yield from (f"--uart-mode{number + 1}", *_mode(wanted[number]))


def _mode(serial: SerialPort) -> Words:
    listens, path = serial.mode == "bind", serial.path or ""
    match serial.type:
        case "unix":
            return ("server" if listens else "client", path)
        case "tcp":
            return (
                ("tcpserver", serial.service or "")
                if listens
                else ("tcpclient", f"{serial.host}:{serial.service}")
            )
        case "file":
            return ("file", path)
        case "dev":
            return (path,)
        case _:
            return ("disconnected",)


def _sound(machine: Machine) -> Iterator[str]:
    yield from ("--audio-enabled", _on(bool(machine.sounds)))
    for card in machine.sounds[:1]:
        yield from ("--audio-controller", SOUND_OF.get(card.model or "", "AC97").lower())


def _video(machine: Machine) -> Iterator[str]:
    for card in machine.videos[:1]:
        yield from ("--graphicscontroller", VIDEO_OF.get(card.type or "vbox", "VBoxVGA").lower())
        if card.vram:
            yield from ("--vram", str(-(-card.vram // 1024)))
        if card.heads:
            yield from ("--monitor-count", str(card.heads))


def _adapters(current: SettingsFile, wanted: Machine, around: Neighbourhood) -> Iterator[str]:
    """Cards keep their slots; what is new gets the first that is free."""
    before = {current.slots[nic.key]: nic for nic in current.machine.nics}
    after = slots_of(current, wanted)
    for slot in sorted(before.keys() - after.keys()):
        yield from (f"--nic{slot}", "none")
    for slot, nic in sorted(after.items()):
        old = before.get(slot)
        if nic == old:
            continue
        yield from (f"--nic{slot}", *attachment(nic, around, slot))
        if nic.model or old is None:
            yield from (f"--nic-type{slot}", NIC_OF.get(nic.model or "", nic.model or NIC_OF["e1000"]))
        if nic.mac and (old is None or nic.mac != old.mac):
            yield from (f"--mac-address{slot}", nic.mac.replace(":", "").upper())
        elif old is None:
            yield from (f"--mac-address{slot}", "auto")
        yield from (f"--cable-connected{slot}", _on(nic.connected))


def slots_of(current: SettingsFile, wanted: Machine) -> dict[int, Nic]:
    """The adapter of each wanted card, counted from 1. Raises Refused where there are too many."""
    most = NIC_PLACES.get(wanted.machine or "piix3", 8)
    if len(wanted.nics) > most:
        raise Refused(f"{len(wanted.nics)} network cards: the chipset {wanted.machine} has room for {most}")
    kept = {current.slots[nic.key]: nic for nic in wanted.nics if nic.key in current.slots}
    nameless = [slot for mac, slot in current.slots.items() if slot not in kept]
    found = dict(kept)
    for nic in (nic for nic in wanted.nics if nic.key not in current.slots):
        if not nic.key and nameless:
            found[nameless.pop(0)] = nic
        else:
            found[next(slot for slot in count(1) if slot not in found)] = nic
    return found


def attachment(nic: Nic, around: Neighbourhood, slot: int = 0) -> Words:
    """What a card is connected to: `nat`, `natnetwork NAME`, …; behind its mode the option that names the
    network, where a slot is given."""
    match nic.type:
        case "user":
            return ("nat",)
        case "null":
            return ("null",)
        case "bridge":
            return _named("bridged", "bridge-adapter", slot, nic.bridge or "")
        case "internal":
            return _named("intnet", "intnet", slot, nic.internal or "")
    name = nic.network or ""
    if name in around.nat:
        return _named("natnetwork", "nat-network", slot, name)
    if name in around.internal:
        return _named("intnet", "intnet", slot, name)
    if name.startswith("vboxnet"):
        return _named("hostonly", "host-only-adapter", slot, name)
    raise Refused(f"there is no network '{name}' on the host", "declare it, or make it there")


def _named(mode: str, option: str, slot: int, name: str) -> Words:
    return (mode, f"--{option}{slot}", name) if slot else (mode, name)
