"""What of a document a hypervisor cannot have, by its row of the matrix: said offline before a host is asked,
and by drivers at define."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from specs.checks.bounds import out_of_bounds
from specs.checks.misfit import Misfit
from specs.documents.naming import called
from specs.identity import FACTS, MANAGED_KINDS, Kind
from specs.matrix.allowing import Foreign
from specs.matrix.model import Ability, Facet, Hypervisor, Lack, Release, cannot
from specs.places import prefixed

_SHOWN = 24
"""More choices than a person would read are not listed."""


def misfits(row: Hypervisor, kind: Kind, document: etree._Element, host: str) -> Iterator[Misfit]:
    """All that a host of that family cannot have, in no release."""
    subject = _subject(row, host)
    if kind not in row.kinds:
        held = ", ".join(FACTS[each].plural for each in MANAGED_KINDS if each in row.kinds)
        yield Misfit("", f"{subject} cannot hold {FACTS[kind].plural}; it holds {held}")
        return
    if kind is Kind.DOMAIN:
        yield from _type(row, document, subject)
    lacking = (lack for lack in row.lacks.get(kind, ()) if not lack.until)
    yield from _lacking(lacking, kind, document, subject)
    if kind in row.allows:
        yield from (_foreign(kind, each, subject) for each in row.allows[kind].foreign(document))
    yield from out_of_bounds(row.bounds, kind, document, subject)


def not_yet(
    row: Hypervisor, kind: Kind, document: etree._Element, host: str, release: Release
) -> Iterator[Misfit]:
    """What a host of a release of libvirt cannot have, and one of a later release can."""
    lacking = (lack for lack in row.lacks.get(kind, ()) if lack.until and release < lack.until)
    yield from _lacking(lacking, kind, document, _subject(row, host))


def _type(row: Hypervisor, document: etree._Element, subject: str) -> Iterator[Misfit]:
    given = document.get("type")
    if given and row.types and given not in row.types:
        allowed = ", ".join(sorted(row.types))
        problem = f"{subject} cannot run domains of type '{given}'; allowed: {allowed}"
        yield Misfit("@type", problem, "type", document, "type")


def _lacking(lacks: Iterable[Lack], kind: Kind, document: etree._Element, subject: str) -> Iterator[Misfit]:
    for lack in lacks:
        element = document.find(lack.path)
        if element is not None:
            path = prefixed(lack.path).rpartition("/../")[2]  # what stands beside it is a condition
            field = called(kind, path)
            since = f"it can since libvirt {'.'.join(map(str, lack.until))}" if lack.until else ""
            why = "; ".join(filter(None, (lack.why, since)))
            problem = f"{subject} cannot give a {document.tag} {field}{why and f': {why}'}"
            yield Misfit(lack.path, problem, field, element)


def _foreign(kind: Kind, found: Foreign, subject: str) -> Misfit:
    field = called(kind, found.path)
    value = f" '{found.value}'" if found.value else ""
    allowed = found.allowed
    if not allowed and found.beside:
        deep = field.count(".") + (2 if " " in field else 1)
        names = (called(kind, path) for path in found.beside)
        known = (name for name in names if " " not in name and "/" not in name)
        fields = sorted({".".join(name.split(".")[:deep]) for name in known})
        allowed = ", ".join(fields) if len(fields) <= _SHOWN else ""
    told = f"; allowed: {allowed}" if allowed else ""
    problem = f"{subject} cannot give a {FACTS[kind].tag} {field}{value}{told}"
    return Misfit(found.path, problem, field, found.element, found.attribute)


def cannot_be_seeded(row: Hypervisor, field: str, host: str) -> str:
    """Why a hypervisor cannot give a domain the seed of a spec's field; '' when it can."""
    if field in row.seeds:
        return ""
    why = ": only QEMU has fw_cfg" if field == "ignition" else ""
    allowed = f"; allowed: {', '.join(sorted(row.seeds))}" if row.seeds else ""
    return f"{_subject(row, host)} cannot give a domain {field}{why}{allowed}"


def cannot_be_filled(row: Hypervisor, host: str) -> str:
    """Why a hypervisor cannot fill a volume from its source; '' when it can."""
    return "" if Ability.FILL in row.can else cannot(_subject(row, host), Facet.STORAGE)


def _subject(row: Hypervisor, host: str) -> str:
    return f"{host} ({row.title})" if host else f"a {row.schemes[0]} host"
