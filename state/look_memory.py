"""What this process noted last of each host: a look that finds all as it was costs no reading."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from operator import attrgetter

from specs.identity import Address
from state.leases import Lease
from state.standings import Detail, Standing

_ALL_BUT_SINCE = attrgetter(
    "address",
    "host",
    "condition",
    "until",
    "cause",
    "effect",
    "problem",
    "declared",
    "observed",
    "file",
    "labels",
)


@dataclass(frozen=True, slots=True)
class WrittenLook:
    """A look as it is compared with the one before: hashes, keyed by Python for this process, of the
    standings without their `since` and with their details, and of what was present."""

    stood: int
    present: int | None


def look_of(
    standings: Collection[Standing], details: Mapping[Address, Detail], present: Collection[str] | None
) -> WrittenLook:
    """What tells a look from another one."""
    stood = hash((frozenset(map(_ALL_BUT_SINCE, standings)), frozenset(details.items())))
    return WrittenLook(stood, None if present is None else hash(frozenset(present)))


class LookMemory:
    """The last look of each host, for as long as nobody else writes."""

    def __init__(self) -> None:
        self._looks: dict[str, WrittenLook] = {}
        self._lease: Lease | None = None

    def hold(self, lease: Lease | None) -> None:
        """Forgets all unless it was written under this very lease: somebody else may have written since."""
        if lease is None or lease is not self._lease:
            self._looks.clear()
        self._lease = lease

    def knows(self, host: str, look: WrittenLook) -> bool:
        """Whether all of this is written already."""
        known = self._looks.get(host)
        return known is not None and (known == look or (look.present is None and known.stood == look.stood))

    def keep(self, host: str, look: WrittenLook) -> None:
        """It is written."""
        self._looks[host] = look

    def drop(self, hosts: Collection[str]) -> None:
        """Something of these hosts was written otherwise."""
        for host in hosts:
            self._looks.pop(host, None)
