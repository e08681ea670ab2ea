"""The matrix in words: for `hosts`, and as the page docs/matrix.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from specs.identity import FACTS, MANAGED_KINDS
from specs.matrix.model import Ability, Hypervisor, Span, WhileRunning
from specs.units import format_size

_PAGE = """# What each hypervisor can do

Made from `specs/matrix/` by `python -m specs.matrix`. `validate` and `plan` go by these rows before any host
is asked; `virt-reconcile hosts -o wide` shows the row of each host, as far as it does not say less itself.
How each was proven: the last table, and [drivers.md](drivers.md).
"""

_NOTHING = "nothing: the URI is accepted"


def spanned(span: Span, shown: Callable[[int], str]) -> str:
    """'4 MiB to 2 TiB, in steps of 4 MiB'."""
    least = f"{shown(span.least)} to {shown(span.most)}" if span.most else f"{shown(span.least)} or more"
    return least + (f", in steps of {shown(span.step)}" if span.step > 1 else "")


def limits(row: Hypervisor) -> Iterator[str]:
    """Sizes, numbers and names that are not just any."""
    bounds, unbound = row.bounds, Span()
    if bounds.memory != unbound:
        yield f"memory {spanned(bounds.memory, lambda number: format_size(number * 1024))}"
    if bounds.vcpus != unbound:
        yield f"vCPUs {spanned(bounds.vcpus, str)}"
    if bounds.capacity != unbound:
        yield f"volumes {spanned(bounds.capacity, format_size)}"
    for kind, rule in bounds.names.items():
        longest = f"at most {rule.longest} characters" if rule.longest else ""
        yield f"names of {FACTS[kind].plural}: {', '.join(filter(None, (rule.words, longest)))}"


def named(values: Iterable[StrEnum], order: Iterable[StrEnum]) -> str:
    """Values in the order of the table."""
    had = set(values)
    return ", ".join(each.value for each in order if each in had)


def page(rows: tuple[Hypervisor, ...]) -> str:
    """The page of the documentation."""
    return "\n".join((_PAGE, *_sections(rows))) + "\n"


def _sections(every: tuple[Hypervisor, ...]) -> Iterator[str]:
    """What can be done is told of families of which anything was seen."""
    rows = tuple(row for row in every if row.proven)
    yield "## Operations\n"
    yield from _marked(rows, {each.value: {r.family for r in rows if each in r.can} for each in Ability})
    yield "\n## Changes while it runs\n"
    live = {each.value: {r.family for r in rows if each in r.live} for each in WhileRunning}
    yield from _marked(rows, live)
    yield "\n## Kinds\n"
    held = {str(kind): {r.family for r in rows if kind in r.kinds} for kind in MANAGED_KINDS}
    yield from _marked(rows, held)
    yield "\n## Types, seeds, limits\n"
    yield "| hypervisor | schemes | domain types | seeds | limits | proven on |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for row in every:
        names = (", ".join(map(_code, each)) for each in (row.schemes, row.types, sorted(row.seeds)))
        cells = (row.title, *names, "; ".join(limits(row)), row.proven or _NOTHING)
        yield f"| {' | '.join(cells)} |"


def _marked(rows: tuple[Hypervisor, ...], had: dict[str, set[str]]) -> Iterator[str]:
    """A row for each thing, with a mark for each family that has it."""
    yield f"| | {' | '.join(row.family for row in rows)} |"
    yield f"| --- |{' --- |' * len(rows)}"
    for name, families in had.items():
        yield f"| {name} | {' | '.join('✓' if row.family in families else '' for row in rows)} |"


def _code(text: str) -> str:
    return f"`{text}`"
