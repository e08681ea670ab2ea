"""What a fleet takes from another: their marks are replaced, and nothing else of them."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.base import Host, needed
from reconciler.faults import Fault
from reconciler.plan.ownership import own_mark
from specs.desired import Desired
from specs.documents.marks import Mark
from specs.identity import Address


def take(foreign: Mapping[Address, Mark], tree: Desired, host: Host) -> None:
    """Marks guests and networks as the tree's fleet's; the marks are those that a person was asked about.
    Raises DriverError, and Fault for what has another mark by now."""
    for address, asked in foreign.items():
        seen = host.observe.one(address.kind, address.name)
        if seen is None or own_mark(seen) != asked:
            raise Fault(f"{address.name} is not as it was a moment ago: it was not taken over; look again")
        declared = tree.resources[address]
        mark = Mark(
            tree.fleet.name,
            declared.digest,
            protect=declared.policy.protect,
            fleet_uuid=tree.fleet.uuid,
            uuid=seen.uuid,
            name=address.name,
        )
        needed.lifecycle(host).set_mark(address.kind, address.name, str(mark))
