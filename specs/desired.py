"""What a loaded tree says: declared resources as documents with their goals and policies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from specs.content import OnSourceChange, Seed, Source
from specs.diagnostics import Origin, Problem
from specs.fights import FightPolicy
from specs.guard.guard import Guard
from specs.guests import Demand, HostCapacity, HostMigration, MigrationPolicy, Placement, Ready, Reservation
from specs.identity import Address
from specs.modes import Mode
from specs.receivers import Receiver
from specs.rollouts import RolloutPolicy
from specs.secret_source import SecretSource
from specs.windows import Window, restore_window


class PowerState(StrEnum):
    """Domains run, pause or are stopped; networks and pools are active or inactive."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    ACTIVE = "active"
    INACTIVE = "inactive"


ON = frozenset({PowerState.RUNNING, PowerState.PAUSED, PowerState.ACTIVE})
OFF = frozenset({PowerState.STOPPED, PowerState.INACTIVE})


class RestartPolicy(StrEnum):
    """Whether a change that cannot be made live may restart its guest (or network)."""

    NEVER = "never"
    IF_NEEDED = "if-needed"
    WINDOW = "window"


class OnDelete(StrEnum):
    """What becomes of a volume's data when its declaration is pruned."""

    KEEP = "keep"
    DELETE = "delete"


class SafetyPolicy(StrEnum):
    """Whether a snapshot is taken of a guest before what may cost it something; where none can be, what is to
    be done waits, unless it is only taken if possible."""

    NEVER = "never"
    REQUIRED = "required"
    IF_POSSIBLE = "if-possible"


class BuildPolicy(StrEnum):
    """Whether a pool's target is built before its first start (virStoragePoolBuild)."""

    NEVER = "never"
    IF_MISSING = "if-missing"
    OVERWRITE = "overwrite"


@dataclass(frozen=True, slots=True)
class StopPolicy:
    """How a guest is stopped: methods tried in order, seconds to wait, whether force may follow."""

    methods: tuple[str, ...] = ("agent", "acpi")
    deadline: float = 120.0
    force: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be done to a resource; fields that a kind has no use for keep their defaults. `windows` are
    its own, in whose place those of its host or of the fleet stand where they name none of an effect."""

    restart: RestartPolicy = RestartPolicy.NEVER
    windows: tuple[Window, ...] = ()
    stop: StopPolicy = StopPolicy()
    protect: bool = False
    on_delete: OnDelete = OnDelete.KEEP
    build: BuildPolicy = BuildPolicy.NEVER
    on_source_change: OnSourceChange = OnSourceChange.IGNORE
    generated: bool = False
    """Whether a volume's content is made from the files alone, so that losing it loses nothing."""

    safety: SafetyPolicy = SafetyPolicy.NEVER


def restore_policy(values: Mapping[str, Any]) -> Policy:
    """The policy that `dataclasses.asdict` took apart and JSON kept; KeyError or ValueError for less."""
    stop = values["stop"]
    return Policy(
        restart=RestartPolicy(values["restart"]),
        windows=tuple(map(restore_window, values["windows"])),
        stop=StopPolicy(tuple(stop["methods"]), stop["deadline"], stop["force"]),
        protect=values["protect"],
        on_delete=OnDelete(values["on_delete"]),
        build=BuildPolicy(values["build"]),
        on_source_change=OnSourceChange(values.get("on_source_change", OnSourceChange.IGNORE)),
        generated=values.get("generated", False),
        safety=SafetyPolicy(values.get("safety", SafetyPolicy.NEVER)),
    )


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared resource, compiled.

    `document` is libvirt XML as far as the files say it: no UUID, MAC, domain type or machine that the
    user did not give (the plan completes it for a hypervisor). `native` is the name by which the
    hypervisor knows it: the name, `pool/name` for a volume, `usage-type:usage-id` (or the UUID) for a
    secret. `power` and `autostart` are None where the files leave them as they are; `start_new` says
    that a new one is started all the same (raw XML networks and pools). `source` is what a new volume is
    filled with; `seed` the volume that a domain is configured by; `ready` and `after` are about its
    start. `host` is '' while `placement` has not chosen one. A volume that `follows` a domain is on that
    one's host, and moves with it. A `shared` volume is one for all hosts that see its storage: its address
    has no host, and `host` is the one that is asked about it.
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
    source: Source | None = None
    seed: Seed | None = None
    ready: Ready | None = None
    after: tuple[Address, ...] = ()
    placement: Placement | None = None
    demand: Demand = Demand()
    migration: MigrationPolicy = MigrationPolicy()
    follows: Address | None = None
    shared: bool = False
    by_place: tuple[str, ...] = ()
    """The targets of its disks that the files do not say: each is the next free one."""

    formerly: str = ""
    """How a domain was called, if the files say so."""

    reserved: tuple[Reservation, ...] = ()
    """Of a network: the addresses that it keeps for guests, which their interfaces ask for."""

    privileged: tuple[str, ...] = ()
    """What it has that reaches beyond a guest, in the words of a plan."""

    mode: Mode = Mode.ENFORCE
    asked: str = ""
    """Who decided beside the files that it is stopped, in words for people; '' when nobody did."""

    @property
    def is_to_run(self) -> bool:
        """Whether the files say that it runs; what they leave as it is may be stopped."""
        return self.power in ON or self.start_new


