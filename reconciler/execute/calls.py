"""From operations to a driver's calls: one function for each class.

What an operation does beyond one call (a fill, a move, a wait, a secret's value) has a file of its own.
"""

from __future__ import annotations

from functools import singledispatch

from drivers.base import NetworkChange, Text, needed
from drivers.base.errors import Unsupported
from reconciler.compare.tunables import tunable
from reconciler.execute.devices import as_defined
from reconciler.execute.job import Job
from reconciler.operations import (
    Adopt,
    Attach,
    Await,
    Build,
    Define,
    Detach,
    Fill,
    Migrate,
    Operation,
    Resize,
    Resume,
    SetAutostart,
    SetMemory,
    SetText,
    SetValue,
    SetVcpus,
    Start,
    Stop,
    Suspend,
    Tune,
    Undefine,
    UpdateDevice,
    UpdateNetwork,
)


@singledispatch
def perform(operation: Operation, job: Job) -> str:
    """Does it; why nothing had to be done, or ''. Raises DriverError, and SecretError where a value is
    needed."""
    raise TypeError(f"nothing does a {type(operation).__name__}")


@perform.register
def _(operation: Define, job: Job) -> str:
    needed.lifecycle(job.host).define(job.action.address.kind, job.action.native, operation.document)
    return ""


@perform.register
def _(operation: Adopt, job: Job) -> str:
    needed.lifecycle(job.host).set_mark(job.action.native, operation.document)
    return ""


@perform.register
def _(operation: Undefine, job: Job) -> str:
    action = job.action
    needed.lifecycle(job.host).undefine(
        action.address.kind, action.native, uuid=action.uuid, keep_state=operation.keep_state
    )
    return ""


@perform.register
def _(operation: SetValue, job: Job) -> str:
    from reconciler.execute.values import set_value

    set_value(job)
    return ""


@perform.register
def _(operation: SetAutostart, job: Job) -> str:
    needed.lifecycle(job.host).set_autostart(job.action.address.kind, job.action.native, operation.on)
    return ""


@perform.register
def _(operation: Build, job: Job) -> str:
    needed.lifecycle(job.host).build_pool(job.action.native, overwrite=operation.overwrite)
    return ""


@perform.register
def _(operation: Start, job: Job) -> str:
    needed.lifecycle(job.host).start(job.action.address.kind, job.action.native, paused=operation.paused)
    return ""


@perform.register
def _(operation: Stop, job: Job) -> str:
    action = job.action
    needed.lifecycle(job.host).stop(action.address.kind, action.native, operation.policy, uuid=action.uuid)
    return ""


@perform.register
def _(operation: Suspend, job: Job) -> str:
    needed.lifecycle(job.host).suspend(job.action.native)
    return ""


@perform.register
def _(operation: Resume, job: Job) -> str:
    needed.lifecycle(job.host).resume(job.action.native)
    return ""


@perform.register
def _(operation: Attach, job: Job) -> str:
    needed.live(job.host).attach(job.action.native, as_defined(job.host, job.action, operation))
    return ""


@perform.register
def _(operation: Detach, job: Job) -> str:
    needed.live(job.host).detach(job.action.native, operation.document)
    return ""


@perform.register
def _(operation: UpdateDevice, job: Job) -> str:
    needed.live(job.host).update(job.action.native, operation.document)
    return ""


@perform.register
def _(operation: SetMemory, job: Job) -> str:
    needed.live(job.host).set_memory(job.action.native, operation.kib)
    return ""


@perform.register
def _(operation: SetVcpus, job: Job) -> str:
    needed.live(job.host).set_vcpus(job.action.native, operation.count)
    return ""


@perform.register
def _(operation: SetText, job: Job) -> str:
    needed.live(job.host).set_text(job.action.native, Text(operation.field_), operation.value)
    return ""


@perform.register
def _(operation: Tune, job: Job) -> str:
    wanted = tunable(operation.path, operation.value)
    if wanted is None:
        raise Unsupported(f"{operation.path} cannot be changed while the guest runs")
    needed.live(job.host).tune(job.action.native, wanted)
    return ""


@perform.register
def _(operation: UpdateNetwork, job: Job) -> str:
    change = NetworkChange(operation.section, operation.command, operation.document, operation.parent)
    needed.live(job.host).update_network(job.action.native, change)
    return ""


@perform.register
def _(operation: Resize, job: Job) -> str:
    needed.storage(job.host).resize(job.action.native, operation.capacity)
    return ""


@perform.register
def _(operation: Fill, job: Job) -> str:
    from reconciler.execute.fill import fill_volume

    return fill_volume(operation, job)


@perform.register
def _(operation: Await, job: Job) -> str:
    from reconciler.execute.readiness import wait_until_ready

    wait_until_ready(operation.ready, job)
    return ""


@perform.register
def _(operation: Migrate, job: Job) -> str:
    from reconciler.execute.moving import move

    return move(operation, job)
