"""What a controller is in charge of: the tree in force, and what was decided for the fleet as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from reconciler.execute.slots import MoveSlots
from reconciler.plan import Options
from reconciler.plan.region import TreeIndex
from specs.desired import Desired
from specs.documents.sensitive import REFERENCE
from specs.identity import Address


@dataclass(frozen=True)
class Charge:
    """One tree, with what is asked for at its commit and the decisions of people that hold now. Another one
    takes its place whenever any of that changes: plans made under one are compared with no other's."""

    index: TreeIndex
    options: Options
    shrunk: str = ""
    """Why nothing that the tree lacks may be removed; '' when it may."""

    edited: Mapping[Address, float] = field(default_factory=dict)
    """When the declarations of resources were last changed meanwhile, in seconds since the epoch."""

    homes: Mapping[Address, str] = field(default_factory=dict)
    """The hosts that were chosen for domains placed anew."""

    @cached_property
    def slots(self) -> MoveSlots:
        """The places for moves, which all rounds share."""
        return MoveSlots(self.desired.hosts, self.desired.fleet.migrations)

    @property
    def desired(self) -> Desired:
        """The tree."""
        return self.index.desired

    @property
    def commit(self) -> str:
        """The commit in force."""
        return self.options.commit

    def depends_on_values(self, addresses: Collection[Address]) -> bool:
        """Whether anything among these is made from what only reading it tells: the value of a secret, a file
        or an image."""
        resources = self.desired.resources
        return any(
            (declared := resources[address]).secret is not None
            or declared.source is not None
            or REFERENCE.search(declared.document) is not None
            for address in addresses
        )
