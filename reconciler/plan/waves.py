"""The guests of a roll-out one after another, within one plan: what is shown is done in that order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from reconciler.plan.model import Action
from reconciler.plan.order import topological
from reconciler.plan.rolling import Rolling
from specs.identity import Address
from specs.rollouts import CANARIES, RolloutPolicy
from state.tickets import GuestTurn

_ANY = 1_000_000_000
_FEW = 20
"""Up to so many guests of a wave are waited for by each of the next."""

Needs = Mapping[Address, set[Address]]
"""Of each guest, others to whom something is done first."""


def in_waves(
    actions: tuple[Action, ...], rolling: Rolling, policy: RolloutPolicy | None
) -> tuple[Action, ...]:
    """Ordered actions, with guests in waves: no more at once than may be down, or are a batch; canaries
    before all others. Whoever fails holds up all later ones.

    Guests of which each needs something that is done to the other are changed together.
    """
    if policy is None or len(rolling.turns) < 2:
        return actions
    turns = {turn.address: turn for turn in rolling.turns}
    steps: defaultdict[Address, list[Action]] = defaultdict(list)
    for action in actions:
        if action.address in turns and not action.deferred:
            steps[action.address].append(action)
    before = _before(_waves(policy, turns, _needs(actions, turns)), turns)
    after = dict(_waiting(steps, before))
    return topological(replace(a, after=(*a.after, *after.get(a.id, ()))) for a in actions)


def _waiting(
    steps: Mapping[Address, list[Action]], before: Mapping[Address, list[Address]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What each action of a guest waits for besides. After a wide wave only the first guest of the next waits
    for each of its guests, and the others for the first action of that one: there would be too many edges."""
    ends = {address: tuple(_last(own)) for address, own in steps.items()}
    gates: dict[int, Address] = {}
    for address, own in steps.items():
        earlier = before[address]
        gate = gates.setdefault(id(earlier), address)
        if len(earlier) > _FEW and gate != address:
            after: tuple[str, ...] = (steps[gate][0].id,)
        else:
            after = tuple(id_ for other in earlier for id_ in ends.get(other, ()))
        yield from ((action.id, after) for action in own)


def _last(actions: list[Action]) -> Iterator[str]:
    """The actions of one guest that no other of its own comes after."""
    followed = {id_ for action in actions for id_ in action.after}
    return (action.id for action in actions if action.id not in followed)


def _needs(actions: Iterable[Action], turns: Collection[Address]) -> Needs:
    """For actions in their order: for which guests each waits, also through what is no guest's."""
    behind: dict[str, set[Address]] = {}
    needs: defaultdict[Address, set[Address]] = defaultdict(set)
    for action in actions:
        found = {address for id_ in action.after for address in behind.get(id_, ())}
        if action.address in turns:
            needs[action.address] |= found - {action.address}
            found = {*found, action.address}
        behind[action.id] = found
    return needs


def _waves(policy: RolloutPolicy, turns: Mapping[Address, GuestTurn], needs: Needs) -> Mapping[Address, int]:
    """The wave of each guest: never before that of one it needs, and none fuller than it may be."""
    first = _with_needs((a for a, turn in turns.items() if turn.group == CANARIES), needs)
    full, waves = Counter[tuple[str, int]](), dict[Address, int]()
    free = Counter[tuple[str, int]]()
    last = -1
    for unit in sorted(_units(turns, needs), key=lambda unit: first.isdisjoint(unit)):
        wave = max((waves[other] for one in unit for other in needs[one] if other in waves), default=0)
        if first.isdisjoint(unit):
            wave = max(wave, last + 1)
        group, width = turns[unit[0]].group, min(_width(policy, turns[one]) for one in unit)
        while full[group, free[group, width]] >= width:
            free[group, width] += 1
        wave = max(wave, free[group, width])
        while full[group, wave] and full[group, wave] + len(unit) > width:
            wave += 1
        full[group, wave] += len(unit)
        waves.update(dict.fromkeys(unit, wave))
        last = last if first.isdisjoint(unit) else max(last, wave)
    return waves


def _with_needs(addresses: Iterable[Address], needs: Needs) -> frozenset[Address]:
    """These with all that they need, at first or at second hand."""
    reach = list(addresses)
    found = set(reach)
    while reach:
        more = needs[reach.pop()] - found
        found |= more
        reach.extend(more)
    return frozenset(found)


def _units(turns: Iterable[Address], needs: Needs) -> list[list[Address]]:
    """Guests that need each other together, each after those that it needs."""
    head = {address: address for address in turns}
    while True:
        graph: dict[Address, set[Address]] = {one: set() for one in head.values()}
        for address, one in head.items():
            graph[one] |= {head[other] for other in needs[address]} - {one}
        try:
            order = list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            cycle = error.args[1]
            head = {address: cycle[0] if one in cycle else one for address, one in head.items()}
            continue
        members: defaultdict[Address, list[Address]] = defaultdict(list)
        for address, one in head.items():
            members[one].append(address)
        return [members[one] for one in order]


def _width(policy: RolloutPolicy, turn: GuestTurn) -> int:
    batch = None if turn.group == CANARIES else policy.batch_of(turn.group)
    most = policy.most_down(turn.group) if turn.down else None
    return min((limit for limit in (batch, most) if limit is not None), default=_ANY)


def _before(
    waves: Mapping[Address, int], turns: Mapping[Address, GuestTurn]
) -> Mapping[Address, list[Address]]:
    """The guests of the wave before, of the same group; and all that go first, unless that comes later."""
    of: defaultdict[str, defaultdict[int, list[Address]]] = defaultdict(lambda: defaultdict(list))
    for address, wave in waves.items():
        of[turns[address].group][wave].append(address)
    going_first = of.pop(CANARIES, defaultdict(list))
    canaries, last = [one for wave in going_first.values() for one in wave], max(going_first, default=-1)
    found: dict[Address, list[Address]] = {}
    for known in (going_first, *of.values()):
        earlier: list[Address] = []
        for wave in sorted(known):
            after_canaries = known is not going_first and not earlier and wave > last
            found |= dict.fromkeys(known[wave], canaries if after_canaries else earlier)
            earlier = known[wave] if wave > last or known is going_first else []
    return found
