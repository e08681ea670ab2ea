"""start, stop and restart: what is done to the guests that were named, and what the files make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from drivers.base import Observation
from drivers.dialects import Dialect
from reconciler.compare import compare_live
from reconciler.compare.model import Cause, Difference, Effect
from reconciler.operations import AnyOperation, Await, Restart, Resume, Start, Stop
from reconciler.plan.asked import drafts_of, guests_meant, make_asked_plan
from reconciler.plan.draft import Draft, Target, verdict
from reconciler.plan.model import Action, Plan, Status
from reconciler.plan.select import Selector
from reconciler.plan.world import World
from specs.desired import OFF, ON, Declared, Desired, PowerState
from specs.identity import Address, Kind
from specs.xml import is_xml

_WAITED = "what waited for its restart takes effect by it"


class PowerVerb(StrEnum):
    """What may be asked of a guest's power."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class PowerAsked:
    """What a person wants: whether by `force` where a guest does not stop by itself, whether started ones are
    waited for (`wait`), whether it is to last (`held`). `places` is where files say how a guest is to be."""

    verb: PowerVerb
    only: tuple[Selector, ...]
    force: bool = False
    wait: bool = False
    held: bool = False
    places: Mapping[Address, str] = field(default_factory=dict)
    commit: str = ""


def plan_power(desired: Desired, world: World, asked: PowerAsked) -> Plan:
    """The plan that does it, and nothing else."""

    def draft(declared: Declared, target: Target, seen: Observation) -> Draft:
        operation = _operation(declared, seen, asked)
        pending = _pending(declared, seen, world.dialect(target.host)) if _begins(operation) else ()
        told = (_about_the_files(declared, asked), _idle(declared, seen, asked), _WAITED if pending else "")
        notes = tuple(filter(None, told))
        observed = str(seen.power or "")
        if operation is None:
            found = verdict(
                declared, Status.CONVERGED, host=target.host, observed_power=observed, notes=notes
            )
            return Draft(found)
        reason = Difference("power", _goal(operation), observed, Cause.ASKED)
        action = target.act(operation, (reason, *pending))
        found = verdict(
            declared,
            Status.CHANGE,
            host=target.host,
            observed_power=observed,
            differences=(reason, *pending),
            notes=notes,
        )
        return Draft(found, (action, *_awaited(declared, target, action, asked)))

    drafts = drafts_of(guests_meant(desired, asked.only), desired, world, draft)
    return make_asked_plan(drafts, desired, world, asked.commit)


def _operation(declared: Declared, seen: Observation, asked: PowerAsked) -> AnyOperation | None:
    policy = declared.policy.stop
    stop = replace(policy, force=True) if asked.force else policy
    match asked.verb:
        case PowerVerb.START if seen.power is PowerState.PAUSED:
            return Resume()
        case PowerVerb.START if seen.power in OFF:
            return Start()
        case PowerVerb.STOP if seen.power in ON:
            return Stop(stop)
        case PowerVerb.RESTART if seen.power in ON:
            return Restart(stop, declared.power is PowerState.PAUSED)
    return None


def _begins(operation: AnyOperation | None) -> bool:
    return isinstance(operation, Restart)


def _goal(operation: AnyOperation) -> str:
    return {"stop": "stopped", "restart": "restarted"}.get(operation.verb, "running")


def _awaited(declared: Declared, target: Target, action: Action, asked: PowerAsked) -> tuple[Action, ...]:
    if not asked.wait or not action.operation.starts or declared.ready is None:
        return ()
    return (target.act(Await(declared.ready), after=(action,)),)


def _pending(declared: Declared, seen: Observation, dialect: Dialect) -> tuple[Difference, ...]:
    """What the guest was given and runs without: its new start has it."""
    if not seen.live or not is_xml(seen.live) or not is_xml(seen.document):
        return ()
    found = compare_live(Kind.DOMAIN, seen.document, seen.live, dialect, declared.document)
    return tuple(replace(each, effect=Effect.RESTART, cause=Cause.EDITED) for each in found.pending)


def _idle(declared: Declared, seen: Observation, asked: PowerAsked) -> str:
    """What a person should know where nothing is done, or not all that was asked for."""
    if asked.verb is PowerVerb.RESTART and seen.power in OFF:
        return f"it does not run, so that nothing is to be restarted: start {declared.address.name} starts it"
    if asked.verb is PowerVerb.START and seen.power is PowerState.RUNNING:
        return "it runs already"
    if asked.verb is PowerVerb.STOP and seen.power in OFF:
        return "it is stopped already"
    if asked.wait and declared.ready is None and asked.verb is not PowerVerb.STOP:
        return (
            "its file does not say when it is ready (ready: agent, lease or tcp): it counts as ready at once"
        )
    return ""


def _about_the_files(declared: Declared, asked: PowerAsked) -> str:
    """What the files make of it afterwards; '' when they want the same, or leave it alone."""
    place = asked.places.get(declared.address) or f"{declared.origin} has it running"
    name = declared.address.name
    if asked.verb is PowerVerb.STOP and declared.power in ON:
        if asked.held:
            return f"{place}; it stays stopped all the same until start {name}, or resume {declared.address}"
        return (
            f"{place}: the next apply (or run, at once) starts it again; to keep it stopped write"
            " state: stopped there, or stop --hold"
        )
    if asked.verb is PowerVerb.START and declared.power in OFF and not declared.asked:
        return f"{place}: the next apply (or run, at once) stops it again; write state: running there"
    return ""
