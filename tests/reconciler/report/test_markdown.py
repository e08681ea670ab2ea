"""Markdown for comments: what others wrote means nothing in it, and it is never too long."""

from __future__ import annotations

import re

import pytest

from reconciler.operations import Define, Effect, Undefine
from reconciler.plan.merging import Merge
from reconciler.plan.model import Action, Plan, Status, Verdict
from reconciler.report.markdown import LIMIT, code, merge_markdown, plan_markdown, problems_markdown
from specs.diagnostics import Origin, Problem
from specs.identity import Address, Kind

HOSTILE = "a|b`c``d</summary><img src=x onerror=alert(1)>@everyone [x](javascript:y)\n# h\x1b[31m\u202e"


def plan(*names: str, warnings: tuple[str, ...] = (), problem: str = "") -> Plan:
    addresses = [Address(Kind.DOMAIN, name) for name in names]
    return Plan(
        fleet=HOSTILE,
        root="tree",
        created=0.0,
        hosts={"hv1": "qemu:///system"},
        verdicts=tuple(Verdict(a, HOSTILE, Status.CREATE, problem=problem) for a in addresses),
        actions=tuple(Action(f"define {a}", Define("<domain/>"), a, HOSTILE, a.name) for a in addresses),
        warnings=warnings,
        unreachable={HOSTILE: HOSTILE} if problem else {},
    )


def outside_of_code(text: str) -> str:
    """What is left when fences and pieces of code are taken out, as CommonMark reads them."""
    text = re.sub(r"^(`{3,})text\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", text)


@pytest.mark.parametrize(
    "text",
    [
        plan_markdown(plan(HOSTILE, warnings=(HOSTILE, "``````"), problem=HOSTILE)),
        merge_markdown(Merge(plan(HOSTILE), plan(HOSTILE, problem=HOSTILE), plan(HOSTILE).actions)),
        problems_markdown([Problem(Origin(HOSTILE), HOSTILE)]),
    ],
)
def test_what_others_wrote_means_nothing(text: str) -> None:
    left = outside_of_code(text)
    for sign in ("<img", "@everyone", "javascript", "</summary><img", "\x1b", "\u202e", "# h"):
        assert sign not in left
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_bar_does_not_end_a_cell_and_ticks_do_not_end_code() -> None:
    (row,) = [line for line in plan_markdown(plan("a|b")).splitlines() if line.startswith("| ➕")]
    assert "`Domain/a\\|b`" in row
    assert code("a`b") == "``a`b``"
    assert code("`") == "`` ` ``"
    assert code("") == "`  `"


@pytest.mark.parametrize("length", [10, 2000])
def test_it_is_never_too_long_and_its_fences_are_closed(length: int) -> None:
    names = [f"{number}{HOSTILE * length}"[:length] for number in range(500)]
    large = plan(*names, warnings=tuple("`" * 30_000 for _ in range(50)), problem="x\u202e" * length)
    for text in (plan_markdown(large), merge_markdown(Merge(large, large, large.actions))):
        assert len(text) <= LIMIT
        assert text.count("<details>") == text.count("</details>")
        assert "more lines: without -o markdown all are shown" in text or "too long" in text
        assert "**Plan: 500 to create" in text


def test_what_a_reviewer_has_to_see_comes_first() -> None:
    address = Address(Kind.VOLUME, "data", "hv1", "guests")
    lost = Action("undefine", Undefine(cost=Effect.DESTROYS_DATA), address, "hv1", "guests/data")
    gone = Plan("f", "tree", 0.0, {}, (Verdict(address, "hv1", Status.DELETE),), (lost,))
    assert "what `destroy` would do" in plan_markdown(gone, "destroy")
    lines = plan_markdown(gone).splitlines()
    assert f"⚠ **destroys data:** `{address}`" in lines
    assert lines.index(f"⚠ **destroys data:** `{address}`") < lines.index("| --- | --- | --- | --- | --- |")
