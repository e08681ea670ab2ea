"""Hosts are watched as long as they are ours, and wake us for what others did there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.base import Change, Happening
from drivers.base.errors import Unreachable, Unsupported
from drivers.contract.complete import open_complete
from reconciler.controller import subscriptions
from reconciler.controller.settling import Wake
from reconciler.controller.watching import End, Watching
from reconciler.operations import Start
from reconciler.plan.model import Action
from specs.identity import Address, Kind

PATIENCE = 60.0
STOPPED = Change(Kind.DOMAIN, "web", Happening.STOPPED)


class World:
    """Hosts that can be subscribed to, that fail or hang, and what woke us."""

    def __init__(self) -> None:
        self.tell: dict[str, Callable[[Change], None]] = {}
        self.lose: dict[str, Callable[[], None]] = {}
        self.failing: dict[str, Exception] = {}
        self.hanging: dict[str, threading.Event] = {}
        self.asked: set[str] = set()
        self.ended: list[str] = []
        self.woken: list[Wake] = []
        self.said: list[str] = []
        self._news = threading.Condition()
        self.watching = Watching(self.subscribe, self.wake, self.said.append)

    def subscribe(self, host: str, tell: Callable[[Change], None], lost: Callable[[], None]) -> End:
        self.asked.add(host)
        if host in self.hanging:
            self.hanging[host].wait(PATIENCE)
        if host in self.failing:
            raise self.failing[host]
        self.tell[host], self.lose[host] = tell, lost
        return lambda: self.ended.append(host)

    def wake(self, wake: Wake) -> None:
        with self._news:
            self.woken.append(wake)
            self._news.notify_all()

    def wait(self, enough: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not enough():
            assert time.monotonic() < until, (self.woken, self.said)
            with self._news:
                self._news.wait(0.01)

    def watch(self, *hosts: str) -> None:
        """Until they are watched, and what was missed before is looked for."""
        self.watching.keep(hosts)
        self.wait(lambda: {wake.host for wake in self.woken if wake.missed} >= set(hosts))
        self.woken.clear()

    def changes(self) -> list[Change]:
        return [change for wake in self.woken for change in wake.changes]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(subscriptions, "FIRST_PAUSE", 0.05)
    world = World()
    world.watching.start()
    yield world
    world.watching.stop()
    for hanging in world.hanging.values():
        hanging.set()


def test_what_is_told_wakes(world: World) -> None:
    world.watch("hv1", "hv2")
    assert world.watching.watched == {"hv1", "hv2"}
    world.tell["hv1"](STOPPED)
    world.wait(lambda: bool(world.woken))
    (wake,) = world.woken
    assert (wake.host, wake.changes) == ("hv1", (STOPPED,))


def test_what_was_lost_is_subscribed_to_anew_and_looked_at_in_full(world: World) -> None:
    world.watch("hv1")
    first = world.tell["hv1"]
    world.lose["hv1"]()
    world.wait(lambda: bool(world.woken))
    assert [(wake.host, wake.changes, wake.missed) for wake in world.woken] == [("hv1", (), True)]
    first(STOPPED)
    world.tell["hv1"](Change(Kind.DOMAIN, "db"))
    world.wait(lambda: len(world.woken) > 1)
    assert [change.name for change in world.changes()] == ["db"], "the first one is over"


def test_hosts_that_hang_or_fail_hold_up_no_other(world: World) -> None:
    world.hanging |= {f"dead{number}": threading.Event() for number in range(subscriptions.AT_ONCE)}
    world.failing["gone"] = Unreachable("it is off")
    world.watching.keep([*world.hanging, "gone", "hv1"])
    world.wait(lambda: "hv1" in world.tell)
    world.tell["hv1"](STOPPED)
    world.wait(lambda: world.changes() == [STOPPED])
    assert world.watching.watched == {"hv1"}
    del world.failing["gone"]
    world.wait(lambda: "gone" in world.tell)
    assert world.said == ["host gone tells of no changes, only looking finds them: it is off"]


def test_who_tells_nothing_is_said_once(world: World) -> None:
    world.failing["hv1"] = Unsupported("esx cannot tell of changes as they happen")
    world.watching.keep(["hv1"])
    world.wait(lambda: bool(world.said))
    assert world.watching.watched == frozenset()


def test_hosts_that_are_no_longer_ours_are_let_go(world: World) -> None:
    world.watch("hv1", "hv2")
    world.hanging["late"] = threading.Event()
    world.watching.keep(["hv1", "late"])
    world.wait(lambda: world.ended == ["hv2"])
    world.tell["hv2"](STOPPED)
    world.wait(lambda: "late" in world.asked)
    world.watching.keep(["hv1"])
    world.hanging["late"].set()
    world.wait(lambda: world.ended == ["hv2", "late"])
    world.tell["hv1"](STOPPED)
    world.wait(lambda: bool(world.changes()))
    assert [wake.host for wake in world.woken] == ["hv1"]


def test_our_own_doing_wakes_nobody(world: World) -> None:
    """Not before the next look begins; and another's at the same time does."""
    world.watch("hv1")
    started = Change(Kind.DOMAIN, "web", Happening.STARTED)
    world.watching.acting(Action("1", Start(), Address(Kind.DOMAIN, "web"), "hv1", "web"))
    world.tell["hv1"](started)
    world.tell["hv1"](STOPPED)
    world.wait(lambda: bool(world.woken))
    assert world.changes() == [STOPPED]
    world.watching.looking(["hv1"])
    world.tell["hv1"](started)
    world.wait(lambda: len(world.woken) == 2)
    assert world.changes() == [STOPPED, started]


def test_a_look_that_begins_sees_what_was_told(world: World) -> None:
    world.watch("hv1")
    world.tell["hv1"](Change(Kind.DOMAIN, "web", Happening.STOPPED, settle=60))
    world.tell["hv1"](Change(Kind.DOMAIN, "db", Happening.STOPPED))
    seen = [*world.watching.looking(["hv1"]), *world.changes()]
    assert [change.name for change in seen] == ["db"]
    assert world.watching.unsettled("hv1") == {(Kind.DOMAIN, "web")}


def test_with_a_driver(tmp_path: Path) -> None:
    """Two connections: one that watches, and somebody else's."""
    uri = f"sim://{tmp_path}/host.db"
    with closing(open_complete(uri, host="hv1")) as ours, closing(open_complete(uri, host="hv1")) as other:
        world = World()
        watching = Watching(lambda _, *who: ours.watch.events(*who), world.wake, world.said.append)
        watching.start()
        watching.keep(["hv1"])
        world.wait(lambda: bool(world.woken))
        other.lifecycle.define(Kind.NETWORK_FILTER, "x", "<filter name='x'/>")
        world.wait(lambda: [change.name for change in world.changes()] == ["x"])
        watching.stop()
    assert world.said == []
