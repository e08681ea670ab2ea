"""One operation that is being done, with all that doing it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from drivers.base import Host, Observation
from drivers.base.progress import Detail
from reconciler.execute.context import ExecutionContext
from reconciler.execute.own_changes import OwnChanges
from reconciler.execute.slots import MoveSlots
from reconciler.plan.model import Action

Tell = Callable[[Detail | None], None]
"""Is told how far it is."""


@dataclass(frozen=True, slots=True)
class Job:
    """One try of an action (or of one of its steps); `again` when it is not the first. `planned` is the whole
    action that it is a step of."""

    action: Action
    planned: Action
    context: ExecutionContext
    own_changes: OwnChanges
    slots: MoveSlots
    tell: Tell
    cancel: threading.Event
    again: bool = False

    @property
    def host(self) -> Host:
        """The connection to the action's host."""
        return self.context.drivers[self.action.host]

    @property
    def found_on(self) -> Host:
        """The connection to the host that the object is on before it is acted upon."""
        return self.context.drivers[self.action.found_on]

    def look(self) -> Observation | None:
        """The object as it is on the action's host now."""
        return self.host.observe.one(self.action.address.kind, self.action.native)
