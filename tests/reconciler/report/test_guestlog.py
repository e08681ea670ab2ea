"""What was logged of a guest and what was done to it, in one order."""

from __future__ import annotations

from reconciler.report.guestlog import in_order, line_of, lines_of, shown
from state.journal import ActionEntry

QEMU = """2026-11-27 04:08:38.293+0000: starting up
 -m 64
2026-11-27T04:08:41.000001Z qemu-system-x86_64: terminating
99999-13-45 no time
"""


def test_lines_without_a_time_stay_with_the_line_before_them() -> None:
    entry = ActionEntry("start Domain/web", "Domain/web", "start", 0.0, 1795752520.0, "done", "slow", run=4)
    found = in_order([*lines_of("qemu", QEMU), line_of(entry)], 0.0, 9)
    assert [shown(line, 2) for line in found] == [
        "qemu    | 2026-11-27 04:08:38.293+0000: starting up",
        "qemu    |  -m 64",
        "history | 2026-11-27 04:08:40 run 4: start done: slow",
        "qemu    | 2026-11-27T04:08:41.000001Z qemu-system-x86_64: terminating",
        "qemu    | 99999-13-45 no time",
    ]
    assert [line.text for line in in_order(found, 1795752520.5, 9)] == [
        "2026-11-27T04:08:41.000001Z qemu-system-x86_64: terminating",
        "99999-13-45 no time",
    ]
    assert [line.writer for line in in_order(found, 0.0, 1)] == ["qemu"]
    assert shown(found[1], 1) == " -m 64"
