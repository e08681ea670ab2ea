"""Clocks on the real host: from each form to each, declared as libvirt XML and in typed files."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from drivers.base import Observation
from reconciler.contract.settling import HostTree
from specs.identity import Kind
from tests.hypervisors.xen.contract import domain
from tests.hypervisors.xen.specimens import CLOCKS, document

_TYPED = (
    "utc", "{offset: utc, adjustment: reset}", "{offset: utc, adjustment: 3600}", "localtime",
    "{offset: localtime, adjustment: reset}", "{offset: localtime, adjustment: -3600}", "variable",
    "{offset: variable, adjustment: 60}", "{offset: variable, adjustment: 60, basis: localtime}",
    "{offset: variable, adjustment: reset}",
)  # fmt: skip
_REFUSED = (
    "{offset: timezone, timezone: Europe/Vienna}", "{offset: absolute, start: 1700000000}",
)  # fmt: skip


@pytest.mark.parametrize("shift", range(1, len(CLOCKS)))
@pytest.mark.parametrize("kind", ["hvm", "linux", "xenpvh"])
def test_each_form_follows_each(settling: HostTree, kind: str, shift: int) -> None:
    """As many guests as forms, each of which gets the form that stands so far behind its own."""
    before = list(CLOCKS.values())
    settling.declare_documents(_documents(kind, before))
    settling.apply()
    settling.declare_documents(_documents(kind, [*before[shift:], *before[:shift]]))
    settling.settle()


@pytest.mark.parametrize("shift", range(1, len(_TYPED)))
def test_each_typed_form_follows_each(settling: HostTree, shift: int) -> None:
    settling.declare(_specs(_TYPED))
    settling.apply()
    settling.declare(_specs((*_TYPED[shift:], *_TYPED[:shift])))
    settling.settle()


def _documents(kind: str, clocks: Sequence[str]) -> dict[str, str]:
    return {f"c{number}": document(f"c{number}", kind, clock) for number, clock in enumerate(clocks)}


def _specs(clocks: Sequence[str]) -> dict[str, str]:
    return {f"t{number}": f"memory: 64MiB, clock: {clock}" for number, clock in enumerate(clocks)}


@pytest.mark.parametrize("clock", _REFUSED)
def test_a_clock_that_no_guest_starts_with_is_refused_before_that(settling: HostTree, clock: str) -> None:
    settling.declare({"refused": f"memory: 64MiB, clock: {clock}"})
    code, said = settling.said("validate")
    assert code == 3
    assert "refused at the start" in said


def test_an_edit_of_the_adjustment_waits_for_the_next_start(settling: HostTree) -> None:
    clocks = [f"<clock offset='variable' adjustment='{seconds}' basis='utc'/>" for seconds in (60, 90)]
    settling.declare_documents({"running": domain(more=clocks[0], name="running")})
    settling.apply()
    settling.driver.lifecycle.start(Kind.DOMAIN, "running")
    settling.declare_documents({"running": domain(more=clocks[1], name="running")})
    settling.apply()
    seen = settling.driver.observe.one(Kind.DOMAIN, "running")
    assert seen is not None
    assert _adjustments(seen) == ("90", "60")
    assert "at next start" in settling.said("plan")[1]


def _adjustments(seen: Observation) -> tuple[str, ...]:
    return tuple(re.findall(r"adjustment='(-?\d+)'", f"{seen.document}{seen.live}"))
