"""Fills of volumes that are under way, as data and as a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from specs.identity import Address


@dataclass(frozen=True, slots=True)
class NotedFill:
    """A volume that is being filled: noted before anything is made on the host, and gone once the volume is
    recorded as whole.

    `nonce` is in the name of the marker that stands beside the volume meanwhile; `taken` are those of
    earlier fills that this one goes on from. `run` began it. `filled` says that all of the content is
    there (its identity is `content`), and only the marker has to go.
    """

    address: Address
    nonce: str
    run: int
    taken: tuple[str, ...] = ()
    filled: bool = False
    content: str = ""

    @property
    def nonces(self) -> frozenset[str]:
        """All nonces whose markers are this fill's."""
        return frozenset((self.nonce, *self.taken))


class Fills(Protocol):
    """Where fills under way are noted. Every method raises StateError when the state cannot be used."""

    def fills(self) -> Mapping[Address, NotedFill]:
        """The fills that were begun and not seen to end."""

    def note_fill(self, fill: NotedFill) -> None:
        """Notes a fill, or how far it is, in place of what was noted of that volume."""

    def drop_fill(self, address: Address) -> None:
        """Forgets a fill of which nothing is left on the host."""
