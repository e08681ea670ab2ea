"""The plan's vocabulary: actions, verdicts, plans, outcomes. Plain frozen data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.compare.model import Difference, Note
from reconciler.operations import AnyOperation, Effect, Migrate
from reconciler.plan.rolling import Rolling
from specs.desired import Policy
from specs.diagnostics import Origin
from specs.identity import Address
from specs.modes import Mode


@dataclass(frozen=True, slots=True)
class Action:
    """One operation on one resource.

    `part` tells apart several of one verb. `uuid` is the object that the action was planned upon, `expects`
    the digest of its persistent document ('' for what does not exist yet): the executor refuses to act upon
    another. `deferred` says which policy holds the action back; such an action is shown and not executed.
    `until` is when it may be (its window opens, say), in seconds since the epoch; None when nobody can say.
    """

    id: str
    operation: AnyOperation
    address: Address
    host: str
    native: str
    reasons: tuple[Difference, ...] = ()
    after: tuple[str, ...] = ()
    part: str = ""
    uuid: str = ""
    expects: str = ""
    deferred: str = ""
    until: float | None = None

    @property
    def verb(self) -> str:
        """The word for its operation."""
        return self.operation.verb

    @property
    def effect(self) -> Effect:
        """What its operation costs."""
        return self.operation.effect

    @property
    def found_on(self) -> str:
        """The host that the object is on before it is acted upon."""
        return self.operation.from_ if isinstance(self.operation, Migrate) else self.host

    @property
    def hosts(self) -> tuple[str, ...]:
        """All hosts that it acts upon."""
        return (self.host, self.operation.origin) if self.operation.origin else (self.host,)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why something is not done now, and when it may be; None where nobody can say."""

    why: str
    until: float | None = None


class Status(StrEnum):
    """What the plan found of a resource; KEPT is ours and declared no more, and stays for now. SUSPENDED is
    left alone, because somebody said so, whatever else it may be."""

    CONVERGED = "converged"
    CREATE = "create"
    CHANGE = "change"
    ADOPT = "adopt"
    DELETE = "delete"
    RELEASE = "release"
    KEPT = "kept"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the plan says of one resource: its status with everything that led to it.

    `pending` are the differences that wait for the next start (or restart) of an active resource.
    `notes` are what a person should know though nothing is done about it.
    `privileged` is what it has that reaches beyond a guest.
    `problem` says why a BLOCKED, UNREACHABLE, KEPT or SUSPENDED one is left as it is, and what to do.
    `mode` is what is done about its differences.
    """

    address: Address
    host: str
    status: Status
    origin: Origin | None = None
    differences: tuple[Difference, ...] = ()
    pending: tuple[Difference, ...] = ()
    rewritten: tuple[Note, ...] = ()
    problem: str = ""
    observed_power: str = ""
    declared_power: str = ""
    notes: tuple[str, ...] = ()
    privileged: tuple[str, ...] = ()
    mode: Mode = Mode.ENFORCE


@dataclass(frozen=True, slots=True)
class Refresh:
    """A record to be written once the resource's actions are done (or at once, when it has none).

    `live_ok` says that no difference will be left between the persistent and the live document, so that
    the live digest may be recorded. `content` is what a volume is known to be filled with; the executor
    knows better when it has just filled it. What comes along with a domain `awaits` it: until that has
    arrived, nothing that is there is worth keeping, and the record says so.
    """

    address: Address
    host: str
    native: str
    declared: str
    declared_digest: str
    policy: Policy = Policy()
    live_ok: bool = True
    content: str = ""
    awaits: Address | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done, in what order and why; showing, saving and executing all consume it.

    `hosts` maps names to URIs. `unreachable` maps hosts to what went wrong. `seen` maps each address
    that the plan looked at to the digest of what was declared and observed of it: a saved plan is
    stale when they differ. `refreshes` are the records that this plan leads to; `forget` the records
    of resources that are gone on both sides.
    """

    fleet: str
    root: str
    created: float
    hosts: Mapping[str, str]
    verdicts: tuple[Verdict, ...] = ()
    actions: tuple[Action, ...] = ()
    refreshes: tuple[Refresh, ...] = ()
    forget: tuple[Address, ...] = ()
    unreachable: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    seen: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""
    rolling: Rolling = field(default_factory=Rolling)

    @property
    def changes(self) -> tuple[Action, ...]:
        """The actions that will change something that users see: all but adoptions and deferred ones."""
        return tuple(a for a in self.actions if a.operation.visible and not a.deferred)

    @property
    def until(self) -> float | None:
        """When something may be done that is not done now; None when nobody can say."""
        times = (earliest(self.actions), self.rolling.again)
        return min((at for at in times if at is not None), default=None)

    @property
    def privileged(self) -> tuple[Verdict, ...]:
        """What will be made or changed and reaches beyond a guest."""
        touched = {action.address for action in self.changes}
        return tuple(v for v in self.verdicts if v.privileged and v.address in touched)


def earliest(actions: Iterable[Action]) -> float | None:
    """When the first of these that are held back may be done; None when nobody can say."""
    times = (action.until for action in actions if action.deferred and action.until is not None)
    return min(times, default=None)


class Result(StrEnum):
    """What became of an action."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An action's result, with what a person should know about it, and how many seconds it took."""

    action: Action
    result: Result
    message: str = ""
    seconds: float = 0.0
