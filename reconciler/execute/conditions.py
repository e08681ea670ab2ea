"""Before and after: the world must be as it was planned upon, and then as it was planned."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from drivers.base import Driver, Observation
from drivers.errors import Refused
from drivers.sound import sound
from reconciler.compare import compare_live
from reconciler.compare.model import Cause, Dialect
from reconciler.plan.identified import document_digest
from reconciler.plan.in_use import forbids, takes_away
from reconciler.plan.model import Action, Verb
from reconciler.plan.ownership import is_ours
from reconciler.plan.users import overlays, users_of
from specs.desired import OFF, ON, FleetPolicy, PowerState
from specs.identity import Kind

_POWER = {
    Verb.START: ON,
    Verb.STOP: OFF,
    Verb.SUSPEND: frozenset({PowerState.PAUSED}),
    Verb.RESUME: frozenset({PowerState.RUNNING}),
}
_ENDING = frozenset({Verb.UNDEFINE, Verb.STOP, Verb.DETACH})
_TOLD_OTHERWISE = frozenset(
    {
        Verb.DEFINE,
        Verb.ADOPT,
        Verb.FILL,
        Verb.AWAIT,
        Verb.MIGRATE,
        Verb.BUILD,
        Verb.SET_VALUE,
        Verb.UPDATE_NETWORK,
        Verb.TUNE,
        Verb.SET_TEXT,
    }
)


def require_unmoved(
    driver: Driver, action: Action, ours: Collection[str] = (), *, again: bool = False
) -> None:
    """Raises Refused when what stands under the action's name is not what the action was planned upon:
    another object (by its UUID), or the same one changed since by somebody else.

    `ours` are the digests of what our own actions made of it. When it is tried `again`, an earlier try may
    have changed it. An object that was planned as new may exist by now only if an earlier try made it.
    """
    if not action.uuid and not action.expects:
        if not again and _makes(action) and driver.observe_one(action.address.kind, action.native):
            raise Refused("it exists by now, and was planned as new", "run plan again")
        return
    current = driver.observe_one(action.address.kind, action.native)
    if current is None:
        if action.verb in _ENDING:
            return  # the verb itself tells that it is gone
        raise Refused("it is gone since it was planned", "run plan again")
    if action.uuid and current.uuid != action.uuid:
        raise Refused(
            f"another {action.address.kind} of that name stands there by now (UUID {current.uuid}, planned"
            f" upon {action.uuid})",
            "nothing was done to it; run plan again",
        )
    if action.expects and not again and document_digest(current) not in (action.expects, *ours):
        raise Refused("it changed since it was planned", "run plan again")


def _makes(action: Action) -> bool:
    """Whether an action makes something new; what becomes of a volume is looked at by itself."""
    new = any(reason.cause is Cause.NEW for reason in action.reasons)
    return new and action.verb is Verb.DEFINE and action.address.kind is not Kind.VOLUME


def require_unused(drivers: Mapping[str, Driver], action: Action, fleet: FleetPolicy) -> None:
    """Raises Refused when somebody uses what the action would take away: hosts are looked at anew, for a
    guest may have been started on it since the plan was made."""
    if not takes_away(action):
        return
    hosts = (action.host,) if action.address.host else tuple(drivers)
    seen = {host: sound(drivers[host].observe()) for host in hosts if host in drivers}
    for user in users_of(action.address, action.native, action.host, seen):
        ours = not user.unreadable and is_ours(user.found, None, fleet)
        if not forbids(action, user, ours=ours):
            continue
        if user.unreadable:
            raise Refused(f"{user} cannot be read and may use it", "nothing was done to it")
        raise Refused(f"{user} uses it{' and runs' if user.runs else ''}", "nothing was done to it")
    if action.address.kind is Kind.VOLUME:
        for name in overlays(action.address, action.native, action.host, seen):
            raise Refused(f"the volume {name} lies upon it", "nothing was done to it")


def shows_itself(action: Action) -> bool:
    """Whether the hypervisor is asked after the action. A definition is read back for its record in any case,
    which tells whether it is there."""
    return action.verb not in _TOLD_OTHERWISE


def shortfall(action: Action, seen: Observation | None) -> str:
    """What the hypervisor shows instead of what the action was to bring about; '' when all is well."""
    if action.verb is Verb.UNDEFINE:
        return "it is still there" if seen is not None and seen.persistent else ""
    if seen is None:
        # A started object that ended at once without leaving a definition, or one removed meanwhile.
        return "it is not there afterwards"
    if action.verb in _POWER and seen.power is not None and seen.power not in _POWER[action.verb]:
        return f"it is {seen.power} afterwards"
    if action.verb is Verb.AUTOSTART and seen.autostart is not None:
        wanted = action.arguments["on"] == "true"
        return "" if seen.autostart == wanted else f"autostart is {str(seen.autostart).lower()} afterwards"
    return ""


def look_again(driver: Driver, action: Action) -> None:
    """Before a volume is made on storage that several hosts share: another may have made it meanwhile, and
    this one's pool would not know."""
    address = action.address
    if address.kind is Kind.VOLUME and not address.host:
        driver.refresh_pool(address.pool)


def already_there(driver: Driver, action: Action) -> Observation | None:
    """The volume that a define was to create and that exists already: its pool could not be looked
    into when it was planned, or an earlier try of ours made it and the reply was lost."""
    if action.verb is not Verb.DEFINE or action.address.kind is not Kind.VOLUME:
        return None
    return driver.observe_one(action.address.kind, action.native)


def started_by_another(driver: Driver, action: Action) -> bool:
    """Whether what was planned to be started runs by now: what it runs with may be another document than the
    one that stands."""
    if action.verb is not Verb.START:
        return False
    seen = driver.observe_one(action.address.kind, action.native)
    return seen is not None and seen.power in ON


def gone(driver: Driver, action: Action) -> bool:
    """Whether what an action was to remove or stop is really not there, after a reply that says so."""
    if action.verb is Verb.DETACH:
        return in_force(driver, action)
    if action.verb not in (Verb.UNDEFINE, Verb.STOP):
        return False
    return driver.observe_one(action.address.kind, action.native) is None


def in_force(driver: Driver, action: Action) -> bool:
    """Whether a live change stands already, as when the reply to an earlier try of ours was lost."""
    seen = driver.observe_one(action.address.kind, action.native)
    if seen is None or seen.live is None:
        return action.verb is Verb.DETACH
    missing = {
        (change.verb.value, change.difference.path)
        for change in compare_live(seen.kind, seen.document, seen.live, Dialect()).changes
    }
    return not any((action.verb.value, reason.path) in missing for reason in action.reasons)
