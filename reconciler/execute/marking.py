"""The mark beside the record: what was applied and read back, written down on the object itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from drivers.base import Observation, needed
from drivers.base.errors import DriverError
from reconciler.execute.context import ExecutionContext
from reconciler.plan.model import Refresh
from reconciler.plan.ownership import belongs, own_mark
from specs.documents.marks import Mark, remarked
from specs.tokens import holds_token


@dataclass(frozen=True, slots=True)
class Marked:
    """An object as it is, and whether its mark says what its record is to say, as far as it can have one."""

    seen: Observation
    well: bool = True


def with_mark(refresh: Refresh, seen: Observation, context: ExecutionContext, commit: str) -> Marked:
    """The object once its mark was renewed.

    Where that cannot be written, the mark vouches for nothing, as its digests do not fit.
    """
    mark = _mark_of_ours(refresh, seen, context)
    if mark is None:
        return Marked(seen)
    wanted = replace(mark, digest=refresh.declared_digest).vouching(refresh.declared, seen.document)
    if wanted == mark:
        return Marked(seen)
    wanted, host = replace(wanted, commit=commit or mark.commit), context.drivers[refresh.host]
    try:
        needed.lifecycle(host).set_mark(seen.kind, refresh.native, str(wanted))
    except DriverError:
        after = host.observe.one(seen.kind, refresh.native) or seen
        return Marked(after, own_mark(after) == wanted)  # it may have been written all the same
    # What runs is looked at again: a domain's live document has the new mark too, a network's has not. So is
    # what has a stamp, for that is another one now.
    document = "" if seen.live or seen.stamp else remarked(seen.document, wanted)
    if document:
        return Marked(replace(seen, document=document))
    return Marked(host.observe.one(seen.kind, refresh.native) or seen)


def _mark_of_ours(refresh: Refresh, seen: Observation, context: ExecutionContext) -> Mark | None:
    """The mark to renew; None where there is none, or no definition that could keep it. Where a secret stands
    in either document its digest is told by this state's key alone: another controller's would be another."""
    if seen.kind not in context.dialect(refresh.host).marked or not seen.persistent:
        return None
    if holds_token(refresh.declared) or holds_token(seen.document):
        return None
    mark = own_mark(seen)
    return mark if mark is not None and belongs(mark, context.fleet) else None
