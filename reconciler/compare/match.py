"""Which element is which: the siblings of two documents, paired by what tells them apart."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable

from specs.documents.identities import Identities, Identity, Listed
from specs.documents.tree import Node, whole


def pair(identities: Identities, path: str, left: Iterable[Node], right: Iterable[Node]) -> dict[Node, Node]:
    """The siblings (of one tag, under `path`) of two documents that are the same element.

    First by identity, then what is equal throughout, then what looks alike, then by position.
    """
    left, right = list(left), list(right)
    if not left or not right:
        return {}
    row = identities.of(path, left[0].tag)
    if row is None and len(left) == len(right) == 1:
        return {left[0]: right[0]}
    if row is not None and row.ordered:
        return dict(zip(left, right, strict=False))
    pairing = _Pairing(left, right)
    if row is not None:
        pairing.by_identity(row)
    looks = row.resembles if row is not None and row.resembles else (_shape,)
    for likeness in (whole, *looks, *(() if row is not None and row.always else (_anything,))):
        pairing.by(likeness)
    return pairing.pairs


class _Pairing:
    """The pairs that were found, and who is still free."""

    def __init__(self, left: list[Node], right: list[Node]) -> None:
        self.pairs: dict[Node, Node] = {}
        self._left, self._right = left, right

    def by(self, likeness: Identity) -> None:
        """Pairs those that are free and alike, in their order."""
        if not self._left or not self._right:
            return
        waiting: defaultdict[str, deque[Node]] = defaultdict(deque)
        for node in self._right:
            waiting[likeness(node)].append(node)
        taken: set[Node] = set()
        for node in self._left:
            key = likeness(node)
            if key and waiting[key]:
                twin = self.pairs[node] = waiting[key].popleft()
                taken.add(twin)
        if taken:
            self._left = [node for node in self._left if node not in self.pairs]
            self._right = [node for node in self._right if node not in taken]

    def by_identity(self, row: Listed) -> None:
        """Pairs those of one identity; of a strict kind only those that have none remain free."""
        if _repeats(row.identity, self._left) or _repeats(row.identity, self._right):
            # Several are known by the same: those that are equal first, then those that look alike.
            self.by(_known_and(row.identity, whole))
            self.by(_known_and(row.identity, _shape))
        self.by(row.identity)
        if row.strict:
            self._left = [node for node in self._left if not row.identity(node)]
            if not row.adopting:
                self._right = [node for node in self._right if not row.identity(node)]


def _repeats(identity: Identity, nodes: list[Node]) -> bool:
    """Whether several are known by the same."""
    if len(nodes) < 2:
        return False
    known = list(filter(None, map(identity, nodes)))
    return len(known) != len(set(known))


def _known_and(identity: Identity, likeness: Identity) -> Callable[[Node], str]:
    """Likeness of what has an identity and is alike besides."""
    return lambda node: f"{key} {likeness(node)}" if (key := identity(node)) else ""


def _shape(node: Node) -> str:
    """What an element is, apart from its settings."""
    kinds = ("type", "model", "name", "bus", "id", "dev", "backend")
    return f"{[node.attrs.get(kind, '') for kind in kinds]}"


def _anything(node: Node) -> str:
    return "any"
