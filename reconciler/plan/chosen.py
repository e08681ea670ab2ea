"""Of what was drafted, what `--only` selects."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.plan.draft import Draft
from reconciler.plan.model import Status
from reconciler.plan.select import selected
from reconciler.plan.world import Options
from specs.desired import Desired
from specs.identity import Address


def chosen(drafts: Iterable[Draft], desired: Desired, options: Options) -> list[Draft]:
    """What `--only` selects, with whatever of its requirements does not exist yet."""
    if not options.only:
        return list(drafts)
    drafts = list(drafts)
    creating = {d.verdict.address for d in drafts if d.verdict.status is Status.CREATE}
    wanted = {
        draft.verdict.address
        for draft in drafts
        if selected(options.only, draft.verdict.address, _labels(desired, draft.verdict.address))
    }
    reach = list(wanted)
    while reach:
        declared = desired.resources.get(reach.pop())
        for address in declared.requires if declared else ():
            if address in creating and address not in wanted:
                wanted.add(address)
                reach.append(address)
    return [draft for draft in drafts if draft.verdict.address in wanted]


def _labels(desired: Desired, address: Address) -> tuple[tuple[str, str], ...]:
    declared = desired.resources.get(address)
    return declared.labels if declared else ()
