"""What a plan says of the roll-out that it is a part of."""

from __future__ import annotations

from dataclasses import dataclass

from specs.desired import Desired
from state.tickets import GuestTurn, Quota

ROLLOUT = "Rollout"
"""The subject of a decision that lets one go on."""


@dataclass(frozen=True, slots=True)
class Rolling:
    """The roll-out's name, '' where there is none; the turns of the guests that the plan changes for it; and
    the limits of their groups. `settled` are those of whom it is known now that nothing is left to be done.
    Where it is `shared`, others change guests at the same time, and a turn is one only with a ticket. `again`
    is when it is looked at again whose turn it is, in seconds since the epoch."""

    name: str = ""
    turns: tuple[GuestTurn, ...] = ()
    limits: tuple[tuple[str, Quota], ...] = ()
    settled: tuple[GuestTurn, ...] = ()
    shared: bool = False
    again: float | None = None


def rollout_name(desired: Desired, commit: str) -> str:
    """What the roll-out of a tree is called: by its commit, or by its very files where these are no commit;
    '' where the Fleet asks for none."""
    if desired.fleet.rollout is None:
        return ""
    return commit if commit and not commit.endswith("+") else f"{commit}{desired.files[:16]}"
