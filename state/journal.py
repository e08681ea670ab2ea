"""The journal: runs, their actions, and what became of them, as data and as a protocol."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from specs.identity import Address


@dataclass(frozen=True, slots=True)
class ActionEntry:
    """One line of the journal: an action begun, and what became of it ('' while under way)."""

    action: str
    address: str
    verb: str
    started: float
    finished: float | None = None
    outcome: str = ""
    message: str = ""
    run: int = 0
    host: str = ""
    """The host that it acts upon."""

    token: int = 0
    """The token of the claim under which it was begun (state.claims); 0 where there is none."""

    number: int = 0
    """Grows with everything that is written to the journal: `changes_after`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of apply, destroy or the controller; times are seconds since the epoch, UTC.

    `status`: running, done, failed, interrupted (its process died or was stopped).
    """

    id: int
    command: str
    tree: str
    commit: str
    started: float
    finished: float | None = None
    status: str = "running"
    summary: str = ""
    cause: str = ""
    """Why it was made (timer, files, commit, event, …), as the controller says; '' for a person's command."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How much of a fleet's journal is kept: its newest `runs` (None: however many there are), of these the
    ones that are not older than `days`; the newest `least` whatever their age."""

    runs: int | None = 2000
    days: float = 90
    least: int = 20


class Journal(Protocol):
    """Who did what in one fleet, when, and what became of it. Every method raises StateError when the state
    cannot be used."""

    def begin_run(self, command: str, tree: str, commit: str = "", plan: str = "", cause: str = "") -> int:
        """Opens a run and gives its number, which no other run ever has; to be called under the writer's
        lease, or in a membership. `plan` tells the saved plan that it executes, `cause` why it is made."""

    def finish_run(self, run: int, status: str, summary: str, keep: Keep = Keep()) -> None:
        """Closes a run: done, failed or interrupted. Some of what `prune` would remove goes with it, so that
        the journal stays bounded at no cost that anybody feels."""

    def begin_action(self, run: int, action: str, address: str, verb: str, host: str = "") -> None:
        """Notes that an action begins, before it does anything, and under which token its host is this
        controller's. Raises LeaseLost when this process held the writer's lease and has lost it, or the
        claims that the state is `under`."""

    def finish_action(self, run: int, action: str, outcome: str, message: str = "") -> None:
        """Notes what became of an action. What earlier runs left unended upon the same address has ended
        with it, whatever the outcome: somebody saw what is there now."""

    def runs(self, limit: int = 20) -> Sequence[Run]:
        """The latest runs, newest first."""

    def run_of(self, plan: str) -> int | None:
        """The number of the run that executed a saved plan; it is known after the run was pruned, too."""

    def actions(self, run: int) -> Sequence[ActionEntry]:
        """The journal of one run, in the order in which its actions began; empty once it was pruned."""

    def actions_on(self, address: str, limit: int = 50) -> Sequence[ActionEntry]:
        """The latest actions on one address, newest first."""

    def changes_after(self, number: int, limit: int = 500) -> Sequence[ActionEntry]:
        """The actions that began or ended since the journal had this number, as they are now, by number:
        each beginning and each end gives an entry a new one, larger than all before. 0 is the beginning."""

    def last_number(self) -> int:
        """The largest number in the journal; 0 while it has none."""

    def last_outcomes(
        self, verbs: Collection[str] = (), addresses: Collection[Address] | None = None
    ) -> Mapping[str, ActionEntry]:
        """What became of the latest action on each address, or on each of these; of the latest of these
        verbs, if any. It costs as much as there are addresses, however long the journal is."""

    def interrupted(self, addresses: Collection[Address] | None = None) -> frozenset[Address]:
        """What actions were begun upon that were never seen to end, for their process was killed, and that
        nothing has ended since: no later run's action on the same address was seen to end, it was not
        recorded, and its record was not dropped. Of all addresses, or of these."""

    def prune(self, keep: Keep = Keep()) -> int:
        """Removes the runs that need not be kept, with their actions; says how many they were.

        Never removed are a run that is open, one with an action that `interrupted` tells of, the last
        outcomes of an address that has a record or an origin, and which saved plans were executed.
        """
