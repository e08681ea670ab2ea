"""Domains that the files call otherwise than their hosts do: renamed, and planned as they will be called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from drivers.base import Observation
from reconciler.compare.model import Cause, Difference
from reconciler.operations import Rename
from reconciler.plan.draft import Draft, Target, blocked
from reconciler.plan.model import Status
from reconciler.plan.ownership import belongs, own_mark
from reconciler.plan.safety import dropped, not_ours_of, snapshots_at
from reconciler.plan.world import World
from specs.desired import OFF, Declared, Desired
from specs.documents.called import renamed
from specs.identity import Address, Kind


@dataclass(frozen=True, slots=True)
class Renaming:
    """The world in which those that can be renamed have their new names already; `pending` is how they are
    still found on their hosts, `problems` why others are not renamed."""

    world: World
    pending: Mapping[Address, Observation] = field(default_factory=dict)
    problems: Mapping[Address, str] = field(default_factory=dict)


def renaming(desired: Desired, world: World) -> Renaming:
    """Of all domains that say how they were called, as far as they are still called so."""
    former = {a: d for a, d in desired.resources.items() if d.formerly}
    if not former:
        return Renaming(world)
    pending: dict[Address, Observation] = {}
    problems: dict[Address, str] = {}
    for address, declared in former.items():
        world = _with_record(declared, world)
        places = world.hosts_of(declared.formerly)
        ours = [host for host in places if _is_ours(declared, host, desired, world)]
        host = declared.host or next(iter(ours), "")  # placement goes by where it is
        if world.hosts_of(declared.native):
            if ours:
                problems[address] = _both(declared, ours, world)
        elif ours and ours != [host]:
            problems[address] = (
                f"it is called '{declared.formerly}' on {' and '.join(ours)}, and is to be on"
                f" {declared.host}: let it be renamed where it is (host:), and move it afterwards"
            )
        elif host in places:
            why = world.unreadable(host, Kind.DOMAIN, declared.formerly)
            old = world.observation(host, Kind.DOMAIN, declared.formerly)
            if old is None or why:
                problems[address] = f"'{declared.formerly}' on {host} cannot be read: {why}"
            else:
                pending[address] = old
                world = _with_new_name(declared.native, host, old, world)
    return Renaming(world, pending, problems)


def formerly_called(
    addresses: Iterable[Address], desired: Desired, world: World
) -> Iterator[tuple[str, str]]:
    """The domains that some of these may be renamed from, by their hosts and names."""
    for address in addresses:
        declared = desired.resources.get(address)
        if declared and declared.formerly:
            yield from ((host, declared.formerly) for host in world.hosts_of(declared.formerly))


def _both(declared: Declared, hosts: list[str], world: World) -> str:
    here = " and ".join(world.hosts_of(declared.native))
    return (
        f"formerly says that it was called '{declared.formerly}', and there are both: '{declared.native}' on"
        f" {here}, '{declared.formerly}' on {' and '.join(hosts)}; remove or release the one that is not"
        " wanted, or take formerly out of the files"
    )


def _is_ours(declared: Declared, host: str, desired: Desired, world: World) -> bool:
    """Whether a domain of the former name is the one that is meant: the fleet's by its mark or record, or,
    where the declared one is nowhere yet, what nobody has marked."""
    seen = world.observation(host, Kind.DOMAIN, declared.formerly)
    if seen is None or world.unreadable(host, Kind.DOMAIN, declared.formerly):
        return True  # nobody can tell
    mark = own_mark(seen)
    if mark is not None:
        return belongs(mark, desired.fleet)
    known = (world.records.get(a) for a in (declared.address, Address(Kind.DOMAIN, declared.formerly)))
    return seen.uuid in {record.uuid for record in known if record}


def _with_record(declared: Declared, world: World) -> World:
    """What was recorded under the old name holds for the new one."""
    former = Address(Kind.DOMAIN, declared.formerly)
    records, documents = dict(world.records), dict(world.answers.documents)
    if former not in records or declared.address in records:
        return world
    records[declared.address] = replace(records.pop(former), address=declared.address)
    if former in documents:
        documents[declared.address] = documents.pop(former)
    return replace(
        world,
        recorded=replace(world.recorded, records=records),
        answers=replace(world.answers, documents=documents),
    )


def _with_new_name(name: str, host: str, old: Observation, world: World) -> World:
    inventory = world.inventories[host]
    objects = {key: seen for key, seen in inventory.objects.items() if key != (Kind.DOMAIN, old.name)}
    objects[Kind.DOMAIN, name] = replace(
        old,
        name=name,
        document=renamed(old.document, name),
        live=renamed(old.live, name) if old.live else old.live,
    )
    inventories = {**world.inventories, host: replace(inventory, objects=objects)}
    return replace(world, observed=replace(world.observed, inventories=inventories))


def with_renames(drafts: list[Draft], desired: Desired, found: Renaming) -> list[Draft]:
    """The drafts with each rename before all else; what runs keeps its name, and all that is planned of it
    waits for that."""
    return [_with_rename(draft, desired, found) for draft in drafts]


def _with_rename(draft: Draft, desired: Desired, found: Renaming) -> Draft:
    address = draft.verdict.address
    if address in found.problems:
        return blocked(desired.resources[address], found.problems[address])
    if address not in found.pending or draft.verdict.status in (Status.BLOCKED, Status.UNREACHABLE):
        return draft
    declared, old = desired.resources[address], found.pending[address]
    names = snapshots_at(declared.host, old.name, found.world)
    if others := not_ours_of(names):
        return blocked(declared, _held(declared, others))
    reason = Difference("name", declared.native, old.name, Cause.EDITED)
    waits = "" if old.power in OFF else "it runs: a guest is renamed while it is stopped"
    target = Target(address, declared.host, old.name)
    first = () if waits else tuple(replace(each, uuid=old.uuid) for each in dropped(target, names))
    rename = replace(
        target.act(Rename(declared.native), (reason,), after=first, deferred=waits), uuid=old.uuid
    )
    held = tuple(
        replace(action, after=(rename.id, *action.after), deferred=action.deferred or waits)
        for action in draft.actions
    )
    told = replace(draft.verdict, differences=(reason, *draft.verdict.differences), status=Status.CHANGE)
    return replace(
        draft, verdict=told, actions=(*first, rename, *held), refresh=None if waits else draft.refresh
    )


def _held(declared: Declared, names: tuple[str, ...]) -> str:
    """A snapshot's command knows the guest by its declared name only, which it has not yet."""
    return (
        f"it has snapshots ({', '.join(names)}), and no guest is renamed with snapshots: virsh"
        f" snapshot-delete {declared.formerly} NAME removes one, or keep the name while they are needed"
    )
