"""What may be done to a running guest: the parts of specs that become a Policy."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from specs.desired import RestartPolicy, StopPolicy, Window
from specs.models.base import Bool, Duration, Model

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _clock(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", value):
        raise ValueError(f"'{value}' is no time of the day such as 02:30")
    return value


Clock = Annotated[str, Strict(), AfterValidator(_clock)]
Restart = Literal["never", "if-needed", "window"]


class StopSpec(Model):
    """How a guest is stopped."""

    methods: list[Literal["agent", "acpi", "initctl", "signal", "paravirt"]] = Field(
        default=["agent", "acpi"], description="Ways to ask the guest, tried in this order."
    )
    deadline: Duration = Field(default=120.0, description="How long the guest has to shut down.")
    force: Bool = Field(default=False, description="Whether it is powered off after the deadline.")

    def policy(self) -> StopPolicy:
        """The policy as plain data."""
        return StopPolicy(tuple(self.methods), self.deadline, self.force)


class WindowSpec(Model):
    """A weekly maintenance window, in UTC."""

    days: list[Day] = Field(default=[], description="Days of the week; empty: every day.")
    start: Clock = Field(alias="from", description="When it opens, such as '02:00'.")
    end: Clock = Field(alias="to", description="When it closes; earlier than 'from': on the next day.")

    def window(self) -> Window:
        """The window as plain data, in days and minutes."""
        return Window(tuple(_DAYS.index(day) for day in self.days), _minutes(self.start), _minutes(self.end))


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def restart_policy(value: str | None, default: RestartPolicy) -> RestartPolicy:
    """The policy that a spec names, or the fleet's."""
    return RestartPolicy(value) if value else default
