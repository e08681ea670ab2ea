"""The state of a Hyper-V host: machines with their parts, switches, pools, and the files of its disks.

It is kept as plain values; the cmdlets give it out as objects with the properties that the scripts ask for.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

MIB = 1 << 20


@dataclass
class ModelDrive:
    """A hard disk (`dvd` false) or a DVD drive."""

    type: str
    number: int
    location: int
    path: str | None = None
    dvd: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class ModelNic:
    """A network adapter; `mac` without separators, 000000000000 until a dynamic one is given at the start."""

    name: str = "Network Adapter"
    mac: str = "000000000000"
    dynamic: bool = True
    legacy: bool = False
    switch: str | None = None
    mode: str = "Untagged"
    access: int = 0
    native: int = 0
    allowed: list[int] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class ModelMachine:
    """A virtual machine."""

    name: str
    generation: int
    startup: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = "Off"
    notes: str = ""
    processors: int = 1
    dynamic: bool = False
    minimum: int = 512 * MIB
    maximum: int = 1 << 40
    start_action: str = "StartIfRunning"
    secure: str = "On"
    template: str = "MicrosoftWindows"
    drives: list[ModelDrive] = field(default_factory=list)
    nics: list[ModelNic] = field(default_factory=list)
    controllers: int = 1
    boot: list[str] = field(default_factory=list)
    """The ids of its drives and adapters in the order in which firmware tries them (generation 2)."""
    bios: list[str] = field(default_factory=lambda: ["CD", "IDE", "LegacyNetworkAdapter", "Floppy"])
    ports: dict[int, str] = field(default_factory=lambda: {1: "", 2: ""})
    checkpoints: list[str] = field(default_factory=list)
    starts: int = 0
    """How often it was started."""
    listens: bool = True
    """Whether its guest shuts down when it is asked to."""

    @property
    def off(self) -> bool:
        return self.state == "Off"


@dataclass
class ModelSwitch:
    """A virtual switch."""

    name: str
    type: str
    adapters: list[str] = field(default_factory=list)
    shared: bool = True
    notes: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class ModelDisk:
    """A virtual hard disk's file."""

    size: int
    type: str = "Dynamic"
    parent: str = ""

    @property
    def stored(self) -> int:
        return self.size + 4 * MIB if self.type == "Fixed" else 4 * MIB


@dataclass
class HyperVModel:
    """One host, and the hosts that it can move machines to by name. Calls are one at a time."""

    name: str = "HV1"
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()).upper())
    machines: list[ModelMachine] = field(default_factory=list)
    switches: list[ModelSwitch] = field(default_factory=list)
    pools: dict[str, list[str]] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: {"C:\\", "C:\\ISO"})
    disks: dict[str, ModelDisk] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=lambda: {"C:\\ISO\\debian.iso": 600 * MIB})
    adapters: dict[str, str] = field(default_factory=lambda: {"Ethernet": "Intel(R) I350 Gigabit"})
    neighbours: dict[str, HyperVModel] = field(default_factory=dict)
    memory: int = 64 << 30
    broken: set[str] = field(default_factory=set)
    """Names of machines that cannot be read."""
    cuts: list[tuple[str, str]] = field(default_factory=list)
    """Where the connection breaks next: at which script, 'before' or 'after' it took effect, or 'unsent'."""
    mutex: threading.RLock = field(default_factory=threading.RLock)

    def clear(self) -> None:
        """As if nobody had used it."""
        fresh = HyperVModel(self.name)
        for name in (
            "machines",
            "switches",
            "pools",
            "folders",
            "disks",
            "files",
            "adapters",
            "neighbours",
            "broken",
            "cuts",
        ):
            setattr(self, name, getattr(fresh, name))

    def cut_of(self, script: str) -> str:
        """How the connection breaks at this script; '' where it does not."""
        with self.mutex:
            found = next((each for each in self.cuts if each[0] == script), None)
            if found is None:
                return ""
            self.cuts.remove(found)
            return found[1]

    def parts(self) -> Iterator[tuple[ModelMachine, ModelDrive]]:
        """Every drive of every machine."""
        for machine in self.machines:
            for drive in machine.drives:
                yield machine, drive

    def disk_at(self, path: str) -> str | None:
        """The path of a disk's file, as it was made; paths have no case."""
        return next((own for own in self.disks if own.lower() == path.lower()), None)
