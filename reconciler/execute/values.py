"""A secret's value: read when it is needed, given to the host, and never kept."""

from __future__ import annotations

from drivers.base import needed
from drivers.base.errors import Refused
from reconciler.execute.job import Job
from reconciler.inputs.secrets import fingerprint, read_secret


def set_value(job: Job) -> None:
    """Reads the value and sets it. Raises SecretError, DriverError; Refused when the host gives out another
    value afterwards."""
    context, action = job.context, job.action
    value = read_secret(context.secrets[action.address], context.root, context.guard)
    needed.lifecycle(job.host).set_secret_value(action.native, value)
    kept = needed.lifecycle(job.host).secret_value(action.native)
    if kept is not None and kept != value:
        raise Refused("it has another value afterwards (value)")
    job.own_changes.set_value(action.address, fingerprint(value))
