"""What a loaded tree says: declared resources as documents with their goals and policies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from specs.diagnostics import Origin, Problem
from specs.identity import Address


class PowerState(StrEnum):
    """Domains run, pause or are stopped; networks and pools are active or inactive."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    ACTIVE = "active"
    INACTIVE = "inactive"


class RestartPolicy(StrEnum):
    """Whether a change that cannot be made live may restart its guest (or network)."""

    NEVER = "never"
    IF_NEEDED = "if-needed"
    WINDOW = "window"


class OnDelete(StrEnum):
    """What becomes of a volume's data when its declaration is pruned."""

    KEEP = "keep"
    DELETE = "delete"


class BuildPolicy(StrEnum):
    """Whether a pool's target is built before its first start (virStoragePoolBuild)."""

    NEVER = "never"
    IF_MISSING = "if-missing"
    OVERWRITE = "overwrite"


@dataclass(frozen=True, slots=True)
class Window:
    """A weekly maintenance window in UTC: days 0 (Monday) to 6, start and end in minutes of the day."""

    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StopPolicy:
    """How a guest is stopped: methods tried in order, seconds to wait, whether force may follow."""

    methods: tuple[str, ...] = ("agent", "acpi")
    deadline: float = 120.0
    force: bool = False


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where a secret's value is read from when it is needed: exactly one field is set.

    `file` is a path on the controller, `env` a variable's name, `command` an argument vector.
    """

    file: str = ""
    env: str = ""
    command: tuple[str, ...] = ()
    encoding: str = "utf-8"
    """`utf-8`: the bytes as they are, one trailing newline dropped; `base64`: decoded first."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be done to a resource; fields that a kind has no use for keep their defaults."""

    restart: RestartPolicy = RestartPolicy.NEVER
    windows: tuple[Window, ...] = ()
    stop: StopPolicy = StopPolicy()
    protect: bool = False
    on_delete: OnDelete = OnDelete.KEEP
    build: BuildPolicy = BuildPolicy.NEVER


def restore_policy(values: Mapping[str, Any]) -> Policy:
    """The policy that `dataclasses.asdict` took apart and JSON kept; KeyError or ValueError for less."""
    stop = values["stop"]
    return Policy(
        restart=RestartPolicy(values["restart"]),
        windows=tuple(Window(tuple(w["days"]), w["start"], w["end"]) for w in values["windows"]),
        stop=StopPolicy(tuple(stop["methods"]), stop["deadline"], stop["force"]),
        protect=values["protect"],
        on_delete=OnDelete(values["on_delete"]),
        build=BuildPolicy(values["build"]),
    )


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared resource, compiled.

    `document` is libvirt XML as far as the files say it: no UUID, MAC, domain type or machine that the
    user did not give (the plan completes it for a hypervisor). `native` is the name by which the
    hypervisor knows it: the name, `pool/name` for a volume, `usage-type:usage-id` (or the UUID) for a
    secret. `power` and `autostart` are None where the files leave them as they are; `start_new` says
    that a new one is started all the same (raw XML networks and pools).
    """

    address: Address
    host: str
    native: str
    document: str
    digest: str
    uuid: str
    origin: Origin
    power: PowerState | None = None
    autostart: bool | None = None
    start_new: bool = False
    requires: tuple[Address, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    policy: Policy = Policy()
    secret: SecretSource | None = None


@dataclass(frozen=True, slots=True)
class DeclaredHost:
    """A virtualization host and how to reach it."""

    name: str
    uri: str
    origin: Origin
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FleetPolicy:
    """What holds for the whole tree."""

    name: str = "default"
    prune: bool = False
    max_deletions: int = 10
    parallel: int = 4


@dataclass(frozen=True, slots=True)
class Desired:
    """A whole tree, checked: what should be."""

    root: str
    fleet: FleetPolicy
    hosts: Mapping[str, DeclaredHost]
    resources: Mapping[Address, Declared]
    warnings: tuple[Problem, ...] = field(default=())


def digest(text: str) -> str:
    """The digest by which documents are told apart: SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
