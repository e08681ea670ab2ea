"""What belongs together is done together: what is held back holds others back with it, and which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.operations import Effect, Fill, Migrate, Stop
from reconciler.plan.draft import Draft
from reconciler.plan.model import Action, Hold
from reconciler.plan.world import World
from specs.desired import Desired
from specs.identity import Address, Kind

Pairs = Mapping[Address, frozenset[Address]]
"""Volumes and the domains that they are filled anew or moved with, both ways."""


@dataclass(frozen=True, slots=True)
class Bonds:
    """What holds others back: actions by their ids, the resources that are missing without one, and those
    whose counterpart is held back."""

    actions: Mapping[str, Action]
    missing: Mapping[Address, Action]
    counterparts: Mapping[Address, Action]
    desired: Desired

    def hold(self, action: Action) -> Hold | None:
        """Why an action waits for one of these, if it does."""
        cause = next((self.actions[id_] for id_ in action.after if id_ in self.actions), None)
        cause = cause or self.counterparts.get(action.address) or self._lacking(action)
        if cause is None:
            return None
        if cause.address == action.address:
            return Hold(cause.deferred, cause.until)
        return Hold(f"waits for {cause.address}, which is held back", cause.until)

    def _lacking(self, action: Action) -> Action | None:
        declared = self.desired.resources.get(action.address)
        if declared is None or not action.operation.needs:
            return None
        return next((self.missing[need] for need in declared.requires if need in self.missing), None)


def bonds_of(held: Iterable[Action], pairs: Pairs, desired: Desired, world: World) -> Bonds:
    """What these actions, which are held back, hold back in turn."""
    held = tuple(held)
    missing = {
        action.address: action
        for action in held
        if action.operation.provides
        and (declared := desired.resources.get(action.address))
        and world.of(declared) is None
    }
    counterparts = {
        other: action
        for action in held
        if action.address in pairs
        and (action.address.kind is Kind.VOLUME or isinstance(action.operation, Stop | Migrate))
        for other in (action.address, *pairs[action.address])
    }
    return Bonds({action.id: action for action in held}, missing, counterparts, desired)


def pairs_of(drafts: Iterable[Draft], desired: Desired) -> Pairs:
    """Which volumes of these are filled anew or moved with which domains."""
    found: defaultdict[Address, set[Address]] = defaultdict(set)
    for volume, domain in _bound(tuple(drafts), desired):
        found[volume].add(domain)
        found[domain].add(volume)
    return {address: frozenset(others) for address, others in found.items()}


def _bound(drafts: tuple[Draft, ...], desired: Desired) -> Iterator[tuple[Address, Address]]:
    """Each volume that is filled anew with the guests that stop for it, or that travels with its guest."""
    volumes = {d.verdict.address: d for d in drafts if d.actions and d.verdict.address.kind is Kind.VOLUME}
    if not volumes:
        return
    for draft in drafts:
        declared = desired.resources.get(draft.verdict.address)
        if declared is None or declared.address.kind is not Kind.DOMAIN:
            continue
        if any(isinstance(action.operation, Stop) for action in draft.actions):
            for need in declared.requires:
                if need in volumes and any(map(_fills_anew, volumes[need].actions)):
                    yield need, declared.address
        if any(isinstance(action.operation, Migrate) for action in draft.actions):
            for need in declared.requires:
                if need in volumes and desired.resources[need].follows == declared.address:
                    yield need, declared.address


def _fills_anew(action: Action) -> bool:
    return isinstance(action.operation, Fill) and action.effect is Effect.DESTROYS_DATA
