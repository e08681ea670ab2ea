"""Letters arrive, each at least once and under one id, and no receiver holds up another."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.engine import notices
from reconciler.notify.message import Message
from reconciler.notify.notifier import Notifier, Telling, pause_after, wants
from reconciler.notify.sending import NotSent
from specs.identity import Address, Kind
from specs.receivers import KINDS, Receiver, Webhook
from specs.secret_source import SecretSource
from state import OpenState, open_state
from state.outbox import Notice
from state.standings import Condition, HostStanding, Standing
from tests.state.samples import sqlite_rows

LONG = 60.0
WEB = Address(Kind.DOMAIN, "web")


def receiver(name: str, on: Sequence[str] = (), only: Sequence[str] = ()) -> Receiver:
    return Receiver(name, Webhook(SecretSource(text=f"http://{name}")), tuple(on), tuple(only))


def notice(number: int = 1, kind: str = "failed") -> Notice:
    return Notice(kind, f"Domain/g{number}", f"number {number}", time.time())


@dataclass
class Mailbox:
    """What arrived, by receiver; `fails` says what happens to a message."""

    fails: Callable[[Message, Receiver], None] = lambda _, __: None
    came: list[tuple[str, str, str]] = field(default_factory=list)
    tried: list[tuple[str, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def send(self, message: Message, to: Receiver) -> None:
        with self.changed:
            self.tried.append((to.name, message.values["subject"]))
            self.changed.notify_all()
        self.fails(message, to)
        with self.changed:
            self.came.append((to.name, message.values["subject"], message.id))
            self.changed.notify_all()

    def wait(self, done: Callable[[Mailbox], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: done(self), LONG), (self.came, self.tried)

    @property
    def subjects(self) -> list[tuple[str, str]]:
        return [(name, subject) for name, subject, _ in self.came]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[OpenState]:
    state = open_state(f"{tmp_path}/state.db")
    yield state
    state.close()


@contextmanager
def running(
    state: OpenState, box: Mailbox, *receivers: Receiver, log: Callable[[str], None] = lambda _: None
) -> Iterator[Notifier]:
    notifier = Notifier(state, lambda: Telling("shop", receivers, box.send), log, poll=0.01)
    stop = threading.Event()
    thread = threading.Thread(target=notifier.run, args=(stop,))
    thread.start()
    try:
        yield notifier
    finally:
        stop.set()
        thread.join(LONG)
        assert not thread.is_alive()


def emptied(state: OpenState) -> None:
    """Until nothing is under way any more."""
    end = time.monotonic() + LONG
    while sqlite_rows(state, "SELECT id FROM letters"):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_everybody_is_told_in_order(state: OpenState) -> None:
    chat, mail = receiver("chat"), receiver("mail")
    box = Mailbox()
    state.receivers(["chat", "mail"])
    state.post([notice(number) for number in range(5)])
    with running(state, box, chat, mail):
        box.wait(lambda box: len(box.came) == 10)
        emptied(state)
    for name in ("chat", "mail"):
        assert [s for n, s in box.subjects if n == name] == [f"Domain/g{number}" for number in range(5)]
    assert len({key for _, _, key in box.came}) == 10


def test_receivers_are_those_of_the_tree_in_force(state: OpenState) -> None:
    box = Mailbox()
    now = [(receiver("chat"),), (receiver("mail"), receiver("pager"))]
    notifier = Notifier(state, lambda: Telling("shop", now[0], box.send), print, poll=0.01)
    stop = threading.Event()
    thread = threading.Thread(target=notifier.run, args=(stop,))
    thread.start()
    state.receivers(["chat"])
    state.post([notice(1)])
    box.wait(lambda box: len(box.came) == 1)
    now.pop(0)
    state.receivers(["mail", "pager"])
    state.post([notice(2)])
    box.wait(lambda box: len(box.came) == 3)
    stop.set()
    thread.join(LONG)
    assert box.subjects[0] == ("chat", "Domain/g1")
    assert sorted(box.subjects[1:]) == [("mail", "Domain/g2"), ("pager", "Domain/g2")]


def test_what_is_there_at_the_end_still_arrives(state: OpenState) -> None:
    box, stop = Mailbox(), threading.Event()
    chat = (receiver("chat"),)
    state.receivers(["chat"])
    state.post([notice(number) for number in range(5)])
    stop.set()
    Notifier(state, lambda: Telling("shop", chat, box.send), print).run(stop)
    assert len(box.came) == 5


def test_who_is_down_holds_nobody_up(state: OpenState) -> None:
    hangs = threading.Event()

    def fails(message: Message, to: Receiver) -> None:
        if to.name == "down":
            hangs.wait(LONG)
            raise NotSent("it cannot be reached")

    box = Mailbox(fails)
    state.receivers(["down", "chat"])
    state.post([notice(number) for number in range(5)])
    with running(state, box, receiver("down"), receiver("chat")):
        box.wait(lambda box: len(box.came) == 5)
        hangs.set()
    assert {name for name, _ in box.subjects} == {"chat"}


def test_what_did_not_arrive_is_sent_again_under_the_same_id(
    state: OpenState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.notify.notifier._FIRST_PAUSE", 0.01)
    ids: list[str] = []
    said: list[str] = []

    def fails(message: Message, to: Receiver) -> None:
        ids.append(message.id)
        if len(ids) < 4:
            raise NotSent("it answered 500")

    box = Mailbox(fails)
    state.receivers(["chat"])
    state.post([notice()])
    with running(state, box, receiver("chat"), log=said.append):
        box.wait(lambda box: bool(box.came))
        emptied(state)
    assert len(ids) == 4
    assert len(set(ids)) == 1
    assert said == ["'chat' could not be told of Domain/g1, tried again: it answered 500"]


def test_one_that_is_refused_does_not_keep_others_from_arriving(state: OpenState) -> None:
    def fails(message: Message, to: Receiver) -> None:
        if message.values["subject"] == "Domain/g0":
            raise NotSent("it answered 400", lasting=True)

    box = Mailbox(fails)
    state.receivers(["chat"])
    state.post([notice(number) for number in range(3)])
    with running(state, box, receiver("chat")):
        box.wait(lambda box: len(box.came) == 2)
    ((letter, why),) = state.undelivered()
    assert (letter.notice.subject, why) == ("Domain/g0", "it answered 400")


def test_after_a_week_nobody_wants_to_hear_of_it(state: OpenState) -> None:
    said: list[str] = []

    def fails(message: Message, to: Receiver) -> None:
        raise NotSent("it answered 500")

    state.receivers(["chat"])
    state.post([Notice("failed", "Domain/old", "old", time.time() - 8 * 86400)])
    with running(state, Mailbox(fails), receiver("chat"), log=said.append):
        emptied(state)
    assert said == ["'chat' was never told of Domain/old (failed): it answered 500"]


def test_only_what_is_asked_for_arrives(state: OpenState) -> None:
    box = Mailbox()
    standing = Standing(WEB, "hv1", Condition.FAILED, labels=(("app", "shop"),))
    state.note_standings(HostStanding("hv1", "qemu"), [standing], {}, None)
    state.receivers(["chat"])
    shop = receiver("chat", ["failed", "unreachable"], ["app=shop"])
    told = [
        Notice("failed", "Domain/other", "", time.time()),
        Notice("healed", str(WEB), "", time.time()),
        Notice("failed", str(WEB), "", time.time()),
        Notice("unreachable", "Host/hv1", "", time.time()),
    ]
    state.post(told)
    with running(state, box, shop):
        emptied(state)
        box.wait(lambda box: len(box.came) == 2)
    assert [subject for _, subject in box.subjects] == ["Domain/web", "Host/hv1"]


@pytest.mark.parametrize(
    ("on", "only", "subject", "wanted"),
    [
        ((), (), "Domain/web", True),
        (("healed",), (), "Domain/web", False),
        ((), ("Domain/web*",), "Domain/web", True),
        ((), ("Network/*",), "Domain/web", False),
        ((), ("Network/*", "tier=front"), "Domain/web", True),
        ((), ("Network/*",), "Host/hv1", True),
        ((), ("Network/*",), "c0ffee", True),
    ],
)
def test_who_wants_to_hear_of_what(
    on: tuple[str, ...], only: tuple[str, ...], subject: str, wanted: bool
) -> None:
    about = Notice("failed", subject, "", 0.0)
    assert wants(receiver("chat", on, only), about, [("tier", "front")]) == wanted


def test_pauses_grow_to_a_quarter_of_an_hour() -> None:
    assert [pause_after(number) for number in (0, 1, 2, 8, 5000)] == [5.0, 10.0, 20.0, 900.0, 900.0]


def test_whatever_happens_in_a_worker_is_told(state: OpenState) -> None:
    said: list[str] = []

    def fails(message: Message, to: Receiver) -> None:
        raise ZeroDivisionError("a mistake")

    box = Mailbox(fails)
    state.receivers(["chat"])
    state.post([notice()])
    with running(state, box, receiver("chat"), log=said.append):
        end = time.monotonic() + LONG
        while not said and time.monotonic() < end:
            time.sleep(0.01)
    assert "error: 'chat': internal error (ZeroDivisionError: a mistake)" in said[0]


KILLED = """
import os, sys, threading
from reconciler.notify.notifier import Notifier, Telling
from specs.receivers import Receiver, Webhook
from specs.secret_source import SecretSource
from state import open_state

