"""What may be done to a running guest, and when."""

from __future__ import annotations

from datetime import UTC, datetime

from specs.desired import Policy, RestartPolicy, Window

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def restart_forbidden(policy: Policy, now: float) -> str:
    """Why the policy does not let the guest restart now; '' when it does."""
    if policy.restart is RestartPolicy.IF_NEEDED:
        return ""
    if policy.restart is RestartPolicy.NEVER:
        return "restart: never; it takes effect when the guest is next stopped and started"
    if any(_open(window, now) for window in policy.windows):
        return ""
    return f"waits for its window ({'; '.join(map(describe, policy.windows)) or 'none is declared'})"


def describe(window: Window) -> str:
    """'Saturday, Sunday 02:00-04:00 UTC'."""
    days = ", ".join(_DAYS[day] for day in window.days) if window.days else "daily"
    return f"{days} {_clock(window.start)}-{_clock(window.end)} UTC"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _open(window: Window, now: float) -> bool:
    """A window whose end is before its start reaches into the next day."""
    moment = datetime.fromtimestamp(now, UTC)
    minute = moment.hour * 60 + moment.minute
    today = not window.days or moment.weekday() in window.days
    yesterday = not window.days or (moment.weekday() - 1) % 7 in window.days
    if window.start <= window.end:
        return today and window.start <= minute < window.end
    return (today and minute >= window.start) or (yesterday and minute < window.end)
