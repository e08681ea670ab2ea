"""The bar on every page: which commit is in force, who works, and what nobody has looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.server.pages.badges import BADGES, badge_of
from reconciler.server.pages.desk import Desk
from reconciler.server.pages.vigil import Vigil, vigil_of
from state.commits import CommitNote, CommitStatus
from state.decisions import Decision, Verb
from state.outbox import Letter
from state.standings import Condition


@dataclass(frozen=True, slots=True)
class Bar:
    """What every page says above its own."""

    at: float
    fleet: str
    in_force: CommitNote | None
    refused: CommitNote | None
    """The newest commit, where it was refused."""
    waiting: CommitNote | None
    """The newest commit that waits for an approval."""
    pin: Decision | None
    undelivered: Sequence[tuple[Letter, str]]
    """What people were to be told and were not, and why."""
    vigil: Vigil
    counts: Mapping[str, int]
    """How many resources there are of each badge."""

    @property
    def tone(self) -> str:
        """The worst of all: alarm, motion or well (which only is what was looked at in time); unknown where
        nothing is known."""
        tones = {BADGES[key].tone for key, number in self.counts.items() if number}
        if self.vigil.late or "alarm" in tones:
            return "alarm"
        if "motion" in tones or self.told:
            return "motion"
        return "well" if tones else "unknown"

    @property
    def told(self) -> Sequence[str]:
        """What is not as it should be beside the resources, in words."""
        return [
            words
            for words, there in (
                ("a commit was refused", self.refused),
                ("a commit waits for approval", self.waiting),
                ("notices were not delivered", self.undelivered),
            )
            if there
        ]

    @property
    def worst(self) -> Sequence[tuple[str, int]]:
        """What is not as it should be, as badges' keys and numbers, the worst first."""
        return [
            (key, self.counts[key]) for key in BADGES if self.counts.get(key) and BADGES[key].tone != "quiet"
        ]


def bar_of(desk: Desk) -> Bar:
    """Reads it from the state."""
    state, now = desk.state, desk.now
    commits = state.commits()
    in_force = next((note for note in commits if note.status is CommitStatus.IN_FORCE), None)
    pins = [each for each in state.decisions() if each.verb is Verb.PIN and each.holds(now)]
    vigil = vigil_of(state.host_standings(), state.controllers(), now, desk.late)
    return Bar(
        now,
        desk.fleet,
        in_force,
        _newer(commits, CommitStatus.REFUSED, in_force),
        _newer(commits, CommitStatus.WAITING, in_force),
        pins[-1] if pins else None,
        state.undelivered(),
        vigil,
        _counts(state.standing_counts(), vigil),
    )


def _counts(counted: Mapping[tuple[str, str, str, str], int], vigil: Vigil) -> Mapping[str, int]:
    numbers: Counter[str] = Counter()
    for (host, _, condition, _), number in counted.items():
        numbers[badge_of(Condition(condition), seen=vigil.seen(host)).key] += number
    return numbers


def _newer(
    commits: Sequence[CommitNote], status: CommitStatus, in_force: CommitNote | None
) -> CommitNote | None:
    """The newest commit of this status, unless what is in force was seen after it."""
    after = in_force.seen if in_force else float("-inf")
    return next((note for note in commits if note.status is status and note.seen >= after), None)