@dataclass(frozen=True, slots=True)
class DeclaredHost:
    """A virtualization host and how to reach it.

    In `maintenance` it is drained: no guest starts there and those that may move leave it. Not
    `schedulable`, it keeps what it has and gets nothing new by placement. `fenced` says that somebody
    made sure that it runs nothing, though it cannot be asked, `storage_lost` that what is on its own disks
    is given up. `credentials` maps what libvirt asks for at the login (authname, passphrase) to where it is
    read from.
    """

    name: str
    uri: str
    origin: Origin
    labels: tuple[tuple[str, str], ...] = ()
    maintenance: bool = False
    schedulable: bool = True
    fenced: bool = False
    storage_lost: bool = False
    capacity: HostCapacity = HostCapacity()
    migration: HostMigration = HostMigration()
    credentials: tuple[tuple[str, SecretSource], ...] = ()
    mode: Mode = Mode.ENFORCE
    windows: tuple[Window, ...] = ()
    given: bool = False
    """Whether its URI was given on the command line, and not by the tree."""


HOW_TO_MAKE_ONE = "write 'uuid: ' under spec: of the Fleet, followed by what uuidgen prints"


@dataclass(frozen=True, slots=True)
class SignaturePolicy:
    """By whom the commits after this one must be signed: a file of ssh's allowed signers or, with `gpg`, a
    GnuPG keyring; its path is absolute, or in the tree. With `every`, all commits in between must be."""

    file: str
    gpg: bool = False
    every: bool = False


@dataclass(frozen=True, slots=True)
class FleetPolicy:
    """What holds for the whole tree."""

    name: str = "default"
    uuid: str = ""
    """What tells it from another fleet of the same name; '' where the Fleet does not say one."""

    declared: bool = False
    """Whether the tree has a Fleet document."""

    origin: str = ""
    """Where that stands."""

    external: tuple[tuple[str, str], ...] = ()
    """Kinds and names of what the hosts have and the tree only refers to."""

    prune: bool = False
    max_deletions: int = 10
    max_shrink: float = 0.2
    parallel: int = 4
    migrations: int = 2
    signatures: SignaturePolicy | None = None
    approval: bool = False
    """Whether a new commit waits for somebody who approves it."""

    mode: Mode = Mode.ENFORCE
    windows: tuple[Window, ...] = ()
    rollout: RolloutPolicy | None = None
    fights: FightPolicy = FightPolicy()
    receivers: tuple[Receiver, ...] = ()
    """Who is told of what comes to pass."""

    state: str = ""
    """Where the Fleet says that the state is."""


@dataclass(frozen=True, slots=True)
class Desired:
    """A whole tree, checked: what should be.

    `inputs` are the files that were read besides those that declare something, by their paths in the
    tree, with the SHA-256 of each. `files` is the digest of everything that was read, byte for byte.
    `skipped` are the kinds and names of what stands in files that are skipped, and the files: it is not
    declared, but nobody meant it to be removed either. `empty` are the files in which nothing is
    declared though nothing says that they are another tool's; `foreign` those that are other tools', in whole
    or in part, and what they are; `ignored` what an ignore file leaves out, a folder with '/' behind it.
    """

    root: str
    fleet: FleetPolicy
    hosts: Mapping[str, DeclaredHost]
    resources: Mapping[Address, Declared]
    warnings: tuple[Problem, ...] = field(default=())
    inputs: tuple[tuple[str, str], ...] = ()
    files: str = ""
    skipped: tuple[tuple[str, str, str], ...] = ()
    empty: tuple[str, ...] = ()
    foreign: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    guard: Guard = Guard()
    """The controller's policy, which is no part of the tree."""


def goal_digest(document: str, power: PowerState | None, autostart: bool | None, *, start_new: bool) -> str:
    """`Declared.digest`: of the document and of the goals beside it; where it runs is none of them."""
    return digest(f"{document}\0{json.dumps([power, autostart, start_new])}")


def digest(text: str) -> str:
    """The digest by which documents are told apart: SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
