"""Snapshots taken, gone back to and dropped: each looks first whether it was done already, and afterwards
whether it has happened."""

from __future__ import annotations

from drivers.base import Snapshots, needed
from drivers.base.errors import Refused
from reconciler.execute.job import Job
from reconciler.operations.snapshots import DropSnapshot, Revert, TakeSnapshot


def take(operation: TakeSnapshot, job: Job) -> str:
    """Takes it; what a try before this one took is it."""
    snapshots, native = needed.snapshots(job.host), job.action.native
    if job.again and operation.name in _names(snapshots, native):
        return "is there already"
    snapshots.take(native, operation.name, operation.description, uuid=job.action.uuid)
    if operation.name not in _names(snapshots, native):
        raise Refused(f"there is no snapshot '{operation.name}' afterwards")
    return ""


def revert(operation: Revert, job: Job) -> None:
    """Goes back to it."""
    snapshots, native = needed.snapshots(job.host), job.action.native
    snapshots.revert(native, operation.to, uuid=job.action.uuid)
    current = [each.name for each in snapshots.all(native) if each.current]
    if current != [operation.to]:
        raise Refused(f"it is not at the snapshot '{operation.to}' afterwards")


def drop(operation: DropSnapshot, job: Job) -> str:
    """Removes it, if it is there."""
    snapshots, native = needed.snapshots(job.host), job.action.native
    if operation.name not in _names(snapshots, native):
        return "was gone already"
    snapshots.drop(native, operation.name, uuid=job.action.uuid)
    if operation.name in _names(snapshots, native):
        raise Refused(f"the snapshot '{operation.name}' is there still")
    return ""


def _names(snapshots: Snapshots, native: str) -> frozenset[str]:
    return frozenset(each.name for each in snapshots.all(native))
