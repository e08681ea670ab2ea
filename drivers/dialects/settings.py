"""Settings that libvirt knows since a release only: an older one drops them at define, without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from drivers.dialects.added import ADDED
from specs.documents.identities import Identities
from specs.documents.tree import Node, as_shown, spelled
from specs.identity import Kind
from specs.matrix.model import Release


@dataclass(frozen=True, slots=True)
class Unkept:
    """One setting of a document that its host does not keep, with the first release that is known to."""

    path: str
    value: str
    keeper: str


@dataclass(frozen=True, slots=True)
class UnknownSettings:
    """What a release of libvirt does not know yet: by kind, schema path → a release that does."""

    unknown: Mapping[Kind, Mapping[str, str]] = field(default_factory=dict)
    _names: Mapping[Kind, re.Pattern[str]] = field(default_factory=dict)

    def keeper(self, kind: Kind, path: str) -> str:
        """The first release that is known to keep a setting; '' when the host's own one does."""
        return self.unknown.get(kind, {}).get(path, "")

    def may_drop(self, kind: Kind, document: str) -> bool:
        """Whether a document has anything that is called as one of them; nothing is parsed."""
        names = self._names.get(kind)
        return bool(names and names.search(document))

    def unkept(self, kind: Kind, root: Node, identities: Identities) -> Iterator[Unkept]:
        """What of a declared tree the host does not keep."""
        rows = self.unknown.get(kind)
        if rows:
            for child in root.children:
                yield from _below(child, "", "", rows, identities)
            yield from _attributes(root, "", "", rows)


def _below(
    node: Node, parent: str, shown: str, rows: Mapping[str, str], identities: Identities
) -> Iterator[Unkept]:
    path = f"{parent}/{node.tag}".lstrip("/")
    label = identities.label(node, parent)
    told = f"{shown}/{node.tag}".lstrip("/") + (f"[{label}]" if label else "")
    if path in rows:
        yield Unkept(told, spelled(node), rows[path])
        return
    yield from _attributes(node, path, told, rows)
    for child in node.children:
        yield from _below(child, path, told, rows, identities)


def _attributes(node: Node, path: str, shown: str, rows: Mapping[str, str]) -> Iterator[Unkept]:
    for name, value in node.attrs.items():
        keeper = rows.get(f"{path}/@{name}".lstrip("/"))
        if keeper and name not in node.implied:
            yield Unkept(f"{shown}/@{name}".lstrip("/"), as_shown(node, name, value) or "", keeper)


@lru_cache(maxsize=16)
def settings_of(release: Release | None) -> UnknownSettings:
    """What a release does not know; nothing is said of a host that has no libvirt. A release between two of
    the table may know what the older one lacks, and is not spoken of."""
    if release is None:
        return UnknownSettings()
    unknown: dict[Kind, dict[str, str]] = {}
    for lacking, keeper, settings in ADDED:
        if release <= _release(lacking):
            for kind, paths in settings.items():
                unknown.setdefault(kind, {}).update(dict.fromkeys(paths, keeper))
    return UnknownSettings(unknown, {kind: _called(rows) for kind, rows in unknown.items()})


def _called(paths: Mapping[str, str]) -> re.Pattern[str]:
    leaves = {path.rpartition("/")[2] for path in paths}
    attributes = "|".join(sorted(re.escape(leaf[1:]) for leaf in leaves if leaf.startswith("@")))
    elements = "|".join(sorted(re.escape(leaf) for leaf in leaves if not leaf.startswith("@")))
    return re.compile(rf"\s(?:{attributes or '(?!)'})=|<(?:{elements or '(?!)'})[\s/>]")


def _release(text: str) -> Release:
    major, minor, micro = map(int, text.split("."))
    return major, minor, micro
