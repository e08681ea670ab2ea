"""The paths of a document that a release of libvirt's RNG schemas knows."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from pathlib import Path

from lxml import etree

from specs.identity import Kind

ROOTS = {
    Kind.DOMAIN: "domain",
    Kind.NETWORK: "network",
    Kind.STORAGE_POOL: "storagepool",
    Kind.VOLUME: "storagevol",
}
"""The kinds that are given settings, and the schema of each."""
_RNG = "{http://relaxng.org/ns/structure/1.0}"
_VALUES = frozenset({f"{_RNG}{tag}" for tag in ("define", "value", "data", "param")})
_LIVE = frozenset({"mirror", "privateData", "currentAddress", "deprecation"})
"""What only a document of something that runs has: nobody declares it."""

_Defines = dict[str, list[etree._Element]]


@lru_cache(maxsize=16)
def written_paths(folder: Path, kind: Kind) -> frozenset[str]:
    """The paths below the root that a document of the kind may have: elements 'a/b', attributes 'a/@c'."""
    defines: _Defines = defaultdict(list)
    root = _read(folder, f"{ROOTS[kind]}.rng", defines, set())
    start = root.find(f"{_RNG}start")
    assert start is not None
    found: set[str] = set()
    _walk(start, (), frozenset(), defines, found)
    return frozenset(found)


def topmost(paths: frozenset[str]) -> list[str]:
    """Those that are not below another of them, in order."""
    return sorted(path for path in paths if not any(above in paths for above in _above(path)))


def _above(path: str) -> list[str]:
    steps = path.split("/")
    return ["/".join(steps[:count]) for count in range(1, len(steps))]


def _read(folder: Path, name: str, defines: _Defines, done: set[str]) -> etree._Element:
    root = etree.parse(str(folder / name)).getroot()
    done.add(name)
    for include in root.iter(f"{_RNG}include"):
        other = include.get("href", "")
        if other not in done:
            _read(folder, other, defines, done)
    for define in root.iter(f"{_RNG}define"):
        defines[define.get("name", "")].append(define)
    return root


def _walk(
    node: etree._Element, path: tuple[str, ...], inside: frozenset[str], defines: _Defines, found: set[str]
) -> None:
    """A definition within itself (backing stores) is walked once."""
    for child in node.iterchildren(f"{_RNG}*"):
        name = child.get("name", "")
        if child.tag == f"{_RNG}ref":
            for define in defines[name] if name not in inside else ():
                _walk(define, path, inside | {name}, defines, found)
        elif child.tag in (f"{_RNG}element", f"{_RNG}attribute"):
            if not name or name in _LIVE:
                continue
            below = (*path, name if child.tag == f"{_RNG}element" else f"@{name}")
            if len(below) > 1:
                found.add("/".join(below[1:]))
            if child.tag == f"{_RNG}element":
                _walk(child, below, inside, defines, found)
        elif child.tag not in _VALUES:
            _walk(child, path, inside, defines, found)
