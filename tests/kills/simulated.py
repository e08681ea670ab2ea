"""Kills upon the simulated hypervisor: a first apply, edits with removals, fills, and moves."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.reconciler.execute import fleet as moves
from tests.reconciler.execute import lab as single
from tests.reconciler.execute import points, test_moves
from tests.reconciler.execute.fleet import Fleet
from tests.reconciler.execute.lab import AFTER, BEFORE, KILLED, Lab

COMMANDS = (("apply", "--yes"), ("run", "--once"))
_MOST_KILLS = 3
"""How often one apply is killed, at most, before one may end."""


@dataclass(frozen=True)
class Scene:
    """A starting point that a command is killed upon. `check` says what must hold of a copy at all times,
    `arrived` what must hold at the end; both are asserted. `seconds` is about what the command takes."""

    name: str
    start: Lab
    arguments: tuple[str, ...]
    check: Callable[[Lab], None]
    arrived: Callable[[Lab], None]
    seconds: float


def scenes(folder: Path) -> list[Scene]:
    """All starting points, made below a folder, each with what an undisturbed apply leads to."""
    made = [_first(folder), _edit(folder), _fill(folder)]
    return made + [_moves(folder, apart=apart) for apart in (False, True)]


def kill(scene: Scene, folder: Path, rng: Random) -> int:
    """Kills once to three times in a copy of the scene, then lets it end; how many kills came in time.
    Raises AssertionError for what does not hold."""
    lab = _copy(scene.start, folder)
    kills = 0
    for _ in range(rng.randint(1, _MOST_KILLS)):
        moment = rng.uniform(0, scene.seconds)
        command, option = rng.choice(COMMANDS)
        arguments = (command, *scene.arguments, option, "--allow-data-loss")
        code = lab.call(*arguments, before=lambda moment=moment: _die_in(moment))  # type: ignore[misc]
        assert code in (KILLED, 0), f"{command} ended with {code}: {lab.log}"
        assert "internal error" not in lab.log
        assert "Traceback" not in lab.log
        scene.check(lab)
        if code == 0:
            break
        kills += 1
    lab.settle()
    scene.arrived(lab)
    return kills


def _die_in(seconds: float) -> None:
    killer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL))
    killer.daemon = True
    killer.start()


def _first(folder: Path) -> Scene:
    lab = _empty(folder / "first")
    lab.declare(BEFORE)
    return _of_one_host("first", lab, folder)


def _edit(folder: Path) -> Scene:
    lab = _empty(folder / "edit")
    lab.declare(BEFORE)
    lab.settle()
    lab.loose_volume_comes()
    lab.declare(AFTER, key="second value")
    return _of_one_host("edit", lab, folder)


def _empty(folder: Path) -> Lab:
    folder.mkdir(parents=True)
    lab = Lab(folder)
    lab.aliens_come()
    return lab


def _of_one_host(name: str, start: Lab, folder: Path) -> Scene:
    goal = start.copy(folder / f"{name}-goal")
    seconds = _timed(goal)
    return Scene(
        name,
        start,
        single.ARGUMENTS,
        lambda lab: points.assert_unharmed(lab, start),
        lambda lab: points.assert_arrived(lab, start, goal),
        seconds,
    )


def _fill(folder: Path) -> Scene:
    """Guests on two hosts whose volumes are filled from an image."""
    start = Fleet(folder / "fill")
    start.folder.mkdir(parents=True)
    start.place(moved=False)
    goal = start.again(folder / "fill-goal")
    seconds = _timed(goal)

    def arrived(lab: Lab) -> None:
        assert isinstance(lab, Fleet)
        assert lab.everything() == goal.everything()
        for name in lab.guests:
            assert lab.disk(name, next(iter(lab.copies(name)))) == b"the image" * 1000

    return Scene("fill", start, moves.ARGUMENTS, lambda lab: None, arrived, seconds)


def _moves(folder: Path, *, apart: bool) -> Scene:
    name = f"moves-{'apart' if apart else 'together'}"
    start = Fleet(folder / name, apart)
    start.folder.mkdir(parents=True)
    start.place(moved=False)
    start.settle()
    start.guests_write()
    start.place(moved=True)
    goal = start.again(folder / f"{name}-goal")
    seconds = _timed(goal)
    reached = goal.everything()

    def check(lab: Lab) -> None:
        assert isinstance(lab, Fleet)
        test_moves.assert_unharmed(lab, start)

    def arrived(lab: Lab) -> None:
        assert isinstance(lab, Fleet)
        test_moves.assert_arrived(lab, start, reached)

    return Scene(name, start, moves.ARGUMENTS, check, arrived, seconds)


def _copy(start: Lab, folder: Path) -> Lab:
    return start.again(folder) if isinstance(start, Fleet) else start.copy(folder)


def _timed(lab: Lab) -> float:
    """Seconds that an undisturbed apply takes; the lab has arrived afterwards."""
    began = time.monotonic()
    lab.apply()
    took = time.monotonic() - began
    lab.settle()
    return took


def rounds(number: int, folder: Path, rng: Random) -> Iterator[tuple[str, int, str]]:
    """Scenes in turn until so many kills have come in time: the scene, its kills, and what did not hold."""
    ready = scenes(folder)
    killed = turn = 0
    while killed < number:
        scene = ready[turn % len(ready)]
        place = folder / f"round-{turn}"
        turn += 1
        try:
            kills = kill(scene, place, rng)
        except AssertionError as error:
            yield scene.name, 1, f"{error or 'an assertion does not hold'}; kept in {place}"
            killed += 1
            continue
        killed += kills
        yield scene.name, kills, ""
