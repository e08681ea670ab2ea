"""From a round to how everything on its hosts stands: what is kept for whoever asks without looking. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from drivers.base import EVERYTHING
from reconciler.engine.condition import Found, causes_of, condition_of, dearest, first_of
from reconciler.engine.details import changes_of, detail_of
from reconciler.engine.round import Planned
from reconciler.plan.mode import mode_of_host
from reconciler.plan.model import Action, Outcome, Status, Verdict
from reconciler.plan.world import World
from specs.desired import Declared
from specs.identity import Address, Kind
from specs.tokens import shown
from state.claims import FLEET
from state.standings import Changed, Condition, Detail, HostStanding, Standing

_GOES = frozenset({Status.DELETE, Status.RELEASE})


@dataclass(frozen=True, slots=True)
class HostLook:
    """What a round says of one host: `present` are the names of all domains that are there, whoever's they
    are; None when nobody could look. `healed` is what had drifted and is as declared again."""

    host: HostStanding
    standings: tuple[Standing, ...] = ()
    details: Mapping[Address, Detail] = field(default_factory=dict)
    present: frozenset[str] | None = None
    healed: Mapping[Address, tuple[Changed, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Before:
    """How things stood before the round, and what was held back in it because it was healed again and
    again."""

    standings: Mapping[Address, Standing] = field(default_factory=dict)
    hosts: Mapping[str, HostStanding] = field(default_factory=dict)
    fights: Collection[Address] = ()


def looks_of(
    planned: Planned, outcomes: Iterable[Outcome], hosts: Collection[str], before: Before, now: float
) -> Mapping[str, HostLook]:
    """How these hosts and all that is theirs stand after a round. What no host could be chosen for belongs to
    `state.claims.FLEET`."""
    of_host: defaultdict[str, list[Found]] = defaultdict(list)
    for found in _found(planned, outcomes, before):
        of_host[found.verdict.host or FLEET].append(found)
    return {host: _look(host, of_host[host], planned, before, now) for host in hosts}


def host_standing(planned: Planned, host: str, before: HostStanding | None, now: float) -> HostStanding:
    """How a host stands by itself. When nobody could look, it was last looked at when it was."""
    world = planned.world
    inventory = world.inventories.get(host)
    declared = planned.desired.hosts.get(host)
    present = present_on(host, world)
    return HostStanding(
        host,
        declared.uri if declared else "",
        looked=world.now if inventory else before.looked if before else None,
        tried=now,
        problem=shown(world.unreachable.get(host, "")),
        mode=mode_of_host(host, planned.desired, world),
        version=inventory.version if inventory else before.version if before else "",
        guests=before.guests if present is None and before else len(present or ()),
    )


def present_on(host: str, world: World) -> frozenset[str] | None:
    """The names of all domains on a host, readable or not; None when nobody could look."""
    inventory = world.inventories.get(host)
    if inventory is None or (Kind.DOMAIN, EVERYTHING) in inventory.failures:
        return None
    seen = (*inventory.objects, *inventory.failures)
    return frozenset(name for kind, name in seen if kind is Kind.DOMAIN)


def declared_word(verdict: Verdict, declared: Declared | None) -> str:
    """What is declared: a power state, or that it is there at all."""
    return verdict.declared_power or ("present" if declared else "-")


def observed_word(verdict: Verdict, planned: Planned) -> str:
    """What the round saw: a power state, or whether it is there at all."""
    world = planned.world
    known = planned.desired.resources.get(verdict.address) or world.records.get(verdict.address)
    if verdict.host not in world.inventories:
        return "unknown"
    seen = world.observation(verdict.host, verdict.address.kind, known.native) if known else None
    return str(seen.power) if seen and seen.power else "present" if seen else "absent"


def actions_by_address(actions: Iterable[Action]) -> Mapping[Address, tuple[Action, ...]]:
    """A plan's actions, resource by resource."""
    found: defaultdict[Address, list[Action]] = defaultdict(list)
    for action in actions:
        found[action.address].append(action)
    return {address: tuple(listed) for address, listed in found.items()}


def _found(planned: Planned, outcomes: Iterable[Outcome], before: Before) -> Iterator[Found]:
    """What was found of everything that there still is."""
    actions = actions_by_address(planned.plan.actions)
    ended: defaultdict[Address, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        ended[outcome.action.address].append(outcome)
    for verdict in planned.plan.verdicts:
        address = verdict.address
        found = Found(
            verdict, actions.get(address, ()), tuple(ended.get(address, ())), address in before.fights
        )
        if verdict.status not in _GOES or found.left:
            yield found


def _look(host: str, found: Iterable[Found], planned: Planned, before: Before, now: float) -> HostLook:
    standings, details, healed = [], {}, {}
    for each in found:
        standing = _standing(each, host, planned, before.standings.get(each.verdict.address), now)
        standings.append(standing)
        if standing.condition is not Condition.CONVERGED:
            details[standing.address] = detail_of(each.verdict, each.actions, planned)
        if standing.condition in (Condition.CONVERGED, Condition.PENDING) and (drift := each.healed):
            healed[standing.address] = changes_of(drift, each.verdict, planned.world)
    return HostLook(
        host_standing(planned, host, before.hosts.get(host), now),
        tuple(standings),
        details,
        present_on(host, planned.world),
        healed,
    )


def _standing(found: Found, host: str, planned: Planned, before: Standing | None, now: float) -> Standing:
    verdict = found.verdict
    condition = condition_of(found, before.condition if before else None)
    declared = planned.desired.resources.get(verdict.address)
    told = declared_word(verdict, declared)
    settled = condition is Condition.CONVERGED and found.actions
    return Standing(
        verdict.address,
        "" if host == FLEET else host,
        condition,
        since=before.since if before and before.condition is condition else now,
        until=min((a.until for a in found.held if a.until is not None), default=None),
        cause="" if condition is Condition.CONVERGED else first_of(causes_of(found)),
        effect=dearest(found.left),
        problem=shown(_problem(found, condition)),
        declared=told,
        observed=told if settled else observed_word(verdict, planned),
        file=f"{verdict.origin.file}:{verdict.origin.line}" if verdict.origin else "",
        labels=declared.labels if declared else (),
    )


def _problem(found: Found, condition: Condition) -> str:
    """What is wrong, or waited for."""
    if condition is Condition.CONVERGED:
        return ""
    if found.failure:
        return f"{found.failure.action.verb}: {found.failure.message}"
    if found.verdict.problem:
        return found.verdict.problem
    if found.skipped:
        return f"{found.skipped.action.verb} was not begun: {found.skipped.message}"
    return "; ".join(dict.fromkeys(action.deferred for action in found.held))
