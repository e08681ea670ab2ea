"""Guests that a fleet takes from another: their marks are replaced, and nothing else of them."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.base import Host, needed
from reconciler.faults import Fault
from reconciler.plan.ownership import own_mark
from specs.desired import Desired
from specs.documents.marks import Mark
from specs.identity import Address, Kind


def take(foreign: Mapping[str, Mark], tree: Desired, host: Host) -> None:
    """Marks guests as the tree's fleet's, by their names on the host; the marks are those that a person was
    asked about. Raises DriverError, and Fault for a guest that has another mark by now."""
    for name, asked in foreign.items():
        seen = host.observe.one(Kind.DOMAIN, name)
        if seen is None or own_mark(seen) != asked:
            raise Fault(f"{name} is not as it was a moment ago: it was not taken over; look again")
        declared = tree.resources[Address(Kind.DOMAIN, name)]
        mark = Mark(
            tree.fleet.name,
            declared.digest,
            protect=declared.policy.protect,
            fleet_uuid=tree.fleet.uuid,
            uuid=seen.uuid,
            name=name,
        )
        needed.lifecycle(host).set_mark(name, str(mark))
