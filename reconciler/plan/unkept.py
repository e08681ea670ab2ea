"""What of a declaration its host's release does not know, and drops without a word."""

from __future__ import annotations

from drivers.dialects import Dialect
from drivers.dialects.settings import UnknownSettings
from reconciler.compare.model import Note
from specs.desired import Declared
from specs.documents.tree import to_node
from specs.xml import parse


def unkept(declared: Declared, settings: UnknownSettings, dialect: Dialect) -> tuple[Note, ...]:
    """The settings that are lost at its definition, each with a release that keeps it; a document in which
    nothing is called as one of these is not parsed."""
    kind = declared.address.kind
    if not settings.may_drop(kind, declared.document):
        return ()
    root = dialect.normalise(kind, to_node(parse(declared.document)))
    lost = settings.unkept(kind, root, dialect.identities)
    return tuple(Note(each.path, each.value, None, each.keeper) for each in lost)
