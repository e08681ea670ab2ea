"""How a guest moves is what its policy says: its time-outs, its limits, its ways."""

from __future__ import annotations

import pytest

from tests.real.fleet import Fleet, wait_for_tick
from tests.support.ticker import ticks

pytestmark = pytest.mark.real
_LATE = "bandwidth: 8MiB, timeout: 200ms"
"""The guest, whose memory is full, takes four seconds so."""


def moved(fleet: Fleet, migration: str) -> int:
    """Moves a counting guest with much memory in use under that policy; apply's exit code."""
    fleet.fill_memory()
    fleet.declare("web", "hv1", migration=f"{{{migration}}}")
    fleet.shell.apply()
    wait_for_tick(fleet, "web", 3)
    fleet.declare("web", "hv2", migration=f"{{{migration}}}")
    return fleet.shell("apply", "--yes")


@pytest.mark.parametrize(
    "migration",
    [
        "autoConverge: true, downtime: 500ms",
        "compressed: true",
        "parallel: 2",
        f"{_LATE}, onTimeout: force",
        f"{_LATE}, postCopy: true, onTimeout: post-copy",
    ],
)
def test_it_arrives_unbroken(fleet: Fleet, migration: str) -> None:
    assert moved(fleet, migration) == 0, fleet.shell.err
    assert fleet.where("web") == {"hv2": "running"}
    fleet.shell.expect_nothing_to_do()
    wait_for_tick(fleet, "web", ticks(fleet.console("web"))[-1] + 3)
    fleet.expect_unbroken("web")


@pytest.mark.parametrize(("timeout", "seconds"), [("200ms", "0.2"), ("3s", "3")])
def test_out_of_time_it_stays_and_may_go_later(fleet: Fleet, timeout: str, seconds: str) -> None:
    """Before its memory is sent, and amid of that: at a mebibyte a second it takes half a minute."""
    assert moved(fleet, f"bandwidth: 1MiB, timeout: {timeout}, onTimeout: abort") == 1
    assert f"goes on where it is: it was not there within {seconds} s" in fleet.shell.err
    assert fleet.where("web") == {"hv1": "running"}
    fleet.declare("web", "hv2")
    fleet.shell.apply()
    assert fleet.where("web") == {"hv2": "running"}
    fleet.expect_unbroken("web")


def test_only_a_stopped_one_moves_where_the_policy_says_so(fleet: Fleet) -> None:
    assert moved(fleet, "allow: stopped") == 0
    assert "it moves when it is stopped on hv1" in fleet.shell.out
    assert fleet.where("web") == {"hv1": "running"}
    fleet.hosts["hv1"].virsh("destroy", "web")
    fleet.shell.apply()
    assert fleet.where("web") == {"hv2": "running"}
    fleet.shell.expect_nothing_to_do()
