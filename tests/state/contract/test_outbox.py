"""Letters: each arrives at every receiver, and none is lost or given to two at once."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from state import OpenState, open_state
from state.outbox import Letter, Notice

FULL = Notice("failed", "Domain/web", "web: no memory", 100.5, "hv1", "c0ffee", "converged", "failed")


def notice(number: int) -> Notice:
    return Notice("failed", f"Domain/g{number}", "failed", 100.0 + number)


def told(letters: Collection[Letter]) -> list[tuple[str, str]]:
    return [(letter.notice.subject, letter.receiver) for letter in letters]


def test_a_notice_comes_as_it_was_posted(state: OpenState, url: str) -> None:
    state.receivers(["chat"])
    state.post([FULL])
    again = open_state(url)
    (letter,) = again.letters(200.0, 60)
    assert (letter.notice, letter.receiver, letter.attempts) == (FULL, "chat", 0)
    again.close()


def test_everybody_gets_a_letter_of_their_own(state: OpenState) -> None:
    state.receivers(["chat", "mail"])
    state.post([notice(1), notice(2)])
    letters = state.letters(200.0, 60)
    assert sorted(told(letters)) == [
        ("Domain/g1", "chat"),
        ("Domain/g1", "mail"),
        ("Domain/g2", "chat"),
        ("Domain/g2", "mail"),
    ]
    assert len({letter.id for letter in letters}) == 4


def test_with_nobody_to_tell_there_is_nothing_to_send(state: OpenState) -> None:
    state.post([notice(1)])
    state.receivers(["chat"])
    assert state.letters(200.0, 60) == []


def test_they_come_oldest_first_and_some_at_a_time(state: OpenState) -> None:
    state.receivers(["chat"])
    state.post([notice(number) for number in range(5)])
    assert [subject for subject, _ in told(state.letters(200.0, 60, limit=3))] == [
        "Domain/g0",
        "Domain/g1",
        "Domain/g2",
    ]
    assert [subject for subject, _ in told(state.letters(200.0, 60, limit=3))] == ["Domain/g3", "Domain/g4"]


def test_who_takes_a_letter_has_it_for_a_while(state: OpenState, url: str) -> None:
    other = open_state(url)
    state.receivers(["chat"])
    state.post([notice(1)])
    (letter,) = state.letters(200.0, 60)
    assert other.letters(259.0, 60) == []
    assert list(other.letters(260.0, 60)) == [letter]  # the first one died: the same letter again
    other.close()


def test_letters_to_one_receiver_alone(state: OpenState) -> None:
    state.receivers(["chat", "mail"])
    state.post([notice(1), notice(2)])
    assert told(state.letters(200.0, 60, to="mail")) == [("Domain/g1", "mail"), ("Domain/g2", "mail")]
    assert state.letters(200.0, 60, to="nobody") == []
    assert {receiver for _, receiver in told(state.letters(200.0, 60))} == {"chat"}


def test_no_two_get_the_same(state: OpenState, url: str) -> None:
    others = [open_state(url) for _ in range(4)]
    state.receivers(["chat"])
    state.post([notice(number) for number in range(40)])
    with ThreadPoolExecutor(4) as pool:
        taken = pool.map(lambda one: [told(one.letters(200.0, 60, limit=2)) for _ in range(5)], others)
        found = [subject for parts in taken for part in parts for subject in part]
    assert len(found) == len(set(found)) == 40
    for one in others:
        one.close()


def test_what_has_arrived_is_gone(state: OpenState) -> None:
    state.receivers(["chat"])
    state.post([notice(1)])
    (letter,) = state.letters(200.0, 60)
    for _ in range(2):
        state.sent(letter.id)
    assert state.letters(1000.0, 60) == []
    assert state.undelivered() == []


def test_what_has_not_is_tried_again_and_told(state: OpenState) -> None:
    state.receivers(["chat", "mail"])
    state.post([notice(1)])
    for times in range(1, 3):
        (letter,) = [one for one in state.letters(200.0 * times, 1) if one.receiver == "chat"]
        assert letter.attempts == times - 1
        state.not_sent(letter.id, 200.0 * times + 50, f"refused {times}")
        assert [one.receiver for one in state.letters(200.0 * times + 49, 1)] == ["mail"]
        ((tried, why),) = state.undelivered()
        assert (tried.id, tried.attempts, why) == (letter.id, times, f"refused {times}")
    assert sorted(one.receiver for one in state.letters(450.0, 1)) == ["chat", "mail"]


def test_letters_to_who_is_no_receiver_any_more_are_dropped(state: OpenState) -> None:
    state.receivers(["chat", "mail"])
    state.post([notice(1)])
    state.receivers(["mail", "pager"])
    state.post([notice(2)])
    assert sorted(told(state.letters(200.0, 60))) == [
        ("Domain/g1", "mail"),
        ("Domain/g2", "mail"),
        ("Domain/g2", "pager"),
    ]
    before = state.serial()
    state.receivers(["pager", "mail"])
    assert state.serial() == before


def test_each_fleet_has_its_own(state: OpenState, url: str) -> None:
    other = open_state(url, fleet="other")
    state.receivers(["chat"])
    other.receivers(["mail"])
    state.post([notice(1)])
    other.post([notice(2)])
    (letter,) = state.letters(200.0, 60)
    other.sent(letter.id)
    other.not_sent(letter.id, 0.0, "no")
    assert told(state.letters(260.0, 60)) == [("Domain/g1", "chat")]
    assert told(other.letters(200.0, 60)) == [("Domain/g2", "mail")]
    assert state.undelivered() == []
    other.close()
