"""The rows of a view on hosts: whether each answers, what it is left out of, what is on it, how full it is.

Tables and JSON show the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drivers.base import Capabilities, Inventory
from reconciler.report.guests import size_of
from specs.desired import DeclaredHost, PowerState
from specs.identity import Kind
from specs.modes import Mode

_UP = (PowerState.RUNNING, PowerState.PAUSED)


def host_rows(
    declared: Mapping[str, DeclaredHost],
    found: Mapping[str, Capabilities],
    seen: Mapping[str, Inventory],
) -> list[dict[str, Any]]:
    """A row for every host of the tree; of one that does not answer, nothing more is known."""
    return [
        _row(host, found.get(name), seen.get(name) if name in found else None)
        for name, host in sorted(declared.items())
    ]


def host_notes(declared: Mapping[str, DeclaredHost]) -> dict[str, str]:
    """What a person should know of hosts on which not all is done as usual."""
    notes = {}
    for name, host in sorted(declared.items()):
        if host.fenced:
            notes[name] = "fenced: it counts as running nothing"
        elif host.maintenance:
            notes[name] = "in maintenance: nothing is started there, and guests that may move leave it"
        elif host.mode is not Mode.ENFORCE:
            notes[name] = f"mode {host.mode}: nothing is changed there"
    return notes


def _row(host: DeclaredHost, known: Capabilities | None, seen: Inventory | None) -> dict[str, Any]:
    guests = [o for (kind, _), o in seen.objects.items() if kind is Kind.DOMAIN] if seen else []
    running = [guest for guest in guests if guest.power in _UP]
    sizes = [size for guest in running if (size := size_of(guest))]
    return {
        "name": host.name,
        "uri": host.uri,
        "state": _state(host, reached=known is not None, busy=bool(running)),
        "mode": host.mode,
        "version": known.version if known else "",
        "guests": len(guests) if seen else None,
        "running": len(running) if seen else None,
        "vcpus": sum(size.vcpus for size in sizes) if seen else None,
        "cpus": known.cpus if known else 0,
        "memory_kib": known.memory_kib if known else 0,
        "memory_free_kib": known.memory_free_kib if known else 0,
    }


def _state(host: DeclaredHost, *, reached: bool, busy: bool) -> str:
    if host.fenced:
        return "fenced"
    if not reached:
        return "unreachable"
    if host.maintenance:
        return "draining" if busy else "maintenance"
    return "suspended" if host.mode is Mode.SUSPENDED else "reachable"
