"""What the planner drafts for one resource before everything is put in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.compare.model import Difference
from reconciler.operations import AnyOperation
from reconciler.plan.model import Action, Refresh, Status, Verdict
from reconciler.plan.replacement import Replacements
from reconciler.plan.windows import Rules
from specs.desired import Declared, DeclaredHost, FleetPolicy
from specs.documents.marks import Mark
from specs.identity import Address


@dataclass(frozen=True, slots=True)
class Draft:
    """One resource's verdict with the actions and the record that follow from it."""

    verdict: Verdict
    actions: tuple[Action, ...] = ()
    refresh: Refresh | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A volume comes from another host with its domain; `live` while that runs. `held` says why the
    domain does not come, and the volume neither."""

    domain: Address
    origin: str
    live: bool
    held: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """On whose behalf is planned."""

    fleet: FleetPolicy
    commit: str = ""
    replacements: Replacements = Replacements()
    arrivals: Mapping[Address, Arrival] = field(default_factory=dict)
    hosts: Mapping[str, DeclaredHost] = field(default_factory=dict)
    stranded: Mapping[Address, str] = field(default_factory=dict)

    @property
    def rules(self) -> Rules:
        """The windows that may hold."""
        return Rules(self.hosts, self.fleet)

    def mark(self, declared: Declared, uuid: str = "") -> Mark:
        """The mark of a declared domain; a definition fills in the UUID that it has."""
        return Mark(
            self.fleet.name,
            declared.digest,
            self.commit,
            declared.policy.protect,
            self.fleet.uuid,
            uuid,
            declared.native,
        )


@dataclass(frozen=True, slots=True)
class Target:
    """The object that actions are about."""

    address: Address
    host: str
    native: str

    @classmethod
    def of(cls, declared: Declared) -> Target:
        """What was declared, on its own host."""
        return cls(declared.address, declared.host, declared.native)

    def act(
        self,
        operation: AnyOperation,
        reasons: tuple[Difference, ...] = (),
        *,
        after: tuple[Action, ...] = (),
        part: str = "",
        expects: str = "",
        deferred: str = "",
        until: float | None = None,
    ) -> Action:
        """An action on this object; `part` tells apart several of one verb."""
        return Action(
            id=" ".join(filter(None, (operation.verb, str(self.address), part))),
            operation=operation,
            address=self.address,
            host=self.host,
            native=self.native,
            reasons=reasons,
            after=tuple(action.id for action in after if not action.deferred),
            part=part,
            expects=expects,
            deferred=deferred,
            until=until,
        )


def refresh(declared: Declared, *, live_ok: bool = True, content: str = "") -> Refresh:
    """The record that stands when the resource is as declared."""
    return Refresh(
        declared.address,
        declared.host,
        declared.native,
        declared.document,
        declared.digest,
        declared.policy,
        live_ok,
        content,
    )


def verdict(declared: Declared, status: Status, **details: object) -> Verdict:
    """A verdict on a declared resource."""
    plain = Verdict(
        declared.address,
        declared.host,
        status,
        declared.origin,
        declared_power=str(declared.power or ""),
        privileged=declared.privileged,
    )
    return replace(plain, **details)  # type: ignore[arg-type]


def blocked(declared: Declared, problem: str, **details: object) -> Draft:
    """A resource that cannot be reconciled, and why."""
    return Draft(verdict(declared, Status.BLOCKED, problem=problem, **details))
