"""Which commit is to be in force: decisions, approval, and what was good before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.controller.choosing import ACCEPTED, CommitChoice, anchor_of, choose
from state.commits import CommitNote, CommitStatus
from state.decisions import Decision, Verb

IN_FORCE, PAST, WAITING, SKIPPED, REFUSED = (
    CommitStatus.IN_FORCE,
    CommitStatus.PAST,
    CommitStatus.WAITING,
    CommitStatus.SKIPPED,
    CommitStatus.REFUSED,
)


def notes(**statuses: CommitStatus) -> list[CommitNote]:
    """Newest first."""
    return [CommitNote(name, status, 100.0 - at) for at, (name, status) in enumerate(statuses.items())]


def decided(*given: tuple[Verb, str]) -> list[Decision]:
    return [Decision(at, float(at), verb, subject, "ann", "why") for at, (verb, subject) in enumerate(given)]


def test_the_newest_commit_is_wanted_and_else_the_last_good_one() -> None:
    assert choose("c", notes(b=IN_FORCE, a=PAST), [], approval=False) == CommitChoice(("c", "b"))
    assert choose("b", notes(b=IN_FORCE, a=PAST), [], approval=False) == CommitChoice(("b",))
    assert choose("", notes(b=IN_FORCE), [], approval=False) == CommitChoice(("b",))
    assert choose("", [], [], approval=False) == CommitChoice(())


def test_what_was_good_before_does_not_come_back_by_itself() -> None:
    assert choose("c", notes(b=IN_FORCE, a=PAST), [], approval=False).wanted == ("c", "b")


def test_a_pin_holds_whatever_comes() -> None:
    pin = decided((Verb.PIN, "a"))
    choice = choose("c", notes(b=IN_FORCE, a=PAST), pin, approval=False)
    assert choice == CommitChoice(("a", "b"), WAITING, "the fleet is pinned at a by ann: why")
    assert choose("a", notes(a=IN_FORCE), pin, approval=True) == CommitChoice(("a",))
    assert choose("b", notes(b=PAST, a=IN_FORCE), pin, approval=False) == CommitChoice(("a",))


def test_what_is_skipped_never_comes_in_force() -> None:
    skip = decided((Verb.SKIP, "c"))
    choice = choose("c", notes(b=IN_FORCE, a=PAST), skip, approval=False)
    assert choice == CommitChoice(("b",), SKIPPED, "skipped by ann: why")
    assert choose("d", notes(c=SKIPPED, b=IN_FORCE), skip, approval=False) == CommitChoice(("d", "b"))


def test_skipping_what_is_in_force_goes_back() -> None:
    skip = decided((Verb.SKIP, "c"))
    assert choose("c", notes(c=IN_FORCE, b=PAST, a=PAST), skip, approval=False).wanted == ("b",)
    both = decided((Verb.SKIP, "c"), (Verb.SKIP, "b"))
    assert choose("c", notes(c=IN_FORCE, b=PAST, a=PAST), both, approval=False).wanted == ("a",)
    assert choose("c", notes(c=IN_FORCE), skip, approval=False).wanted == ()


def test_with_approval_a_new_commit_waits() -> None:
    known = notes(b=IN_FORCE, a=PAST)
    waits = CommitChoice(("b",), WAITING, "it waits for somebody who approves it")
    assert choose("c", known, [], approval=True) == waits
    assert choose("c", [], [], approval=True).wanted == ()
    assert choose("b", known, [], approval=True) == CommitChoice(("b",))
    assert choose("c", known, decided((Verb.APPROVE, "c")), approval=True) == CommitChoice(("c", "b"))


def test_an_older_commit_may_be_approved_and_the_newest_waits_on() -> None:
    known = notes(d=WAITING, c=WAITING, b=IN_FORCE)
    choice = choose("d", known, decided((Verb.APPROVE, "c")), approval=True)
    assert (choice.wanted, choice.status) == (("c", "b"), WAITING)


def test_the_last_approval_counts_and_one_that_is_over_sets_nothing_back() -> None:
    known = notes(c=IN_FORCE, b=PAST)
    assert choose("c", known, decided((Verb.APPROVE, "b")), approval=True) == CommitChoice(("c",))
    twice = decided((Verb.APPROVE, "e"), (Verb.APPROVE, "d"))
    assert choose("f", notes(f=WAITING, c=IN_FORCE), twice, approval=True).wanted == ("d", "c")
    skipped = decided((Verb.APPROVE, "d"), (Verb.SKIP, "d"))
    assert choose("d", known, skipped, approval=True) == CommitChoice(("c",), SKIPPED, "skipped by ann: why")


def test_what_vouches_for_the_next_is_the_newest_good_one_and_not_what_is_pinned() -> None:
    assert anchor_of(notes(d=REFUSED, c=WAITING, b=PAST, a=IN_FORCE)) == "b"
    assert anchor_of(notes(d=REFUSED)) == ""


COMMITS = st.sampled_from("abcd")
SEEN = st.dictionaries(COMMITS, st.sampled_from([PAST, WAITING, SKIPPED, REFUSED]))
DECIDED = st.lists(st.tuples(st.sampled_from([Verb.SKIP, Verb.APPROVE]), COMMITS), max_size=5)
WORLDS = st.tuples(st.one_of(st.just(""), COMMITS), SEEN, st.one_of(st.none(), COMMITS), DECIDED)
World = tuple[str, dict[str, CommitStatus], str | None, list[tuple[Verb, str]]]


def known_in(world: World) -> list[CommitNote]:
    _, seen, in_force, _ = world
    return notes(**(seen | ({in_force: IN_FORCE} if in_force else {})))


@given(WORLDS, st.booleans())
def test_nothing_that_is_skipped_is_ever_wanted(world: World, approval: bool) -> None:
    choice = choose(world[0], known_in(world), decided(*world[3]), approval=approval)
    assert not {commit for verb, commit in world[3] if verb is Verb.SKIP} & set(choice.wanted)


@given(WORLDS)
def test_with_approval_nothing_new_is_wanted_that_nobody_approved(world: World) -> None:
    known = known_in(world)
    good = {note.commit for note in known if note.status in ACCEPTED}
    approved = {commit for verb, commit in world[3] if verb is Verb.APPROVE}
    choice = choose(world[0], known, decided(*world[3]), approval=True)
    assert set(choice.wanted) <= good | approved


@given(WORLDS, st.booleans())
def test_what_is_in_force_stays_unless_it_is_skipped_or_something_better_is_good(
    world: World, approval: bool
) -> None:
    """However bad all others turn out to be."""
    in_force = world[2]
    choice = choose(world[0], known_in(world), decided(*world[3]), approval=approval)
    if in_force is not None and (Verb.SKIP, in_force) not in world[3]:
        assert choice.wanted[-1] == in_force
        assert len(choice.wanted) <= 2


@given(WORLDS, COMMITS, st.booleans())
def test_a_pin_is_wanted_first_whatever_else_is_decided(world: World, pin: str, approval: bool) -> None:
    made = decided(*world[3], (Verb.PIN, pin))
    assert choose(world[0], known_in(world), made, approval=approval).wanted[0] == pin
