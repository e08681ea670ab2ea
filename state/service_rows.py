"""What a service keeps beside the journal, as rows: decisions, commits, and letters on their way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from state.commits import CommitNote, CommitStatus
from state.decisions import Decision, Verb
from state.outbox import Letter, Notice
from state.rows import Damaged, as_end, as_number, as_text, as_time, listed

DECISION = "id, at, verb, subject, author, reason, expires, ended, ended_by"
COMMIT = "id, status, seen, title, author, source, problems"
LETTER = "id, kind, subject, text, at, host, commit_id, former, latter, receiver, attempts"


def decision_of(row: Sequence[Any]) -> Decision:
    """A decision from the columns DECISION."""
    number, at, verb, subject, author, reason, expires, ended, ended_by = row
    if verb not in set(Verb):
        raise Damaged(f"{verb!r:.100} is nothing that can be decided")
    return Decision(
        int(as_number(number)),
        as_time(at),
        Verb(verb),
        as_text(subject),
        as_text(author),
        as_text(reason),
        as_end(expires),
        as_end(ended),
        as_text(ended_by),
    )


def note_of(row: Sequence[Any]) -> CommitNote:
    """A commit from the columns COMMIT."""
    commit, status, seen, title, author, source, problems = row
    if status not in set(CommitStatus):
        raise Damaged(f"{status!r:.100} is nothing that becomes of a commit")
    return CommitNote(
        as_text(commit),
        CommitStatus(status),
        as_time(seen),
        as_text(title),
        as_text(author),
        as_text(source),
        listed(problems, as_text),
    )


def letter_of(row: Sequence[Any]) -> Letter:
    """A letter from the columns LETTER."""
    number, kind, subject, text, at, *rest = row
    host, commit, before, after, receiver = map(as_text, rest[:-1])
    notice = Notice(as_text(kind), as_text(subject), as_text(text), as_time(at), host, commit, before, after)
    return Letter(int(as_number(number)), notice, receiver, int(as_number(rest[-1])))
