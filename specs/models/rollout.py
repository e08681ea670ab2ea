"""Roll-outs: how what a new commit changes reaches the guests of a fleet."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from specs.models.base import Count, Duration, Model, Text
from specs.rollouts import Amount
from specs.units import parse_percent


def _amount(value: Any) -> Amount:
    if isinstance(value, str):
        share = parse_percent(value)
        if share <= 0:
            raise ValueError("a share of nothing; write a number of guests, or a percentage such as 10%")
        return Amount(share=share)
    if type(value) is not int or value < 1:
        raise ValueError(f"'{value}' is no number of guests; write one such as 2, or a share such as 10%")
    return Amount(count=value)


GuestAmount = Annotated[
    Amount,
    BeforeValidator(_amount),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["10%", 2]}),
]


class RolloutSpec(Model):
    """How what a new commit changes reaches the guests; what somebody changed on a host is healed at once."""

    max_unavailable: GuestAmount | None = Field(
        default=None, description="How many guests may be down for it at once, or which share of them."
    )
    batch: GuestAmount | None = Field(
        default=None, description="How many guests are changed before others are begun."
    )
    pause: Duration = Field(default=0.0, description="How long it waits after the canaries, and each batch.")
    canary: dict[Text, Text] = Field(
        default={}, description="Labels of the guests that go first; the others follow when those are ready."
    )
    max_failures: Count = Field(default=1, description="After how many failures nothing more is begun.")
    per: Text | None = Field(
        default=None, description="A label: guests are counted apart for each of its values."
    )
