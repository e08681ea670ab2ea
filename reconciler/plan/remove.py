"""What is ours and declared no more: pruned where that was asked for, behind its guards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from drivers.base import Belonging, Observation
from reconciler.compare.model import Cause, Difference
from reconciler.operations import Effect, Undefine
from reconciler.plan.draft import Draft, Target
from reconciler.plan.model import Status, Verdict
from reconciler.plan.ownership import belongs, is_ours, own_mark
from reconciler.plan.power import stop_for_removal
from reconciler.plan.readable import left_alone
from reconciler.plan.shrink import nobodys, not_read, vanished
from reconciler.plan.whereabouts import whereabouts
from reconciler.plan.world import Options, World
from specs.desired import HOW_TO_MAKE_ONE, Declared, Desired, OnDelete, Policy
from specs.documents.domain_facts import kept_beside
from specs.documents.marks import NAMESPACE, Mark
from specs.identity import Address, Kind

_NOT_ASKED = "declared no more; it stays until pruning is asked for (--prune, or prune: true in the Fleet)"


@dataclass(frozen=True, slots=True)
class Removal:
    """The drafts of what leaves, and the records of what has left already."""

    drafts: tuple[Draft, ...]
    forget: tuple[Address, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    target: Target
    observation: Observation
    policy: Policy
    origin: Declared | None = None
    stays: str = ""
    """Why it is not removed, whatever was asked for."""


def prune(desired: Desired, world: World, options: Options) -> Removal:
    """What this fleet owns and the tree does not declare."""
    candidates = tuple(_undeclared(desired, world, options))
    gone = tuple(sorted(_gone(desired, world)))
    unread = tuple(_unreadable(desired, world))
    asked = desired.fleet.prune if options.prune is None else options.prune
    if not asked:
        kept = (_kept(candidate, _NOT_ASKED) for candidate in candidates)
        return Removal((*kept, *unread), gone)
    if not desired.resources:
        refused = "the tree declares nothing at all: pruning everything is refused; use destroy for that"
        return Removal((*(_kept(candidate, refused) for candidate in candidates), *unread), gone)
    if nobody := nobodys(desired):
        warned = (nobody,) if candidates else ()
        kept = (_kept(candidate, nobody) for candidate in candidates)
        return Removal((*kept, *unread), gone, warned)
    pruned = _pruned(candidates, gone, desired, world, options)
    return replace(pruned, drafts=(*pruned.drafts, *unread))


def _pruned(
    candidates: Iterable[_Candidate],
    gone: tuple[Address, ...],
    desired: Desired,
    world: World,
    options: Options,
) -> Removal:
    """The removals, or none of them where too much has vanished at once."""
    drafts = []
    for candidate in candidates:
        why = not_read(candidate.target.address, desired, world)
        drafts.append(_kept(candidate, why) if why else _remove(candidate, world))
    leaving = {draft.verdict.address for draft in drafts if draft.verdict.status is Status.DELETE}
    if problem := vanished(leaving, desired, world, options):
        kept = (
            _kept(candidate, problem) if draft.verdict.address in leaving else draft
            for candidate, draft in zip(candidates, drafts, strict=True)
        )
        return Removal(tuple(kept), gone, (problem,))
    return Removal(tuple(drafts), gone)


def destroy(desired: Desired, world: World) -> Removal:
    """What the tree declares, as far as it exists and this fleet owns it. A mark without a UUID of the
    fleet may be a namesake's: then this tree's own state has to know of the domain."""
    drafts: list[Draft] = []
    candidates: list[_Candidate] = []
    for declared in desired.resources.values():
        host, doubt = _whereabouts(declared, desired, world)
        observation = world.observation(host, declared.address.kind, declared.native)
        record = world.records.get(declared.address)
        target = Target(declared.address, host, declared.native)
        if doubt:
            drafts.append(Draft(_verdict(target, Status.BLOCKED, doubt, declared)))
        elif host not in world.inventories:
            problem = world.unreachable.get(host, "the host cannot be reached")
            drafts.append(Draft(_verdict(target, Status.UNREACHABLE, problem, declared)))
        elif why := world.unreadable(host, declared.address.kind, declared.native):
            drafts.append(Draft(_verdict(target, Status.BLOCKED, left_alone(why), declared)))
        elif observation is None:
            continue
        elif not is_ours(observation, record, desired.fleet, world.dialect(host)):
            problem = "exists, but was never applied or adopted by this fleet: not ours to remove"
            drafts.append(Draft(_verdict(target, Status.BLOCKED, problem, declared)))
        elif record is None and _may_be_a_namesakes(observation, desired):
            problem = (
                "its mark says no UUID of its fleet, so that it may be another's of the same name, and this"
                f" tree's state does not know of it: not removed; apply first, or {HOW_TO_MAKE_ONE} and apply"
            )
            drafts.append(Draft(_verdict(target, Status.BLOCKED, problem, declared)))
        else:
            candidates.append(_Candidate(target, observation, declared.policy, declared))
    gone = tuple(
        declared.address
        for declared in desired.resources.values()
        if declared.address in world.records
        and declared.host in world.inventories
        and world.of(declared) is None
        and not world.failure(declared.host, declared.address.kind, declared.native)
    )
    return Removal((*drafts, *(_remove(candidate, world) for candidate in candidates)), gone)


def _may_be_a_namesakes(observation: Observation, desired: Desired) -> bool:
    mark = own_mark(observation)
    return bool(nobodys(desired)) or not (mark and mark.fleet_uuid)


def _whereabouts(declared: Declared, desired: Desired, world: World) -> tuple[str, str]:
    """The host that a resource is to be removed from, and what a person must decide before."""
    if declared.address.kind is not Kind.DOMAIN or world.hosts_of(declared.native) == (declared.host,):
        return declared.host, ""
    place = whereabouts(declared, desired, world)
    if place.leftovers:
        copies = ", ".join((place.owner, *place.leftovers))
        return place.owner, f"it is defined on several hosts ({copies}): apply first"
    return place.owner or declared.host, place.problem


def _undeclared(desired: Desired, world: World, options: Options) -> Iterator[_Candidate]:
    recorded: set[tuple[str, Kind, str]] = set()
    for record in world.records.values():
        recorded.add((record.host, record.address.kind, record.native))
        observation = world.observation(record.host, record.address.kind, record.native)
        if record.address in desired.resources or observation is None:
            continue
        if world.unreadable(record.host, record.address.kind, record.native):
            continue
        if replace(record.address, host="") in desired.resources:
            continue  # it follows a domain that has no host just now
        if is_ours(observation, record, desired.fleet, world.dialect(record.host)):
            target = Target(record.address, record.host, record.native)
            yield _Candidate(target, observation, record.policy)
    yield from _marked(desired, world, options, recorded)


def _unreadable(desired: Desired, world: World) -> Iterator[Draft]:
    """What we recorded, declare no more and cannot read."""
    for address, record in world.records.items():
        if address in desired.resources:
            continue
        why = world.unreadable(record.host, address.kind, record.native)
        if why:
            target = Target(address, record.host, record.native)
            yield Draft(_verdict(target, Status.KEPT, left_alone(why), None))


def _marked(
    desired: Desired, world: World, options: Options, recorded: set[tuple[str, Kind, str]]
) -> Iterator[_Candidate]:
    """What says that it is ours though the state has forgotten it."""
    for host, inventory in world.inventories.items():
        if options.regional is not None and host not in options.regional.hosts:
            continue
        for (kind, native), observation in inventory.objects.items():
            if kind is Kind.VOLUME or NAMESPACE not in observation.document:
                continue
            address = Address(kind, native, "" if kind is Kind.DOMAIN else host)
            if address in desired.resources or (host, kind, native) in recorded:
                continue
            if world.unreadable(host, kind, native):
                continue  # nobody can tell whose it is
            if _seen_elsewhere(address, observation, desired, world, recorded):
                continue
            mark = own_mark(observation)
            if mark and belongs(mark, desired.fleet):
                policy = Policy(protect=mark.protect)
                yield _Candidate(
                    Target(address, host, native), observation, policy, stays=_stays(mark, native)
                )


def _seen_elsewhere(
    address: Address,
    observation: Observation,
    desired: Desired,
    world: World,
    recorded: set[tuple[str, Kind, str]],
) -> bool:
    """Whether it is another Host's that is declared, or recorded, and seen through this one as well: two
    drivers of one machine (qemu:///system, lxc:///system) share its networks."""
    for host in world.inventories.keys() - {address.host, ""}:
        known = replace(address, host=host) in desired.resources
        if known or (host, address.kind, address.name) in recorded:
            seen = world.observation(host, address.kind, address.name)
            if seen and seen.uuid == observation.uuid and address.kind is not Kind.DOMAIN:
                return True
    return False


def _stays(mark: Mark, native: str) -> str:
    """Why something stays though its mark is ours: its name, or whose it is, is not certain."""
    if not mark.uuid:
        return (
            "its mark is of an older version, and a copy would have the same: declare it once more, or remove"
            " it by hand"
        )
    if not mark.fleet_uuid:
        return (
            "its mark says no UUID of its fleet, so that it may be another's of the same name, and the state"
            " does not know of it: declare it once more, or remove it by hand"
        )
    if mark.name != native:
        return (
            f"it was called '{mark.name}' when it was last applied, and was renamed on the host: declare it"
            " by its new name, or remove it by hand"
        )
    return ""


def _gone(desired: Desired, world: World) -> Iterator[Address]:
    """Records of what is neither declared nor there any more."""
    for address, record in world.records.items():
        if (
            address not in desired.resources
            and record.host in world.inventories
            and world.observation(record.host, address.kind, record.native) is None
            and not world.failure(record.host, address.kind, record.native)
        ):
            yield address


def _remove(candidate: _Candidate, world: World) -> Draft:
    target, observation = candidate.target, candidate.observation
    if candidate.stays:
        return _kept(candidate, candidate.stays)
    mark = own_mark(observation)
    if candidate.policy.protect or (mark and mark.protect):
        return _kept(candidate, "protect: true; it is never removed while it was last declared so")
    reason = (Difference("", None, observation.document, Cause.PRUNED),)
    if target.address.kind is Kind.VOLUME:
        return _remove_volume(candidate, reason)
    stop = stop_for_removal(target, candidate.policy, reason, observation.power)
    lost = world.answers.lost.get((target.host, target.native), {})
    effect = Effect.DESTROYS_DATA if lost else Effect.NONE
    undefine = target.act(Undefine(effect, tuple(sorted(lost))), reason, after=stop)
    deleted = _verdict(target, Status.DELETE, "", candidate.origin, reason)
    return Draft(replace(deleted, notes=tuple(_notes(observation, lost))), (*stop, undefine))


def _notes(observation: Observation, lost: Mapping[Belonging, str]) -> Iterator[str]:
    """What goes with a definition beside its disks, and what stays."""
    for belonging, names in sorted(lost.items()):
        yield f"lost with it: {belonging}" + (f" ({names})" if names else "")
    if observation.kind is Kind.DOMAIN:
        for what in kept_beside(observation.document):
            if what.partition(" (")[0] not in lost:
                yield f"stays on the host: {what}"


def _remove_volume(candidate: _Candidate, reason: tuple[Difference, ...]) -> Draft:
    if candidate.policy.on_delete is OnDelete.KEEP:
        return _kept(candidate, "onDelete: keep; its data stays")
    target = candidate.target
    effect = Effect.NONE if candidate.policy.generated else Effect.DESTROYS_DATA
    undefine = target.act(Undefine(effect), reason)
    return Draft(_verdict(target, Status.DELETE, "", candidate.origin, reason), (undefine,))


def _kept(candidate: _Candidate, problem: str) -> Draft:
    return Draft(_verdict(candidate.target, Status.KEPT, problem, candidate.origin))


def _verdict(
    target: Target,
    status: Status,
    problem: str,
    declared: Declared | None,
    reasons: tuple[Difference, ...] = (),
) -> Verdict:
    origin = declared.origin if declared else None
    return Verdict(target.address, target.host, status, origin, reasons, problem=problem)
