"""What is only observed or left alone, by whoever's word, is not touched, and breaks nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base import Observation
from reconciler.plan import Options, Plan, make_plan
from reconciler.plan.mode import mode_of_host
from reconciler.plan.model import Status
from specs.content import OnSourceChange, Source
from specs.desired import Policy, PowerState, RestartPolicy
from specs.identity import Address, Kind
from specs.modes import Mode
from state.decisions import Decision, Verb
from tests.reconciler.plan.facts import NOW, declare, desire, world
from tests.reconciler.plan.scenes import (
    DISK,
    LAN,
    NIC,
    OFF,
    ON,
    bytes_of,
    guest,
    lan,
    recorded,
    spread,
    there,
    tree,
    volume,
)

OBSERVE, SUSPENDED, ENFORCE = Mode.OBSERVE, Mode.SUSPENDED, Mode.ENFORCE
IMAGE = Source(url="https://images.example/i.raw", identity="sha256:new")
APP = (("app", "shop"),)


def decided(verb: Verb, subject: str, expires: float | None = None, **values: Any) -> Decision:
    return Decision(1, NOW - 60, verb, subject, "ann", "disks", expires, **values)


def stopped(mode: Mode = ENFORCE, *, fleet: Mode = ENFORCE, host: Mode = ENFORCE, **facts: Any) -> Plan:
    """Of a guest that is to run, and was stopped on its host."""
    web = guest(power=ON, labels=APP, mode=mode)
    seen = there(web, OFF)
    known = recorded((web, seen), power=ON)
    made = tree(web, fleet={"mode": fleet}, hv1={"mode": host})
    return make_plan(made, spread((seen,), records=known, **facts), Options())


def deferred(plan: Plan) -> list[str]:
    return [action.deferred for action in plan.actions]


def test_without_a_word_it_is_enforced() -> None:
    plan = stopped()
    assert [action.verb for action in plan.changes] == ["start"]
    assert plan.verdicts[0].mode is ENFORCE


@pytest.mark.parametrize(
    ("modes", "told"),
    [
        ({"mode": OBSERVE}, "as Domain/web says (tree.yaml:3:1)"),
        ({"host": OBSERVE}, "as Host/hv1 says (hosts.yaml:1:1)"),
        ({"fleet": OBSERVE}, "as the Fleet says"),
    ],
)
def test_observed_its_differences_are_shown_and_nothing_is_done(modes: dict[str, Mode], told: str) -> None:
    plan = stopped(**modes)
    (verdict,) = plan.verdicts
    assert (verdict.status, verdict.mode) == (Status.CHANGE, OBSERVE)
    assert [difference.path for difference in verdict.differences] == ["power"]
    assert deferred(plan) == [f"observe: {told}"]
    assert plan.changes == ()
    assert plan.refreshes == ()


@pytest.mark.parametrize("modes", [{"mode": SUSPENDED}, {"host": SUSPENDED}, {"fleet": SUSPENDED}])
def test_suspended_it_is_left_alone_and_the_verdict_says_so(modes: dict[str, Mode]) -> None:
    plan = stopped(**modes)
    (verdict,) = plan.verdicts
    assert (verdict.status, verdict.mode) == (Status.SUSPENDED, SUSPENDED)
    assert verdict.problem.startswith("as ")
    assert plan.changes == ()
    assert plan.refreshes == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(Mode), min_size=3, max_size=3), st.sampled_from([None, *Verb]))
def test_the_strictest_word_counts(modes: list[Mode], verb: Verb | None) -> None:
    own, host, fleet = modes
    decisions = (decided(verb, "Domain/web"),) if verb else ()
    plan = stopped(own, host=host, fleet=fleet, decisions=decisions)
    by_decision = {Verb.SUSPEND: SUSPENDED, Verb.OBSERVE: OBSERVE}.get(verb, ENFORCE) if verb else ENFORCE
    strictest = max((*modes, by_decision), key=list(Mode).index)
    assert plan.verdicts[0].mode is strictest
    assert bool(plan.changes) is (strictest is ENFORCE)


@pytest.mark.parametrize(
    ("subject", "meant"),
    [
        ("Fleet", True),
        ("Host/hv1", True),
        ("Host/hv2", False),
        ("Domain/web", True),
        ("Domain/w*", True),
        ("Domain/db", False),
        ("app=shop", True),
        ("app=mail", False),
    ],
)
def test_a_decision_is_about_the_fleet_a_host_or_what_it_selects(subject: str, meant: bool) -> None:
    plan = stopped(decisions=(decided(Verb.SUSPEND, subject),))
    assert (plan.verdicts[0].status is Status.SUSPENDED) is meant


def test_author_reason_end_and_the_way_out_are_told() -> None:
    plan = stopped(decisions=(decided(Verb.OBSERVE, "app=shop", NOW + 3600),))
    assert deferred(plan) == ["observe: by ann until 2025-06-15 16:06 UTC: disks (resume app=shop ends it)"]
    assert plan.until == NOW + 3600


def test_what_lasts_is_waited_for_longest() -> None:
    ends = (decided(Verb.SUSPEND, "Fleet", NOW + 60), decided(Verb.OBSERVE, "Host/hv1", NOW + 120))
    assert stopped(decisions=ends).until == NOW + 120
    assert stopped(decisions=ends, fleet=OBSERVE).until is None


@pytest.mark.parametrize(
    "over", [decided(Verb.SUSPEND, "Fleet", NOW), decided(Verb.SUSPEND, "Fleet", ended=NOW - 1)]
)
def test_a_decision_that_is_over_holds_nothing(over: Decision) -> None:
    assert stopped(decisions=(over,)).changes


def needing(mode: Mode, *seen: Observation) -> Plan:
    """Of a guest, and its network that is held."""
    net = declare(LAN, Kind.NETWORK, "lan", power=PowerState.INACTIVE, mode=mode)
    web = guest(extra=NIC, power=ON, requires=(net.address,))
    return make_plan(desire(net, web), world(*seen), Options())


@pytest.mark.parametrize("mode", [OBSERVE, SUSPENDED])
def test_what_needs_it_waits_until_it_is_there(mode: Mode) -> None:
    plan = needing(mode)
    assert plan.changes == ()
    of_web = {action.deferred for action in plan.actions if action.address.name == "web"}
    assert of_web == {"waits for Network/lan@hv1, which is held back"}


@pytest.mark.parametrize("mode", [OBSERVE, SUSPENDED])
def test_what_needs_it_goes_on_where_it_is_there(mode: Mode) -> None:
    plan = needing(mode, lan())
    assert {action.address.name for action in plan.changes} == {"web"}


def replaced(on_web: Mode = ENFORCE, on_disk: Mode = ENFORCE) -> Plan:
    """A volume whose source changed, of a running guest that may be stopped for it."""
    refill = Policy(on_source_change=OnSourceChange.REPLACE)
    disk = volume("web.img", source=IMAGE, policy=refill)
    may = Policy(restart=RestartPolicy.IF_NEEDED)
    own = DISK.format("web.img", "vda", "virtio")
    web = guest(extra=own, power=ON, requires=(disk.address,), policy=may)
    disk, web = replace(disk, mode=on_disk), replace(web, mode=on_web)
    seen = (bytes_of("web.img"), there(web, extra=own))
    known = recorded((web, seen[1])) | recorded((disk, seen[0]), content="sha256:old")
    return make_plan(
        tree(disk, web), spread(seen, records=known, contents={disk.address: "sha256:new"}), Options()
    )


def test_a_volume_is_filled_anew_when_nothing_is_held() -> None:
    made = replaced()
    assert [action.verb for action in made.changes] == ["stop", "fill", "start"]


@pytest.mark.parametrize("mode", [OBSERVE, SUSPENDED])
def test_a_guest_that_is_held_keeps_its_disk(mode: Mode) -> None:
    assert replaced(on_web=mode).changes == ()


@pytest.mark.parametrize("mode", [OBSERVE, SUSPENDED])
def test_no_guest_stops_for_a_disk_that_is_held(mode: Mode) -> None:
    assert replaced(on_disk=mode).changes == ()


def moving(mode: Mode, **hosts: Any) -> Plan:
    web = guest(host="hv2", power=ON, mode=mode)
    return make_plan(tree(web, **hosts), spread((there(web),)), Options())


def test_a_move_is_about_both_hosts() -> None:
    assert [action.verb for action in moving(ENFORCE).changes] == ["migrate"]
    for held in (
        moving(OBSERVE),
        moving(ENFORCE, hv1={"mode": OBSERVE}),
        moving(ENFORCE, hv2={"mode": OBSERVE}),
    ):
        assert held.changes == ()


def removed(**facts: Any) -> Plan:
    """A guest that is declared no more."""
    web = guest(power=ON)
    seen = there(web)
    known = recorded((web, seen))
    made = desire(guest("other"), prune=True, max_shrink=1.0)
    return make_plan(made, world(seen, records=known, **facts), Options())


def test_what_is_declared_no_more_is_held_like_all_else() -> None:
    assert [action.verb for action in removed().changes if action.address.name == "web"] == [
        "stop",
        "undefine",
    ]
    held = removed(decisions=(decided(Verb.SUSPEND, "Domain/web"),))
    assert not [action for action in held.changes if action.address.name == "web"]
    assert Address(Kind.DOMAIN, "web") not in held.forget


def test_destroying_is_held_back_too() -> None:
    web = guest(power=ON, mode=SUSPENDED)
    seen = there(web)
    plan = make_plan(desire(web), world(seen, records=recorded((web, seen))), Options(destroy=True))
    assert plan.changes == ()
    assert plan.verdicts[0].status is Status.SUSPENDED


@pytest.mark.parametrize(
    ("fleet", "host", "subject", "mode"),
    [
        (ENFORCE, ENFORCE, "", ENFORCE),
        (OBSERVE, ENFORCE, "", OBSERVE),
        (ENFORCE, SUSPENDED, "", SUSPENDED),
        (ENFORCE, ENFORCE, "Host/hv1", SUSPENDED),
        (OBSERVE, ENFORCE, "Fleet", SUSPENDED),
        (ENFORCE, ENFORCE, "Host/hv2", ENFORCE),
        (ENFORCE, ENFORCE, "Domain/web", ENFORCE),
    ],
)
def test_a_host_has_a_mode(fleet: Mode, host: Mode, subject: str, mode: Mode) -> None:
    decisions = (decided(Verb.SUSPEND, subject),) if subject else ()
    made = tree(fleet={"mode": fleet}, hv1={"mode": host})
    assert mode_of_host("hv1", made, spread(decisions=decisions)) is mode


def test_a_host_that_cannot_be_reached_stays_so() -> None:
    web = guest(mode=SUSPENDED)
    plan = make_plan(tree(web), spread(None), Options())
    assert plan.verdicts[0].status is Status.UNREACHABLE
