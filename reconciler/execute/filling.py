"""What a fill goes by, put together from the plan, the tree and the hosts."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from drivers.base import Host
from reconciler.execute.job import Job, Tell
from reconciler.inputs.images import USUAL, ImageError, Limits, default_cache, identity_of
from reconciler.inputs.images.limits import limits_of
from reconciler.operations import Fill
from reconciler.plan.model import Action
from specs.content import Source
from state.fills import Fills, NotedFill


@dataclass(frozen=True, slots=True)
class Filling:
    """One volume to be filled; without a source it is made empty.

    `run` is the run that fills it, `identity` that of its content. `others` are the hosts that see its
    storage too, and `unasked` those of them that cannot be asked who uses it.
    """

    action: Action
    operation: Fill
    source: Source | None
    root: Path
    tell: Tell
    cancel: threading.Event
    notes: Fills
    run: int
    identity: str = ""
    origin: Host | None = None
    """The host that the volume comes from with its domain; its bytes are copied from there."""
    others: Mapping[str, Host] = field(default_factory=dict)
    unasked: tuple[str, ...] = ()
    limits: Limits = USUAL


@dataclass(frozen=True, slots=True)
class FoundVolume:
    """What is there before a fill begins: the volume, the fill that was noted of it, the nonces of those of
    its markers that count."""

    exists: bool
    noted: NotedFill | None
    marks: tuple[str, ...]

    @property
    def half_filled(self) -> bool:
        """Whether a marker that counts says so."""
        return self.exists and bool(self.marks)


def filling_of(operation: Fill, job: Job) -> Filling:
    """What is filled with what, and who is to be asked whether it is used."""
    action, context = job.action, job.context
    source, root = context.sources.get(action.address), Path(context.root)
    limits = limits_of(context.guard.images)
    origin = context.drivers[operation.origin] if operation.origin else None
    # Taken before: a file that changes meanwhile then looks changed to the next plan.
    identity = content_identity(source, root, limits.folders) if origin is None else ""
    shared = not action.address.host
    others = {name: other for name, other in context.drivers.items() if shared and name != action.host}
    unasked = tuple(
        name
        for name, host in context.hosts.items()
        if shared and name not in context.drivers and not host.fenced
    )
    return Filling(
        action,
        operation,
        source,
        root,
        job.tell,
        job.cancel,
        context.store,
        context.run,
        identity,
        origin,
        others,
        unasked,
        limits,
    )


def content_identity(source: Source | None, root: Path, folders: tuple[str, ...] = ()) -> str:
    """What is remembered of a volume's content once it is filled; '' when it cannot be told."""
    if source is None:
        return ""
    try:
        return identity_of(source, root=root, cache=default_cache(), folders=folders)
    except ImageError:
        return ""
