"""Tables at a glance: cut to a terminal, coloured, summed up."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.report.glance import COLOURS, ago, grouped, last_told, next_steps, summed_up
from reconciler.report.paint import Paint, shown
from reconciler.report.table import table, telling
from specs.plain import width

HEADER = ("RESOURCE", "STATUS", "LAST")
ROWS = [("Domain/" + "w" * 40, "drifted", "start 3m ago " * 6), ("Domain/db", "converged", "-")]


def row(status: str, name: str = "web", **more: Any) -> dict[str, Any]:
    return {"address": f"Domain/{name}", "status": status, **more}


@pytest.mark.parametrize("columns", [20, 60, 80, 200])
def test_a_table_fits_a_terminal_and_never_cuts_what_one_types(columns: int) -> None:
    lines = list(table(HEADER, ROWS, columns=columns))
    assert lines[1].split()[0] == ROWS[0][0]
    fits = columns >= 60 + 8
    assert (max(map(width, lines)) <= columns) is fits
    assert "drifted" in lines[1]
    assert ("…" in lines[1]) is (columns < 150)


def test_colour_costs_no_width_and_goes_by_the_word() -> None:
    plain, painted = (list(table(HEADER, ROWS, paint=Paint(on), colours=COLOURS)) for on in (False, True))
    coloured = [shown(line) for line in painted]
    assert "\x1b[33mdrifted\x1b[0m" in coloured[1]
    assert "\x1b[32mconverged\x1b[0m" in coloured[2]
    assert coloured[2].replace("\x1b[32m", "").replace("\x1b[0m", "") == plain[2]


def test_a_column_without_anything_is_left_out() -> None:
    header, rows = telling(("A", "B", "C"), [("-", "-", "x"), ("-", "", "-")])
    assert (header, rows) == (["A", "C"], [["-", "x"], ["-", "-"]])
    assert telling(("A", "B"), []) == (["A"], [])


def test_the_sum_names_what_there_is_the_good_first() -> None:
    rows = [row("drifted"), row("converged"), row("failed"), row("converged")]
    assert summed_up(rows) == "4 resources: 2 converged, 1 drifted, 1 failed"
    assert summed_up([row("kept")]) == "1 resource: 1 kept"
    assert summed_up([]) == "0 resources"


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        (["converged"], []),
        (["create", "create"], ["nothing of it is there yet: virt-reconcile apply lab makes it"]),
        (["create", "converged"], ["virt-reconcile plan lab says what differs and why; apply sets it right"]),
        (["unreachable"], []),
        (
            ["pending-restart"],
            ["virt-reconcile restart web lab brings what waits for a restart"],
        ),
        (
            [*["converged"] * 40, "kept"],
            ["virt-reconcile status lab -u shows only the 1 that are not converged"],
        ),
    ],
)
def test_what_one_types_next(statuses: list[str], told: list[str]) -> None:
    assert list(next_steps([row(status) for status in statuses], "lab")) == told


def test_what_is_said_of_several_is_said_once() -> None:
    notes = [(f"Domain/{n}", "held back: window") for n in "abcde"] + [("Domain/x", "it is blocked")]
    assert list(grouped(notes)) == [
        "Domain/a, Domain/b, Domain/c and 2 more: held back: window",
        "Domain/x: it is blocked",
    ]


def test_the_last_action_is_told_by_its_age() -> None:
    acted = {"verb": "start", "outcome": "done", "at": 1000.0}
    assert last_told(row("x", acted=acted), 1190.0) == "start 3m ago"
    assert last_told(row("x", acted={**acted, "outcome": "failed"}), 91000.0) == "failed: start 1d ago"
    assert last_told(row("x", acted=None), 0.0) == "-"
    assert ago(7300) == "2h ago"