def send(message, to):
    print(message.id, flush=True)
    os.kill(os.getpid(), 9)

chat = Receiver("chat", Webhook(SecretSource(text="x")))
Notifier(open_state(sys.argv[1]), lambda: Telling("shop", (chat,), send), print, poll=0.01).run(
    threading.Event()
)
"""


def test_killed_between_sending_and_marking_it_is_sent_again_under_the_same_id(
    state: OpenState, tmp_path: Path
) -> None:
    state.receivers(["chat"])
    state.post([notice()])
    died = subprocess.run(
        [sys.executable, "-c", KILLED, f"{tmp_path}/state.db"], capture_output=True, text=True, check=False
    )
    assert died.returncode == -9
    assert state.letters(time.time(), 60) == []  # the dead one has it still
    box = Mailbox()
    chat = (receiver("chat"),)
    later = Notifier(
        state, lambda: Telling("shop", chat, box.send), print, now=lambda: time.time() + 3600, poll=0.01
    )
    stop = threading.Event()
    thread = threading.Thread(target=later.run, args=(stop,))
    thread.start()
    box.wait(lambda box: bool(box.came))
    stop.set()
    thread.join(LONG)
    assert [key for _, _, key in box.came] == [died.stdout.strip()]


def test_every_kind_of_notice_can_be_asked_for() -> None:
    told = {*notices._TOLD.values(), *(kind for kind, _ in notices._COMMITS.values())}
    assert told | {"recovered", "healed", "unreachable", "host-recovered", "not-looked-at"} == set(KINDS)
