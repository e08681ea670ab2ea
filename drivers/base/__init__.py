"""One protocol, many hypervisors: an endpoint gives hosts, and a host has facets, one a file.

`observe` says what is, `watch` tells of changes; `lifecycle`, `live`, `storage`, `guest`, `move` and
`snapshots` do something about it, `logs` reads what others wrote of it. The values that `live` tunes are in
`tunables`, which few need.
"""

from drivers.base.belongings import Belonging
from drivers.base.capabilities import Capabilities, MachineType, Offer
from drivers.base.guest import AddressSource, Console, GuestAddress, Guests
from drivers.base.host import Endpoint, Host
from drivers.base.lifecycle import Lifecycle
from drivers.base.live import Live, Text
from drivers.base.logs import LogPiece, LogPlace, Logs
from drivers.base.move import Destination, Move, MoveProgress, Mover
from drivers.base.network_change import NetworkChange, NetworkSection, SectionCommand
from drivers.base.observation import (
    EVERYTHING,
    NOTHING_KNOWN,
    Inventory,
    Knowledge,
    KnownDocument,
    Observation,
)
from drivers.base.observe import Observer
from drivers.base.snapshots import Snapshot, Snapshots
from drivers.base.storage import Content, Storage
from drivers.base.watch import Change, Happening, Watcher

__all__ = [
    "EVERYTHING",
    "NOTHING_KNOWN",
    "AddressSource",
    "Belonging",
    "Capabilities",
    "Change",
    "Console",
    "Content",
    "Destination",
    "Endpoint",
    "GuestAddress",
    "Guests",
    "Happening",
    "Host",
    "Inventory",
    "Knowledge",
    "KnownDocument",
    "Lifecycle",
    "Live",
    "LogPiece",
    "LogPlace",
    "Logs",
    "MachineType",
    "Move",
    "MoveProgress",
    "Mover",
    "NetworkChange",
    "NetworkSection",
    "Observation",
    "Observer",
    "Offer",
    "SectionCommand",
    "Snapshot",
    "Snapshots",
    "Storage",
    "Text",
    "Watcher",
]
