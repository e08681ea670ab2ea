"""Which controller works which host: as far as one controller can tell, it is the same everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from state import LeaseLost, Locked, OpenState, open_state
from state.claims import FLEET, Membership
from tests.state.contract.backends import Backend
from tests.state.samples import WEB

HOSTS = ("hv1", "hv2", FLEET)
CONTROLLER = """
import sys, time
from state import open_state
state = open_state(sys.argv[1])
with state.join("run shop", ttl=1) as member:
    while set(member.beat(["hv1"])) != {"hv1"}:
        time.sleep(member.interval)
    print(member.id, flush=True)
    sys.stdin.readline()
"""
PERSON = """
import sys
from state import open_state
open_state(sys.argv[1]).wake(sys.argv[2:])
"""
LONG = 60.0


def claimed(member: Membership, hosts: Collection[str] = HOSTS) -> Mapping[str, int]:
    """All of these hosts, as soon as they are its own."""
    end = time.monotonic() + LONG
    while set(tokens := member.beat(hosts)) != set(hosts):
        assert time.monotonic() < end, tokens
        time.sleep(member.interval / 10)
    return tokens


@contextmanager
def beating(member: Membership) -> Iterator[None]:
    """It goes on to say that it lives, as controllers do."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(member.interval):
            member.beat(HOSTS)

    with ThreadPoolExecutor(1) as pool:
        beats = pool.submit(beat)
        try:
            yield
        finally:
            stop.set()
            beats.result(LONG)


def test_who_is_alone_has_all_hosts(state: OpenState) -> None:
    with state.join("run shop") as member:
        tokens = claimed(member)
        assert min(tokens.values()) >= 1
        assert member.beat(HOSTS, busy=["hv1"]) == tokens
        assert claimed(member, ["hv1"]) == {"hv1": tokens["hv1"]}
        member.require()
        member.ask(["hv2"])
        assert member.interval > 0


def test_who_is_there_is_known_to_all(state: OpenState, url: str) -> None:
    reader = open_state(url, readonly=True)
    assert state.controllers() == []
    with state.join("run shop") as member:
        claimed(member)
        before = time.time()
        (one,) = reader.controllers()
        assert (one.id, one.pid, one.hosts) == (member.id, os.getpid(), tuple(sorted(HOSTS)))
        assert before - LONG < one.since < before + LONG
        assert list(member.controllers()) == list(state.controllers()) == [one]
    assert reader.controllers() == []
    with state.join("run shop") as again:
        assert again.id != member.id
    reader.close()


def test_each_fleet_has_its_own_controllers(state: OpenState, url: str) -> None:
    other = open_state(url, fleet="other")
    with state.join("run shop"):
        assert other.controllers() == []
    other.close()


def test_a_writer_and_a_controller_exclude_each_other(state: OpenState, url: str) -> None:
    other = open_state(url)
    with state.join("run shop") as member:
        claimed(member)
        with beating(member), pytest.raises(Locked, match="'run shop' holds"), other.writer("apply"):
            pytest.fail("a writer beside a controller")
    with (
        other.writer("apply shop"),
        pytest.raises(Locked, match="'apply shop' holds"),
        state.join("run"),
    ):
        pytest.fail("a controller beside a writer")
    with state.join("run shop") as member:
        claimed(member)
    other.close()


def test_what_is_done_is_done_under_the_claims(state: OpenState) -> None:
    with state.join("run shop") as member:
        tokens = claimed(member)
        under = state.under({"hv1": tokens["hv1"]})
        run = under.begin_run("run", "tree", cause="timer")
        under.begin_action(run, "start web", str(WEB), "start", "hv1")
        under.finish_action(run, "start web", "done")
        under.finish_run(run, "done", "")
    (entry,) = state.actions(run)
    assert (entry.run, entry.host, entry.token) == (run, "hv1", tokens["hv1"])
    assert state.runs()[0].cause == "timer"
    run = state.begin_run("apply", "tree")
    state.begin_action(run, "start web", str(WEB), "start", "hv1")
    assert state.actions(run)[0].token == 0


def test_a_successor_closes_what_the_dead_left_open(state: OpenState, url: str) -> None:
    dying = subprocess.Popen(
        [sys.executable, "-c", CONTROLLER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert dying.stdin is not None
    assert dying.stdout is not None
    name = dying.stdout.readline().strip()
    assert [one.id for one in state.controllers()] == [name]
    dying.kill()
    dying.wait()
    dying.stdin.close()
    dying.stdout.close()
    with state.join("run shop") as member:
        claimed(member, ["hv1"])
        assert [one.id for one in member.controllers()] == [member.id]


def test_whoever_lost_it_begins_nothing_more(state: OpenState, url: str, backend: Backend) -> None:
    with state.join("run shop") as member:
        tokens = claimed(member)
        run = state.begin_run("run", "tree")
        backend.lose_lease(url)
        under = state.under({"hv1": tokens["hv1"]})
        with pytest.raises(LeaseLost):
            under.begin_action(run, "start web", str(WEB), "start", "hv1")
        with pytest.raises(LeaseLost):
            member.beat(HOSTS)
        with pytest.raises(LeaseLost):
            member.require()


# waking


def test_who_is_told_of_is_woken_once(state: OpenState) -> None:
    with state.join("run shop") as member:
        claimed(member)
        assert set(member.woken()) == set()
        member.wake(["hv1", "elsewhere"])
        member.wake(["hv1", FLEET])
        assert set(member.woken()) == {"hv1", FLEET}
        assert set(member.woken()) == set()


def test_what_was_told_is_kept_until_somebody_has_the_host(state: OpenState) -> None:
    state.wake(["hv1", "hv2"])
    with state.join("run shop") as member:
        claimed(member, ["hv1"])
        assert set(member.woken()) == {"hv1"}
    with state.join("run shop") as member:
        claimed(member, ["hv1", "hv2"])
        assert set(member.woken()) == {"hv2"}


def test_a_person_in_another_process_wakes_it(state: OpenState, url: str) -> None:
    with state.join("run shop") as member, ThreadPoolExecutor(1) as pool:
        claimed(member)
        waiting = pool.submit(member.wait, LONG)
        subprocess.run([sys.executable, "-c", PERSON, url, "hv2"], check=True)
        waiting.result(LONG / 2)
        assert set(member.woken()) == {"hv2"}


def test_waiting_ends_when_one_is_told_and_when_it_is_over(state: OpenState) -> None:
    with state.join("run shop") as member, ThreadPoolExecutor(1) as pool:
        claimed(member)
        member.wait(0.0)
        waiting = pool.submit(member.wait, LONG)
        member.wake(["hv1"])
        waiting.result(LONG / 2)
