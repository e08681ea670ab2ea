"""A choice that is made anew is replaced whole: what the observed document still has of the alternative that
the files left goes, and what was read back of it counts no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from drivers.dialects.choices.model import Choice, Place
from reconciler.compare.align import Sides
from specs.documents.tree import Node


@dataclass(frozen=True, slots=True)
class Left:
    """How a part came to be left: by an edit of the files, or by a change on the host; and whether that it
    goes is told."""

    told: bool
    edited: bool


@dataclass(slots=True)
class Leaving:
    """The places of an observed document that belong to alternatives that the files have left, and the
    declared elements that chose another one, `anew`."""

    places: dict[Place, Left] = field(default_factory=dict)
    anew: set[Node] = field(default_factory=set)

    def switch(self, choices: Iterable[Choice], sides: Sides, *, nested: bool) -> None:
        """Finds out which choices of an element are made anew. What was read back of another alternative is
        taken out of its tree; a `nested` element is then declared as if for the first time."""
        observed, declared = sides.observed, sides.declared
        if observed is None or declared is None:
            return
        for choice in choices:
            if not _is_switched(choice, sides):
                continue
            chosen = choice.chose(declared)
            edited = sides.was_declared is None or choice.chose(sides.was_declared) != chosen
            for place, told in choice.left_in(observed, chosen):
                self._leave(place, Left(told, edited))
            if sides.read_back is not None and choice.chose(sides.read_back) != chosen:
                _take_out(sides.read_back, [place for place, _ in choice.left_in(sides.read_back, chosen)])
            if nested and edited:
                self.anew.update(declared.walk())

    def _leave(self, place: Place, left: Left) -> None:
        node, name = place
        self.places[place] = left
        if not name:
            for each in node.walk():
                self.places[each, ""] = left

    def element(self, node: Node) -> Left | None:
        """How a whole element was left, if it was: it goes unless it is declared."""
        return self.places.get((node, ""))

    def value(self, node: Node, name: str) -> Left | None:
        """How an attribute (the text: '') was left, if it was."""
        return self.places.get((node, name or ".")) or self.element(node)


def _is_switched(choice: Choice, sides: Sides) -> bool:
    """Whether the observed document has another alternative than the declared one: not where the hypervisor
    keeps the declared one in that form, nor where nothing is chosen and nothing was."""
    declared, was, read_back, observed = (
        choice.chose(side) if side is not None else ""
        for side in (sides.declared, sides.was_declared, sides.read_back, sides.observed)
    )
    if declared == observed:
        return False
    if sides.was_declared is not None and declared == was and read_back == observed:
        return False
    return bool(declared or was)


def _take_out(root: Node, places: Iterable[Place]) -> None:
    gone = set(places)
    for node in list(root.walk()):
        for name in [name for name in node.attrs if (node, name) in gone]:
            del node.attrs[name]
        if (node, ".") in gone:
            node.text = ""
        node.drop(lambda child: (child, "") in gone)
