"""Health: alive is one thing, ready another, and each says what is missing."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest

from reconciler.server.hooks import Health, Hooks
from reconciler.server.latest import Latest
from reconciler.server.settings import ServerSettings
from state import StateError
from tests.reconciler.server.conftest import DoubleState, Open

STUCK = "the loop has made no progress for 61 s; 60 s are allowed"


def hooks(**health: object) -> Hooks:
    return Hooks(health=lambda: Health(**health))  # type: ignore[arg-type]


def test_what_works_is_alive_and_ready_for_everybody(open_app: Open, guarded: ServerSettings) -> None:
    client = open_app(guarded, hooks(idle=59, allowed=60))
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "alive\n")
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (200, "ready\n")


def test_a_loop_that_stands_still_is_neither(open_app: Open) -> None:
    client = open_app(hooks=hooks(idle=61.2, allowed=60))
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (503, f"{STUCK}\n")
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (503, f"not ready: {STUCK}\n")


def test_without_its_state_it_is_alive_and_not_ready(open_app: Open, state: DoubleState) -> None:
    state.broken = StateError("connection to db.internal as root:hunter2 refused")
    client = open_app()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text == "not ready: the state cannot be used; nothing is changed meanwhile\n"


def test_all_that_is_missing_is_said_harmlessly(open_app: Open, state: DoubleState) -> None:
    state.broken = StateError("")
    answer = open_app(hooks=hooks(missing=("no tree was read yet", "\x1b[2J\n"), idle=61.2)).get("/readyz")
    assert answer.text.splitlines() == [
        f"not ready: {STUCK}",
        "not ready: the state cannot be used; nothing is changed meanwhile",
        "not ready: no tree was read yet",
        "not ready: \\x1b[2J\\n",
    ]


def test_many_who_ask_make_the_state_be_asked_once(open_app: Open, state: DoubleState) -> None:
    client = open_app()
    asked = state.asked
    for _ in range(20):
        client.get("/readyz")
    assert state.asked - asked < 10


def test_what_hangs_holds_one_thread_and_nobody_longer_than_patience() -> None:
    go, calls = threading.Event(), []

    def ask() -> str:
        calls.append(1)
        go.wait(60)
        return "at last"

    async def asked() -> str:
        latest = Latest(ask, fresh=0, patience=0.05)
        for _ in range(3):
            with pytest.raises(StateError, match="does not answer"):
                await latest.get()
        assert len(calls) == 1
        go.set()
        while True:
            with suppress(StateError):
                return await latest.get()

    assert asyncio.run(asyncio.wait_for(asked(), 60)) == "at last"


def test_what_went_wrong_is_told_and_asked_again() -> None:
    answers = [StateError("away")]

    def ask() -> str:
        if answers:
            raise answers.pop()
        return "there"

    async def asked() -> str:
        latest = Latest(ask, fresh=0)
        with pytest.raises(StateError, match="away"):
            await latest.get()
        return await latest.get()

    assert asyncio.run(asked()) == "there"
