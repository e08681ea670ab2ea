"""Interrupted at any point of a move, the guest runs exactly once, and the next apply finishes the job."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
from collections.abc import Callable

import pytest

from reconciler.cli.main import call
from tests.real.fleet import Fleet, wait_for_tick
from tests.support.ticker import ticks

pytestmark = pytest.mark.real

_ORIGIN, _DESTINATION = "hv1", "hv2"
_SLOW = "{bandwidth: 8MiB}"


def _kill_us(fleet: Fleet, process: int) -> None:
    os.kill(process, signal.SIGKILL)


def _kill_origin(fleet: Fleet, process: int) -> None:
    fleet.hosts[_ORIGIN].kill()


def _kill_destination(fleet: Fleet, process: int) -> None:
    fleet.hosts[_DESTINATION].kill()


def _cut(fleet: Fleet, process: int) -> None:
    fleet.hosts[_DESTINATION].cut()


def _kill_both(fleet: Fleet, process: int) -> None:
    _kill_us(fleet, process)
    fleet.hosts[_DESTINATION].kill()


HARMS: dict[str, Callable[[Fleet, int], None]] = {
    "us": _kill_us,
    "origin": _kill_origin,
    "destination": _kill_destination,
    "cut": _cut,
    "us-and-destination": _kill_both,
}
MOMENTS = (0.15, 0.5, 1.0, 1.6, 2.4, 3.5)
"""Seconds after the move began; the slow move of this guest takes four."""

_ALL = list(itertools.product(HARMS, MOMENTS))
RUNS = _ALL if os.environ.get("ALL_CRASHES") else _ALL[::4]
"""All thirty with ALL_CRASHES=1; every fourth otherwise, for they take their time."""


@pytest.mark.parametrize(("harm", "moment"), RUNS)
@pytest.mark.parametrize("pool", ["shared", "images"] if os.environ.get("ALL_CRASHES") else ["shared"])
def test_a_move_is_interrupted(fleet: Fleet, harm: str, moment: float, pool: str) -> None:
    fleet.fill_memory()
    fleet.declare("web", _ORIGIN, pool=pool, migration=_SLOW)
    fleet.shell.apply()
    wait_for_tick(fleet, "web", 3)
    fleet.declare("web", _DESTINATION, pool=pool, migration=_SLOW)
    process = os.fork()
    if not process:
        sys.stdout = sys.stderr = (fleet.shared / "apply.log").open("w")
        code = call(["apply", "--yes", str(fleet.shell.tree)])
        sys.stdout.flush()
        os._exit(code)
    _wait_for_job(fleet)
    time.sleep(moment)
    HARMS[harm](fleet, process)
    time.sleep(0.5)
    for host in fleet.hosts.values():
        host.mend()
        host.revive()
    _, status = os.waitpid(process, 0)
    said = (fleet.shared / "apply.log").read_text()
    assert "Traceback" not in said
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) in (0, 1), said
    _expect_once(fleet)
    unbroken = _finish(fleet, pool)
    assert fleet.where("web") == {_DESTINATION: "running"}
    fleet.shell.expect_nothing_to_do()
    if unbroken:
        wait_for_tick(fleet, "web", ticks(fleet.console("web"))[-1] + 3)
        fleet.expect_unbroken("web")


def _wait_for_job(fleet: Fleet) -> None:
    """Until the guest is on its way."""
    until = time.monotonic() + 60
    while "Job type:         None" in (said := fleet.hosts[_ORIGIN].virsh("domjobinfo", "web")):
        assert time.monotonic() < until, said
        time.sleep(0.02)


def _expect_once(fleet: Fleet) -> None:
    """Never twice, and never lost; a guest that stands still at its origin, because nobody was left to
    tell it that it may go on, is for the next apply to resume."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        states = fleet.where("web")
        assert list(states.values()).count("running") <= 1, states
        assert states, "the guest is lost"
        if "running" in states.values():
            return
        time.sleep(0.2)


def _finish(fleet: Fleet, pool: str) -> bool:
    """Applies until it is done; a move that broke off may still be being cleaned up. Whether the guest ran
    on: libvirt may forget a copy that it had begun, and then a person has to stop the guest."""
    for _ in range(3):
        if fleet.shell("apply", "--yes") == 0:
            return True
        assert "Traceback" not in fleet.shell.err
        time.sleep(2)
    assert "it can move once it was stopped and started" in fleet.shell.err, fleet.shell.out + fleet.shell.err
    for state in ("stopped", "running"):
        fleet.declare("web", _DESTINATION, pool=pool, migration=_SLOW, state=state)
        fleet.shell.apply()
    return False
