"""Lines of the log: what woke a round, what differs, what was done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.base import Change, Happening
from reconciler.compare.model import Cause, Difference, Effect
from reconciler.operations import Resume
from reconciler.plan.model import Action, Outcome, Plan, Result, Status, Verdict
from reconciler.report.happened import change_lines, left_lines, outcome_line, woken_by
from specs.identity import Address, Kind

WEB = Address(Kind.DOMAIN, "web")
STOPPED = Change(Kind.DOMAIN, "web", Happening.STOPPED)


@pytest.mark.parametrize(
    ("why", "changes", "told"),
    [
        ("timer", (), ""),
        ("files", (), "the files changed"),
        ("event", (), "the host told of a change"),
        ("event", (STOPPED, STOPPED), "the host tells: Domain/web stopped"),
        ("event", (Change(Kind.SECRET),), "the host tells: a Secret changed"),
        (
            "event",
            [Change(Kind.DOMAIN, name, Happening.STARTED) for name in "abcde"],
            "the host tells: Domain/a started, Domain/b started, Domain/c started and 2 more",
        ),
        ("somebody called", (), "somebody called"),
    ],
)
def test_what_woke_a_round(why: str, changes: tuple[Change, ...], told: str) -> None:
    assert woken_by(why, changes) == told


def planned(*differences: Difference, status: Status = Status.CHANGE) -> Plan:
    verdict = Verdict(WEB, "hv1", status, differences=differences)
    return Plan("shop", "tree", 0.0, {}, verdicts=(verdict,))


def test_each_value_is_told_before_and_after_with_its_cause() -> None:
    (line,) = change_lines(
        planned(Difference("currentMemory", "2097152 KiB", "1048576 KiB", Cause.EDITED, Effect.NEXT_BOOT))
    )
    assert line.message.endswith("memory: 1 GiB → 2 GiB [edited, at next start]")
    assert line.more == {
        "field": "memory", "path": "currentMemory", "before": "1 GiB", "after": "2 GiB", "cause": "edited",
        "effect": "next-boot",
    }  # fmt: skip
    assert line.address == "Domain/web"


def test_of_a_great_many_the_first_are_told_and_of_what_is_made_none() -> None:
    many = [Difference(f"devices/disk[vd{n}]", "x", None, Cause.DRIFTED) for n in range(70)]
    lines = list(change_lines(planned(*many)))
    assert len(lines) == 51
    assert lines[-1].message.startswith("20 more values differ")
    assert list(change_lines(planned(*many, status=Status.CREATE))) == []


def test_what_is_left_as_it_is_says_why() -> None:
    blocked = Verdict(WEB, "hv1", Status.BLOCKED, problem="it belongs to another fleet")
    held = Action("resume Domain/web", Resume(), WEB, "hv1", "web", deferred="outside of its window")
    plan = replace(planned(), verdicts=(blocked,), actions=(held, replace(held, deferred="")))
    assert [line.message for line in left_lines(plan)] == [
        "Domain/web: blocked: it belongs to another fleet",
        "Domain/web: resume held back: outside of its window",
    ]


def test_an_outcome_is_told_with_its_run() -> None:
    outcome = Outcome(Action("resume Domain/web", Resume(), WEB, "hv1", "web"), Result.DONE, "", 0.34)
    assert outcome_line(outcome, 12).message == "done: resume Domain/web (0.3 s, run 12)"
    failed = replace(outcome, result=Result.FAILED, message="it is gone")
    assert outcome_line(failed, 0).message == "failed: resume Domain/web (0.3 s): it is gone"
    assert outcome_line(failed, 0).more == {"verb": "resume", "result": "failed", "seconds": "0.340"}
