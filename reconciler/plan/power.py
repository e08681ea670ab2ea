"""From the observed power state to the declared one."""

from __future__ import annotations

from reconciler.compare.model import Cause, Difference, Effect
from reconciler.plan.draft import Target
from reconciler.plan.model import Action, Verb
from reconciler.plan.policy import stop_arguments
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
    verb = Verb.SUSPEND if wanted is PowerState.PAUSED else Verb.RESUME
    return (target.act(verb, reason, effect=Effect.LIVE, after=after),)


def start_actions(
    declared: Declared, reason: tuple[Difference, ...], after: tuple[Action, ...]
) -> tuple[Action, ...]:
    """Start, and before it the build of a pool whose policy wants one."""
    target = Target.of(declared)
    build = declared.policy.build
    built: tuple[Action, ...] = ()
    if declared.address.kind is Kind.STORAGE_POOL and build is not BuildPolicy.NEVER:
        overwrite = build is BuildPolicy.OVERWRITE
        built = (
            target.act(
                Verb.BUILD,
                reason,
                effect=Effect.DESTROYS_DATA if overwrite else Effect.NONE,
                arguments={"overwrite": "true" if overwrite else "false"},
                after=after,
            ),
        )
    paused = {"paused": "true"} if declared.power is PowerState.PAUSED else {}
    return (*built, target.act(Verb.START, reason, arguments=paused, after=built or after))


def stop_for_removal(
    target: Target, policy: Policy, reason: tuple[Difference, ...], observed: PowerState | None
) -> tuple[Action, ...]:
    """The stop before an active object is undefined."""
    return (_stop(target, policy, reason, ()),) if observed in ON else ()


def restart_action(
    declared: Declared, pending: tuple[Difference, ...], after: tuple[Action, ...], deferred: str
) -> Action:
    """Stop and start, so that what is pending takes effect; shown but held back when deferred."""
    arguments = stop_arguments(declared.policy.stop)
    if declared.power is PowerState.PAUSED:
        arguments["paused"] = "true"
    return Target.of(declared).act(
        Verb.RESTART,
        pending,
        effect=Effect.RESTART,
        arguments=arguments,
        after=after,
        deferred=deferred,
    )


def _stop(
    target: Target, policy: Policy, reason: tuple[Difference, ...], after: tuple[Action, ...]
) -> Action:
    return target.act(
        Verb.STOP,
        reason,
        effect=Effect.RESTART if target.address.kind is Kind.DOMAIN else Effect.LIVE,
        arguments=stop_arguments(policy.stop),
        after=after,
    )
