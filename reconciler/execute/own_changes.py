"""What a run learns on its way, shared by all of its workers."""

from __future__ import annotations

import threading

from drivers.base import Observation
from reconciler.operations import Evidence, Restart, Start
from reconciler.plan.identified import document_digest
from reconciler.plan.model import Action
from specs.identity import Address


class OwnChanges:
    """What our own actions made of objects, so that only what others did counts as a change since the plan;
    and what records must say that no observation tells."""

    def __init__(self) -> None:
        self._digests: dict[tuple[str, Address], set[str]] = {}
        self._fingerprints: dict[Address, str] = {}
        self._contents: dict[Address, str] = {}
        self._unvouched: set[Address] = set()
        self._started: set[Address] = set()
        self._mutex = threading.Lock()

    def saw(self, host: str, address: Address, seen: Observation | None) -> None:
        """What an object is right after an action of ours."""
        if seen is not None:
            with self._mutex:
                self._digests.setdefault((host, address), set()).add(document_digest(seen))

    def ours(self, action: Action) -> frozenset[str]:
        """What may be found of an action's object besides what it was planned upon."""
        with self._mutex:
            return frozenset(self._digests.get((action.host, action.address), ()))

    def set_value(self, address: Address, fingerprint: str) -> None:
        """A secret was given the value with that fingerprint."""
        with self._mutex:
            self._fingerprints[address] = fingerprint

    def filled(self, address: Address, content: str) -> None:
        """A volume holds that content by now."""
        with self._mutex:
            self._contents[address] = content

    def started_otherwise(self, address: Address) -> None:
        """It runs by a start that was not ours, or goes on as it was saved: with which document is not
        known."""
        with self._mutex:
            self._unvouched.add(address)

    def did(self, action: Action) -> None:
        """What runs is what is defined right after a start, until it is changed while it runs."""
        with self._mutex:
            if isinstance(action.operation, Start | Restart):
                self._started.add(action.address)
            elif action.operation.shows is Evidence.LIVE:
                self._started.discard(action.address)

    def started(self, address: Address) -> bool:
        """Whether it runs as it was defined when this run started it."""
        with self._mutex:
            return address in self._started

    def fingerprint(self, address: Address) -> str:
        """Of the value that a secret was given by this run; '' when it was given none."""
        with self._mutex:
            return self._fingerprints.get(address, "")

    def content(self, address: Address) -> str:
        """What a volume was filled with by this run; '' when it was not."""
        with self._mutex:
            return self._contents.get(address, "")

    def vouched(self, address: Address) -> bool:
        """Whether what runs is what we know of."""
        with self._mutex:
            return address not in self._unvouched
