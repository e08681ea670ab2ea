"""From operations to a driver's calls: one function for each class.

What an operation does beyond one call (a fill, a move, a wait, a secret's value) has a file of its own.
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import singledispatch

from drivers.base import NetworkChange, Text, needed
from drivers.base.errors import Unsupported
from drivers.base.progress import waiting
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
    DropSnapshot,
    Fill,
    Migrate,
    Operation,
    Release,
    Rename,
    Resize,
    Resume,
    Revert,
    SetAutostart,
    SetMemory,
    SetText,
    SetValue,
    SetVcpus,
    Start,
    Stop,
    Suspend,
    TakeSnapshot,
    Tune,
    Undefine,
    UpdateDevice,
    UpdateNetwork,
)
from specs.identity import Kind


@singledispatch
def perform(operation: Operation, job: Job) -> str | None:
    """Does it; why nothing had to be done, if so. Raises DriverError, and SecretError where a value is
    needed."""
    raise TypeError(f"nothing does a {type(operation).__name__}")


@perform.register
def _(operation: Define, job: Job) -> None:
    needed.lifecycle(job.host).define(job.action.address.kind, job.action.native, operation.document)


@perform.register
def _(operation: Adopt, job: Job) -> None:
    needed.lifecycle(job.host).set_mark(job.action.address.kind, job.action.native, operation.document)


@perform.register
def _(operation: Release, job: Job) -> None:
    if operation.marked:
        needed.lifecycle(job.host).set_mark(job.action.address.kind, job.action.native, "")


@perform.register
def _(operation: Undefine, job: Job) -> None:
    action = job.action
    needed.lifecycle(job.host).undefine(
        action.address.kind, action.native, uuid=action.uuid, discards=operation.discards
    )


@perform.register
def _(operation: Rename, job: Job) -> None:
    needed.lifecycle(job.host).rename(job.action.native, operation.to, uuid=job.action.uuid)


@perform.register
def _(operation: SetValue, job: Job) -> None:
    from reconciler.execute.values import set_value

    set_value(job)


@perform.register
def _(operation: SetAutostart, job: Job) -> None:
    needed.lifecycle(job.host).set_autostart(job.action.address.kind, job.action.native, operation.on)


@perform.register
def _(operation: Build, job: Job) -> None:
    needed.lifecycle(job.host).build_pool(job.action.native, overwrite=operation.overwrite)


@perform.register
def _(operation: Start, job: Job) -> None:
    needed.lifecycle(job.host).start(job.action.address.kind, job.action.native, paused=operation.paused)


@perform.register
def _(operation: Stop, job: Job) -> None:
    action, policy = job.action, operation.policy
    guest = action.address.kind is Kind.DOMAIN and bool(policy.methods)
    with waiting("the guest to shut down", policy.deadline) if guest else nullcontext():
        needed.lifecycle(job.host).stop(action.address.kind, action.native, policy, uuid=action.uuid)


@perform.register
def _(operation: Suspend, job: Job) -> None:
    needed.lifecycle(job.host).suspend(job.action.native)


@perform.register
def _(operation: Resume, job: Job) -> None:
    needed.lifecycle(job.host).resume(job.action.native)


@perform.register
def _(operation: Attach, job: Job) -> None:
    needed.live(job.host).attach(job.action.native, as_defined(job.host, job.action, operation))


@perform.register
def _(operation: Detach, job: Job) -> None:
    needed.live(job.host).detach(job.action.native, operation.document)


@perform.register
def _(operation: UpdateDevice, job: Job) -> None:
    needed.live(job.host).update(job.action.native, operation.document)


@perform.register
def _(operation: SetMemory, job: Job) -> None:
    needed.live(job.host).set_memory(job.action.native, operation.kib)


@perform.register
def _(operation: SetVcpus, job: Job) -> None:
    needed.live(job.host).set_vcpus(job.action.native, operation.count)


@perform.register
def _(operation: SetText, job: Job) -> None:
    needed.live(job.host).set_text(job.action.native, Text(operation.field_), operation.value)


@perform.register
def _(operation: Tune, job: Job) -> None:
    wanted = tunable(operation.path, operation.value)
    if wanted is None:
        raise Unsupported(f"{operation.path} cannot be changed while the guest runs")
    needed.live(job.host).tune(job.action.native, wanted)


@perform.register
def _(operation: UpdateNetwork, job: Job) -> None:
    change = NetworkChange(operation.section, operation.command, operation.document, operation.parent)
    needed.live(job.host).update_network(job.action.native, change)


@perform.register
def _(operation: Resize, job: Job) -> None:
    needed.storage(job.host).resize(job.action.native, operation.capacity)


@perform.register
def _(operation: Fill, job: Job) -> str:
    from reconciler.execute.fill import fill_volume

    return fill_volume(operation, job)


@perform.register
def _(operation: Await, job: Job) -> None:
    from reconciler.execute.readiness import wait_until_ready

    wait_until_ready(operation.ready, job)


@perform.register
def _(operation: Migrate, job: Job) -> str:
    from reconciler.execute.moving import move

    return move(operation, job)


@perform.register
def _(operation: TakeSnapshot, job: Job) -> str:
    from reconciler.execute.snapshotting import take

    return take(operation, job)


@perform.register
def _(operation: Revert, job: Job) -> None:
    from reconciler.execute.snapshotting import revert

    revert(operation, job)


@perform.register
def _(operation: DropSnapshot, job: Job) -> str:
    from reconciler.execute.snapshotting import drop

    return drop(operation, job)
