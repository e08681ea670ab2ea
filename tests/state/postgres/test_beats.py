"""Who lives is told by beats and one clock."""

from __future__ import annotations

from state.postgres.beats import Beat, BeatWatch


def test_who_was_silent_for_its_time_to_live_is_dead() -> None:
    watch = BeatWatch()
    assert watch.see([Beat("a", 7, 6.0)], 100.0) == []
    assert watch.see([Beat("a", 7, 6.0)], 105.9) == []
    assert watch.see([Beat("a", 7, 6.0)], 106.0) == [Beat("a", 7, 6.0)]


def test_a_beat_begins_it_anew_and_one_that_is_seen_first_has_all_of_it() -> None:
    watch = BeatWatch()
    watch.see([Beat("a", 1, 6.0)], 0.0)
    assert watch.see([Beat("a", 2, 6.0), Beat("b", 1, 2.0)], 50.0) == []
    assert watch.see([Beat("a", 2, 6.0), Beat("b", 1, 2.0)], 52.0) == [Beat("b", 1, 2.0)]


def test_one_that_comes_back_is_watched_anew() -> None:
    watch = BeatWatch()
    watch.see([Beat("a", 1, 6.0)], 0.0)
    watch.see([], 3.0)
    assert watch.see([Beat("a", 1, 6.0)], 7.0) == []
