"""Sizes, numbers and names that a hypervisor cannot have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from lxml import etree

from specs.checks.misfit import Misfit
from specs.documents.values import to_bytes
from specs.identity import Kind
from specs.matrix.model import Bounds, NameRule, Span
from specs.matrix.words import spanned
from specs.reading.documents import told_name
from specs.units import format_size

_SIZES: Mapping[str, str] = {"memory": "memory", "currentMemory": "memory", "capacity": "capacity"}
"""Where a document says a size, and what files call it."""


def out_of_bounds(bounds: Bounds, kind: Kind, document: etree._Element, subject: str) -> Iterator[Misfit]:
    """What is too small, too large, no multiple of what it has to be, or badly named."""
    if kind in bounds.names:
        yield from _name(bounds.names[kind], kind, document, subject)
    if kind is Kind.VOLUME:
        yield from _size(bounds.capacity, 1, "capacity", kind, document, subject)
    if kind is Kind.DOMAIN:
        sizes = ("currentMemory", "memory")  # one that is said for both is told once
        told = (each for path in sizes for each in _size(bounds.memory, 1024, path, kind, document, subject))
        yield from islice(told, 1)
        yield from _vcpus(bounds.vcpus, document, subject)


def _name(rule: NameRule, kind: Kind, document: etree._Element, subject: str) -> Iterator[Misfit]:
    name = told_name(kind, document)
    if name and not rule.holds(name):
        longest = f"at most {rule.longest} characters" if rule.longest else ""
        allowed = ", ".join(filter(None, (rule.words, longest)))
        problem = f"{subject} cannot have a {document.tag} called '{name}'; allowed: {allowed}"
        yield Misfit("name", problem, "name", document.find("name"))


def _size(
    span: Span, unit: int, path: str, kind: Kind, document: etree._Element, subject: str
) -> Iterator[Misfit]:
    """A size in a span that counts in units of so many bytes."""
    element = document.find(path)
    if element is None:
        return
    size = to_bytes((element.text or "").strip(), element.get("unit", "KiB" if unit == 1024 else "bytes"))
    if size is not None and (size % unit or not span.holds(size // unit)):
        field, allowed = _SIZES[path], spanned(span, lambda number: format_size(number * unit))
        problem = f"{subject} cannot give a {document.tag} {field} {format_size(size)}; allowed: {allowed}"
        yield Misfit(path, problem, field, element)


def _vcpus(span: Span, document: etree._Element, subject: str) -> Iterator[Misfit]:
    element = document.find("vcpu")
    for text in () if element is None else ((element.text or "").strip(), element.get("current", "")):
        if text.isdecimal() and not span.holds(int(text)):
            problem = f"{subject} cannot give a domain {text} vcpus; allowed: {spanned(span, str)}"
            yield Misfit("vcpu", problem, "vcpus", element)
            return
