"""A storm: people work, faults come and go, and then all has to be as declared."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median

from tests.chaos.controllers import ControllerProcess
from tests.chaos.faults import befalling, possible
from tests.chaos.judge import Case, judged
from tests.chaos.witness import Act, Witness
from tests.chaos.world import Scale, World, world

_WARM = 30.0
"""Seconds after its start in which a controller's memory still grows to its size."""

_GROWTH, _GROWTH_KIB = 1.1, 8 * 1024
"""How much more memory than before is no leak yet."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a storm: faults in their order, calls and actions that were judged, what does not hold."""

    faults: tuple[str, ...]
    calls: int
    acts: int
    memory: dict[str, tuple[int, int]]
    """Per controller the KiB that it had at first and at last, as medians."""
    wrong: tuple[str, ...]


@dataclass
class _Memory:
    """What a controller's memory is, over time."""

    controller: ControllerProcess
    seen: list[tuple[float, int]] = field(default_factory=list)

    def look(self, now: float) -> None:
        self.seen.append((now, self.controller.memory))

    def first_and_last(self) -> tuple[int, int]:
        """Medians of the first and of the last third, once it was warm; (0, 0) when that is too short."""
        began = self.seen[0][0] + _WARM if self.seen else 0.0
        warm = [kib for at, kib in self.seen if at >= began and kib]
        third = len(warm) // 3
        return (int(median(warm[:third])), int(median(warm[-third:]))) if third >= 10 else (0, 0)


@dataclass(frozen=True, slots=True)
class Weather:
    """How long a storm lasts, its seed, which faults are in it (any), and within how many seconds each comes
    and goes."""

    seconds: float
    seed: int
    only: Sequence[str] = ()
    lasts: float = 5.0


def storm(weather: Weather, scale: Scale, say: Callable[[str], None] = print) -> Told:
    """A whole storm in a world of its own; says each fault as it comes."""
    with world(scale, Random(f"{weather.seed} people")) as made:
        before = made.strangers()
        witness = Witness(made.open_state)
        for controller in made.controllers.values():
            controller.start()
        faults, memory = _faults(made, scale, weather, say)
        wrong = [problem for problem in (made.settles(),) if problem]
        wrong += [
            f"{name} ended by itself with {code}; its log ends with {controller.said()}"
            for name, controller in made.controllers.items()
            if (code := controller.ended()) is not None
        ]
        for controller in made.controllers.values():
            controller.end()
        acts = witness.close()
        if made.strangers() != before:
            wrong.append("what belongs to others is not what it was")
        return _told(made, acts, faults, memory, wrong)


def _faults(
    made: World, scale: Scale, weather: Weather, say: Callable[[str], None]
) -> tuple[list[str], dict[str, _Memory]]:
    """Faults, one after another, with people at work in and after each."""
    rng = Random(f"{weather.seed} faults")  # they are the same however fast the machine is
    until = time.monotonic() + weather.seconds
    names = possible(scale, weather.only)
    memory = {name: _Memory(controller) for name, controller in made.controllers.items()}
    faults: list[str] = []
    while not faults or time.monotonic() < until:
        with befalling(rng.choice(names), made, rng) as text:
            faults.append(text)
            say(text)
            _work(made, rng.uniform(0.1, 1) * weather.lasts, memory)
        _work(made, rng.uniform(0.1, 1) * weather.lasts, memory)
    return faults, memory


def _work(made: World, seconds: float, memory: dict[str, _Memory]) -> None:
    """People work for so long, and the controllers' memory is watched."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        made.people.work()
        for one in memory.values():
            one.look(time.monotonic())


def _told(
    made: World, acts: Sequence[Act], faults: Sequence[str], memory: dict[str, _Memory], wrong: list[str]
) -> Told:
    calls = made.calls()
    addresses = {place.address for name, place in made.places.items() if name != "judge"}
    case = Case(addresses, made.people.declared, calls, acts, made.frozen)
    sizes = {name: one.first_and_last() for name, one in memory.items()}
    leaks = [
        f"the memory of {name} grew from {first} to {last} KiB"
        for name, (first, last) in sizes.items()
        if last > _GROWTH * first + _GROWTH_KIB
    ]
    return Told(tuple(faults), len(case.theirs), len(acts), sizes, (*wrong, *judged(case), *leaks))
