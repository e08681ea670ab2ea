"""What of a host a tree takes up: all that it may have, or what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from drivers.base import Inventory, Observation
from reconciler.faults import Fault
from reconciler.plan.ownership import belongs, own_mark
from reconciler.plan.readable import why_unreadable
from reconciler.plan.select import Selector, selected
from reconciler.report.adopted import adoptable, cannot_be_declared
from specs.desired import Declared, Desired, FleetPolicy
from specs.diagnostics import did_you_mean
from specs.documents.marks import Mark
from specs.identity import Address, Kind
from specs.names import spelt


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for: everything, or what is selected; also what another fleet has."""

    only: tuple[Selector, ...] = ()
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class Adoption:
    """What files are written for, what is left out and why, and whose mark is to be replaced."""

    wanted: tuple[Observation, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    foreign: Mapping[Address, Mark] = field(default_factory=dict)


def choose(inventory: Inventory, host: str, tree: Desired | None, ours: FleetPolicy, wish: Wish) -> Adoption:
    """What is adopted of a host into a tree, which may be none yet. Raises Fault when nothing is selected."""
    seen = [o for o in inventory.objects.values() if _is_selected(o, host, wish)]
    failed = {
        key: why for key, why in inventory.failures.items() if selected(wish.only, Address.on(host, *key))
    }
    if wish.only and not seen and not failed:
        shown = ", ".join(map(str, wish.only))
        there = (f"{o.kind}/{o.name}" for o in inventory.objects.values())
        near = did_you_mean(str(wish.only[0]), there)
        raise Fault(f"{host} has nothing that --only {shown} selects{near}; nothing was written")
    left_out = {f"{kind}/{what}": message for (kind, what), message in failed.items()}
    foreign: dict[Address, Mark] = {}
    wanted = []
    worth = set(adoptable(inventory.objects.values()))
    for observation in (o for o in seen if o in worth):
        mark = _mark(observation)
        if mark and not belongs(mark, ours) and wish.take_over:
            foreign[Address.on(host, observation.kind, observation.name)] = mark
        if why := next(_obstacles(observation, mark, host, tree, ours, wish), ""):
            left_out[f"{observation.kind}/{spelt(observation.name)}"] = why
        else:
            wanted.append(observation)
    return Adoption(tuple(wanted), left_out, foreign)


def _obstacles(
    observation: Observation,
    mark: Mark | None,
    host: str,
    tree: Desired | None,
    ours: FleetPolicy,
    wish: Wish,
) -> Iterator[str]:
    """Why no file is written for it."""
    if why := why_unreadable(observation):
        yield f"unreadable: {why}"
    if why := cannot_be_declared(observation):
        yield f"no file can say its name: {why}"
    if mark and not belongs(mark, ours) and not wish.take_over:
        yield f"it belongs to {called(mark)}; --take-over takes it from there"
    if tree is not None:
        yield from _declared(observation, host, tree)
    if not wish.only and not observation.persistent:
        shown = f"{observation.kind}/{spelt(observation.name)}"
        yield (
            "it is transient, and ends when it stops;"
            f" --only {shown} adopts it all the same: apply makes it persistent then"
        )
    if not wish.only and tree and (observation.kind, observation.name) in tree.fleet.external:
        yield "the Fleet calls it external"


def _declared(observation: Observation, host: str, tree: Desired) -> Iterator[str]:
    for declared in tree.resources.values():
        if (declared.address.kind, declared.native) != (observation.kind, observation.name):
            continue
        if declared.host == host or declared.shared:
            yield f"it is declared already ({declared.origin})"
        elif observation.kind is Kind.DOMAIN:
            yield f"one of this name is declared already, on {_place(declared)} ({declared.origin})"
    for kind, name, file in tree.skipped:
        if (kind, name) == (observation.kind, observation.name):
            yield f"it stands in a file that is skipped ({file})"


def _place(declared: Declared) -> str:
    return declared.host or "a host that placement chooses"


def called(mark: Mark) -> str:
    """The fleet of a mark, for people."""
    return f"the fleet '{mark.fleet}'" + (f" ({mark.fleet_uuid})" if mark.fleet_uuid else "")


def fleet_in(inventory: Inventory) -> FleetPolicy | None:
    """The one fleet that all marks on a host are of, as when its files were lost."""
    marks = (_mark(o) for o in inventory.objects.values())
    found = {(mark.fleet, mark.fleet_uuid) for mark in marks if mark}
    return FleetPolicy(*found.pop()) if len(found) == 1 else None


def _mark(observation: Observation) -> Mark | None:
    return None if why_unreadable(observation) else own_mark(observation)


def _is_selected(observation: Observation, host: str, wish: Wish) -> bool:
    return selected(wish.only, Address.on(host, observation.kind, observation.name))
