"""Looking: what is on all hosts, all at once, and what the state remembers."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from drivers.base import NOTHING_KNOWN, Capabilities, Host, Inventory, Knowledge, KnownDocument
from drivers.base.sound import sound, sound_capabilities
from reconciler.engine.at_once import at_once
from reconciler.engine.hosts import Connections
from reconciler.plan.observed import Observed
from reconciler.plan.world import Recorded
from specs.identity import Address, Kind
from state import OpenState
from state.records import Record

NOTHING: Mapping[str, Knowledge] = MappingProxyType({})
"""Of no host anything is known."""


def look(hosts: Connections, known: Mapping[str, Knowledge] = NOTHING) -> Observed:
    """One look at all hosts, each observed in full; a document that is known, and that its host vouches for
    by its stamp, is not fetched again. A connection that was kept from before and fails is opened anew, and
    its host is asked once more."""
    seen, failed = _inventories(hosts.drivers, known)
    if failed:
        again, still = _inventories(hosts.reopen(failed), known)
        seen |= again
        failed = {host: still.get(host, why) for host, why in failed.items() if host not in again}
        hosts.give_up(failed)
    return Observed(seen, {**failed, **hosts.unreachable}, time.time())


def known_of(hosts: Collection[str], store: OpenState) -> Mapping[str, Knowledge]:
    """What was read back with a stamp, by host and by the names that hosts have for things."""
    known: dict[str, dict[tuple[Kind, str], KnownDocument]] = {}
    for address, each in store.stamped(hosts).items():
        known.setdefault(each.host, {})[address.kind, each.native] = KnownDocument(each.stamp, each.readback)
    return known


def recall(store: OpenState, observed: Observed, records: Mapping[Address, Record] | None = None) -> Recorded:
    """What the state remembers, of everything or of what has these records. A volume that was filled, whose
    marker is gone and whose record was not written any more, is filled with what was noted then."""
    origins = store.origins(records)
    records = store.records() if records is None else records
    fills = store.fills()
    filled = {
        address: replace(record, content=fill.content)
        for address, fill in fills.items()
        if fill.filled
        and (record := records.get(address))
        and not fill.nonces.intersection(observed.markers(record.host, record.native))
    }
    decisions = tuple(store.decisions())
    return Recorded({**records, **filled} if filled else records, fills, origins, decisions=decisions)


def abilities(drivers: Mapping[str, Host]) -> tuple[dict[str, Capabilities], dict[str, str]]:
    """What hosts can do, and what those said that cannot say."""
    calls = {host: _asker(driver) for host, driver in drivers.items()}
    return at_once(calls, "asking for abilities of")


def _inventories(
    drivers: Mapping[str, Host], known: Mapping[str, Knowledge]
) -> tuple[dict[str, Inventory], dict[str, str]]:
    calls = {host: _looker(driver, known.get(host, NOTHING_KNOWN)) for host, driver in drivers.items()}
    return at_once(calls, "reading")


def _looker(driver: Host, known: Knowledge) -> Callable[[], Inventory]:
    return lambda: sound(driver.observe.inventory(known))


def _asker(driver: Host) -> Callable[[], Capabilities]:
    return lambda: sound_capabilities(driver.capabilities())
