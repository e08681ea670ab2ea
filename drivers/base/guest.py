"""The facet that asks running guests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.base.writing import writes


class AddressSource(StrEnum):
    """Who tells a guest's addresses."""

    LEASE = "lease"
    AGENT = "agent"
    ARP = "arp"


@dataclass(frozen=True, slots=True)
class GuestAddress:
    """One address of a running guest: its MAC in lower case, the address without prefix length."""

    mac: str
    address: str
    source: AddressSource


class Console(Protocol):
    """A guest's serial console, both ways."""

    def read(self) -> bytes:
        """What the guest has written since; waits for it. b'' when the console has ended."""

    def write(self, data: bytes) -> None:
        """Types; Unreachable when the console has ended."""

    def close(self) -> None:
        """Detaches; a waiting `read` ends."""


class Guests(Protocol):
    """What a running guest can be asked."""

    def addresses(self, name: str, source: AddressSource) -> tuple[GuestAddress, ...]:
        """A running guest's addresses as that source knows them, without loopback; () when it knows none,
        Unsupported where it is not to be had."""

    def agent_answers(self, name: str) -> bool:
        """Whether the guest's agent answers now; False when it has none. A connection that cannot write
        may tell no more than whether the agent has connected."""

    @writes
    def console(self, name: str, device: str = "", *, force: bool = False) -> Console:
        """Attaches to a running guest's console ('' is the first); Refused when it has none, or when
        somebody else is attached and `force` does not throw them out."""
