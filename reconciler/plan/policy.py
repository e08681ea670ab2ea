"""What may be done to a running guest, and when."""

from __future__ import annotations

from reconciler.plan.model import Hold
from reconciler.plan.windows import Rules
from specs.desired import Declared, RestartPolicy
from specs.effect import Effect
from specs.windows import Window

_NEVER = Hold("restart: never; it takes effect when the guest is next stopped and started")
_NEVER_STOPPED = Hold(
    "restart: never; the hypervisor changes it only while the guest is stopped: stop it and apply again"
)
_NO_WINDOW = Hold("waits for its window (none is declared)")


def restart_held(declared: Declared, rules: Rules, now: float, *, one_document: bool = False) -> Hold | None:
    """Why a change may not restart what runs now; None when it may. Who says `restart: window` needs one;
    who says `if-needed` is free, unless windows name restarts. Where a hypervisor has but `one_document`, no
    stop by somebody else brings the change by itself."""
    restart = declared.policy.restart
    if restart is RestartPolicy.NEVER:
        return _NEVER_STOPPED if one_document else _NEVER
    waiting = restart is RestartPolicy.WINDOW

    def named(window: Window) -> bool:
        return Effect.RESTART in window.effects or (waiting and not window.effects)

    windows, hosts = declared.policy.windows, (declared.host,)
    if waiting and not rules.govern(windows, hosts, named):
        return _NO_WINDOW
    return rules.closed(windows, hosts, now, named)
