"""Compares each pair, and each pair with one leaf changed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from drivers.dialects import Dialect, dialect
from reconciler.compare import Base, compare
from reconciler.compare.model import Comparison
from tests.pairs.corpus import Pair, parse


@dataclass(frozen=True, slots=True)
class Mutation:
    """A leaf of a document that was changed."""

    path: str
    before: str
    after: str


def judge(pair: Pair, given: str = "") -> Comparison:
    """What a plan would find for the pair, or for another declaration over the same read-back."""
    return compare(pair.kind, given or pair.given, pair.readback, None, _dialect(pair))


def drift(pair: Pair, observed: str) -> Comparison:
    """What a plan would find with a record, when the host's document has become `observed`."""
    return compare(pair.kind, pair.given, observed, Base(pair.given, pair.readback), _dialect(pair))


def heals(pair: Pair, given: str, found: Comparison) -> bool:
    """Whether nothing differs any more when the merged document is what the host has."""
    return not compare(pair.kind, given, found.merged, None, _dialect(pair)).differences


def _dialect(pair: Pair) -> Dialect:
    return dialect(pair.hypervisor, pair.machines, pair.arch)


def mutations(
    document: str, count: int, chance: random.Random, within: str = ""
) -> Iterator[tuple[Mutation, str]]:
    """The document with one leaf changed, `count` times.

    With `within` only leaves that it spells alike, and no addresses, controllers or audio: where they
    are not declared they are the hypervisor's own, and this look does not tell.
    """
    spelled = {
        _spelled(*leaf)
        for leaf in _leaves(parse(within or document))
        if not within or not _OWNED & {leaf[0].tag, *(up.tag for up in leaf[0].iterancestors())}
    }
    eligible = [i for i, leaf in enumerate(_leaves(parse(document))) if _spelled(*leaf) in spelled]
    for index in chance.sample(eligible, min(count, len(eligible))):
        root = parse(document)
        element, name = _leaves(root)[index]
        before = _value(element, name)
        after = _other(before)
        if name:
            element.set(name, after)
        else:
            element.text = after
        path = root.getroottree().getpath(element) + (f"/@{name}" if name else "")
        yield Mutation(path, before, after), etree.tostring(root, encoding="unicode")


def _leaves(root: etree._Element) -> list[tuple[etree._Element, str]]:
    return [
        (element, name)
        for element in root.iter()
        for name in [*element.attrib, *([""] if not len(element) and (element.text or "").strip() else [])]
    ]


def _value(element: etree._Element, name: str) -> str:
    return element.get(name, "") if name else (element.text or "").strip()


def _spelled(element: etree._Element, name: str) -> str:
    ancestors = "/".join(str(ancestor.tag) for ancestor in element.iterancestors())
    return f"{element.tag}/{ancestors}@{name}={_value(element, name)}"


_OWNED = {"address", "controller", "audio"}
_OPPOSITES = {
    **{"yes": "no", "no": "yes", "on": "off", "off": "on"},
    **{
        "bytes": "KiB",
        "KiB": "bytes",
        "MiB": "KiB",
        "GiB": "MiB",
        "M": "K",
        "G": "M",
    },  # smaller: no clamping
}


def _other(value: str) -> str:
    if value in _OPPOSITES:
        return _OPPOSITES[value]
    if value.isdigit():
        return str(int(value) // 2 if int(value) > 3 else int(value) * 2 + 1)
    return value[:-1] + ("1" if value.endswith("0") else "0") if value[-1:].isdigit() else f"{value}x"
