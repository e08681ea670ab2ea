"""A declared domain that is on another host: it is moved there, as it is now declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.compare.model import Cause, Difference, Effect
from reconciler.operations import Define, Migrate, Undefine
from reconciler.plan.converge import converge
from reconciler.plan.domain_move import DomainMove, coming
from reconciler.plan.draft import Arrival, Context, Draft, Target, blocked
from reconciler.plan.model import Action, Status
from reconciler.plan.obstacles import obstacles
from reconciler.plan.power import stop_for_removal
from reconciler.plan.safety import dropped, snapshots_at
from reconciler.plan.whereabouts import Whereabouts, whereabouts
from reconciler.plan.world import World
from specs.desired import OFF, ON, Declared, Desired, PowerState
from specs.documents.domain_facts import DiskFacts, domain_facts
from specs.identity import Address, Kind


def moves(desired: Desired, world: World) -> Mapping[Address, DomainMove]:
    """All domains that are on another host than declared."""
    found = {}
    for address, declared in desired.resources.items():
        if address.kind is not Kind.DOMAIN or declared.host not in world.inventories:
            continue
        if world.hosts_of(declared.native) in ((), (declared.host,)):
            continue
        place = whereabouts(declared, desired, world)
        seen = world.observation(place.owner, Kind.DOMAIN, declared.native)
        if place.problem or place.owner == declared.host or seen is None:
            continue
        live = seen.power in ON and declared.power not in OFF
        move = DomainMove(declared, place.owner, seen, live)
        found[address] = replace(move, obstacles=tuple(obstacles(move, desired, world)))
    return found


def arrivals(
    desired: Desired, moving: Mapping[Address, DomainMove], world: World
) -> Mapping[Address, Arrival]:
    """The volumes that come along with a domain whose storage is copied: they are made at the destination
    for what comes, and not filled from their own sources."""
    found = {}
    for move in moving.values():
        held = f"{move.declared.address} does not come" if move.obstacles else move.held
        for volume in coming(move, desired, world):
            # libvirt's own copy takes what the guest writes to; a seed is copied beforehand.
            live = move.live and not volume.policy.generated
            found[volume.address] = Arrival(move.declared.address, move.origin, live, held)
    return found


def move_domain(
    move: DomainMove, place: Whereabouts, desired: Desired, world: World, context: Context
) -> Draft:
    """The move with everything else that its declaration asks for, or what stands in its way."""
    declared = move.declared
    if move.obstacles:
        return blocked(
            declared,
            f"is on {move.origin} and cannot move to {declared.host}: {'; '.join(move.obstacles)}",
            observed_power=str(move.observation.power or ""),
        )
    seen = move.observation if move.live else replace(move.observation, power=PowerState.STOPPED, live=None)
    draft = converge(declared, seen, world, context)
    if draft.verdict.status is Status.BLOCKED:
        return draft  # another fleet's by now, say
    definition = next((action for action in draft.actions if isinstance(action.operation, Define)), None)
    stop = _stop(move)
    there = Target(declared.address, move.origin, declared.native)
    drops = () if move.held else dropped(there, snapshots_at(move.origin, declared.native, world))
    reason = Difference("host", declared.host, move.origin, Cause.EDITED, Effect.MIGRATE)
    migrate = Target.of(declared).act(
        Migrate(
            definition.operation.document if definition else "",
            move.origin,
            move.live,
            tuple(_copied_disks(move, desired)),
        ),
        (reason, *(definition.reasons if definition else ())),
        after=(*stop, *drops),
        deferred=move.held,
    )
    followers = tuple(
        _after(action, migrate, move.held) for action in draft.actions if action is not definition
    )
    return replace(
        draft,
        verdict=replace(
            draft.verdict,
            status=Status.CHANGE,
            differences=(reason, *draft.verdict.differences),
            privileged=(*draft.verdict.privileged, *_sent_to(move, desired)),
            observed_power=str(move.observation.power or ""),
        ),
        actions=(*(() if move.held else stop), *drops, migrate, *followers),
    )


def _sent_to(move: DomainMove, desired: Desired) -> tuple[str, ...]:
    """Where its memory is sent, if the files say so: that need not be where the host's URI leads."""
    address = desired.hosts[move.declared.host].migration.address
    return (f"migration address {address}",) if move.live and address else ()


def remove_leftovers(draft: Draft, declared: Declared, hosts: tuple[str, ...]) -> Draft:
    """Inactive definitions that an interrupted move has left on other hosts go, once all else is well. Their
    NVRAM and TPM state stay: on storage that the hosts share, they are the guest's own."""
    if not hosts or draft.verdict.status in (Status.BLOCKED, Status.UNREACHABLE):
        return draft
    reasons = tuple(
        Difference(f"leftover on {host}", None, "defined, stopped", Cause.DRIFTED) for host in hosts
    )
    removals = tuple(
        Target(declared.address, host, declared.native).act(
            Undefine(),
            (reason,),
            after=draft.actions,
            part=f"left on {host}",
        )
        for host, reason in zip(hosts, reasons, strict=True)
    )
    shown = replace(draft.verdict, status=Status.CHANGE, differences=(*draft.verdict.differences, *reasons))
    return replace(draft, verdict=shown, actions=(*draft.actions, *removals))


def _stop(move: DomainMove) -> tuple[Action, ...]:
    """A guest that is declared stopped stops before it moves."""
    if move.observation.power in OFF or move.live:
        return ()
    declared = move.declared
    target = Target(declared.address, move.origin, declared.native)
    reason = Difference("power", str(declared.power), str(move.observation.power), Cause.EDITED)
    return stop_for_removal(target, declared.policy, (reason,), move.observation.power)


def _after(action: Action, migrate: Action, held: str) -> Action:
    definition = f"define {action.address}"
    first = tuple(id_ for id_ in action.after if id_ != definition)
    return replace(action, after=(migrate.id, *first), expects="", deferred=action.deferred or held)


def _copied_disks(move: DomainMove, desired: Desired) -> Iterator[str]:
    """The targets of the disks whose content has to come along: what is written to, on storage of its
    host's own."""
    if move.declared.migration.storage != "copy":
        return
    for disk in domain_facts(move.observation.live or move.observation.document).disks:
        if disk.has_source and disk.own and not _is_shared(disk, desired):
            yield disk.target


def _is_shared(disk: DiskFacts, desired: Desired) -> bool:
    known = desired.resources.get(Address(Kind.VOLUME, disk.volume, "", disk.pool))
    return known is not None and known.shared
