"""Windows: at what times changes of which effects may be made, as data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from specs.effect import Effect

_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Window:
    """It opens whenever `cron` says (minute, hour, day, month, weekday, by the clocks of `timezone`), once
    each time, and is open for `duration` seconds. `effects` are the costs of the changes that wait for it;
    none are said where it is only for the restarts of those that declare `restart: window`."""

    effects: tuple[Effect, ...]
    cron: str
    duration: float
    timezone: str = "UTC"


def weekly(
    days: Collection[int], start: int, end: int, effects: tuple[Effect, ...] = (), timezone: str = "UTC"
) -> Window:
    """A window of every week: days 0 (Monday) to 6, none for all of them, start and end in minutes of the
    day; an end before the start is on the next day."""
    later, minute = divmod(start, _DAY)
    on = ",".join(str((day + later + 1) % 7) for day in sorted(days)) or "*"
    length = (end - start) % _DAY or (_DAY if end > start else 0)
    return Window(effects, f"{minute % 60} {minute // 60} * * {on}", length * 60.0, timezone)


def restore_window(values: Mapping[str, Any]) -> Window:
    """The window that `dataclasses.asdict` took apart and JSON kept, also of a version that knew weekly ones
    alone; KeyError or ValueError for less."""
    if "cron" not in values:
        return weekly(tuple(values["days"]), values["start"], values["end"])
    effects = tuple(map(Effect, values["effects"]))
    return Window(effects, values["cron"], values["duration"], values["timezone"])
