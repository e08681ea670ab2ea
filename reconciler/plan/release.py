"""What a fleet gives back: its mark and its record go, and nothing else of the object is touched."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.base import Observation
from reconciler.compare.model import Cause, Difference
from reconciler.operations import Release
from reconciler.plan.draft import Draft, Target
from reconciler.plan.model import Status, Verdict
from reconciler.plan.ownership import is_ours, own_mark
from reconciler.plan.readable import left_alone
from reconciler.plan.remove import Removal
from reconciler.plan.select import selected
from reconciler.plan.world import Options, World
from specs.desired import Desired
from specs.identity import Address


def release(desired: Desired, world: World, options: Options) -> Removal:
    """What is selected of all that the fleet owns, wherever it is and whether or not it is declared; records
    of what is gone are dropped with it."""
    drafts, gone = [], []
    seen: set[Address] = set()
    for target, observation in _owned(desired, world):
        if _is_selected(target.address, desired, options):
            seen.add(target.address)
            drafts.append(_draft(target, observation, desired))
    for address, record in world.records.items():
        if address in seen or not _is_selected(address, desired, options):
            continue
        why = world.unreadable(record.host, address.kind, record.native)
        if record.host not in world.inventories:
            problem = world.unreachable.get(record.host, "the host cannot be reached")
            drafts.append(Draft(Verdict(address, record.host, Status.UNREACHABLE, problem=problem)))
        elif why:
            drafts.append(Draft(Verdict(address, record.host, Status.BLOCKED, problem=left_alone(why))))
        else:
            gone.append(address)
    return Removal(tuple(drafts), tuple(gone))


def _owned(desired: Desired, world: World) -> Iterator[tuple[Target, Observation]]:
    records = {(record.host, a.kind, record.native): a for a, record in world.records.items()}
    for host, inventory in world.inventories.items():
        for (kind, native), observation in inventory.objects.items():
            address = records.get((host, kind, native)) or Address.on(host, kind, native)
            if world.unreadable(host, kind, native):
                continue
            if is_ours(observation, world.records.get(address), desired.fleet, world.dialect(host)):
                yield Target(address, host, native), observation


def _is_selected(address: Address, desired: Desired, options: Options) -> bool:
    declared = desired.resources.get(address)
    return selected(options.only, address, declared.labels if declared else ())


def _draft(target: Target, observation: Observation, desired: Desired) -> Draft:
    reason = Difference("owner", None, desired.fleet.name, Cause.EDITED)
    declared = desired.resources.get(target.address)
    note = (
        f"it is still declared ({declared.origin}): the next apply takes it again, unless you take it out of"
        " the files"
        if declared
        else ""
    )
    verdict = Verdict(
        target.address,
        target.host,
        Status.RELEASE,
        declared.origin if declared else None,
        (reason,),
        notes=(note,) if note else (),
        observed_power=str(observation.power or ""),
    )
    return Draft(verdict, (target.act(Release(marked=own_mark(observation) is not None), (reason,)),))
