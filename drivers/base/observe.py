"""The facet that says what is on a host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from drivers.base.belongings import Belonging
from drivers.base.observation import NOTHING_KNOWN, Inventory, Knowledge, Observation
from specs.identity import Kind


class Observer(Protocol):
    """What is. `name` is `Observation.name` everywhere."""

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        """Everything on the host, in one pass with as few calls as the hypervisor allows. A hypervisor that
        has stamps need not be asked for a document again of which the stamp is still the known one."""

    def one(self, kind: Kind, name: str) -> Observation | None:
        """One object read again; None when it does not exist."""

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        """What would go with a domain's definition and cannot stay without it, each with the names of what
        there is of it, as far as it has some. Of an absent domain nothing."""

    def jobs(self, domain: str) -> tuple[str, ...]:
        """What is being done with the disks of a running domain, each in a few words ('a copy of disk vda'):
        it would be lost, or fail, if the domain changed meanwhile. Nothing of one that does not run."""
