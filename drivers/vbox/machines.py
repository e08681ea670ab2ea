"""Machines as they stand in the files of a host: looked up, stamped, observed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from drivers.base.observation import NOTHING_KNOWN, Knowledge, Observation
from drivers.native.machine import machine_document
from drivers.vbox.dump import Dump
from drivers.vbox.reading import Neighbourhood, SettingsFile, media_of, read_settings
from drivers.vbox.registry import NETWORK, POOL, Registry, read_registry
from specs.desired import PowerState
from specs.identity import Kind
from specs.xml import NotXml, parse

_IMAGE = re.compile(rb'<Image uuid="\{([0-9a-fA-F-]{36})\}"')


@dataclass(frozen=True, slots=True)
class MachineFile:
    """One machine's file, not read yet: its path, its text, and what is around it."""

    uuid: str
    path: str
    text: bytes
    around: Neighbourhood

    def settings(self) -> SettingsFile:
        """What it says. Raises NotXml, ValueError."""
        return read_settings(self.text.decode(), self.around)


def around_of(registry: Registry, media: Mapping[str, tuple[str, str]]) -> Neighbourhood:
    """What a machine's file does not say itself."""
    folders = {name: said.get("path", "") for name, said in registry.of_ours(POOL).items()}
    return Neighbourhood(
        media, folders, frozenset(registry.nat), frozenset(registry.of_ours(NETWORK)) - set(registry.nat)
    )


def machine_files(dump: Dump) -> tuple[Registry, dict[str, MachineFile], dict[str, str]]:
    """The registry, the machines' files by UUID, and those (by UUID) that cannot be read, with the reason."""
    registry = read_registry(dump.registry.decode())
    failures: dict[str, str] = {}
    texts: dict[str, tuple[str, bytes]] = {}
    media = dict(registry.media)
    for uuid, path in registry.machines.items():
        text = dump.files.get(path)
        if text is None:
            failures[uuid] = f"its settings file {path} cannot be read"
            continue
        try:
            media |= media_of(parse(text.decode(), blanks=False))
        except (NotXml, ValueError) as error:
            failures[uuid] = f"its settings file {path} makes no sense: {error}"
            continue
        texts[uuid] = path, text
    around = around_of(registry, media)
    files = {uuid: MachineFile(uuid, path, text, around) for uuid, (path, text) in texts.items()}
    return registry, files, failures


def images_of(file: MachineFile) -> list[str]:
    """The UUIDs of the images that a machine has, those of its snapshots included."""
    return _images(file.text)


def _images(text: bytes) -> list[str]:
    return [image.decode().lower() for image in _IMAGE.findall(text)]


def observed(file: MachineFile, power: PowerState, known: Knowledge = NOTHING_KNOWN) -> Observation:
    """A machine as it is; its document is not written anew where the stamp is the known one. Raises NotXml,
    ValueError."""
    settings = file.settings()
    name, stamp = settings.machine.name or "", _stamp(settings)
    remembered = known.get((Kind.DOMAIN, name))
    if remembered is not None and remembered.stamp == stamp:
        document = remembered.document
    else:
        document = machine_document(settings.machine)
    return Observation(
        Kind.DOMAIN,
        name,
        document,
        power=power,
        autostart=settings.autostart,
        saved=document if settings.saved else None,
        stamp=stamp,
    )


def _stamp(settings: SettingsFile) -> str:
    """Of what is in the document; the file's own text changes all the time while a machine runs."""
    return hashlib.sha256(repr(settings.machine).encode(errors="backslashreplace")).hexdigest()[:32]


def running_states(said: str) -> Iterator[tuple[str, PowerState]]:
    """UUID and power of each machine that `showvminfo --machinereadable` was asked for."""
    for uuid, state in re.findall(r'^UUID="([^"]+)"$.*?^VMState="([^"]+)"$', said, re.MULTILINE | re.DOTALL):
        yield uuid.lower(), power_of(state)


def power_of(state: str) -> PowerState:
    """The power that a state of VirtualBox's means (MachineState in VirtualBox.xidl)."""
    if state in ("paused", "teleportingpausedvm", "savingstate", "restoringstate"):
        return PowerState.PAUSED
    if state in ("poweroff", "saved", "aborted", "aborted-saved", "teleported", ""):
        return PowerState.STOPPED
    return PowerState.RUNNING
