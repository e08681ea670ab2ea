"""The same element in the four documents: declared, last declared, last read back, observed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.compare.match import pair
from specs.documents.identities import Identities
from specs.documents.tree import Node


@dataclass(frozen=True, slots=True)
class Sides:
    """One node as the four documents have it; None where a document has none."""

    declared: Node | None
    was_declared: Node | None
    read_back: Node | None
    observed: Node | None


def present(sides: Sides) -> Iterable[Node]:
    """The documents that have the element."""
    return (
        side
        for side in (sides.declared, sides.was_declared, sides.read_back, sides.observed)
        if side is not None
    )


def kin_of(sides: Sides) -> tuple[dict[str, list[Node]], ...]:
    """The children by their tags, of every document (none of one that is not there)."""
    return tuple(
        side.by_tag() if side is not None else {}
        for side in (sides.declared, sides.was_declared, sides.read_back, sides.observed)
    )


def aligned(identities: Identities, kin: tuple[list[Node], ...], schema: str) -> list[Sides]:
    """The children of one tag in the four documents, each with its counterparts in the others.

    What the hypervisor named itself (a NIC without a declared MAC) is found again through the record:
    declared ↔ last declared ↔ last read back ↔ observed; directly where that leads nowhere.
    """
    declared, was, read_back, observed = kin
    was_of = pair(identities, schema, declared, was)
    back_of = pair(identities, schema, was, read_back)
    seen_of = pair(identities, schema, read_back, observed)
    known: dict[Node, Node] = {}
    for node in declared:
        found = _through(node, was_of, back_of, seen_of)
        if found is not None and _compatible(identities, node, found, schema):
            known[node] = found
    taken = set(known.values())
    known |= pair(
        identities,
        schema,
        [node for node in declared if node not in known],
        [node for node in observed if node not in taken],
    )
    return _groups(kin, was_of, back_of, seen_of, known)


Pairs = dict[Node, Node]


def _through(node: Node, *steps: Pairs) -> Node | None:
    """Where a chain of pairs leads to."""
    found: Node | None = node
    for step in steps:
        found = step.get(found) if found is not None else None
    return found


def _groups(
    kin: tuple[list[Node], ...], was_of: Pairs, back_of: Pairs, seen_of: Pairs, known: Pairs
) -> list[Sides]:
    """Every element once, with its counterparts: what is or was declared, what is or was there."""
    declared, was, read_back, observed = kin
    back_of_seen = {seen: back for back, seen in seen_of.items()}
    groups: list[Sides] = []
    used: set[Node] = set()

    def add(d: Node | None, w: Node | None, r: Node | None, o: Node | None) -> None:
        used.update(node for node in (d, w, r, o) if node is not None)
        groups.append(Sides(d, w, r, o))

    def free(node: Node | None) -> Node | None:
        return node if node not in used else None

    for node in declared:
        old, found = was_of.get(node), known.get(node)
        back = back_of_seen.get(found) if found is not None else None
        if back is None and old is not None:
            back = back_of.get(old)
        add(node, old, back, found)
    for old in was:
        if old not in used:
            back = free(back_of.get(old))
            add(None, old, back, free(seen_of.get(back)) if back is not None else None)
    for found in observed:
        if found not in used:
            add(None, None, free(back_of_seen.get(found)), found)
    for back in read_back:
        if back not in used:
            add(None, None, back, None)
    return groups


def _compatible(identities: Identities, declared: Node, observed: Node, schema: str) -> bool:
    """Whether a pair found through the record does not contradict an identity that is declared."""
    given, actual = (_known(identities, node, schema) for node in (declared, observed))
    return not given or not actual or given == actual


def _known(identities: Identities, node: Node, schema: str) -> str:
    row = identities.of(schema, node.tag)
    return row.identity(node) if row is not None else ""


def named(identities: Identities, group: Sides, tag: str, path: str, schema: str) -> str:
    """The path of an element, with what tells it from its siblings."""
    name = f"{path}/{tag}".lstrip("/")
    for side in (group.observed, group.declared, group.read_back, group.was_declared):
        told = identities.label(side, schema) if side is not None else ""
        if told:
            return f"{name}[{told}]"
    return name
