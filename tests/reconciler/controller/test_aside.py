"""What is done beside the loop: one thing at a time, and nothing that hangs or fails is the loop's matter."""

from __future__ import annotations

import threading
import time

from reconciler.controller.aside import Aside
from state import StateError

PATIENCE = 60.0


def begun(aside: Aside, done: threading.Event) -> None:
    """Begins something as soon as the last has ended."""
    deadline = time.monotonic() + PATIENCE
    while not aside.begin(done.set) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert done.wait(PATIENCE)


def test_what_hangs_is_not_begun_again_and_holds_nobody_up() -> None:
    said: list[str] = []
    aside, go, calls = Aside(lambda message, **_: said.append(message)), threading.Event(), []

    def hang() -> None:
        calls.append(1)
        go.wait(PATIENCE)

    assert aside.begin(hang)
    assert not aside.begin(hang)
    go.set()
    begun(aside, threading.Event())
    assert calls == [1]


def test_a_state_that_is_away_is_told_elsewhere_and_a_mistake_here() -> None:
    said: list[str] = []
    aside = Aside(lambda message, **_: said.append(message))

    def away() -> None:
        raise StateError("away")

    def wrong() -> None:
        raise RuntimeError("wrong")

    for fails in (away, wrong):
        assert aside.begin(fails)
        begun(aside, threading.Event())
    assert said == ["error: internal error (RuntimeError: wrong); please report it"]
