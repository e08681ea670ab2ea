"""What `look.ps1` and `host.ps1` tell, as frozen values: nothing is believed that has not the right form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar, get_args, get_type_hints

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
    disks, dvds = _all(DriveTold, bundle["disks"]), _all(DriveTold, bundle["dvds"])
    nics, ports = _all(NicTold, bundle["nics"]), _all(PortTold, bundle["ports"])
    boots = {each.machine: each for each in _all(BootTold, [*bundle["bios"], *bundle["firmware"]])}
    for itself in _all(MachineTold, bundle["machines"]):
        own = itself.id
        yield WholeMachine(
            itself,
            tuple(each for each in disks if each.machine == own),
            tuple(each for each in dvds if each.machine == own),
            tuple(each for each in nics if each.machine == own),
            tuple(each for each in ports if each.machine == own),
            boots.get(own),
            tuple(str(each["name"]) for each in bundle["checkpoints"] if each["machine"] == own),
        )


def _pool(entry: Mapping[str, Any]) -> PoolTold:
    failures = {str(each["name"]): str(each["message"]) for each in entry["failures"]}
    images = _all(ImageTold, entry["images"])
    return PoolTold(str(entry["name"]), list(entry["paths"]), bool(entry["there"]), images, failures)


def _all(cls: type[T], entries: Iterable[Mapping[str, Any]]) -> tuple[T, ...]:
    return tuple(_checked(cls, entry) for entry in entries)


def _checked(cls: type[T], entry: Mapping[str, Any]) -> T:
    """One value, each field of its type."""
    hints = get_type_hints(cls)
    said = {field.name: entry[field.name] for field in fields(cls) if field.name in entry}  # type: ignore[arg-type]
    for name, value in said.items():
        kinds = tuple(getattr(kind, "__origin__", kind) for kind in get_args(hints[name]) or (hints[name],))
        plain = (list,) if getattr(hints[name], "__origin__", None) is list else kinds
        if not isinstance(value, plain) or (isinstance(value, bool) and bool not in plain):
            raise ValueError(f"{cls.__name__}.{name} is {value!r}")
    return cls(**said)
