"""Moving a domain, so that whoever is interrupted leaves it on exactly one host, or finds it so."""

from __future__ import annotations

from drivers.base import Move, MoveProgress, needed
from drivers.base.errors import Refused
from drivers.base.progress import Transfer, Wait
from reconciler.execute.job import Job
from reconciler.operations import Migrate
from specs.guests import MigrationPolicy
from specs.identity import Kind


def move(operation: Migrate, job: Job) -> str:
    """Moves the domain once both hosts have a place for it; why nothing had to be done, or ''. Raises
    DriverError: Refused when it stays where it was."""
    job.tell(Wait("a place among the moves that are under way"))
    with job.slots.both(operation.from_, job.action.host):
        job.tell(None)
        return _moved(operation, job)


def _moved(operation: Migrate, job: Job) -> str:
    name, origin = job.action.native, job.found_on
    if origin.observe.one(Kind.DOMAIN, name) is None:
        if job.look() is None:
            raise Refused(f"it is on neither host: not on {operation.from_} any more", "plan again")
        return "is there already"

    def progress(step: MoveProgress) -> None:
        if step.total:
            job.tell(Transfer("moving", step.total - step.remaining, step.total, step.rate, step.parts))

    needed.move(origin).move(name, job.host, _how(operation, job), progress, job.cancel)
    if job.look() is None:
        raise Refused(f"it is not on {job.action.host} afterwards", "plan again")
    if origin.observe.one(Kind.DOMAIN, name) is not None:
        raise Refused(f"it is still on {operation.from_} afterwards", "plan again")
    return ""


def _how(operation: Migrate, job: Job) -> Move:
    hosts, destination = job.context.hosts, job.action.host
    policy = job.context.moves.get(job.action.address, MigrationPolicy())
    ends = [hosts[name].migration for name in (operation.from_, destination) if name in hosts]
    limits = [limit for limit in (policy.bandwidth, *(end.bandwidth for end in ends)) if limit]
    return Move(
        live=operation.live,
        policy=policy,
        document=operation.document,
        address=hosts[destination].migration.address if destination in hosts else "",
        copied_disks=operation.disks,
        bandwidth=min(limits, default=0),
    )
