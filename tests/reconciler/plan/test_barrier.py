"""What goes wrong in planning one resource stays with it, and is told to whom it concerns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Observation
from drivers.dialects import dialect_of
from reconciler.plan import barrier
from reconciler.plan.barrier import one_by_itself
from reconciler.plan.draft import Draft, blocked
from specs.desired import Declared, PowerState
from tests.reconciler.plan.facts import CAPABILITIES, declare, domain_xml, observe, world

WEB = declare()
SEEN = observe(domain_xml())
RUNS = replace(SEEN, power=PowerState.RUNNING, live=domain_xml(memory=1))


def problem(*seen: Observation) -> str:
    def raise_it(declared: Declared) -> Draft:
        raise KeyError("x")

    draft = one_by_itself(WEB, world(*seen), raise_it)
    assert (draft.actions, draft.refresh, draft.verdict.address) == ((), None, WEB.address)
    return draft.verdict.problem


def test_a_draft_is_passed_on() -> None:
    made = blocked(WEB, "x")
    assert (
        one_by_itself(WEB, world(), lambda declared: made if declared is WEB else blocked(WEB, "y")) is made
    )


def test_what_compares_with_itself_is_not_to_blame() -> None:
    for seen in ((), (SEEN,), (RUNS,)):
        assert problem(*seen).endswith("; it is left alone")
        assert "make sense" not in problem(*seen)


@pytest.mark.parametrize(("name", "seen"), [("compare", SEEN), ("compare_live", RUNS)])
def test_a_document_that_does_not_is(monkeypatch: pytest.MonkeyPatch, name: str, seen: Observation) -> None:
    asked: list[tuple[Any, ...]] = []

    def confused(*given: Any) -> None:
        asked.append(given)
        raise ValueError("a secret")

    monkeypatch.setattr(barrier, name, confused)
    told = "unreadable: its document holds what nobody can make sense of (KeyError); it is left alone"
    assert problem(seen) == told
    dialect = dialect_of(CAPABILITIES)
    given = (seen.document, seen.document, None) if name == "compare" else (seen.document, seen.live)
    assert asked == [(seen.kind, *given, dialect)]
