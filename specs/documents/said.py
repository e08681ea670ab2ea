"""What the files say of a place of a document: its field and its value, in their words.

A place is a path as the comparison tells it (`devices/disk[vda]/source/@volume`) and what stands there: an
attribute's value, a text, or an element as XML. What no field can say has no words here, and is told as
libvirt's XML.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from specs.documents.way import around
from specs.documents.wording import Said
from specs.identity import Kind


@lru_cache(maxsize=4096)
def said(kind: Kind, path: str, value: str) -> tuple[Said, ...]:
    """What the files say of what stands at a path; nothing where they have no words for it. What follows from
    what else they say, such as a disk's type from its source, has no field ('') and need not be told."""
    from specs.documents.saying import read_at  # the models are read only where something is to be told

    return read_at(kind, path, value)


@lru_cache(maxsize=4096)
def called(kind: Kind, path: str) -> Said | None:
    """How the files call what stands at a place, whatever it is; None for what has no field."""
    from specs.documents.saying import name_at

    return name_at(kind, path) if path else None


def called_around(kind: Kind, path: str) -> Said | None:
    """How the files call a place, or the entry of a list that it lies in; None for what lies in none."""
    while path:
        if found := called(kind, path):
            return found
        path = around(path)
    return None


def names_of(kind: Kind, paths: Iterable[str]) -> list[str]:
    """What the files call several places, each once: fields, and paths where there is none. A maximum goes
    without saying beside what it is the maximum of."""
    found = ((path, called(kind, path)) for path in paths)
    names = list(dict.fromkeys(said.field if said else path for path, said in found))
    return [name for name in names if name.removesuffix(".max") == name or name[: -len(".max")] not in names]


def field_at(kind: Kind, path: str) -> str:
    """The field of the files that a place belongs to; '' for what belongs to none."""
    found = called_around(kind, path)
    return found.field if found else ""
