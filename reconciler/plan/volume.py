"""A declared volume that exists: it can grow; everything else about it is fixed at its creation."""

from __future__ import annotations

from lxml import etree

from reconciler.compare import compare
from reconciler.compare.model import Cause, Effect
from reconciler.compare.normalise.values import to_bytes
from reconciler.plan.draft import Draft, Target, blocked, refresh, verdict
from reconciler.plan.model import Status, Verb
from reconciler.plan.world import World
from specs.desired import Declared


def converge_volume(declared: Declared, document: str, world: World, cause: Cause) -> Draft:
    """Grows the volume, or says what cannot be changed without replacing it."""
    comparison = compare(
        declared.address.kind,
        declared.document,
        document,
        world.base(declared.address),
        world.dialect(declared.host),
        unrecorded=cause,
    )
    if not comparison.differences:
        return Draft(
            verdict(declared, Status.CONVERGED, rewritten=comparison.rewritten),
            refresh=refresh(declared),
        )
    wanted, actual = _capacity(declared.document), _capacity(document)
    details = {"differences": comparison.differences, "rewritten": comparison.rewritten}
    fixed = [d.path for d in comparison.differences if d.path.partition("/")[0] != "capacity"]
    if fixed:
        return blocked(
            declared,
            f"{', '.join(fixed)} cannot be changed in an existing volume; declare the volume as it is, or"
            " declare a new one under another name",
            **details,
        )
    if wanted < actual:
        return blocked(
            declared,
            f"the volume has {actual} bytes and is never shrunk to {wanted}; declare at least its size",
            **details,
        )
    grow = Target.of(declared).act(
        Verb.RESIZE,
        comparison.differences,
        effect=Effect.LIVE,
        arguments={"capacity": str(wanted)},
    )
    return Draft(verdict(declared, Status.CHANGE, **details), (grow,), refresh(declared))


def _capacity(document: str) -> int:
    """The capacity in bytes; 0 where a document does not tell one."""
    element = etree.fromstring(document).find("capacity")
    return 0 if element is None else to_bytes(element.text or "", element.get("unit", "bytes")) or 0
