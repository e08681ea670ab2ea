"""Guests' sizes and ages as they are shown."""

from __future__ import annotations

import pytest

from drivers.base import Observation
from reconciler.report.guests import Size, size_of, started_at
from specs.desired import PowerState
from specs.identity import Kind
from state.journal import ActionEntry

DOCUMENT = "<domain><memory unit='KiB'>4096</memory>{}<vcpu{}>4</vcpu></domain>"


def seen(document: str, live: str | None = None, power: PowerState = PowerState.RUNNING) -> Observation:
    return Observation(Kind.DOMAIN, "web", document, live, power)


def test_what_is_plugged_in_now_counts() -> None:
    assert size_of(seen(DOCUMENT.format("", ""))) == Size(4, 4096)
    balloon = DOCUMENT.format("<currentMemory unit='KiB'>2048</currentMemory>", " current='2'")
    assert size_of(seen(DOCUMENT.format("", ""), live=balloon)) == Size(2, 2048)
    assert size_of(seen("<domain/>")) is None


def entry(verb: str, outcome: str = "done") -> ActionEntry:
    return ActionEntry(f"{verb} Domain/web", "Domain/web", verb, 5.0, 7.0, outcome)


@pytest.mark.parametrize(
    ("last", "started"),
    [
        (entry("start"), 7.0),
        (entry("restart"), 7.0),
        (entry("start", "failed"), None),
        (entry("start", "unchanged"), None),
        (entry("stop"), None),
        (None, None),
    ],
)
def test_only_our_own_last_start_tells_since_when(last: ActionEntry | None, started: float | None) -> None:
    assert started_at(seen("<domain/>"), last) == started
    assert started_at(seen("<domain/>", power=PowerState.STOPPED), last) is None
    assert started_at(None, last) is None
