"""From a round to how everything stands, and what people are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from drivers.base import EVERYTHING, Inventory
from reconciler.engine.notices import commit_notice, notices_of, overdue_notice
from reconciler.engine.round import Planned
from reconciler.engine.standings import Before, HostLook, looks_of
from reconciler.plan import Options, World, make_plan
from reconciler.plan.model import Action, Outcome, Result
from reconciler.plan.observed import Observed
from specs.desired import Declared, Policy, PowerState, RestartPolicy
from specs.identity import Address, Kind
from state.commits import CommitNote, CommitStatus
from state.outbox import Notice
from state.standings import Changed, Condition, Detail, HostStanding, Standing
from tests.reconciler.plan.facts import (
    HOST,
    NOW,
    VERSION,
    changed,
    declare,
    desire,
    domain_xml,
    marked,
    observe,
    record,
    world,
)

WEB = Address(Kind.DOMAIN, "web")
GUEST = "11111111-2222-4333-8444-555555555555"
PASSWORD = "(secret:0123456789abcdef0123456789abcdef)"
ON = PowerState.RUNNING


def after(declared: Declared, seen: str | None, applied: str = "", **values: Any) -> Planned:
    """A plan for one guest whose document is as it is `seen`, and was as it is `applied`."""
    observed = observe(marked(seen, declared), **values) if seen else None
    applied = applied or domain_xml(uuid=GUEST)
    was = replace(declare(applied), digest=declared.digest if applied == declared.document else "other")
    then = observe(marked(applied, was), **{**values, "live": None})
    known = {record(was, then): (applied, then.document)}
    there = world(*filter(None, [observed]), records=known if seen else None)
    return planned(declared, there)


def planned(declared: Declared, there: World) -> Planned:
    desired = desire(declared)
    return Planned(make_plan(desired, there, Options()), there, desired)


def outcomes(made: Planned, result: Result = Result.DONE, message: str = "") -> list[Outcome]:
    return [
        Outcome(a, Result.DEFERRED, a.deferred) if a.deferred else Outcome(a, result, message)
        for a in made.plan.actions
    ]


def looked(
    made: Planned,
    ended: Iterable[Outcome] = (),
    was: Mapping[Address, Standing] | None = None,
    **before: Any,
) -> HostLook:
    return looks_of(made, ended, [HOST], Before(was or {}, **before), NOW + 5)[HOST]


def stands(look: HostLook) -> Standing:
    (standing,) = look.standings
    return standing


def was(condition: Condition) -> dict[Address, Standing]:
    return {WEB: Standing(WEB, HOST, condition, 7.0)}


AS_DECLARED = domain_xml(uuid=GUEST)
SMALLER = domain_xml(uuid=GUEST, memory=524288)
SAME = declare(AS_DECLARED, labels=(("app", "shop"),))
DRIFTED = after(SAME, SMALLER)
EDITED = after(SAME, SMALLER, applied=SMALLER)
HELD = after(replace(SAME, policy=Policy(restart=RestartPolicy.NEVER)), AS_DECLARED, live=SMALLER, power=ON)


def deferred(made: Planned, why: str, until: float | None = None) -> Planned:
    actions = tuple(replace(action, deferred=why, until=until) for action in made.plan.actions)
    return replace(made, plan=replace(made.plan, actions=actions))


def test_what_is_converged_has_no_detail() -> None:
    look = looked(after(SAME, AS_DECLARED))
    assert stands(look) == Standing(
        WEB,
        HOST,
        Condition.CONVERGED,
        NOW + 5,
        observed="stopped",
        declared="present",
        file="tree.yaml:3",
        labels=(("app", "shop"),),
    )
    assert (dict(look.details), dict(look.healed)) == ({}, {})
    assert look.present == frozenset({"web"})
    assert look.host == HostStanding(HOST, "qemu:///system", NOW, NOW + 5, version=VERSION, guests=1)


def test_what_drifted_and_is_not_healed() -> None:
    look = looked(DRIFTED)
    standing = stands(look)
    assert (standing.condition, standing.cause) == (Condition.DRIFTED, "drifted")
    assert standing.effect != ""
    changes = look.details[WEB].differences
    assert Changed("memory", "1 GiB", "1 GiB", "512 MiB", "drifted", "none") in changes
    assert "524288" in look.details[WEB].seen
    assert "1048576" in look.details[WEB].declared


def test_what_was_edited_tells_what_was_applied() -> None:
    look = looked(EDITED)
    assert (stands(look).condition, stands(look).cause) == (Condition.CHANGE, "edited")
    changes = {change.path: change for change in look.details[WEB].differences}
    assert (changes["memory"].applied, changes["memory"].now) == ("512 MiB", "512 MiB")


def test_what_was_edited_where_the_host_changed_as_well() -> None:
    look = looked(after(SAME, domain_xml(uuid=GUEST, memory=262144), applied=SMALLER))
    changes = {change.path: change for change in look.details[WEB].differences}
    assert (changes["memory"].applied, changes["memory"].now) == ("512 MiB", "256 MiB")


def test_what_is_new() -> None:
    look = looked(after(SAME, None))
    assert (stands(look).condition, stands(look).observed, look.present) == (
        Condition.CHANGE,
        "absent",
        frozenset(),
    )


def test_what_was_done_is_converged_and_what_it_healed_is_told() -> None:
    for made, healed in ((DRIFTED, True), (EDITED, False)):
        look = looked(made, outcomes(made))
        standing = stands(look)
        assert (standing.condition, standing.cause, standing.effect) == (Condition.CONVERGED, "", "")
        assert bool(look.healed) == healed
        assert look.details == {}
    assert ("memory", "1 GiB", "512 MiB") in {
        (c.path, c.declared, c.now) for c in looked(DRIFTED, outcomes(DRIFTED)).healed[WEB]
    }


def test_what_failed_says_why() -> None:
    look = looked(DRIFTED, outcomes(DRIFTED, Result.FAILED, f"no memory for {PASSWORD}"))
    assert stands(look).condition is Condition.FAILED
    assert stands(look).problem == f"{DRIFTED.plan.actions[0].verb}: no memory for (secret)"
    assert look.healed == {}


def test_what_failed_has_not_recovered_by_not_being_tried() -> None:
    skipped = outcomes(DRIFTED, Result.SKIPPED, "stopped before it began")
    assert stands(looked(DRIFTED, skipped, was(Condition.FAILED))).condition is Condition.FAILED
    assert stands(looked(DRIFTED, skipped)).condition is Condition.DRIFTED
    assert "stopped before it began" in stands(looked(DRIFTED, skipped)).problem


def test_what_waits_says_for_what_and_until_when() -> None:
    made = deferred(DRIFTED, "its window opens later", NOW + 3600)
    standing = stands(looked(made, outcomes(made)))
    assert (standing.condition, standing.until) == (Condition.WAITING, NOW + 3600)
    assert (standing.problem, standing.cause) == ("its window opens later", "drifted")


def test_what_is_fought_over() -> None:
    made = deferred(DRIFTED, "healed 5 times in 10m", NOW + 60)
    standing = stands(looked(made, outcomes(made), fights={WEB}))
    assert (standing.condition, standing.until) == (Condition.FIGHTING, NOW + 60)
    assert stands(looked(DRIFTED, outcomes(DRIFTED), fights={WEB})).condition is Condition.CONVERGED


def test_what_only_the_next_start_brings_is_pending() -> None:
    look = looked(HELD, outcomes(HELD))
    assert stands(look).condition is Condition.PENDING
    assert stands(look).effect == "restart"
    assert "memory" in {change.path for change in look.details[WEB].differences}


def test_since_stays_while_the_condition_does() -> None:
    assert stands(looked(DRIFTED, was=was(Condition.DRIFTED))).since == 7.0
    assert stands(looked(DRIFTED, was=was(Condition.FAILED))).since == NOW + 5


def test_a_host_that_nobody_reached_keeps_the_time_of_its_last_look() -> None:
    there = world(unreachable={HOST: "connection refused"})
    before = HostStanding(HOST, "qemu:///system", 50.0, 60.0, version="libvirt 8", guests=3)
    look = looked(planned(SAME, there), hosts={HOST: before})
    assert look.host == replace(before, tried=NOW + 5, problem="connection refused")
    assert (stands(look).condition, stands(look).observed) == (Condition.UNREACHABLE, "unknown")
    assert look.present is None


def test_where_no_domain_could_be_read_nobody_knows_who_is_there() -> None:
    blind = Inventory(HOST, VERSION, {}, {(Kind.DOMAIN, EVERYTHING): "the daemon is gone"})
    there = changed(world(), inventories={HOST: blind})
    assert looked(planned(SAME, there)).present is None
    partly = replace(blind, failures={(Kind.DOMAIN, "odd"): "cannot be read"})
    assert looked(planned(SAME, World(Observed({HOST: partly}, {}, NOW)))).present == frozenset({"odd"})


def test_what_is_gone_stands_no_more() -> None:
    there = world(observe(marked(AS_DECLARED, SAME)), records={record(SAME, observe(AS_DECLARED)): ("", "")})
    desired = desire(SAME)
    made = Planned(make_plan(desired, there, Options(destroy=True)), there, desired)
    assert made.plan.actions
    assert looked(made, outcomes(made)).standings == ()
    assert stands(looked(made, outcomes(made, Result.FAILED, "busy"))).condition is Condition.FAILED


# what people are told


def told(look: HostLook, was: Mapping[Address, Standing] | None = None, **values: Any) -> list[str]:
    said = values.pop("told", None)
    return [n.text for n in notices_of(look, Before(was or {}, **values), NOW, "c0ffee", said)]


@pytest.mark.parametrize(
    ("made", "ended", "before", "kind"),
    [
        (DRIFTED, None, Condition.CONVERGED, "drifted"),
        (DRIFTED, None, Condition.DRIFTED, ""),
        (DRIFTED, Result.FAILED, Condition.CONVERGED, "failed"),
        (DRIFTED, Result.FAILED, Condition.FAILED, ""),
        (DRIFTED, Result.DONE, Condition.CONVERGED, "healed"),
        (DRIFTED, Result.DONE, Condition.DRIFTED, "healed"),
        (DRIFTED, Result.DONE, Condition.FAILED, "recovered"),
        (DRIFTED, Result.DONE, Condition.FIGHTING, "recovered"),
        (DRIFTED, Result.DONE, Condition.WAITING, "healed"),
        (EDITED, None, Condition.CONVERGED, ""),
        (EDITED, Result.DONE, Condition.CONVERGED, ""),
        (EDITED, Result.DONE, Condition.CHANGE, ""),
        (after(SAME, AS_DECLARED), None, Condition.BLOCKED, "recovered"),
        (after(SAME, AS_DECLARED), None, Condition.DRIFTED, "recovered"),
        (after(SAME, AS_DECLARED), None, Condition.WAITING, ""),
        (after(SAME, AS_DECLARED), None, Condition.UNREACHABLE, ""),
        (deferred(DRIFTED, "its window opens later"), Result.DONE, Condition.CONVERGED, "waiting"),
        (deferred(DRIFTED, "its window opens later"), Result.DONE, Condition.WAITING, ""),
        (HELD, Result.DONE, Condition.CONVERGED, ""),
    ],
)
def test_a_transition_is_told_and_a_state_is_not(
    made: Planned, ended: Result | None, before: Condition, kind: str
) -> None:
    look = looked(made, outcomes(made, ended, "no") if ended else (), was(before))
    notices = notices_of(look, Before(was(before)), NOW)
    assert [notice.kind for notice in notices] == ([kind] if kind else [])
    for notice in notices:
        assert (notice.subject, notice.host, notice.at) == (str(WEB), HOST, NOW)
        assert (notice.before, notice.after) == (before, stands(look).condition)


def test_what_is_seen_first_is_told_where_it_is_bad() -> None:
    assert told(looked(after(SAME, AS_DECLARED))) == []
    assert told(looked(EDITED)) == []
    assert told(looked(DRIFTED)) != []


def test_words() -> None:
    changes = (Changed("memory", "2 GiB", "2 GiB", "1 GiB", "drifted", "live"),) * 5
    host = HostStanding(HOST, "qemu")

    def look(condition: Condition, **values: Any) -> HostLook:
        standing = replace(Standing(WEB, HOST, condition, problem="why"), **values)
        return HostLook(host, (standing,), {WEB: Detail(changes[:1])})

    known = {"was": was(Condition.CONVERGED)}
    assert told(look(Condition.FAILED), **known) == ["Domain/web on hv1 failed: why"]
    assert told(look(Condition.BLOCKED), **known) == ["Domain/web on hv1 is blocked: why"]
    assert told(look(Condition.DRIFTED), **known) == [
        "Domain/web on hv1 was changed there: memory is 1 GiB instead of 2 GiB"
    ]
    assert told(look(Condition.WAITING, until=NOW + 3600), **known) == [
        "Domain/web on hv1 waits until 2025-06-15 16:06 UTC: why"
    ]
    assert told(look(Condition.WAITING, until=NOW + 10), **known) == []
    assert told(look(Condition.FIGHTING), told={WEB: "stopped: destroyed"}, **known) == [
        "Domain/web on hv1 is changed there again and again: why (stopped: destroyed)"
    ]
    healed = replace(look(Condition.CONVERGED), healed={WEB: changes})
    assert told(healed, **known) == [
        "Domain/web on hv1 was changed there and is as declared again: memory was 1 GiB instead of 2 GiB,"
        " memory was 1 GiB instead of 2 GiB, memory was 1 GiB instead of 2 GiB, and 2 more differences"
    ]
    assert told(look(Condition.CONVERGED), was=was(Condition.FAILED)) == [
        "Domain/web on hv1 is as declared again (it was failed)"
    ]


def test_of_many_of_a_kind_one_tells_of_all() -> None:
    standings = tuple(
        Standing(Address(Kind.DOMAIN, f"g{number}"), HOST, Condition.FAILED) for number in range(7)
    )
    (notice,) = notices_of(HostLook(HostStanding(HOST, "qemu"), standings), Before(), NOW)
    assert (notice.kind, notice.subject) == ("failed", "Host/hv1")
    assert notice.text == (
        "7 on Host/hv1 (failed): Domain/g0, Domain/g1, Domain/g2, Domain/g3, Domain/g4 and 2 more"
    )


def test_a_host_is_told_of_once_and_its_guests_are_not() -> None:
    bad, good = HostStanding(HOST, "qemu", 100.0, problem="refused"), HostStanding(HOST, "qemu", NOW)
    guests = (Standing(WEB, HOST, Condition.UNREACHABLE),)
    assert told(HostLook(bad, guests), was(Condition.CONVERGED)) == ["Host/hv1 cannot be reached: refused"]
    assert told(HostLook(bad, guests), hosts={HOST: bad}) == []
    (text,) = told(HostLook(good), hosts={HOST: replace(bad, looked=NOW - 300)})
    assert text == "Host/hv1 can be reached again, after 5m"
    assert told(HostLook(good), hosts={HOST: good}) == []


def test_commits() -> None:
    note = CommitNote("c0ffee" * 6, CommitStatus.REFUSED, NOW, "More memory", "Ann", "", ("web.yaml:3: no",))

    def text(status: CommitStatus, before: CommitStatus | None = None) -> str:
        notice = commit_notice(before, replace(note, status=status, problems=()), NOW)
        return notice.text if notice else ""

    refused = commit_notice(None, note, NOW)
    assert isinstance(refused, Notice)
    assert (refused.kind, refused.subject, refused.commit) == ("commit-refused", note.commit, note.commit)
    assert refused.text == (
        "Commit c0ffeec0ffee (More memory by Ann) is refused; the last good one stays in force;"
        " web.yaml:3: no"
    )
    assert text(CommitStatus.WAITING).endswith("waits for approval: virt-reconcile approve c0ffeec0ffee")
    assert text(CommitStatus.IN_FORCE, CommitStatus.WAITING).endswith("is in force")
    assert text(CommitStatus.IN_FORCE, CommitStatus.IN_FORCE) == ""
    assert text(CommitStatus.PAST) == ""


def test_nobody_has_looked() -> None:
    late = overdue_notice(HostStanding(HOST, "qemu", NOW - 7200), 600, NOW)
    assert late.text == "Host/hv1 has not been looked at since 2h (at the latest after 10m)"
    assert (late.kind, late.subject) == ("not-looked-at", "Host/hv1")
    never = overdue_notice(HostStanding(HOST, "qemu"), 600, NOW)
    assert never.text == "Host/hv1 has not been looked at yet (at the latest after 10m)"


def test_no_secret_is_told() -> None:
    with_password = domain_xml(uuid=GUEST, extra=f"<graphics type='vnc' passwd='{PASSWORD}'/>")
    made = after(declare(with_password), AS_DECLARED)
    look = looked(made)
    assert "(secret)" in look.details[WEB].declared
    assert "0123456789abcdef" not in repr(look) + repr(notices_of(look, Before(), NOW))


def test_actions_of_others_are_not_mistaken_for_its_own() -> None:
    other = replace(DRIFTED.plan.actions[0], address=Address(Kind.DOMAIN, "other"))
    failed = [Outcome(other, Result.FAILED, "no")]
    assert stands(looked(DRIFTED, failed)).condition is Condition.DRIFTED
    assert isinstance(other, Action)
