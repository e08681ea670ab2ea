"""What our own actions made of an object: so that only what others did counts as a change since the plan."""

from __future__ import annotations

import threading

from drivers.base import Observation
from reconciler.plan.identified import document_digest
from reconciler.plan.model import Action
from specs.identity import Address

_Key = tuple[str, Address]


class Sightings:
    """The documents that objects had right after our own actions; may be shared by threads."""

    def __init__(self) -> None:
        self._digests: dict[_Key, set[str]] = {}
        self._mutex = threading.Lock()

    def note(self, host: str, address: Address, seen: Observation | None) -> None:
        if seen is not None:
            with self._mutex:
                self._digests.setdefault((host, address), set()).add(document_digest(seen))

    def of(self, action: Action) -> frozenset[str]:
        """What may be found of an action's object besides what it was planned upon."""
        with self._mutex:
            return frozenset(self._digests.get((action.host, action.address), ()))
