"""The service around what it serves: a source that hangs holds nobody up."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from typing import cast

from reconciler.controller.hostround import RoundSettings
from reconciler.controller.review import Review
from reconciler.controller.service import Service
from reconciler.controller.serving import ServiceSettings
from reconciler.controller.trees import TreeKeeper
from reconciler.engine.round import ExecutionOptions
from reconciler.log import log
from specs.desired import Desired
from state import OpenState

PATIENCE = 60.0


class Hanging:
    """A source that answers when it is let go, and then that it has nothing."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        self.problems: tuple[str, ...] = ("nothing is there",)

    def identity(self, now: float) -> Desired | None:
        self.asked.set()
        self.go.wait(PATIENCE)
        return None


def test_while_a_source_hangs_the_loop_lives_and_can_be_stopped() -> None:
    stop, beats, source = threading.Event(), [time.monotonic()], Hanging()
    execution = ExecutionOptions("run", stop)
    settings = ServiceSettings(
        name="run there",
        keeper=cast(TreeKeeper, source),
        store=lambda _: nullcontext(cast(OpenState, None)),
        rounds=RoundSettings(execution, Review(log)),
        log=log,
    )
    service = Service(settings, stop, lambda: beats.append(time.monotonic()))
    running = threading.Thread(target=service.run, daemon=True)
    running.start()
    assert source.asked.wait(PATIENCE)
    seen, deadline = len(beats), time.monotonic() + PATIENCE
    while len(beats) < seen + 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(beats) >= seen + 3
    stop.set()
    running.join(PATIENCE)
    assert not running.is_alive()
    source.go.set()
