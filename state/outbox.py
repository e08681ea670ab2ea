"""The outbox: what people are to be told, kept until they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that came to pass and that people are told of: a transition, never a state. `kind` is one
    word (failed, blocked, drifted, healed, recovered, fighting, waiting, unreachable, commit-refused,
    commit-waiting, commit-in-force, not-looked-at, host-recovered), `subject` the resource's address,
    `Host/NAME` or the commit, `text` a sentence; `at` is seconds since the epoch. No secret is in it."""

    kind: str
    subject: str
    text: str
    at: float
    host: str = ""
    commit: str = ""
    before: str = ""
    """The condition that it was in before."""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice on its way to one receiver."""

    id: int
    notice: Notice
    receiver: str
    attempts: int = 0


class Outbox(Protocol):
    """Notices of one fleet on their way. Every method raises StateError when the state cannot be used."""

    def post(self, notices: Sequence[Notice]) -> None:
        """Puts notices in, for every receiver that there is (`receivers`)."""

    def receivers(self, names: Sequence[str]) -> None:
        """Who gets what is posted from now on; letters to others that are under way are dropped."""

    def letters(self, now: float, hold: float, limit: int = 20, to: str = "") -> Sequence[Letter]:
        """Letters that are due, to everybody or to one receiver, oldest first; nobody else gets them for
        `hold` seconds, so that no two controllers send the same."""

    def sent(self, letter: int) -> None:
        """It has arrived, and is gone from here."""

    def not_sent(self, letter: int, again: float, why: str) -> None:
        """It has not, and is due again at that time."""

    def undelivered(self) -> Sequence[tuple[Letter, str]]:
        """Letters that were tried and have not arrived, and why."""
