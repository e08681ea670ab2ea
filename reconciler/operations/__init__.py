"""What can be done to an object: one frozen class for each operation, grouped by subject.

An operation is data. Plans hold and show it, saved plans keep it, `execute` does it; each dispatches on its
class, and asks the class what it needs, what it costs and how it shows that it has happened.
"""

from __future__ import annotations

from reconciler.operations.base import Evidence, Lane, OnRetry, Operation
from reconciler.operations.definitions import Adopt, Define, Release, Rename, SetAutostart, SetValue, Undefine
from reconciler.operations.guests import Await, Migrate
from reconciler.operations.live import (
    Attach,
    Detach,
    SetMemory,
    SetText,
    SetVcpus,
    Tune,
    UpdateDevice,
    UpdateNetwork,
)
from reconciler.operations.power import Build, Reconfigure, Restart, Resume, Start, Stop, Suspend
from reconciler.operations.snapshots import DropSnapshot, Revert, TakeSnapshot
from reconciler.operations.storage import Fill, Resize
from specs.effect import Effect

AnyOperation = (
    Adopt
    | Define
    | Release
    | Rename
    | Undefine
    | SetValue
    | SetAutostart
    | Build
    | Start
    | Stop
    | Restart
    | Reconfigure
    | Suspend
    | Resume
    | Attach
    | Detach
    | UpdateDevice
    | SetMemory
    | SetVcpus
    | SetText
    | Tune
    | UpdateNetwork
    | Resize
    | Fill
    | Await
    | Migrate
    | TakeSnapshot
    | Revert
    | DropSnapshot
)
"""All of them; each is told from the others by its `verb`."""

__all__ = [
    "Adopt",
    "AnyOperation",
    "Attach",
    "Await",
    "Build",
    "Define",
    "Detach",
    "DropSnapshot",
    "Effect",
    "Evidence",
    "Fill",
    "Lane",
    "Migrate",
    "OnRetry",
    "Operation",
    "Reconfigure",
    "Release",
    "Rename",
    "Resize",
    "Restart",
    "Resume",
    "Revert",
    "SetAutostart",
    "SetMemory",
    "SetText",
    "SetValue",
    "SetVcpus",
    "Start",
    "Stop",
    "Suspend",
    "TakeSnapshot",
    "Tune",
    "Undefine",
    "UpdateDevice",
    "UpdateNetwork",
]
