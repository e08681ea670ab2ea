"""Claims: which controller works which host, as data and as a protocol.

Several controllers share a state. Each claims hosts, up to its fair share, and works no other; a claim has
a token that grows whenever a host changes hands, so that a controller that slept does nothing any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

TTL = 6.0
"""Seconds after which a controller that says nothing is taken for dead, unless it was told otherwise."""

FLEET = "@fleet"
"""What is claimed like a host and is none: the right to do what concerns the fleet as a whole (placing
domains that no host is chosen for). No Host can be called so."""


@dataclass(frozen=True, slots=True)
class Controller:
    """A controller that lives: where it runs, since when (seconds since the epoch), and what it has."""

    id: str
    machine: str
    pid: int
    since: float
    hosts: tuple[str, ...] = ()


class Membership(Protocol):
    """One controller among those of a fleet. Threads share it.

    Methods raise StateError when the state cannot be used, and LeaseLost when this controller was taken for
    dead: its hosts are others' by now, and it has to join anew.
    """

    @property
    def id(self) -> str:
        """What the controller is called: no other ever is."""

    @property
    def interval(self) -> float:
        """Seconds between beats."""

    def beat(self, hosts: Collection[str], busy: Collection[str] = ()) -> Mapping[str, int]:
        """Says that this controller lives, and re-reads what is its own: hosts → tokens.

        `hosts` are all that may be claimed: free ones are taken up to a fair share, what is over it, or was
        asked for by another (`ask`), is handed over unless it is `busy`. Controllers that no longer live
        lose theirs.
        """

    def require(self) -> None:
        """Raises LeaseLost when so long has passed since the last beat that others may take this controller
        for dead soon: nothing more is begun."""

    def ask(self, hosts: Collection[str]) -> None:
        """Asks for hosts that others have, to move something between them and one's own: their owners hand
        them over when they are done with what they do there; a later `beat` gives them."""

    def give_back(self, hosts: Collection[str]) -> None:
        """Lets go of hosts at once, for anybody to take."""

    def wake(self, hosts: Collection[str]) -> None:
        """Tells the owners of hosts, whoever they are, that there is something to look at. It is kept until
        they have (`woken`), also when nobody owns them now."""

    def woken(self) -> Collection[str]:
        """The own hosts that were told about with `wake` since last this was asked."""

    def wait(self, seconds: float) -> None:
        """Returns when somebody told of something, at the latest after so long. A hint, and no more."""

    def controllers(self) -> Sequence[Controller]:
        """All controllers that live, this one among them, by id."""


class Claims(Protocol):
    """Who works which host."""

    def join(self, command: str, ttl: float = TTL) -> AbstractContextManager[Membership]:
        """A controller's membership while the block runs; leaving it gives back all that it has. One that
        says nothing for `ttl` seconds is taken for dead, where there can be others that have to tell.

        Where the state is one process's alone, joining takes the writer's lease, so that it raises Locked,
        which names the holder, and all hosts are this controller's. Elsewhere a writer (`apply`) and
        controllers exclude each other, and Locked names one of them.
        """

    def controllers(self) -> Sequence[Controller]:
        """All controllers that live, by id."""

    def wake(self, hosts: Collection[str]) -> None:
        """As `Membership.wake`, for whoever is no controller: a person's command, for what was decided."""
