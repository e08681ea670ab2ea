"""Places of a document and what stands there, in the words of the files."""

from __future__ import annotations

from reconciler.report.entries import described, entry_name
from reconciler.report.words import shortened
from specs.documents.said import called, called_around, field_at, said
from specs.identity import Kind

NOTHING = "(none)"
_GOALS = {"power": "state"}
"""What is no part of a document, and has another name in the files."""
_FIELDS = frozenset({"autostart", "host", "value"})
OUTSIDE = frozenset({"autostart", "content", "host", "name", "owner", "persistent", "power", "value"})


def name_of(kind: Kind, path: str) -> str:
    """What people call what stands at a place: its field; the path where there is none."""
    if path in OUTSIDE:
        return _GOALS.get(path, path)
    found = called(kind, path)
    return (entry_name(found) or found.field if found else "") or path


def place_of(kind: Kind, path: str, document: str = "") -> str:
    """As `name_of`, where there is no field the entry of a list that a place lies in. Of an entry itself, the
    document may tell what it is known by."""
    entry = next(iter(said(kind, path, document)), None) if document.startswith("<") else None
    found = entry if entry is not None and entry.noun else called_around(kind, path)
    return name_of(kind, path) if found is None else entry_name(found) or found.field


def field_of(kind: Kind, path: str) -> str:
    """The field of the files that a place belongs to; '' where there is none."""
    return _GOALS.get(path, path) if path in _GOALS.keys() | _FIELDS else field_at(kind, path)


def value_of(kind: Kind, path: str, value: str | None) -> str:
    """What stands at a place, in the words of the files."""
    if value is None:
        return NOTHING
    found = [each for each in said(kind, path, value) if each.field] if path and path not in OUTSIDE else []
    if not found:
        return shortened(value)
    if len(found) == 1:
        return described(found[0]) if found[0].noun else shortened(found[0].value)
    return ", ".join(f"{entry_name(each) or each.field} {each.value}".strip() for each in found)
