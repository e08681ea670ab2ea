"""Where a domain of ours is, when that is not just where it is declared: moved, half moved, doubled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.base import Observation
from reconciler.plan.ownership import belongs, own_mark
from reconciler.plan.readable import left_alone
from reconciler.plan.world import World
from specs.desired import Declared, Desired, PowerState
from specs.identity import Kind


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`owner` is the host whose copy counts ('' when there is none), `leftovers` are the hosts that hold
    an inactive definition which a move has left behind; `problem` says what a person must decide."""

    owner: str = ""
    leftovers: tuple[str, ...] = ()
    problem: str = ""


def whereabouts(declared: Declared, desired: Desired, world: World) -> Whereabouts:
    """Where a declared domain is among the hosts that were reached.

    The copy that runs is the guest; of several that do not run, the one where it was last seen. Nothing
    is guessed beyond that: the rest is a person's decision.
    """
    copies = dict(_copies(declared, desired, world))
    doubt = _unreadable_copy(declared, copies, world)
    if doubt:
        return Whereabouts(problem=doubt)
    if not copies:
        return Whereabouts(problem=_may_run_unseen(declared, desired, world))
    if len(copies) == 1:
        (host,) = copies
        return Whereabouts(host)
    identities = {seen.uuid for seen in copies.values()} - {""}
    names = " and ".join(sorted(copies))
    if len(identities) > 1:
        return Whereabouts(
            problem=f"there are different guests of this name on {names} (their UUIDs differ): rename or"
            " remove one of them"
        )
    active = [host for host, seen in copies.items() if seen.power is not PowerState.STOPPED]
    if len(active) > 1:
        states = " and ".join(f"{copies[host].power} on {host}" for host in sorted(active))
        return Whereabouts(
            problem=f"it is {states}: wait if a move is under way; else find out which copy is right, and"
            " destroy the other (virsh destroy), before both write to their disks"
        )
    record = world.records.get(declared.address)
    owner = active[0] if active else record.host if record and record.host in copies else ""
    if not owner:
        return Whereabouts(
            problem=f"it is defined on {names} and runs on none, and nothing remembers where it ran last:"
            " undefine the copy that is not wanted"
        )
    return Whereabouts(owner, tuple(sorted(copies.keys() - {owner})))


def _copies(declared: Declared, desired: Desired, world: World) -> Mapping[str, Observation]:
    """The hosts that hold it: its own, and others as far as what they hold is ours."""
    record = world.records.get(declared.address)
    found = {}
    for host in world.hosts_of(declared.native):
        seen = world.observation(host, Kind.DOMAIN, declared.native)
        if seen is None or world.unreadable(host, Kind.DOMAIN, declared.native):
            continue
        mark = own_mark(seen) if host != declared.host else None
        ours = (mark and belongs(mark, desired.fleet)) or (
            record and record.host == host and record.uuid in ("", seen.uuid)
        )
        if host == declared.host or ours:
            found[host] = seen
    return found


def _unreadable_copy(declared: Declared, copies: Mapping[str, Observation], world: World) -> str:
    """Why nobody can tell where it is: a host holds one of this name that cannot be read, and it is not
    known to run elsewhere."""
    record = world.records.get(declared.address)
    known = copies.get(record.host) if record else None
    for host in world.hosts_of(declared.native):
        why = world.unreadable(host, Kind.DOMAIN, declared.native)
        if not why or (known is not None and known.power is not PowerState.STOPPED):
            continue
        if host == declared.host:
            return left_alone(why)
        return (
            f"{host} holds one of this name that is unreadable, and may be this one: {why}; it is left alone."
            " Mend or rename it there"
        )
    return ""


def _may_run_unseen(declared: Declared, desired: Desired, world: World) -> str:
    """Why it must not be created though nobody was seen to hold it: a host that cannot be asked may."""
    for host in suspects(declared, world):
        if not (host in desired.hosts and desired.hosts[host].fenced):
            was = "was last" if declared.address in world.records else "may be"
            return (
                f"{was} on {host}, which cannot be asked whether it still runs it; it is not started a"
                f" second time (fenced: true in Host/{host}, once it is certain that nothing runs there)"
            )
    return ""


def suspects(declared: Declared, world: World) -> tuple[str, ...]:
    """The hosts that cannot be asked and may hold a domain that was seen nowhere: the one where it was last;
    without a record, all of which nothing is known."""
    record = world.records.get(declared.address)
    if record:
        return () if record.host in world.inventories else (record.host,)
    known = {one.host for one in world.records.values()}
    return tuple(host for host in world.unreachable if declared.placement and host not in known)
