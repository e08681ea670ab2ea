"""Progress on a terminal and in a pipe, and the order of what is said."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import out, showing
from reconciler.cli.showing import ProgressDisplay
from reconciler.underway import Board, doing
from tests.reconciler.cli.lab import Lab, wait_until

ORDER = """
import sys
from reconciler.cli import out
for n in range(3):
    out.say(f"result {n}")
    out.tell(f"message {n}")
out.say("last")
"""


class Terminal(io.StringIO):
    """Standard error, as if it were a terminal."""

    def isatty(self) -> bool:
        return True


def shown_on_a_terminal(screen: str) -> list[str]:
    """What is left to be seen: each line from where it was cleared last."""
    return [line.rpartition("\x1b[K")[2] for line in screen.split("\n")]


def test_both_streams_keep_the_order_of_things_in_one_file(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with file.open("w") as log:
        subprocess.run([sys.executable, "-c", ORDER], stdout=log, stderr=log, check=True, timeout=60)
    lines = file.read_text().splitlines()
    both = [f"{what} {n}" for n in range(3) for what in ("result", "message")]
    assert lines == [*both, "last"]


def test_a_line_is_written_over_makes_room_and_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    board = Board()
    display = ProgressDisplay(board, out.tell, 10, terminal=True)
    with doing("reading hv1 " + "x" * 200, board):
        now = board.steps[0].since
        display.look(now + 1.9)
        assert screen.getvalue() == ""
        display.look(now + 2.1)
        assert shown_on_a_terminal(screen.getvalue())[-1].startswith("reading hv1 xx")
        assert len(shown_on_a_terminal(screen.getvalue())[-1]) == 79
        out.tell("a line that stays")
        assert shown_on_a_terminal(screen.getvalue()) == ["a line that stays", ""]
        display.look(now + 3)
    display.look(now + 4)
    assert shown_on_a_terminal(screen.getvalue()) == ["a line that stays", ""]


def test_many_short_steps_are_shown_once_nothing_was_said_for_a_while() -> None:
    said: list[str] = []
    board = Board()
    display = ProgressDisplay(board, said.append, 10, terminal=False)
    with doing("connecting", board):
        display.look(board.steps[0].since + 2.1)
    display.look(out.last_said() + 100)
    assert said == ["connecting, 2 s"]


@pytest.mark.parametrize("quiet", [False, True])
def test_a_pipe_has_a_plain_line_now_and_then(lab: Lab, monkeypatch: pytest.MonkeyPatch, quiet: bool) -> None:
    """In this process, with another pace; the host does not answer until it was said who is awaited."""
    said: list[str] = []
    monkeypatch.setattr(showing, "_EVERY", 0.01)
    monkeypatch.setattr(showing, "SHOWN_AFTER", 0.0)
    with showing.showing(quiet=quiet, say=said.append, every=0.01), doing("reading hv1"):
        if not quiet:
            wait_until(lambda: bool(said))
    assert (said[:1] == []) is quiet
    assert all(line.startswith("reading hv1, ") for line in said)


def test_messages_that_nobody_reads_end_nothing_and_results_end_quietly(lab: Lab) -> None:
    """As `2>&1 | head` has it: who does something goes on, who only tells it ends."""
    code = (
        "from reconciler.cli import out\nfrom reconciler.cli.main import call\nimport os, sys\n"
        "out.tell('nobody reads this')\nout.tell('nor this')\nos.write(3, b'went on')\n"
        "sys.exit(call(['--help']))"
    )
    reading, writing = os.pipe()
    os.close(reading)
    back, there = os.pipe()
    with os.fdopen(back) as told:
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" 3>&0', "sh", sys.executable, "-c", code],
            stdin=there, stdout=writing, stderr=writing, timeout=60, check=False,
        )  # fmt: skip
        os.close(there)
        os.close(writing)
        assert told.read() == "went on"
    assert done.returncode == 1
