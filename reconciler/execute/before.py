"""Before an operation: the world must be as planned, and what is done already is not done again."""

from __future__ import annotations

from drivers.base import Observation, needed
from drivers.base.errors import Refused
from drivers.base.sound import sound
from reconciler.compare.model import Cause
from reconciler.execute.afterwards import unshown_live
from reconciler.execute.context import ExecutionContext
from reconciler.execute.job import Job
from reconciler.operations import (
    Adopt,
    Define,
    Detach,
    Evidence,
    Fill,
    Migrate,
    OnRetry,
    Start,
    Stop,
    Undefine,
)
from reconciler.plan.identified import document_digest
from reconciler.plan.in_use import forbids, takes_away
from reconciler.plan.model import Action
from reconciler.plan.ownership import is_ours
from reconciler.plan.users import User, overlays, users_of
from specs.desired import ON
from specs.identity import Address, Kind


def require_as_planned(job: Job) -> None:
    """Raises Refused when the object, or who uses it, is not what the action was planned upon."""
    action = job.action
    _look_again(job)
    if not (isinstance(action.operation, Migrate) and job.again):
        _require_no_jobs(job, _require_unmoved(job))
    _require_unused(job)


def done_before(job: Job) -> str:
    """Why an operation has nothing to do: an earlier try of ours did it and the reply was lost, or somebody
    else did; '' when it has to be done."""
    if _volume_is_there(job):
        return "exists already"
    if not job.again and _runs_already(job):
        return "was started already"
    return stands_after_all(job)


def stands_after_all(job: Job) -> str:
    """Why an operation that must not be done twice need not be tried again; '' for any other."""
    if job.again and job.action.operation.again is OnRetry.LOOKS and in_force(job):
        return "is so already"
    return ""


def gone(job: Job) -> bool:
    """Whether what an operation was to remove or stop is really not there, after a reply that says so."""
    operation = job.action.operation
    if isinstance(operation, Detach):
        return in_force(job)
    return isinstance(operation, Undefine | Stop) and job.look() is None


def in_force(job: Job) -> bool:
    """Whether a live change stands already, as when the reply to an earlier try of ours was lost."""
    seen = job.look()
    if seen is None or seen.live is None:
        return isinstance(job.action.operation, Detach)
    return not unshown_live(job.action, seen, job.context)


def _require_unmoved(job: Job) -> Observation | None:
    """What our own actions made of an object may stand there. When it is tried again, an earlier try may have
    changed it. An object that was planned as new may exist by now only if an earlier try made it. What stands
    there now, as far as it was looked at."""
    action = job.action
    if not action.uuid and not action.expects:
        if not job.again and _makes(action) and job.found_on.observe.one(action.address.kind, action.native):
            raise Refused("it exists by now, and was planned as new", "run plan again")
        return None
    current = job.found_on.observe.one(action.address.kind, action.native)
    if current is None:
        if action.operation.ends:
            return None  # the operation itself tells that it is gone
        raise Refused("it is gone since it was planned", "run plan again")
    if action.uuid and current.uuid != action.uuid:
        raise Refused(
            f"another {action.address.kind} of that name stands there by now (UUID {current.uuid}, planned"
            f" upon {action.uuid})",
            "nothing was done to it; run plan again",
        )
    known = (action.expects, *job.own_changes.ours(action))
    if action.expects and not job.again and document_digest(current) not in known:
        raise Refused("it changed since it was planned", "run plan again")
    return current


def _makes(action: Action) -> bool:
    """Whether an action makes something new; what becomes of a volume is looked at by itself."""
    new = any(reason.cause is Cause.NEW for reason in action.reasons)
    return new and isinstance(action.operation, Define) and action.address.kind is not Kind.VOLUME


def _is_ours(user: User, context: ExecutionContext) -> bool:
    """Whether a user is the fleet's: of guests that can hold no mark the record tells."""
    found = user.found
    record = context.records.get(Address(found.kind, found.name)) if found.kind is Kind.DOMAIN else None
    return is_ours(found, record, context.fleet, context.dialect(user.host))


def _require_unused(job: Job) -> None:
    """Hosts are looked at anew, for a guest may have been started on one since the plan was made. Whom the
    stop of a restart may interrupt is what the restart may."""
    action, context = job.action, job.context
    if not takes_away(action):
        return
    drivers = context.drivers
    hosts = (action.host,) if action.address.host else tuple(drivers)
    seen = {host: sound(drivers[host].observe.inventory()) for host in hosts if host in drivers}
    for user in users_of(action.address, action.native, action.host, seen):
        ours = not user.unreadable and _is_ours(user, context)
        if not forbids(job.planned, user, ours=ours):
            continue
        if user.unreadable:
            raise Refused(f"{user} cannot be read and may use it", "nothing was done to it")
        raise Refused(f"{user} uses it{' and runs' if user.runs else ''}", "nothing was done to it")
    if action.address.kind is Kind.VOLUME:
        for name in overlays(action.address, action.native, action.host, seen):
            raise Refused(f"the volume {name} lies upon it", "nothing was done to it")


def _require_no_jobs(job: Job, seen: Observation | None) -> None:
    """What is being done with the disks of a running guest by now would be lost with a change of it."""
    operation = job.action.operation
    changes = operation.harms or operation.shows is Evidence.LIVE
    if seen is None or seen.kind is not Kind.DOMAIN or seen.power not in ON or not changes:
        return
    jobs = () if isinstance(operation, Adopt) else job.found_on.observe.jobs(seen.name)
    if jobs:
        raise Refused(f"under way by now: {', '.join(jobs)}", "run apply again when that has ended")


def _look_again(job: Job) -> None:
    """Before a volume is made on storage that several hosts share: another may have made it meanwhile, and
    this one's pool would not know."""
    address = job.action.address
    made = isinstance(job.action.operation, Define | Fill)
    if made and address.kind is Kind.VOLUME and not address.host:
        needed.lifecycle(job.host).refresh_pool(address.pool)


def _volume_is_there(job: Job) -> Observation | None:
    """The volume that a define was to create and that exists already: its pool could not be looked
    into when it was planned, or an earlier try of ours made it and the reply was lost."""
    created = isinstance(job.action.operation, Define) and job.action.address.kind is Kind.VOLUME
    return job.look() if created else None


def _runs_already(job: Job) -> bool:
    """Whether what was planned to be started runs by now: what it runs with may be another document than the
    one that stands. So may be what it goes on with as it was saved."""
    if not isinstance(job.action.operation, Start):
        return False
    seen = job.look()
    runs = seen is not None and seen.power in ON
    if runs or (seen is not None and seen.saved is not None):
        job.own_changes.started_otherwise(job.action.address)
    return runs
