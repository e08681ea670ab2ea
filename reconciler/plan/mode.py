"""What is only observed, and what is left alone: by its file, its host's, the Fleet's, or by decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reconciler.plan.draft import Draft
from reconciler.plan.holding import held_back, with_what_belongs
from reconciler.plan.model import Hold, Status
from reconciler.plan.subject import covers, means
from reconciler.plan.world import World
from specs.content import domain_of_seed
from specs.desired import Declared, Desired
from specs.identity import Address, Kind
from specs.modes import Mode
from state.decisions import Decision, Verb

_MODES = {Verb.SUSPEND: Mode.SUSPENDED, Verb.OBSERVE: Mode.OBSERVE}


@dataclass(frozen=True, slots=True)
class Restraint:
    """One reason not to enforce."""

    mode: Mode
    why: str
    until: float | None = None


def as_the_modes_say(drafts: Iterable[Draft], desired: Desired, world: World) -> list[Draft]:
    """The drafts with everything held back that is not to be enforced, and what belongs to it: of several
    modes the strictest counts."""
    drafts = list(drafts)
    restraints = _Restraints(desired, world, _in_force(world))
    if not restraints.any:
        return drafts
    held = [_restrained(draft, tuple(restraints.of(draft))) for draft in drafts]
    return with_what_belongs(drafts, held, desired, world)


def mode_of_host(name: str, desired: Desired, world: World) -> Mode:
    """The strictest mode of all that is on a host, as the files and decisions have it now."""
    host = desired.hosts.get(name)
    modes: list[Mode] = [desired.fleet.mode, *([host.mode] if host else ())]
    modes += [_MODES[each.verb] for each in _in_force(world) if covers(each.subject, name)]
    return max(modes, key=lambda mode: mode.strictness)


def _in_force(world: World) -> tuple[Decision, ...]:
    decisions = world.recorded.decisions
    return tuple(each for each in decisions if each.verb in _MODES and each.holds(world.now))


@dataclass(frozen=True, slots=True)
class _Restraints:
    """All modes and decisions that may be about a resource."""

    desired: Desired
    world: World
    decisions: tuple[Decision, ...]

    @property
    def any(self) -> bool:
        """Whether anything is not enforced."""
        desired = self.desired
        said = (desired.fleet.mode, *(host.mode for host in desired.hosts.values()))
        return (
            bool(self.decisions)
            or any(mode is not Mode.ENFORCE for mode in said)
            or any(declared.mode is not Mode.ENFORCE for declared in desired.resources.values())
        )

    def of(self, draft: Draft) -> Iterator[Restraint]:
        """Those that are about this one. A seed is treated as its domain is, and so is what comes along."""
        address, desired = draft.verdict.address, self.desired
        hosts = {draft.verdict.host, *(host for action in draft.actions for host in action.hosts)}
        if desired.fleet.mode is not Mode.ENFORCE:
            yield Restraint(desired.fleet.mode, _said("the Fleet", desired.fleet.origin))
        for host in (desired.hosts[name] for name in sorted(hosts) if name in desired.hosts):
            if host.mode is not Mode.ENFORCE:
                yield Restraint(host.mode, _said(f"Host/{host.name}", str(host.origin)))
        for each in self._with_its_owner(address):
            if each.mode is not Mode.ENFORCE:
                yield Restraint(each.mode, _said(str(each.address), str(each.origin)))
        for decision in self.decisions:
            if any(means(decision.subject, *about) for about in self._about(address, hosts)):
                yield Restraint(_MODES[decision.verb], told_decision(decision), decision.expires)

    def _with_its_owner(self, address: Address) -> Iterator[Declared]:
        for one in self._addresses(address):
            if one in self.desired.resources:
                yield self.desired.resources[one]

    def _about(
        self, address: Address, hosts: set[str]
    ) -> Iterator[tuple[Address, set[str], tuple[tuple[str, str], ...]]]:
        for one in self._addresses(address):
            declared = self.desired.resources.get(one)
            yield one, hosts, declared.labels if declared else ()

    def _addresses(self, address: Address) -> Iterator[Address]:
        yield address
        declared, record = self.desired.resources.get(address), self.world.records.get(address)
        known = declared or record
        if known and known.policy.generated:
            yield Address(Kind.DOMAIN, domain_of_seed(address.name))
        elif declared and declared.follows:
            yield declared.follows


def _restrained(draft: Draft, restraints: tuple[Restraint, ...]) -> Draft:
    if not restraints:
        return draft
    strictest = max(restraints, key=lambda each: each.mode.strictness)
    ends = [each.until for each in restraints]
    hold = Hold(f"{strictest.mode}: {strictest.why}", None if None in ends else max(filter(None, ends)))
    held = held_back(draft, lambda _: hold)
    verdict = replace(draft.verdict, mode=strictest.mode)
    if strictest.mode is Mode.SUSPENDED and verdict.status is not Status.UNREACHABLE:
        verdict = replace(verdict, status=Status.SUSPENDED, problem=strictest.why)
        held = replace(held, refresh=None)
    return replace(held, verdict=verdict)


def _said(what: str, origin: str) -> str:
    return f"as {what} says" + (f" ({origin})" if origin else "")


def told_decision(decision: Decision) -> str:
    """'by ann until 2026-11-26 21:40 UTC: the disk is swapped (resume Domain/web ends it)'."""
    until = f" until {_clock(decision.expires)}" if decision.expires is not None else ""
    reason = f": {decision.reason}" if decision.reason else ""
    return f"by {decision.author}{until}{reason} (resume {decision.subject} ends it)"


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
