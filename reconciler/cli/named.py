"""Guests by their names: what `start web` and its like take, and the tree that may stand after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click

from reconciler.cli.options import HERE
from reconciler.cli.words import is_tree
from reconciler.faults import Fault
from reconciler.plan.asked import guests_meant
from reconciler.plan.select import Selector
from specs.desired import Declared, Desired
from specs.diagnostics import did_you_mean
from specs.identity import Address, Kind
from specs.reading.whereabouts import line_of_field

NAMES = click.argument(
    "words",
    metavar="NAME... [TREE]",
    nargs=-1,
    required=True,
    help="Guests: web, Domain/web, 'web*' or LABEL=VALUE; and the tree, else this folder.",
)


def names_and_tree(words: Sequence[str], *, lonely_tree: bool = False) -> tuple[tuple[str, ...], str]:
    """The names, and the tree: a folder that is there, or a URL. A guest that is called as a folder is meant
    by Domain/NAME, and by the only word unless that may be a `lonely_tree`. Raises Fault."""
    trees = [word for word in words if is_tree(word) and not _is_guest(word)]
    names = tuple(word for word in words if word not in trees)
    if not names and trees and not lonely_tree:
        names, trees = (trees[0],), trees[1:]
    if len(trees) > 1:
        raise Fault(f"'{trees[0]}' and '{trees[1]}' cannot both be the tree: leave one of them out")
    return names, trees[0] if trees else HERE


def selectors_of(names: Iterable[str]) -> tuple[Selector, ...]:
    """The guests that names select: a plain word is a domain's name. Raises Fault."""
    found = []
    for name in names:
        try:
            selector = Selector.parse(name if "/" in name or "=" in name else f"{Kind.DOMAIN}/{name}")
        except ValueError as error:
            raise Fault(f"{error}; nothing was done") from None
        if selector.kind and selector.kind != Kind.DOMAIN:
            raise Fault(f"{selector} is no guest: only a Domain can be meant here; nothing was done")
        found.append(selector)
    return tuple(found)


def guests_of(names: tuple[str, ...], only: tuple[Selector, ...], desired: Desired) -> tuple[Declared, ...]:
    """The declared guests that are meant; Fault, with the nearest name, for a name that means none."""
    known = sorted(address.name for address in desired.resources if address.kind is Kind.DOMAIN)
    for name, selector in zip(names, only, strict=True):
        if not guests_meant(desired, (selector,)):
            near = did_you_mean(selector.name or name, known)
            told = f"declares no domain '{selector.name}'" if selector.kind else f"has no domain with {name}"
            raise Fault(f"the tree {told}{near}; nothing was done")
    return guests_meant(desired, only)


def places_of(guests: Iterable[Declared], root: str, field: str) -> Mapping[Address, str]:
    """Where files say that field of these guests, as 'web.yaml:7'; none where it is said elsewhere."""
    found = {}
    for declared in guests:
        file = declared.origin.file
        try:
            text = (Path(root) / file).read_text()
        except (OSError, ValueError):
            continue
        line = line_of_field(text, Kind.DOMAIN, declared.address.name, field)
        if line is not None:
            found[declared.address] = f"{file}:{line}"
    return found


def _is_guest(word: str) -> bool:
    kind, slash, _ = word.partition("/")
    return bool(slash) and kind.lower() == str(Kind.DOMAIN).lower()
