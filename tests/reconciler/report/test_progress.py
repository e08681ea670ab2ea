"""What is under way, on one line."""

from __future__ import annotations

import pytest

from drivers.base.progress import Detail, Transfer, Wait
from reconciler.report.progress import progress_line, rounded
from reconciler.underway import Awaited, RunningStep

GIB = 1 << 30


def step(what: str, detail: Detail | Awaited | None = None, since: float = 100.0) -> RunningStep:
    return RunningStep(what, since, detail, (100.0, 0))


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        (None, "detach Domain/web, 12 s"),
        (
            Wait("the guest to let go of vdb", 60, 100.0),
            "detach Domain/web: waits for the guest to let go of vdb, 12 of 60 s",
        ),
        (Wait("a place", None, 104.0), "detach Domain/web: waits for a place, 8 s"),
        (Awaited(("hv2", "hv5"), 2, 6), "detach Domain/web hv2, hv5 (4 of 6 done), 12 s"),
        (Awaited(("a", "b", "c"), 9, 9), "detach Domain/web a, b, c and 6 more (0 of 9 done), 12 s"),
        (Awaited(("hv1",), 1, 1), "detach Domain/web hv1, 12 s"),
        (
            Transfer("uploading", 3 * GIB, 4 * GIB),
            "detach Domain/web: uploading 75 % of 4.0 GiB, 256 MiB/s, 4 s left",
        ),
        (
            Transfer("moving", 1 * GIB, 4 * GIB, rate=3 * GIB),
            "detach Domain/web: moving 25 % of 4.0 GiB, 3.0 GiB/s, 1 s left",
        ),
        (Transfer("copying", 24 << 20), "detach Domain/web: copying 24 MiB, 2.0 MiB/s, 12 s"),
        (Transfer("moving", 0, 100, parts=True), "detach Domain/web: moving 0 %"),
        (Transfer("", 0, GIB), "detach Domain/web 0 % of 1.0 GiB"),
    ],
)
def test_each_says_what_it_is_and_how_far(detail: Detail | Awaited | None, told: str) -> None:
    assert progress_line([step("detach Domain/web", detail)], 112.0) == told


def test_the_oldest_is_named_and_the_others_are_counted() -> None:
    steps = [step("fill a", since=90.0), step("fill b", since=80.0), step("fill c", since=95.0)]
    assert progress_line(steps, 300.0) == "fill b, 3m40s (+2 more)"


def test_a_terminal_has_a_bar_where_there_is_room_and_never_a_second_line() -> None:
    transfer = step("fill Volume/guests/web.qcow2@hv1", Transfer("uploading", 3 * GIB, 4 * GIB))
    wide = progress_line([transfer, transfer], 112.0, 140)
    assert wide == (
        "fill Volume/guests/web.qcow2@hv1: uploading [##################------]"
        " 75 % of 4.0 GiB, 256 MiB/s, 4 s left (+1 more)"
    )
    usual = progress_line([transfer], 112.0, 79)
    assert usual == "fill Volume/guests/web.qcow2… [#######---] 75 % of 4.0 GiB, 256 MiB/s, 4 s left"
    for columns in (*range(1, 90), 200):
        assert len(progress_line([transfer], 112.0, columns)) <= columns
    assert "75 % of 4.0 GiB" in progress_line([transfer], 112.0, 60)


def test_what_others_named_moves_no_cursor() -> None:
    assert "\x1b" not in progress_line([step("reading \x1b[2J", Awaited(("e\x1bvil",), 1, 1))], 112.0, 80)


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (1 << 20, "1.0 MiB"),
        (340 << 20, "340 MiB"),
        (1 << 50, "1024 TiB"),
    ],
)
def test_sizes_are_rounded(size: float, told: str) -> None:
    assert rounded(size) == told
