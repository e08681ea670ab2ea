"""What may be done to a running guest: the parts of specs that become a Policy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, model_validator

from specs.desired import RestartPolicy, SafetyPolicy, StopPolicy
from specs.diagnostics import did_you_mean
from specs.effect import Effect
from specs.models.base import Bool, Duration, Model
from specs.windows import Window, weekly

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _clock(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", value):
        raise ValueError(f"'{value}' is no time of the day such as 02:30")
    return value


Clock = Annotated[str, Strict(), AfterValidator(_clock)]
Restart = Literal["never", "if-needed", "window"]
EffectName = Literal["none", "live", "next-boot", "restart", "migrate", "replace", "destroys-data"]
ModeName = Literal["enforce", "observe", "suspended"]


Safety = Literal["if-possible"] | Bool
"""Of safetySnapshot: true is 'or else nothing is done'."""


def safety_policy(value: str | bool | None, default: str | bool) -> SafetyPolicy:
    """The policy that a spec says, or the fleet's."""
    said = default if value is None else value
    if isinstance(said, str):
        return SafetyPolicy(said)
    return SafetyPolicy.REQUIRED if said else SafetyPolicy.NEVER


def _cron(value: str) -> str:
    from datetime import UTC, datetime

    from cronsim import CronSim, CronSimError

    example = "write minute, hour, day, month and weekday, such as 0 2 * * sat"
    if len(value.split()) != 5:
        raise ValueError(f"'{value}' has {len(value.split())} fields; {example}")
    try:
        next(CronSim(value, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f"'{value}': {str(error).lower()}; {example}") from None
    except StopIteration:
        raise ValueError(f"'{value}' never comes") from None
    return " ".join(value.split())


def _timezone(value: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(value).key
    except (ValueError, OSError):  # the latter also where it is no zone's file
        raise ValueError(
            f"'{value}' is no time zone{did_you_mean(value, available_timezones())}; write one such as UTC or"
            " Europe/Berlin"
        ) from None


Cron = Annotated[str, Strict(), AfterValidator(_cron)]
Timezone = Annotated[str, Strict(), AfterValidator(_timezone)]


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
    """When changes of some effects may be made: whenever cron says, or on days of the week."""

    effects: list[EffectName] = Field(
        default=[],
        description="The effects that wait for it; empty: restarts, of what says restart: window.",
    )
    cron: Cron | None = Field(
        default=None, description="When it opens: minute, hour, day, month, weekday, such as 0 2 * * sat."
    )
    duration: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="With cron: how long it stays open."
    )
    timezone: Timezone = Field(default="UTC", description="Whose clocks count, such as Europe/Berlin.")
    days: list[Day] = Field(default=[], description="In place of cron: days of the week; empty: every day.")
    start: Clock | None = Field(
        default=None, alias="from", description="In place of cron: when it opens, such as '02:00'."
    )
    end: Clock | None = Field(
        default=None, alias="to", description="When it closes; earlier than 'from': on the next day."
    )

    @model_validator(mode="after")
    def _one_form(self) -> WindowSpec:
        if self.cron is not None:
            if self.days or self.start is not None or self.end is not None:
                raise ValueError("a window has cron and duration, or days, from and to")
            if self.duration is None:
                raise ValueError("'duration' is missing: how long the window stays open, such as 2h")
            return self
        if self.duration is not None:
            raise ValueError("duration goes with cron; a window with from says to")
        for name, value in (("from", self.start), ("to", self.end)):
            if value is None:
                raise ValueError(f"'{name}' is missing; a window has cron and duration, or from and to")
        if self.start == self.end:
            raise ValueError(f"a window from {self.start} to {self.end} never opens")
        return self

    def window(self) -> Window:
        """The window as plain data."""
        effects = tuple(map(Effect, self.effects))
        if self.cron is not None:
            assert self.duration is not None
            return Window(effects, self.cron, self.duration, self.timezone)
        assert self.start is not None
        assert self.end is not None
        days = tuple(_DAYS.index(day) for day in self.days)
        return weekly(days, _minutes(self.start), _minutes(self.end), effects, self.timezone)


class Governed(Model):
    """What every resource says of how it is treated."""

    protect: Bool = Field(default=False, description="Whether it is never removed by prune or destroy.")
    mode: ModeName = Field(
        default="enforce",
        description="Whether differences are removed (enforce) or shown (observe), or it is left alone.",
    )
    windows: list[WindowSpec] = Field(
        default=[], description="When what may be done to it, in place of its host's and the fleet's."
    )


def windows_of(specs: Iterable[WindowSpec]) -> tuple[Window, ...]:
    """Windows as plain data."""
    return tuple(spec.window() for spec in specs)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def restart_policy(value: str | None, default: RestartPolicy) -> RestartPolicy:
    """The policy that a spec names, or the fleet's."""
    return RestartPolicy(value) if value else default
