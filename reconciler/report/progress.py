"""What is under way, on one line: what it is, how far, for how long. Pure: the time is given."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.base.progress import Transfer, Wait
from reconciler.report.table import cut
from reconciler.report.words import age
from reconciler.underway import Awaited, RunningStep
from specs.plain import plain, width

_BARS = (10, 24)
"""Characters of a bar at least and at most, where there is room for one."""
_LEAST = 12
"""Columns that what it is has in any case."""
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def progress_line(steps: Sequence[RunningStep], now: float, columns: int = 0) -> str:
    """The oldest step, and how many others there are; of as many columns at most, and with a bar where there
    are some (0: a pipe, which has none)."""
    oldest = min(steps, key=lambda step: step.since)
    others = f" (+{len(steps) - 1} more)" if len(steps) > 1 else ""
    what, far, bar = _told(oldest, now)
    if not columns:
        return f"{plain(what)}{far}{others}"
    rest = columns - len(far + others)
    drawn = _bar(bar, rest - width(plain(what)), rest) if bar is not None else ""
    what = cut(plain(what), max(_LEAST, rest - len(drawn)))
    return f"{what}{drawn}{far}{others}"[:columns]


def rounded(size: float) -> str:
    """A number of bytes as people say it: '1.2 GiB', '340 MiB', '12 B'."""
    step = 0
    while size >= 1000 and step < len(_UNITS) - 1:
        size /= 1024
        step += 1
    return f"{size:.1f} {_UNITS[step]}" if step and size < 10 else f"{size:.0f} {_UNITS[step]}"


def _told(step: RunningStep, now: float) -> tuple[str, str, float | None]:
    """What it is, how far it is, and which part of all that is, where anybody knows."""
    match step.detail:
        case Transfer() as transfer:
            what = f"{step.what}: {transfer.what}" if transfer.what else step.what
            return what, _through(transfer, step.begun, now), _part(transfer) if transfer.total else None
        case Wait(what, limit, since):
            return f"{step.what}: waits for {what}", f", {_waited(now - since, limit)}", None
        case Awaited(names, left, total):
            shown = ", ".join(names) + (f" and {left - len(names)} more" if left > len(names) else "")
            of = f" ({total - left} of {total} done)" if total > 1 else ""
            return f"{step.what} {shown}", f"{of}, {_seconds(now - step.since)}", None
        case _:
            return step.what, f", {_seconds(now - step.since)}", None


def _through(transfer: Transfer, begun: tuple[float, int], now: float) -> str:
    since, at = begun
    passed, moved = now - since, transfer.done - at
    rate = transfer.rate or (moved / passed if passed > 0 else 0.0)
    speed = f", {rounded(rate)}/s" if rate >= 1 else ""
    if not transfer.total:
        return f" {rounded(transfer.done)}{speed}, {_seconds(passed)}"
    share = int(_part(transfer) * 100)
    left = f", {_seconds((transfer.total - transfer.done) / rate)} left" if rate >= 1 else ""
    if transfer.parts:
        return f" {share} %{left}"
    return f" {share} % of {rounded(transfer.total)}{speed}{left}"


def _part(transfer: Transfer) -> float:
    return min(1.0, transfer.done / transfer.total) if transfer.total else 0.0


def _bar(part: float, spare: int, rest: int) -> str:
    """As long as there is room to spare; '' where what it is would be cut to nothing."""
    least, most = _BARS
    long = min(most, max(least, spare - 3))
    full = int(part * long)
    return f" [{'#' * full}{'-' * (long - full)}]" if rest - long - 3 >= 2 * _LEAST else ""


def _waited(seconds: float, limit: float | None) -> str:
    """'12 of 60 s', in one unit where both have one."""
    if limit is None:
        return _seconds(seconds)
    told, most = _seconds(seconds), _seconds(limit)
    return f"{told.removesuffix(' s') if most.endswith(' s') else told} of {most}"


def _seconds(seconds: float) -> str:
    """'12 s', and above two minutes as `age` has it."""
    return f"{max(0.0, seconds):.0f} s" if seconds < 120 else age(seconds)
