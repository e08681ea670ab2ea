"""The board: what is under way in this process, and how far."""

from __future__ import annotations

import threading

from drivers.base.progress import Transfer, Wait, listening, waiting
from reconciler.engine.at_once import at_once
from reconciler.underway import BOARD, Awaited, Board, doing


def test_what_is_being_done_stands_there_until_it_has_ended() -> None:
    board = Board()
    with doing("reading", board) as tell, doing("asking", board):
        assert [step.what for step in board.steps] == ["reading", "asking"]
        tell(Wait("hv1", 5))
        assert isinstance(board.steps[0].detail, Wait)
        tell(None)
        assert board.steps[0].detail is None
    assert board.steps == ()
    tell(Wait("hv1"))
    assert board.steps == ()


def test_a_transfer_counts_from_where_its_stage_began() -> None:
    board = Board()
    with doing("fill", board) as tell:
        tell(Transfer("downloading", 70, 100))
        first = board.steps[0].begun
        tell(Transfer("downloading", 90, 100))
        assert board.steps[0].begun == first
        assert first[1] == 70
        tell(Transfer("uploading", 10, 100))
        assert board.steps[0].begun[1] == 10


def test_a_wait_within_a_call_is_told_to_who_listens_in_its_thread() -> None:
    heard: list[object] = []
    with listening(heard.append):
        with waiting("the guest to shut down", 60):
            pass
        other = threading.Thread(target=lambda: waiting("another").__enter__())
        other.start()
        other.join()
    with waiting("nobody"):
        pass
    told, ended = heard
    assert isinstance(told, Wait)
    assert (told.what, told.limit, ended) == ("the guest to shut down", 60, None)


def test_the_hosts_that_are_awaited_are_named() -> None:
    seen: list[Awaited] = []
    answered = threading.Event()

    def late() -> None:
        answered.wait(60)
        while not seen:
            seen.extend(s.detail for s in BOARD.steps if isinstance(s.detail, Awaited) and s.detail.left == 1)

    at_once({"hv1": answered.set, "hv2": late}, "reading")
    assert seen[0] == Awaited(("hv2",), 1, 2)
    assert BOARD.steps == ()
