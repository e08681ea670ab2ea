"""What runs is recorded as right only when it was looked at, or was just started as it is defined."""

from __future__ import annotations

import pytest

from specs.desired import PowerState, digest
from specs.identity import Address, Kind
from tests.reconciler.execute.fake import Walk, act, refresh
from tests.reconciler.plan.facts import domain_xml

WEB = Address(Kind.DOMAIN, "web")
DEFINED, OTHER = domain_xml(), domain_xml(memory=2097152)
AUTOSTART = act("autostart", arguments={"on": "true"})


def runs(walk: Walk, live: str) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=DEFINED, live=live, power=PowerState.RUNNING)


def starts(walk: Walk, live: str, saved: str | None = None) -> None:
    """It is stopped, and its start makes it run with that document."""
    walk.driver.put(Kind.DOMAIN, "web", document=DEFINED, power=PowerState.STOPPED, saved=saved)
    walk.driver.instead["start web"] = lambda: walk.driver.put(
        Kind.DOMAIN, "web", live=live, saved=None, power=PowerState.RUNNING
    )


def vouched(walk: Walk) -> str:
    return walk.store.records()[WEB].live_digest


@pytest.mark.parametrize(("live", "right"), [(DEFINED, True), (OTHER, False), ("<not", False)])
def test_what_runs_after_an_action_is_looked_at(walk: Walk, live: str, right: bool) -> None:
    runs(walk, live)
    walk.execute(AUTOSTART, refreshes=[refresh()])
    assert vouched(walk) == (digest(live) if right else "")


def test_what_was_just_started_runs_as_it_is_defined(walk: Walk) -> None:
    starts(walk, OTHER)  # as a host may write what we do not know
    walk.execute(
        act("start"),
        act("autostart", arguments={"on": "true"}, after=("start web",)),
        refreshes=[refresh()],
    )
    assert vouched(walk) == digest(OTHER)


def test_what_was_changed_after_its_start_is_looked_at(walk: Walk) -> None:
    starts(walk, OTHER)
    walk.execute(
        act("start"),
        act("set-text", arguments={"field": "title", "value": "x"}, after=("start web",)),
        refreshes=[refresh()],
    )
    assert vouched(walk) == ""


@pytest.mark.parametrize("saved", [OTHER, ""])
def test_what_goes_on_as_it_was_saved_is_not_vouched_for(walk: Walk, saved: str) -> None:
    starts(walk, OTHER, saved=saved)
    walk.execute(act("start"), refreshes=[refresh()])
    assert vouched(walk) == ""


def test_what_is_adopted_is_taken_as_it_runs(walk: Walk) -> None:
    runs(walk, OTHER)
    walk.driver.instead["mark web"] = lambda: None
    walk.execute(act("adopt", document="<memory unit='KiB'/>"), refreshes=[refresh()])  # it is in there
    assert vouched(walk) == digest(OTHER)


def test_a_saved_document_is_vouched_for_as_one_that_runs(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=DEFINED, power=PowerState.STOPPED, saved=DEFINED)
    walk.execute(AUTOSTART, refreshes=[refresh()])
    assert vouched(walk) == digest(DEFINED)
