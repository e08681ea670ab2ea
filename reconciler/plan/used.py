"""How documents may name a volume, a pool, a network, a secret or a filter, and whether one does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from drivers.base import Observation
from reconciler.plan.readable import why_unreadable
from specs.documents.domain_facts import bridge_of, uses_bridge
from specs.documents.references import Reference, references_in
from specs.documents.volume_facts import target_path
from specs.identity import Kind


@dataclass(frozen=True, slots=True)
class Used:
    """How documents may name an object: by its name, its UUID, where it lies, the bridge that it has."""

    kind: Kind
    native: str
    uuid: str = ""
    path: str = ""
    bridge: str = ""

    @classmethod
    def of(cls, kind: Kind, native: str, seen: Observation | None) -> Used:
        """By all the names that an observed object has; by its own where it cannot be read."""
        if seen is None or why_unreadable(seen):
            return cls(kind, native)
        placed = kind in (Kind.VOLUME, Kind.STORAGE_POOL)
        path = target_path(seen.document).rstrip("/") if placed else ""
        bridge = bridge_of(seen.live or seen.document) if kind is Kind.NETWORK else ""
        return cls(kind, native, seen.uuid, path, bridge)

    def is_used_by(self, found: Observation) -> bool:
        """Whether an object's definition, or what runs or was saved of it, refers to it; one that nobody can
        read may."""
        if why_unreadable(found):
            return True
        return any(map(self.is_used_in, filter(None, (found.document, found.at_work))))

    def is_used_in(self, document: str) -> bool:
        """Whether a document refers to it; only one that holds one of its names is parsed."""
        if self.path and self._lies_in(document):
            return True
        words = filter(None, (self.native.rpartition("/")[2].rpartition(":")[2], self.uuid, self.bridge))
        if not any(word in document or escape(word) in document for word in words):
            return False
        if self.bridge and uses_bridge(document, self.bridge):
            return True
        return any(map(self._is_named_by, references_in(document)))

    def _lies_in(self, document: str) -> bool:
        """Its path stands as a whole value; that of a pool as the beginning of one."""
        behind = "/" if self.kind is Kind.STORAGE_POOL else "[<'\"]"
        if self.path not in document and escape(self.path) not in document:
            return False
        places = {
            re.escape(self.path),
            re.escape(escape(self.path)),
            re.escape(escape(self.path, quote=False)),
        }
        return re.search(rf"[>'\"]({'|'.join(places)}){behind}", document) is not None

    def _is_named_by(self, reference: Reference) -> bool:
        if reference.kind is not self.kind:
            return False
        if self.kind is Kind.VOLUME:
            return f"{reference.pool}/{reference.name}" == self.native
        return reference.name in (self.native, self.uuid)
