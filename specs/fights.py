"""When healing the same again and again is a fight, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FightPolicy:
    """What was healed so many `times` `within` so many seconds is left alone for `back_off` seconds, and for
    twice as long each time that it has to be healed again soon after; for `longest` at most."""

    times: int = 5
    within: float = 600.0
    back_off: float = 60.0
    longest: float = 3600.0
