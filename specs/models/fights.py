"""When healing the same again and again is a fight: a part of the Fleet."""

from __future__ import annotations

from pydantic import Field

from specs.fights import FightPolicy
from specs.models.base import Count, Duration, Model


class FightsSpec(Model):
    """When something that is changed again and again is left alone for a while."""

    times: Count = Field(default=5, description="After how many times that it was healed.")
    within: Duration = Field(default=600.0, description="In which time.")
    back_off: Duration = Field(
        default=60.0, description="How long it is left alone first; each time that follows twice as long."
    )
    longest: Duration = Field(default=3600.0, description="How long it is left alone at most.")

    def policy(self) -> FightPolicy:
        """The rules as plain data."""
        return FightPolicy(self.times, self.within, self.back_off, self.longest)
