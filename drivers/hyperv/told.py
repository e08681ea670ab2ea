"""What `look.ps1` and `host.ps1` tell, as frozen values: nothing is believed that has not the right form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from drivers.base.errors import Refused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MachineTold:
    """A virtual machine (Get-VM); amounts of memory in bytes."""

    id: str
    name: str
    generation: int
    state: str
    notes: str | None
    processors: int
    dynamic: bool
    startup: int
    minimum: int
    maximum: int
    start: str
    heartbeat: str | None


@dataclass(frozen=True, slots=True)
class DriveTold:
    """A hard disk or DVD drive, by the controller that it is plugged into."""

    machine: str
    id: str
    type: str
    number: int
    location: int
    path: str | None
    physical: int | None = None


@dataclass(frozen=True, slots=True)
class NicTold:
    """A network adapter; `mac` without separators."""

    machine: str
    id: str
    mac: str
    dynamic: bool
    legacy: bool
    switch: str | None
    mode: str
    access: int
    allowed: list[int]
    addresses: list[str]


@dataclass(frozen=True, slots=True)
class PortTold:
    """A COM port, from 1."""

    machine: str
    number: int
    path: str | None


@dataclass(frozen=True, slots=True)
class BootTold:
    """The order in which a BIOS (words) or firmware (ids of parts) tries devices."""

    machine: str
    order: list[str]
    secure: str = ""


P = TypeVar("P", DriveTold, NicTold, PortTold, BootTold)
"""What belongs to a machine."""


@dataclass(frozen=True, slots=True)
class WholeMachine:
    """A machine with all that belongs to it."""

    itself: MachineTold
    disks: tuple[DriveTold, ...]
    dvds: tuple[DriveTold, ...]
    nics: tuple[NicTold, ...]
    ports: tuple[PortTold, ...]
    boot: BootTold | None
    checkpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SwitchTold:
    """A virtual switch: External, Internal or Private."""

    id: str
    name: str
    type: str
    uplinks: list[str]
    notes: str | None


@dataclass(frozen=True, slots=True)
class ImageTold:
    """A virtual hard disk's file (or an image of a CD) in a pool's folder; sizes in bytes."""

    name: str
    size: int
    stored: int
    type: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class PoolTold:
    """A storage resource pool; `there`: whether its one folder is."""

    name: str
    paths: list[str]
    there: bool
    images: tuple[ImageTold, ...]
    failures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HostTold:
    """All that was looked at; `failures` are machines that cannot be read."""

    machines: tuple[WholeMachine, ...]
    failures: Mapping[str, str]
    switches: tuple[SwitchTold, ...]
    pools: tuple[PoolTold, ...]

    @property
    def folders(self) -> Mapping[str, str]:
        """The folder of each pool that has one."""
        return {pool.name: pool.paths[0] for pool in self.pools if len(pool.paths) == 1}


def seen_in(answer: Any) -> HostTold:
    """What `look` told; Refused where that makes no sense."""
    try:
        bundles = answer["machines"]
        machines = [machine for bundle in bundles for machine in _machines(bundle)]
        failures = {entry["name"]: str(entry["message"]) for entry in answer["failures"]}
        switches = _all(SwitchTold, answer["switches"])
        return HostTold(tuple(machines), failures, switches, tuple(map(_pool, answer["pools"])))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(f"what the host tells of itself makes no sense: {error}") from error


def _machines(bundle: Mapping[str, Any]) -> Iterable[WholeMachine]:
    disks, dvds = _grouped(DriveTold, bundle["disks"]), _grouped(DriveTold, bundle["dvds"])
    nics, ports = _grouped(NicTold, bundle["nics"]), _grouped(PortTold, bundle["ports"])
    boots = _grouped(BootTold, [*bundle["bios"], *bundle["firmware"]])
    checkpoints: dict[str, list[str]] = defaultdict(list)
    for each in bundle["checkpoints"]:
        checkpoints[each["machine"]].append(str(each["name"]))
    for itself in _all(MachineTold, bundle["machines"]):
        own = itself.id
        yield WholeMachine(
            itself,
            tuple(disks[own]),
            tuple(dvds[own]),
            tuple(nics[own]),
            tuple(ports[own]),
            next(iter(boots[own]), None),
            tuple(checkpoints[own]),
        )


def _pool(entry: Mapping[str, Any]) -> PoolTold:
    failures = {str(each["name"]): str(each["message"]) for each in entry["failures"]}
    images = _all(ImageTold, entry["images"])
    return PoolTold(str(entry["name"]), list(entry["paths"]), bool(entry["there"]), images, failures)


def _all(cls: type[T], entries: Iterable[Mapping[str, Any]]) -> tuple[T, ...]:
    return tuple(_checked(cls, entry) for entry in entries)


def _grouped(cls: type[P], entries: Iterable[Mapping[str, Any]]) -> Mapping[str, list[P]]:
    """The parts of each machine."""
    found: dict[str, list[P]] = defaultdict(list)
    for part in _all(cls, entries):
        found[part.machine].append(part)
    return found


def _checked(cls: type[T], entry: Mapping[str, Any]) -> T:
    """One value, each field of its type."""
    said = {}
    for name, kinds in _kinds(cls):  # type: ignore[arg-type]  # a class is hashable
        if name not in entry:
            continue
        value = said[name] = entry[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValueError(f"{cls.__name__}.{name} is {value!r}")
    return cls(**said)


@cache
def _kinds(cls: type) -> tuple[tuple[str, tuple[type, ...]], ...]:
    """The fields of a dataclass, each with the types that it may have."""
    return tuple((name, _types(hint)) for name, hint in get_type_hints(cls).items())


def _types(hint: Any) -> tuple[type, ...]:
    if get_origin(hint) is list:
        return (list,)
    return tuple(get_args(hint)) or (hint,)
