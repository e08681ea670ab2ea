"""Roll-outs: how what a new commit changes reaches the guests of a fleet, one after another. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from specs.identity import Address, Kind

CANARIES = "(canaries)"
"""The group of those that go first."""


@dataclass(frozen=True, slots=True)
class Amount:
    """So many guests, or such a share of them; never less than one."""

    count: int = 0
    share: float = 0.0

    def of(self, total: int) -> int:
        """How many of so many that is."""
        return max(1, self.count or int(self.share * total))


@dataclass(frozen=True)
class RolloutPolicy:
    """At most `max_unavailable` guests are down for it at once; they are changed in batches, with a `pause`
    (seconds) between; `canaries` go first; after `max_failures` nothing more is begun.

    `groups` are those in which guests are counted, with their sizes: the values of one label (`per`), or ''
    for all. None of an amount is no limit.
    """

    max_unavailable: Amount | None = None
    batch: Amount | None = None
    pause: float = 0.0
    max_failures: int = 1
    canaries: tuple[Address, ...] = ()
    per: str = ""
    groups: tuple[tuple[str, int], ...] = ()

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """How many guests there are in each group."""
        return dict(self.groups)

    def group_of(self, labels: tuple[tuple[str, str], ...]) -> str:
        """The group of a guest with these labels."""
        return next((value for label, value in labels if label == self.per), "")

    def most_down(self, group: str) -> int | None:
        """How many of a group may be down at once; None for any number."""
        return self.max_unavailable.of(self._size(group)) if self.max_unavailable else None

    def batch_of(self, group: str) -> int | None:
        """How many of a group are changed together; None for all of them."""
        return self.batch.of(self._size(group)) if self.batch else None

    def _size(self, group: str) -> int:
        return sum(self.sizes.values()) if group == CANARIES else self.sizes.get(group, 0)


def restore_rollout(values: Mapping[str, Any]) -> RolloutPolicy:
    """The policy that `dataclasses.asdict` took apart and JSON kept; KeyError or ValueError for less."""
    amounts = {
        name: Amount(**values[name]) if values[name] else None for name in ("max_unavailable", "batch")
    }
    canaries = tuple(Address(Kind(address["kind"]), address["name"]) for address in values["canaries"])
    groups = tuple((name, number) for name, number in values["groups"])
    return RolloutPolicy(**{**values, **amounts, "canaries": canaries, "groups": groups})
