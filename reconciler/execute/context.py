"""What the executor works with, and what it tells on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drivers.base import Host
from drivers.dialects import Dialect, dialect_of
from reconciler.execute.slots import MoveSlots
from reconciler.plan.model import Action, Outcome
from reconciler.underway import BOARD, Board
from specs.content import Source
from specs.desired import DeclaredHost, FleetPolicy
from specs.guard import Guard
from specs.guests import MigrationPolicy
from specs.identity import Address
from specs.secret_source import SecretSource
from state import OpenState
from state.records import Record


@dataclass(frozen=True, slots=True)
class ExecutionContext:
    """A connection per host, the state, and where secrets and contents come from.

    `versions`, `machines` and `dialects` are the hosts' versions, identities and ways of writing documents.
    `sources` are what new volumes are filled with, relative to `root`. `moves` says how domains may be moved,
    `migrations` how many at once in the whole fleet; the `hosts` know how many each of them bears. `guard` is
    the controller's policy.
    """

    drivers: Mapping[str, Host]
    store: OpenState
    run: int
    versions: Mapping[str, str]
    machines: Mapping[str, str] = field(default_factory=dict)
    dialects: Mapping[str, Dialect] = field(default_factory=dict)
    fleet: FleetPolicy = FleetPolicy()
    records: Mapping[Address, Record] = field(default_factory=dict)
    secrets: Mapping[Address, SecretSource] = field(default_factory=dict)
    sources: Mapping[Address, Source] = field(default_factory=dict)
    moves: Mapping[Address, MigrationPolicy] = field(default_factory=dict)
    hosts: Mapping[str, DeclaredHost] = field(default_factory=dict)
    migrations: int = 2
    root: str = "."
    guard: Guard = Guard()
    slots: MoveSlots | None = None
    """Places for moves that this run shares with others; None where it is alone."""
    board: Board = BOARD
    """Where the actions that run are written, by the names that people have for them."""
    called: Callable[[Action], str] = lambda action: action.id

    def dialect(self, host: str) -> Dialect:
        """How a host's hypervisor writes its documents; the usual way where nothing is known of it."""
        return self.dialects.get(host) or dialect_of(None)


@dataclass(frozen=True, slots=True)
class Progress:
    """An action begins (outcome None) or has ended. How far it is meanwhile stands on the context's board."""

    action: Action
    outcome: Outcome | None = None
    run: int = 0
    """The journal's number of the run that it is part of."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a transient fault is tried again, with what pauses in seconds."""

    attempts: int = 4
    first_pause: float = 0.25
    longest_pause: float = 5.0
