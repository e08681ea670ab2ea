"""A declared volume that exists: it can grow; everything else about it is fixed at its creation."""

from __future__ import annotations

from lxml import etree

from reconciler.compare import compare
from reconciler.compare.model import Cause, Effect
from reconciler.plan.draft import Draft, Target, blocked, refresh, verdict
from reconciler.plan.model import Status, Verb
from reconciler.plan.world import World
from specs.desired import Declared

_UNITS = {unit: 1024**power for power, unit in enumerate(("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"))}


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
    """The capacity in bytes; libvirt's units are binary without 'B' too (virScaleInteger)."""
    element = etree.fromstring(document).find("capacity")
    if element is None or not element.text:
        return 0
    unit = element.get("unit", "B")
    decimal = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15, "EB": 10**18}
    short = unit if unit in _UNITS else f"{unit[:1].upper()}iB"
    factor = decimal.get(unit) or (1 if unit in ("b", "bytes") else _UNITS[short])
    return int(element.text.strip()) * factor
