"""What a choice is made of: the alternative that a tree has chosen, and the parts that belong to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from specs.documents.tree import Node

Place = tuple[Node, str]
"""An element (''), or one of its attributes by name; '.' is its text."""

Chooser = Callable[[Node], str]
"""The alternative that an element has chosen; '' where it does not say."""

_STEP = re.compile(r"(?P<tag>[^\[]+)(\[@(?P<name>\w+)=(?P<value>[^\]]+)\])?")


@dataclass(frozen=True, slots=True)
class Share:
    """What belongs to alternatives, below the element that chooses: 'source', '@managed', 'driver/@type',
    '*/address', 'watchdog[@model=itco]', '.' for its own text; namespaces aside.

    `of` are the alternatives that may have it as well: what nobody declared stays where one of them is
    chosen, and goes with any other. `told`: that it goes is a difference of its own; what the hypervisor had
    added by itself need not be told.
    """

    path: str
    of: frozenset[str] = frozenset()
    told: bool = True

    def places(self, chooser: Node) -> Iterator[Place]:
        """Where it stands in a tree."""
        *steps, last = self.path.split("/")
        nodes = [chooser]
        for step in steps:
            nodes = [child for node in nodes for child in _children(node, step)]
        for node in nodes:
            if last == ".":
                yield node, "."
            elif last == "@*":
                yield from ((node, name) for name in node.attrs)
            elif last.startswith("@"):
                yield from ((node, last[1:]) for _ in range(last[1:] in node.attrs))
            else:
                yield from ((child, "") for child in _children(node, last))


@dataclass(frozen=True, slots=True)
class Choice:
    """An element of which one alternative excludes the others: which it `chose`, and the `parts` of all."""

    chose: Chooser
    parts: tuple[Share, ...]

    def left_in(self, node: Node, chosen: str) -> Iterator[tuple[Place, bool]]:
        """Where a tree has parts that do not go with an alternative, and whether that is told."""
        for part in self.parts:
            if chosen not in part.of:
                yield from ((place, part.told) for place in part.places(node))


Choices = Mapping[str, Mapping[str, tuple[Choice, ...]]]
"""Root of a document → path of the element that chooses ('' is the root itself) → what it chooses."""


def parts(*paths: str, of: str = "", told: bool = True) -> tuple[Share, ...]:
    """Parts that belong to the same alternatives, named with blanks between them."""
    return tuple(Share(path, frozenset(of.split()), told) for path in paths)


def by(path: str, otherwise: str = "") -> Chooser:
    """Chosen by the value of an attribute, or of a child's; `otherwise` where there is none."""
    *steps, name = path.split("/")

    def chose(node: Node) -> str:
        nodes = [node]
        for step in steps:
            nodes = [child for each in nodes for child in _children(each, step)]
        return next((each.attrs[name[1:]] for each in nodes if name[1:] in each.attrs), otherwise)

    return chose


def has(node: Node, path: str) -> bool:
    """Whether something stands at a path below an element."""
    return any(Share(path).places(node))


def _children(node: Node, step: str) -> list[Node]:
    match = _STEP.fullmatch(step)
    assert match is not None
    tag, name, value = match["tag"], match["name"], match["value"]
    return [
        child
        for child in node.children
        if tag in ("*", child.tag.rpartition("}")[2]) and (name is None or child.attrs.get(name) == value)
    ]
