"""Standings: how every resource stood when its host was last looked at, for whoever asks without looking.

Controllers write them, host by host; pages, metrics and other controllers read them. A standing is never
newer than its host's look: `HostStanding.looked` is its age, and nothing is green whose look is too old.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from specs.identity import Address
from state.outbox import Notice


class Condition(StrEnum):
    """How a resource stands, the worst first: what a person would want to see first."""

    FAILED = "failed"  # an action on it failed
    BLOCKED = "blocked"  # nothing is done before somebody does something
    UNREACHABLE = "unreachable"  # its host does not answer
    DRIFTED = "drifted"  # changed on the host, and not healed yet (or not to be: observe)
    FIGHTING = "fighting"  # healed again and again; backed off
    CHANGE = "change"  # the files changed, and it is not done yet
    WAITING = "waiting"  # for a window, a roll-out's turn, an approval
    PENDING = "pending-restart"  # converged but for the guest's next start
    SUSPENDED = "suspended"  # left alone by decision
    KEPT = "kept"  # ours, declared no more, stays
    CONVERGED = "converged"


@dataclass(frozen=True, slots=True)
class Standing:
    """One resource. `since` is when it came to its condition, `until` when what it waits for comes (the
    window opens; None when nobody can say); both seconds since the epoch. `cause` is that of its
    differences (new, edited, drifted, …), `effect` what the dearest action that is to be done costs; ''
    when there is none. `problem` says in words what is wrong or waited for. `file` is FILE:LINE where it is
    declared.
    """

    address: Address
    host: str
    condition: Condition
    since: float = 0.0
    until: float | None = None
    cause: str = ""
    effect: str = ""
    problem: str = ""
    declared: str = ""
    """Its declared power state, or present; - when it is not declared."""
    observed: str = ""
    """Its observed power state; present, absent or unknown."""
    file: str = ""
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """One difference of a resource, as text that may be shown: no secret is in it."""

    path: str
    declared: str
    applied: str
    """What was last applied there; '' when nothing was."""
    now: str
    cause: str
    effect: str


@dataclass(frozen=True, slots=True)
class Detail:
    """The large part of a standing, kept only while a resource is not converged: its differences, and the
    documents as declared and as seen (with tokens in the place of secrets)."""

    differences: tuple[Changed, ...] = ()
    declared: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class HostStanding:
    """One host: when it was last looked at in full and how long that took (seconds), what is wrong with it
    ('' when it answered), who works it, and in which mode."""

    host: str
    uri: str
    looked: float | None = None
    tried: float | None = None
    """When somebody last tried to look."""
    seconds: float = 0.0
    problem: str = ""
    controller: str = ""
    mode: str = "enforce"
    version: str = ""
    guests: int = 0


class Standings(Protocol):
    """How the resources of one fleet stand. Every method raises StateError when the state cannot be used."""

    def note_standings(
        self,
        host: HostStanding,
        standings: Collection[Standing],
        details: Mapping[Address, Detail],
        present: Collection[str] | None,
        notices: Collection[Notice] = (),
    ) -> Collection[Standing]:
        """Writes how a host and all of its resources stand, in place of what was; `since` is kept where the
        condition is what it was. `present` are the names of all domains that are there, whoever's they are
        (None: nobody could look, what was known stays). `notices` are put into the outbox. All of it in one
        transaction, and only what is new is written; gives the former standings of those whose condition
        changed (`Condition.CONVERGED` and no `since` for those that are new)."""

    def forget_hosts(self, keep: Collection[str]) -> None:
        """Drops the standings of all hosts but these: the tree no longer has them."""

    def host_standings(self) -> Mapping[str, HostStanding]:
        """All hosts."""

    def standings(
        self,
        *,
        conditions: Collection[Condition] = (),
        hosts: Collection[str] = (),
        kind: str = "",
        text: str = "",
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[Standing]:
        """A page of the standings, worst condition first, then by address: of these conditions and hosts (of
        all when none is given), of this kind, and with this text in address or labels, whatever its case."""

    def standing(self, address: Address) -> tuple[Standing, Detail] | None:
        """One of them, with its detail."""

    def standing_counts(self, text: str = "") -> Mapping[tuple[str, str, str, str], int]:
        """How many there are by (host, kind, condition, cause), with this text in address or labels as in
        `standings`; without one it costs little however many there are."""

    def standings_map(self) -> Sequence[tuple[str, str, str]]:
        """(host, address, condition) of every Domain, by host and address: for a map of the fleet."""

    def holders(self, domains: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The hosts on which domains of these names were last seen, whoever's they are."""
