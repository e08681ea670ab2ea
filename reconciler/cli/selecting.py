"""What --only means: a slip of the fingers is an error, and never an empty plan that looks like success."""

from __future__ import annotations

from reconciler.cli.common import Common
from reconciler.engine.round import Planned
from reconciler.faults import Fault
from reconciler.plan import Options
from reconciler.plan.select import missed
from specs.identity import Address


def require_selected(common: Common, planned: Planned, options: Options) -> None:
    """Raises Fault for an --only that means nothing of the tree, the state or the hosts. What nobody declared
    is told, and so is a pattern that means nothing: what it is to mean may be yet to come."""
    if not options.only:
        return
    world = planned.world
    known = {
        **{Address.on(host, *key): () for host, one in world.inventories.items() for key in one.objects},
        **dict.fromkeys(world.records, ()),
        **{address: declared.labels for address, declared in planned.desired.resources.items()},
    }
    if wrong := missed(options.only, known):
        raise Fault(f"--only: {wrong}")
    if not planned.plan.verdicts:
        common.tell("note: nothing is selected: --only means nothing that is declared")
