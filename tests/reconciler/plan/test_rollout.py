"""Whose turn it is in a roll-out; and what was rolled out before is healed at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Observation
from reconciler.plan import Options, Plan, make_plan
from reconciler.plan.world import Regional
from specs.desired import Declared, Policy, PowerState, RestartPolicy
from specs.effect import Effect
from specs.identity import Address, Kind
from specs.rollouts import CANARIES, Amount, RolloutPolicy
from specs.windows import Window
from state.decisions import Decision, Verb
from state.records import Record
from state.tickets import Begun, GuestTurn, Quota, Ticket
from tests.reconciler.plan.facts import HOST, NOW, declare, desire, domain_xml, marked, observe, world
from tests.reconciler.plan.scenes import OFF, recorded

ON = PowerState.RUNNING
FREE = Policy(restart=RestartPolicy.IF_NEEDED)
NAMES = ("a", "b", "c", "d")
ALONE = Options()
BESIDE = Options(regional=Regional(frozenset({HOST})))
"""Others roll out at the same time."""


def address(name: str) -> Address:
    return Address(Kind.DOMAIN, name)


def policy(**values: Any) -> RolloutPolicy:
    canaries = tuple(address(name) for name in values.pop("canaries", ""))
    return RolloutPolicy(canaries=canaries, groups=(("", len(NAMES)),), **values)


def scene(
    name: str, *, edited: bool = True, own: Policy = FREE, power: PowerState = ON
) -> tuple[Declared, Observation, dict[Record, tuple[str, str]]]:
    """A guest that was applied; since then its files got more memory."""
    before = declare(domain_xml(name), name=name, power=ON, policy=own)
    uuid = f"0f0e0d0c-0b0a-4908-8706-0504030201{ord(name):02x}"
    document = marked(domain_xml(name, uuid=uuid), before)
    seen = observe(document, name=name, live=document if power is ON else None, power=power)
    after = declare(domain_xml(name, memory=2097152), name=name, power=ON, policy=own) if edited else before
    return after, seen, recorded((before, seen), power=ON)


def rolled(
    rollout: RolloutPolicy,
    options: Options = ALONE,
    *,
    settled: str = "",
    own: Policy = FREE,
    **facts: Any,
) -> Plan:
    """The plan of a new commit for all guests but those that are settled."""
    scenes = [scene(name, edited=name not in settled, own=own) for name in NAMES]
    tree = desire(*(declared for declared, _, _ in scenes), rollout=rollout)
    records = {record: documents for _, _, known in scenes for record, documents in known.items()}
    facts["groups"] = begun(facts.get("tickets", ()))
    return make_plan(tree, world(*(seen for _, seen, _ in scenes), records=records, **facts), options)


def ticket(name: str, ended: float | None = NOW - 60, failed: str = "", group: str = "") -> Ticket:
    return Ticket(GuestTurn(address(name), HOST, group, down=True), NOW - 120, ended, failed)


def begun(tickets: Iterable[Ticket]) -> dict[str, Begun]:
    """How far each group is, as a state tells it."""
    of: defaultdict[str, list[Ticket]] = defaultdict(list)
    for one in tickets:
        of[one.turn.group].append(one)
    return {
        group: Begun(len(taken), sum(t.ended is None for t in taken), max(t.ended or 0.0 for t in taken))
        for group, taken in of.items()
    }


def changed(plan: Plan) -> str:
    """Who is changed by a plan."""
    return "".join(sorted({action.address.name for action in plan.changes}))


def why(plan: Plan, name: str) -> set[str]:
    return {action.deferred for action in plan.actions if action.address.name == name}


def test_without_a_policy_all_are_changed() -> None:
    assert changed(rolled(policy())) == "abcd"


def test_one_plan_has_all_of_them_one_after_the_other() -> None:
    plan = rolled(policy(max_unavailable=Amount(2)))
    assert changed(plan) == "abcd"
    (third,) = (action for action in plan.actions if action.id == "define Domain/c")
    assert set(third.after) == {"restart Domain/a", "restart Domain/b"}


def test_with_a_pause_only_the_canaries_go_first() -> None:
    plan = rolled(policy(canaries="b", pause=60.0))
    assert changed(plan) == "b"
    assert why(plan, "a") == {"roll-out: comes after the canaries"}
    assert [(turn.address.name, turn.group) for turn in plan.rolling.turns] == [("b", CANARIES)]


def test_after_the_canaries_there_is_a_pause_with_an_end() -> None:
    first = ticket("b", ended=NOW - 20, group=CANARIES)
    plan = rolled(policy(canaries="b", pause=60.0), settled="b", tickets=(first,))
    assert changed(plan) == ""
    assert plan.until == NOW + 40
    later = rolled(policy(canaries="b", pause=20.0), settled="b", tickets=(first,))
    assert changed(later) == "acd"


def test_a_batch_at_a_time() -> None:
    batches = policy(batch=Amount(2), pause=60.0)
    plan = rolled(batches)
    assert changed(plan) == "ab"
    assert why(plan, "c") == {"roll-out: comes in a later batch"}
    half = rolled(batches, settled="a", tickets=(ticket("a"),))
    assert changed(half) == "b"
    resting = rolled(batches, settled="ab", tickets=(ticket("a", NOW - 90), ticket("b", NOW - 10)))
    assert changed(resting) == ""
    assert resting.until == NOW + 50
    after = rolled(batches, settled="ab", tickets=(ticket("a", NOW - 90), ticket("b", NOW - 60)))
    assert changed(after) == "cd"


def test_a_failure_stops_it_and_who_failed_is_tried_again() -> None:
    failed = ticket("a", failed="restart: it did not start")
    plan = rolled(policy(), tickets=(failed,))
    assert changed(plan) == "a"
    told = (
        "roll-out stopped after 1 failure (Domain/a: restart: it did not start): mend it, or resume Rollout"
    )
    assert why(plan, "b") == {told}
    assert changed(rolled(policy(max_failures=2), tickets=(failed,))) == "abcd"


def test_a_person_lets_it_go_on() -> None:
    failed = ticket("a", failed="restart: it did not start")

    def decided(at: float) -> Decision:
        return Decision(1, at, Verb.PROCEED, "Rollout", "ann")

    assert changed(rolled(policy(), tickets=(failed,), decisions=(decided(NOW - 30),))) == "abcd"
    assert changed(rolled(policy(), tickets=(failed,), decisions=(decided(NOW - 90),))) == "a"


def test_what_was_rolled_out_is_healed_at_once() -> None:
    """Gone and stopped on its host, with a canary before it that is not through."""
    away, canary = scene("a", edited=False, power=OFF), scene("b")
    tree = desire(away[0], canary[0], rollout=policy(canaries="b", pause=60.0))
    plan = make_plan(tree, world(away[1], canary[1], records=away[2] | canary[2]), Options())
    assert changed(plan) == "ab"
    gone = make_plan(tree, world(canary[1], records=away[2] | canary[2]), Options())
    assert changed(gone) == "ab"


def test_a_canary_that_waits_for_its_window_holds_up_the_others() -> None:
    night = replace(FREE, windows=(Window((Effect.RESTART,), "0 2 * * *", 3600),))
    plan = rolled(policy(canaries="b", pause=1.0), own=night)
    assert changed(plan) == "b"
    assert [action.verb for action in plan.changes] == ["define"]


def beside(rollout: RolloutPolicy, **facts: Any) -> Plan:
    return rolled(rollout, BESIDE, **facts)


def test_beside_others_nothing_begins_before_canaries_that_are_elsewhere() -> None:
    rollout = policy(canaries="z")
    plan = beside(rollout)
    assert changed(plan) == ""
    assert why(plan, "a") == {"roll-out: waits for Domain/z, which goes first (canary)"}
    assert plan.until == NOW + 10
    through = beside(rollout, tickets=(ticket("z", group=CANARIES),))
    assert changed(through) == "abcd"
    assert not beside(rollout, tickets=(ticket("z", failed="x", group=CANARIES),)).changes


def test_beside_others_it_is_told_that_a_canary_has_nothing_to_do() -> None:
    plan = beside(policy(canaries="a"), settled="a")
    assert [turn.address.name for turn in plan.rolling.settled] == ["a"]
    assert not beside(policy(canaries="a"), settled="a", tickets=(ticket("a"),)).rolling.settled


def test_a_ticket_that_somebody_left_open_is_ended() -> None:
    plan = beside(policy(), settled="a", tickets=(ticket("a", ended=None),))
    assert [turn.address.name for turn in plan.rolling.settled] == ["a"]


def test_beside_others_tickets_are_what_counts() -> None:
    plan = beside(policy(max_unavailable=Amount(share=0.5), batch=Amount(3)), tickets=(ticket("z", None),))
    assert plan.rolling.shared
    assert dict(plan.rolling.limits) == {"": Quota(down=2, tickets=3)}
    assert changed(plan) == "ab"


@pytest.mark.parametrize("options", [Options(destroy=True), Options(release=True)])
def test_a_person_who_destroys_or_releases_waits_for_no_canary(options: Options) -> None:
    plan = rolled(policy(canaries="b", pause=60.0), options)
    assert changed(plan) == "abcd"


def test_who_waits_and_was_stopped_meanwhile_goes_on_as_it_was() -> None:
    away, canary = scene("a", power=OFF), scene("b")
    tree = desire(away[0], canary[0], rollout=policy(canaries="b", pause=60.0))
    plan = make_plan(tree, world(away[1], canary[1], records=away[2] | canary[2]), Options())
    assert [action.id for action in plan.changes if action.address.name == "a"] == ["start Domain/a"]
    assert not [refresh for refresh in plan.refreshes if refresh.address.name == "a"]
