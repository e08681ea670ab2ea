"""A domain that moves leaves one host and is on the other, or the move has failed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from drivers.base import Move, MoveProgress
from drivers.base.errors import Refused, Unreachable
from drivers.base.progress import Transfer
from reconciler.plan.model import Action, Outcome, Result
from specs.desired import DeclaredHost, PowerState, digest
from specs.diagnostics import Origin
from specs.guests import HostMigration, MigrationPolicy
from specs.identity import Address, Kind
from tests.reconciler.execute.fake import HOST, FakeDriver, Walk, act

HERE = "hv0"
WEB = Address(Kind.DOMAIN, "web")
UUID, OTHER = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
GUEST = f"<domain><name>web</name><uuid>{UUID}</uuid></domain>"


@dataclass
class Mover:
    """Takes a domain to another fake host; `losing` keeps it from arriving, `keeping` from leaving."""

    of: FakeDriver
    moves: list[Move] = field(default_factory=list)
    steps: tuple[MoveProgress, ...] = ()
    losing: bool = False
    keeping: bool = False
    errors: list[Exception] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def move(
        self,
        name: str,
        destination: FakeDriver,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        self.moves.append(move)
        self.meanwhile()
        if self.errors:
            raise self.errors.pop(0)
        for step in self.steps:
            progress(step)
        seen = self.of.of(Kind.DOMAIN, name)
        if not self.losing:
            destination.objects[Kind.DOMAIN, name] = seen
        if not self.keeping:
            del self.of.objects[Kind.DOMAIN, name]


@dataclass
class Leaving(FakeDriver):
    """The host that domains leave."""

    @property
    def move(self) -> Mover:  # type: ignore[override]
        return self.mover

    def __post_init__(self) -> None:
        self.mover = Mover(self)


@pytest.fixture
def here(walk: Walk) -> Leaving:
    driver = Leaving(uri="fake:hv0")
    driver.put(Kind.DOMAIN, "web", document=GUEST, power=PowerState.RUNNING, live=GUEST)
    return driver


def moves(**values: Any) -> Action:
    given = {"from": HERE, "live": "true", "disks": "vdb,vdc"} | values.pop("arguments", {})
    return act("migrate", arguments=given, document="<there/>", **values)


def moved(walk: Walk, here: Leaving, *actions: Action, **more: Any) -> Outcome:
    hosts: dict[str, FakeDriver] = {HOST: walk.driver, HERE: here}
    return next(iter(walk.execute(*(actions or (moves(),)), hosts=hosts, **more).values()))


def host(name: str, **migration: Any) -> DeclaredHost:
    return DeclaredHost(name, "fake:", Origin("all.yaml"), migration=HostMigration(**migration))


def test_it_is_there_and_no_more_here_as_it_was_planned(walk: Walk, here: Leaving) -> None:
    assert moved(walk, here).result is Result.DONE
    (move,) = here.mover.moves
    assert move == Move(live=True, document="<there/>", copied_disks=("vdb", "vdc"))
    assert (Kind.DOMAIN, "web") in walk.driver.objects
    assert (Kind.DOMAIN, "web") not in here.objects


def test_a_stopped_one_moves_stopped(walk: Walk, here: Leaving) -> None:
    assert moved(walk, here, moves(arguments={"live": "false"})).result is Result.DONE
    assert here.mover.moves[0].live is False


@pytest.mark.parametrize(
    ("limits", "bandwidth"),
    [((0, 0, 0), 0), ((7, 0, 0), 7), ((7, 5, 0), 5), ((7, 5, 3), 3), ((0, 9, 0), 9), ((0, 4, 9), 4)],
)
def test_the_lowest_limit_holds_and_the_destination_says_where_it_is_reached(
    walk: Walk, here: Leaving, limits: tuple[int, int, int], bandwidth: int
) -> None:
    policy = MigrationPolicy(mode="tunnelled", bandwidth=limits[0])
    hosts = {
        HERE: host(HERE, bandwidth=limits[1], address="10.0.0.1"),
        HOST: host(HOST, bandwidth=limits[2], address="10.0.0.2"),
    }
    assert moved(walk, here, moves={WEB: policy}, declared=hosts).result is Result.DONE
    (move,) = here.mover.moves
    assert (move.bandwidth, move.address, move.policy) == (bandwidth, "10.0.0.2", policy)


def test_how_far_it_is_is_told_once_it_is_known(walk: Walk, here: Leaving) -> None:
    here.mover.steps = (MoveProgress(0, 0), MoveProgress(96 << 20, 128 << 20), MoveProgress(0, 128 << 20))
    moved(walk, here)
    told = [step for step in walk.board.heard if isinstance(step, Transfer)]
    assert told == [Transfer("moving", 32 << 20, 128 << 20), Transfer("moving", 128 << 20, 128 << 20)]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("losing", "it is not on hv1 afterwards (plan again)"),
        ("keeping", "it is still on hv0 afterwards (plan again)"),
    ],
)
def test_what_did_not_arrive_or_leave_has_failed(walk: Walk, here: Leaving, fault: str, message: str) -> None:
    setattr(here.mover, fault, True)
    outcome = moved(walk, here)
    assert (outcome.result, outcome.message) == (Result.FAILED, message)


def test_what_is_there_already_is_not_moved(walk: Walk, here: Leaving) -> None:
    walk.driver.objects[Kind.DOMAIN, "web"] = here.objects.pop((Kind.DOMAIN, "web"))
    outcome = moved(walk, here)
    assert (outcome.result, outcome.message) == (Result.UNCHANGED, "is there already")
    assert here.mover.moves == []


def test_what_is_on_neither_host_is_not_invented(walk: Walk, here: Leaving) -> None:
    here.objects.clear()
    outcome = moved(walk, here)
    assert outcome.result is Result.FAILED
    assert outcome.message == "it is on neither host: not on hv0 any more (plan again)"


def test_one_that_moved_though_the_reply_was_lost_is_there(walk: Walk, here: Leaving) -> None:
    """When it is tried again, nobody is surprised that it is not where it was planned."""

    def arrive() -> None:
        walk.driver.objects[Kind.DOMAIN, "web"] = here.objects.pop((Kind.DOMAIN, "web"))

    here.mover.meanwhile, here.mover.errors = arrive, [Unreachable("the reply was lost")]
    outcome = moved(walk, here, moves(uuid=UUID, expects=digest(GUEST)))
    assert (outcome.result, outcome.message) == (Result.UNCHANGED, "is there already")
    assert len(here.mover.moves) == 1


def test_another_guest_of_the_name_is_not_moved(walk: Walk, here: Leaving) -> None:
    here.put(Kind.DOMAIN, "web", document=GUEST.replace(UUID, OTHER))
    outcome = moved(walk, here, moves(uuid=UUID))
    assert OTHER in outcome.message
    assert here.mover.moves == []


def test_a_host_that_cannot_move_says_so(walk: Walk) -> None:
    class Bare(FakeDriver):
        move = None  # type: ignore[assignment]

    here = Bare(uri="fake:hv0")
    here.put(Kind.DOMAIN, "web", document=GUEST)
    outcome = moved(walk, cast(Leaving, here))
    assert outcome.result is Result.FAILED
    assert outcome.message.startswith("fake:hv0 cannot ")


@pytest.mark.parametrize(("parallel", "most"), [(1, 1), (2, 2), (0, 1)])
def test_a_host_bears_so_many_moves_at_once(walk: Walk, here: Leaving, parallel: int, most: int) -> None:
    under_way, seen, mutex = [0], [0], threading.Lock()

    def wait() -> None:
        with mutex:
            under_way[0] += 1
            seen[0] = max(seen[0], under_way[0])
        threading.Event().wait(0.05)
        with mutex:
            under_way[0] -= 1

    here.mover.meanwhile = wait
    names = ("a", "b", "c")
    for name in names:
        here.put(Kind.DOMAIN, name, document=GUEST)
    several = [act("migrate", name, arguments={"from": HERE, "live": "true"}) for name in names]
    limits = {HERE: host(HERE, parallel=parallel), HOST: host(HOST, parallel=9)}
    assert moved(walk, here, *several, declared=limits, migrations=3).result is Result.DONE
    assert seen[0] == most


def test_the_whole_fleet_bears_so_many_moves_at_once(walk: Walk, here: Leaving) -> None:
    together = threading.Barrier(2, timeout=30)
    here.mover.meanwhile = lambda: cast(None, together.wait())
    for name in ("a", "b"):
        here.put(Kind.DOMAIN, name, document=GUEST)
    several = [act("migrate", name, arguments={"from": HERE, "live": "true"}) for name in ("a", "b")]
    limits = {name: host(name, parallel=2) for name in (HERE, HOST)}
    assert moved(walk, here, *several, declared=limits, migrations=2, parallel=1).result is Result.DONE


def test_a_refused_move_is_told_and_not_tried_again(walk: Walk, here: Leaving) -> None:
    here.mover.errors = [Refused("the guest is too busy")]
    outcome = moved(walk, here)
    assert (outcome.result, outcome.message) == (Result.FAILED, "the guest is too busy")
    assert len(here.mover.moves) == 1


def test_it_needs_both_hosts(walk: Walk) -> None:
    (outcome,) = walk.execute(replace(moves(), id="m")).values()
    assert (outcome.result, outcome.message) == (Result.SKIPPED, "hv0 is not connected")
