"""The facet that says what is on a host."""

from __future__ import annotations

from typing import Protocol

from drivers.base.observation import Inventory, Observation
from specs.identity import Kind


class Observer(Protocol):
    """What is. `name` is `Observation.name` everywhere."""

    def inventory(self) -> Inventory:
        """Everything on the host, in one pass with as few calls as the hypervisor allows."""

    def one(self, kind: Kind, name: str) -> Observation | None:
        """One object read again; None when it does not exist."""
