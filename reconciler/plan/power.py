"""From the observed power state to the declared one."""

from __future__ import annotations

from reconciler.compare.model import Cause, Difference
from reconciler.operations import Build, Effect, Restart, Resume, Start, Stop, Suspend
from reconciler.plan.draft import Target
from reconciler.plan.model import Action, Hold
from specs.desired import OFF, ON, BuildPolicy, Declared, Policy, PowerState
from specs.identity import Kind


def power_actions(
    declared: Declared, observed: PowerState | None, cause: Cause, after: tuple[Action, ...]
) -> tuple[Action, ...]:
    """The actions that bring a resource to its declared power state; none when it is there."""
    wanted = declared.power
    if wanted is None or observed is None or wanted is observed:
        return ()
    reason = (Difference("power", wanted, observed, cause),)
    target = Target.of(declared)
    if wanted in OFF:
        return (_stop(target, declared.policy, reason, after),)
    if observed in OFF:
        return start_actions(declared, reason, after)
    switch = Suspend() if wanted is PowerState.PAUSED else Resume()
    return (target.act(switch, reason, after=after),)


def start_actions(
    declared: Declared, reason: tuple[Difference, ...], after: tuple[Action, ...]
) -> tuple[Action, ...]:
    """Start, and before it the build of a pool whose policy wants one."""
    target = Target.of(declared)
    build = declared.policy.build
    built: tuple[Action, ...] = ()
    if declared.address.kind is Kind.STORAGE_POOL and build is not BuildPolicy.NEVER:
        built = (target.act(Build(build is BuildPolicy.OVERWRITE), reason, after=after),)
    start = Start(declared.power is PowerState.PAUSED)
    return (*built, target.act(start, reason, after=built or after))


def stop_for_removal(
    target: Target, policy: Policy, reason: tuple[Difference, ...], observed: PowerState | None
) -> tuple[Action, ...]:
    """The stop before an active object is undefined."""
    return (_stop(target, policy, reason, ()),) if observed in ON else ()


def restart_action(
    declared: Declared, pending: tuple[Difference, ...], after: tuple[Action, ...], hold: Hold | None
) -> Action:
    """Stop and start, so that what is pending takes effect; shown, but held back where something holds it."""
    restart = Restart(declared.policy.stop, declared.power is PowerState.PAUSED)
    act = Target.of(declared).act
    if hold:
        return act(restart, pending, after=after, deferred=hold.why, until=hold.until)
    return act(restart, pending, after=after)


def _stop(
    target: Target, policy: Policy, reason: tuple[Difference, ...], after: tuple[Action, ...]
) -> Action:
    cost = Effect.RESTART if target.address.kind is Kind.DOMAIN else Effect.LIVE
    return target.act(Stop(policy.stop, cost), reason, after=after)
