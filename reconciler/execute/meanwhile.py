"""What others did to an object while a run worked on it: that must not be recorded as what a hypervisor
made of what it was given, or nobody would ever find it."""

from __future__ import annotations

from collections.abc import Collection

from drivers.base import Observation
from reconciler.compare import compare
from reconciler.compare.model import Base, Cause
from reconciler.execute.context import ExecutionContext
from reconciler.plan.model import Refresh
from specs.desired import digest
from specs.identity import Kind
from specs.xml import is_xml


def changed_meanwhile(
    refresh: Refresh, seen: Observation, context: ExecutionContext, ours: Collection[str]
) -> bool:
    """Whether something of a resource that is declared as before, and that was kept as it was declared, is
    another value now; what this run itself sets (`ours`) is as the hypervisor wants it."""
    address = refresh.address
    known = context.records.get(address)
    if known is None or seen.kind is Kind.VOLUME or known.readback_digest in ("", digest(seen.document)):
        return False
    if known.declared_digest != refresh.declared_digest:
        return False  # what was edited may have the hypervisor rewrite something else
    documents = context.store.documents([address]).get(address)
    if documents is None or not (is_xml(documents.declared) and is_xml(documents.readback)):
        return False
    base = Base(documents.declared, documents.readback)
    found = compare(seen.kind, refresh.declared, seen.document, base, context.dialect(refresh.host))
    return any(
        each.cause is Cause.DRIFTED and each.declared is not None and each.path not in ours
        for each in found.differences
    )
