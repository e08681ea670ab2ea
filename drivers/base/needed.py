"""A facet that is about to be used: what a host has, or Unsupported in words for people."""

from __future__ import annotations

from typing import TypeVar

from drivers.base.errors import Unsupported
from drivers.base.guest import Guests
from drivers.base.host import Host
from drivers.base.lifecycle import Lifecycle
from drivers.base.live import Live
from drivers.base.logs import Logs
from drivers.base.move import Mover
from drivers.base.snapshots import Snapshots
from drivers.base.storage import Storage
from drivers.base.watch import Watcher
from specs.matrix.model import Facet, cannot

F = TypeVar("F")


def watch(host: Host) -> Watcher:
    """Changes as they happen."""
    return _had(host.watch, host, Facet.WATCH)


def lifecycle(host: Host) -> Lifecycle:
    """Defining, starting, stopping, removing."""
    return _had(host.lifecycle, host, Facet.LIFECYCLE)


def live(host: Host) -> Live:
    """Changing what runs."""
    return _had(host.live, host, Facet.LIVE)


def storage(host: Host) -> Storage:
    """Filling, reading, copying and growing volumes."""
    return _had(host.storage, host, Facet.STORAGE)


def guest(host: Host) -> Guests:
    """Asking running guests."""
    return _had(host.guest, host, Facet.GUEST)


def move(host: Host) -> Mover:
    """Taking domains to other hosts."""
    return _had(host.move, host, Facet.MOVE)


def snapshots(host: Host) -> Snapshots:
    """Keeping what guests are, and bringing it back."""
    return _had(host.snapshots, host, Facet.SNAPSHOTS)


def logs(host: Host) -> Logs:
    """Reading what is logged of guests."""
    return _had(host.logs, host, Facet.LOGS)


def _had(found: F | None, host: Host, facet: Facet) -> F:
    if found is None:
        raise Unsupported(cannot(host.uri, facet))
    return found
