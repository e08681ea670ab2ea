"""Which commit is to be in force, and what becomes of the others: values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from state.commits import CommitNote, CommitStatus
from state.decisions import Decision, Verb

ACCEPTED = frozenset({CommitStatus.IN_FORCE, CommitStatus.PAST})
"""What a commit is that was good, by all that was asked of it then."""


@dataclass(frozen=True, slots=True)
class CommitChoice:
    """`wanted` are the commits that are to be in force, the first of them that is good. Of the newest one it
    is said what becomes of it where it is not wanted: `status` ('' of one that is), and why."""

    wanted: tuple[str, ...]
    status: CommitStatus | None = None
    why: str = ""


def choose(
    tip: str, notes: Sequence[CommitNote], decisions: Collection[Decision], *, approval: bool
) -> CommitChoice:
    """From the newest commit ('' when nobody knows it), what is known of those that were seen (newest first)
    and the decisions that are in force.

    A pin comes first. Else it is the newest commit, unless it is skipped; with `approval`, the one that was
    approved last. Whatever cannot be in force, the last good one stays, or the one before where that is
    skipped.
    """
    made = {(each.verb, each.subject): each for each in decisions}
    good = _last_good(notes, made)
    pin = next((each for each in decisions if each.verb is Verb.PIN), None)
    skip = made.get((Verb.SKIP, tip))
    known = {note.commit: note.status for note in notes}
    if pin is not None:
        held = tip not in ("", pin.subject) and known.get(tip) not in ACCEPTED
        why = f"the fleet is pinned at {pin.subject[:12]} {_by(pin)}"
        return CommitChoice(_once(pin.subject, good), *((CommitStatus.WAITING, why) if held else ()))
    if not tip:
        return CommitChoice(_once(good))
    if skip is not None:
        return CommitChoice(_once(good), CommitStatus.SKIPPED, f"skipped {_by(skip)}")
    if not approval:
        return CommitChoice(_once(tip, good))
    approved = _approved_last(known, decisions, made)
    if tip in (approved, good):
        return CommitChoice(_once(approved, good))
    return CommitChoice(_once(approved, good), CommitStatus.WAITING, "it waits for somebody who approves it")


def anchor_of(notes: Sequence[CommitNote]) -> str:
    """The newest commit that was good: it says what the next one has to be. Not the one in force, which a
    pin may have set back to before anybody asked for signatures."""
    return next((note.commit for note in notes if note.status in ACCEPTED), "")


def _last_good(notes: Sequence[CommitNote], made: Collection[tuple[Verb, str]]) -> str:
    """What is in force; what was before, where that is skipped."""
    in_force = [note.commit for note in notes if note.status is CommitStatus.IN_FORCE]
    past = [note.commit for note in notes if note.status is CommitStatus.PAST]
    return next((commit for commit in (*in_force, *past) if (Verb.SKIP, commit) not in made), "")


def _approved_last(
    known: dict[str, CommitStatus], decisions: Collection[Decision], made: Collection[tuple[Verb, str]]
) -> str:
    """Of what was approved and has not been in force yet, or is, the last."""
    approved = [
        each
        for each in decisions
        if each.verb is Verb.APPROVE
        and known.get(each.subject) is not CommitStatus.PAST
        and (Verb.SKIP, each.subject) not in made
    ]
    return max(approved, key=lambda each: (each.at, each.id)).subject if approved else ""


def _once(*commits: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(commit for commit in commits if commit))


def _by(decision: Decision) -> str:
    return f"by {decision.author}" + (f": {decision.reason}" if decision.reason else "")
