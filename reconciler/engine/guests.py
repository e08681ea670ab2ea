"""What running guests say of themselves, asked of all hosts at once and with little patience."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from drivers.base import AddressSource, GuestAddress, Host
from reconciler.execute.readiness import is_ready, known_addresses
from reconciler.plan.world import World
from reconciler.underway import doing
from specs.desired import Declared, PowerState
from specs.identity import Address

PATIENCE = 5.0
"""Seconds that all guests together have to answer."""
_AT_ONCE = 4
_BEST_FIRST = (AddressSource.LEASE, AddressSource.AGENT, AddressSource.ARP)


@dataclass(frozen=True, slots=True)
class GuestView:
    """What a guest said: `ready` is None where its file asks for nothing, or nobody could tell."""

    addresses: tuple[GuestAddress, ...] = ()
    ready: bool | None = None


def ask_guests(
    guests: Iterable[Declared], world: World, drivers: Mapping[str, Host], patience: float = PATIENCE
) -> dict[Address, GuestView]:
    """Those of the guests that run and have answered in time; the others are left behind."""
    waiting: dict[str, queue.SimpleQueue[Declared]] = {}
    for declared in guests:
        seen = world.of(declared)
        if seen is not None and seen.power is PowerState.RUNNING and declared.host in drivers:
            waiting.setdefault(declared.host, queue.SimpleQueue()).put(declared)
    known: dict[Address, GuestView] = {}
    threads = [
        threading.Thread(target=_ask_all, args=(drivers[host], of_host, known), daemon=True)
        for host, of_host in waiting.items()
        for _ in range(_AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + patience
    with doing("asking guests for addresses and readiness"):
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
    return dict(known)


def _ask_all(driver: Host, waiting: queue.SimpleQueue[Declared], known: dict[Address, GuestView]) -> None:
    while True:
        try:
            declared = waiting.get_nowait()
        except queue.Empty:
            return
        known[declared.address] = GuestView(_addresses(driver, declared), _ready(driver, declared))


def _addresses(driver: Host, declared: Declared) -> tuple[GuestAddress, ...]:
    try:
        known = known_addresses(driver, declared.native, _BEST_FIRST)
        return tuple(one for one in known if isinstance(one.address, str) and isinstance(one.mac, str))
    except Exception:  # noqa: BLE001 - a view does without what one guest's host cannot say
        return ()


def _ready(driver: Host, declared: Declared) -> bool | None:
    if declared.ready is None or declared.ready.method == "none":
        return None
    try:
        return not is_ready(driver, declared.native, declared.ready)
    except Exception:  # noqa: BLE001 - nobody could tell
        return None
