"""How conditions are shown: a letter, a word and a tone each, so that colour is never alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from state.standings import Condition

UNSEEN = "not-looked-at"
"""What a resource is whose host was not looked at in time: nobody knows how it stands."""


@dataclass(frozen=True, slots=True)
class Badge:
    """How one condition is shown. `tone` is alarm, motion or quiet."""

    key: str
    letter: str
    word: str
    tone: str
    meaning: str


_ALL = (
    Badge(Condition.FAILED, "F", "failed", "alarm", "an action on it failed"),
    Badge(Condition.BLOCKED, "B", "blocked", "alarm", "nothing is done before somebody does something"),
    Badge(Condition.UNREACHABLE, "U", "unreachable", "alarm", "its host does not answer"),
    Badge(UNSEEN, "?", "not looked at", "alarm", "nobody looked at its host in time: nothing is known"),
    Badge(Condition.DRIFTED, "D", "drifted", "motion", "changed on the host, and not healed yet"),
    Badge(Condition.FIGHTING, "X", "fighting", "motion", "healed again and again, so that it rests"),
    Badge(Condition.CHANGE, "C", "change", "motion", "the files changed, and it is not done yet"),
    Badge(Condition.WAITING, "W", "waiting", "motion", "for a window, a roll-out's turn or an approval"),
    Badge(Condition.PENDING, "P", "pending restart", "motion", "as declared from the guest's next start on"),
    Badge(Condition.SUSPENDED, "S", "suspended", "quiet", "left alone by decision"),
    Badge(Condition.KEPT, "K", "kept", "quiet", "ours, declared no more, and stays"),
    Badge(Condition.CONVERGED, "✓", "as declared", "quiet", "as the files say"),
)  # fmt: skip

BADGES: Mapping[str, Badge] = {badge.key: badge for badge in _ALL}
"""All of them by key, the worst first."""


def badge_of(condition: Condition, *, seen: bool) -> Badge:
    """How a resource is shown whose host was looked at in time, or was not: then nothing is known but, where
    somebody tried, that the host does not answer."""
    return BADGES[condition if seen or condition is Condition.UNREACHABLE else UNSEEN]
