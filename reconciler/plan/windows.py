"""Windows: which of them count, whether they are open, and when they open next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from reconciler.plan.model import Hold
from specs.desired import DeclaredHost, FleetPolicy
from specs.windows import Window

_SLACK = 2 * 3600.0
"""By so much the clocks of a place may be put forward or back."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All windows that may hold for the resources of a tree."""

    hosts: Mapping[str, DeclaredHost]
    fleet: FleetPolicy

    def closed(
        self, own: tuple[Window, ...], hosts: Iterable[str], now: float, named: Callable[[Window], bool]
    ) -> Hold | None:
        """Why what these windows are `named` for waits; None when it may be done now. The windows of the
        resource count, else those of its host (of each of them, where there are two), else the fleet's."""
        waits = (closed(windows, now) for windows in self.govern(own, hosts, named))
        held = tuple(filter(None, waits))
        return max(held, key=lambda hold: hold.until or float("inf")) if held else None

    def govern(
        self, own: tuple[Window, ...], hosts: Iterable[str], named: Callable[[Window], bool]
    ) -> tuple[tuple[Window, ...], ...]:
        """The windows that count: of each of these groups, one is to be open."""
        of_hosts = (self.hosts[name].windows for name in dict.fromkeys(hosts) if name in self.hosts)
        for level in ((own,), of_hosts, (self.fleet.windows,)):
            groups = tuple(found for windows in level if (found := tuple(filter(named, windows))))
            if groups:
                return groups
        return ()

    @property
    def any(self) -> bool:
        """Whether there are any beside resources' own."""
        return bool(self.fleet.windows) or any(host.windows for host in self.hosts.values())


def closed(windows: Iterable[Window], now: float) -> Hold | None:
    """Why what waits for any of these has to wait, and until when; None while one is open."""
    first: tuple[float, Window] | None = None
    for window in windows:
        opened, opens = _look(window, now)
        if opened:
            return None
        if opens is not None and (first is None or opens < first[0]):
            first = opens, window
    if first is None:
        return Hold("waits for a window that never opens")
    return Hold(f"waits for its window, opens {_clock(*first)}", first[0])


def next_opening(windows: Iterable[Window], now: float) -> float | None:
    """When the next of these opens after now; None when none ever does."""
    openings = (_look(window, now)[1] for window in windows)
    return min((opens for opens in openings if opens is not None), default=None)


def _clock(moment: float, window: Window) -> str:
    """'Sat 2026-11-28 02:00 CET', as the clocks of the window's place show it."""
    return datetime.fromtimestamp(moment, ZoneInfo(window.timezone)).strftime("%a %Y-%m-%d %H:%M %Z")


@lru_cache(maxsize=1024)
def _look(window: Window, now: float) -> tuple[bool, float | None]:
    """Whether a window is open, and when it opens next. A time that the clocks leave out opens it when they
    go on; in an hour that they show twice it opens the first time, unless its minutes or hours are any (as
    Debian's cron has it, and cronsim after it). Open, it lasts as long as it lasts, whatever they show."""
    from cronsim import CronSim

    opened = False
    since = datetime.fromtimestamp(now - window.duration - _SLACK, UTC).astimezone(ZoneInfo(window.timezone))
    for moment in CronSim(window.cron, since):
        at = moment.timestamp()
        if at > now:
            return opened, at
        opened = opened or now < at + window.duration
    return opened, None
