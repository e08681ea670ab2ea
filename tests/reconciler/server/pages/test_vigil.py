"""Who looks at which host: what was not looked at in time, or is nobody's, is told with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from reconciler.server.pages.badges import UNSEEN, badge_of
from reconciler.server.pages.vigil import vigil_of
from reconciler.server.tokens import Role
from specs.identity import Address, Kind
from state.claims import FLEET, Controller
from state.standings import Condition, HostStanding, Standing
from tests.reconciler.server.pages.conftest import Site
from tests.reconciler.server.pages.fleet import NOW
from tests.reconciler.server.pages.page import Shown

OURS = [Controller("c1", "m1", 1, 0.0, ("hv1", FLEET))]


@pytest.mark.parametrize(
    ("host", "why"),
    [
        (HostStanding("hv1", "q", 900.0, 900.0), ""),
        (HostStanding("hv1", "q", 700.0, 700.0), ""),
        (HostStanding("hv1", "q", 699.0, 999.0), "last looked at 5m1s ago"),
        (HostStanding("hv1", "q", 699.0, 999.0, problem="no route"), "last looked at 5m1s ago: no route"),
        (HostStanding("hv1", "q", 900.0, 999.0, problem="slow"), ""),
        (HostStanding("hv1", "q", None, 999.0, problem="no route"), "never looked at: no route"),
        (HostStanding("hv1", "q"), "never looked at"),
        (HostStanding("hv2", "q", 999.0, 999.0), "no controller works it, last looked at 1s ago"),
    ],
)
def test_why_a_host_counts_as_not_looked_at(host: HostStanding, why: str) -> None:
    vigil = vigil_of({host.host: host}, OURS, 1000.0, 300.0)
    assert vigil.hosts[host.host].why == why
    assert vigil.seen(host.host) is (why == "")


def test_a_host_that_somebody_works_and_nobody_looked_at_is_there_and_the_fleet_is_none() -> None:
    vigil = vigil_of({}, OURS, 1000.0, 300.0)
    assert [(each.standing.host, each.owner, each.why) for each in vigil.late] == [
        ("hv1", "c1", "never looked at")
    ]
    assert [each.hosts for each in vigil.controllers] == [("hv1",)]
    assert vigil.oldest is None
    assert not vigil.seen("hv9")


def test_the_oldest_look_is_that_of_the_host_that_waits_longest() -> None:
    hosts = {
        name: HostStanding(name, "q", at) for name, at in (("hv1", 990.0), ("hv2", 950.0), ("hv3", None))
    }
    assert vigil_of(hosts, OURS, 1000.0, 300.0).oldest == 50.0


@pytest.mark.parametrize("condition", Condition)
def test_of_what_nobody_looked_at_only_that_it_does_not_answer_is_known(condition: Condition) -> None:
    unseen = condition if condition is Condition.UNREACHABLE else UNSEEN
    assert (badge_of(condition, seen=True).key, badge_of(condition, seen=False).key) == (condition, unseen)


@pytest.fixture
def unreachable(own_site: Site) -> Iterator[TestClient]:
    """Two guests that their hosts do not answer for: one looked at in time, one not."""
    for name in ("hv00", "hv02"):
        standing = Standing(Address(Kind.DOMAIN, f"gone-{name}"), name, Condition.UNREACHABLE, NOW)
        host = own_site.state.host_standings()[name]
        own_site.state.note_standings(host, [standing], {}, None)
    with own_site.client(Role.VIEW) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("show=unreachable", ["hv00", "hv02"]),
        ("show=unreachable&host=hv02", ["hv02"]),
        ("host=hv00", ["hv00"]),
    ],
)
def test_what_does_not_answer_is_found_wherever_it_is(
    unreachable: TestClient, query: str, names: list[str]
) -> None:
    page = Shown(unreachable.get(f"/?{query}").text)
    assert [row[1] for row in page.rows("fleet")] == [f"Domain/gone-{name}" for name in names]
    assert page.chips()["unreachable"] == len(names)
