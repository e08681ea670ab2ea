"""A volume that is declared no more, a network, and a guest that stays: whom removing concerns."""

from __future__ import annotations

from typing import Any

from reconciler.plan import Options, Plan, make_plan
from specs.desired import Declared, OnDelete, Policy, PowerState
from specs.identity import Kind
from state.records import Record
from tests.reconciler.plan.facts import declare
from tests.reconciler.plan.scenes import DISK, LAN, bytes_of, guest, recorded, spread, tree, volume

PRUNE = Options(prune=True, allow_shrink=True)
NET = declare(LAN, Kind.NETWORK, "lan", power=PowerState.ACTIVE)
GOES = Policy(on_delete=OnDelete.DELETE)
OLD = volume("old.img", policy=GOES)
OWN = DISK.format("old.img", "vdb", "virtio")
KEPT = guest("kept")


def plan_of(
    *declared: Declared, options: Options = PRUNE, fleet: dict[str, Any] | None = None, **seen: Any
) -> Plan:
    """The plan of what is still declared, for what is there."""
    return make_plan(tree(*declared, fleet=fleet), spread(**seen), options)


def old() -> dict[Record, tuple[str, str]]:
    """The record of the volume that leaves."""
    return recorded((OLD, bytes_of("old.img")))
