"""Following the source: a thread of its own keeps the tree in force, for a fetch or a load may take long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from reconciler.controller.charge import Charge
from reconciler.controller.news import TellingMemory
from reconciler.controller.trees import Tree, TreeKeeper
from reconciler.controller.triggers import settle
from reconciler.faults import Fault
from reconciler.log import Log
from reconciler.mishaps import told
from reconciler.plan.fleetwide import shrunk
from reconciler.plan.region import TreeIndex
from reconciler.plan.world import Recorded
from reconciler.report.words import counted
from specs.desired import Desired
from specs.identity import Address
from specs.listing import listed
from state import OpenState, StateError
from state.claims import FLEET
from state.decisions import Decision

_DECIDED = 2.0
"""Seconds after which it is looked whether people decided something: their commands wake nobody."""

_NAMED = 3
"""So many resources that changed are named."""

_QUIET = 0.5
"""Seconds without a change before files are read: an editor or a checkout writes many."""


class Following:
    """The charge as the source, and the decisions of people, have it now.

    `changed` is told the hosts that another tree concerns, and why. `wake` (set by whoever sees files or a
    webhook) has the source looked at at once; `every` seconds it is anyway.
    """

    def __init__(
        self,
        keeper: TreeKeeper,
        store: OpenState,
        every: float,
        wake: threading.Event,
        changed: Callable[[Collection[str], str], None],
        log: Log,
    ) -> None:
        self.charge: Charge | None = None
        self.wake = wake
        self.ended: Desired | None = None
        """A tree of another fleet, which this state is not of: whoever serves this one has to begin anew."""

        self._keeper, self._store, self._every = keeper, store, every
        self._memory = TellingMemory(store)
        self._changed, self._log = changed, log
        self._tree: Tree | None = None
        self._decided: tuple[Decision, ...] = ()
        self._edited: dict[Address, float] = {}
        self.problems: tuple[str, ...] = ()
        """What is wrong with the source now, in lines for people."""

        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="source", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; a fetch that hangs is left behind."""
        self._stop.set()
        self.wake.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.wake.clear()
            self.look()
            until = time.monotonic() + self._every
            while not self.wake.wait(min(_DECIDED, max(0.0, until - time.monotonic()))):
                if time.monotonic() >= until or self._is_decided_anew():
                    break
            else:
                settle(self.wake, self._stop, _QUIET)

    def _is_decided_anew(self) -> bool:
        """Whether people decided something, or what they decided has run out."""
        try:
            return self._decisions(time.time()) != self._decided
        except StateError:
            return False

    def _decisions(self, now: float) -> tuple[Decision, ...]:
        return tuple(each for each in self._store.decisions() if each.holds(now))

    def look(self) -> None:
        """Looks at the source and at what was decided; never raises."""
        try:
            self._take(self._keeper.refresh(time.time(), self._memory))
            self._say(self._keeper.problems)
        except (StateError, Fault) as error:
            self._say((str(error),), "error")
        except OSError as error:
            self._say((f"{error.filename or 'system'}: {error.strerror}",), "error")
        except Exception as error:  # noqa: BLE001 - a controller outlives its own mistakes
            self._say((told(error),), "error")

    def _take(self, tree: Tree | None) -> None:
        """A tree, or the same one under other decisions, comes in force."""
        now = time.time()
        decided = self._decisions(now)
        if tree is None or (tree is self._tree and decided == self._decided):
            return
        known = self._tree
        edited = _edited(known, tree)
        self._edited |= dict.fromkeys(edited, now)
        before, charge = self.charge, self._charged(tree)
        if tree is not known:
            self._store.forget_hosts([*tree.desired.hosts, FLEET])
            self._store.receivers([receiver.name for receiver in tree.desired.fleet.receivers])
            self._log(_in_force(known, tree, edited), event="tree", commit=tree.options.commit)
        self._tree, self._decided, self.charge = tree, decided, charge
        if known is not None and _identity(known.desired) != _identity(tree.desired):
            self.ended = tree.desired
        if before is None or known is tree or _concerns_all(before, charge):
            concerned = [*charge.desired.hosts, FLEET]
            self._changed(concerned, "decision" if known is tree else "files")
        else:
            self._changed(self._concerned(edited, before.desired, charge.desired), "files")

    def _concerned(self, edited: Collection[Address], before: Desired, after: Desired) -> frozenset[str]:
        """The hosts of resources that were added, changed or removed; of those that placement puts somewhere,
        the hosts that they were recorded on."""
        both = (tree.resources.get(address) for tree in (before, after) for address in edited)
        hosts = {declared.host for declared in both if declared is not None}
        if "" in hosts:
            hosts |= {record.host for record in self._store.records(hosts=(), also=edited).values()}
            hosts.add(FLEET)
        return frozenset(hosts)

    def _charged(self, tree: Tree) -> Charge:
        index, options = TreeIndex.of(tree.desired), tree.options
        asked = tree.desired.fleet.prune if options.prune is None else options.prune
        why = ""
        if asked:
            recorded = Recorded(records=self._store.records(), origins=self._store.origins())
            why = shrunk(tree.desired, recorded, options)
            if why:
                self._log(f"warning: {why}")
        return Charge(index, options, why, dict(self._edited))

    def _say(self, problems: tuple[str, ...], what: str = "invalid") -> None:
        """Each once, as long as it lasts."""
        new = [problem for problem in problems if problem not in self.problems]
        for problem in new:
            self._log(f"{what}: {problem}")
        if new and self.charge is not None:
            self._log("the last good tree stays in force")
        self.problems = problems


def _edited(before: Tree | None, after: Tree) -> frozenset[Address]:
    """What was added, changed or removed, as far as anybody has seen both."""
    if before is None or before is after:
        return frozenset()
    one, other = before.desired.resources, after.desired.resources
    return frozenset(
        address for address in one.keys() | other.keys() if one.get(address) != other.get(address)
    )


def _in_force(known: Tree | None, tree: Tree, edited: Collection[Address]) -> str:
    """What is in force from now on, and what of it is new."""
    commit = tree.options.commit
    what = f"commit {commit[:12]}{'+' if commit.endswith('+') else ''}" if commit else "the tree"
    if known is None:
        resources, hosts = len(tree.desired.resources), len(tree.desired.hosts)
        return f"{what} is in force: {counted(resources, 'resource')} on {counted(hosts, 'host')}"
    named = listed(sorted(map(str, edited)), _NAMED)
    return f"{what} is in force: {named or 'no resource'} changed"


def _identity(desired: Desired) -> tuple[str, str]:
    return desired.fleet.name, desired.fleet.uuid


def _concerns_all(before: Charge, after: Charge) -> bool:
    """Whether more changed than resources: policies, hosts, what is asked for."""
    one, other = before.desired, after.desired
    same = (
        one.fleet == other.fleet
        and one.hosts == other.hosts
        and one.guard == other.guard
        and one.skipped == other.skipped
        and one.empty == other.empty
        and before.shrunk == after.shrunk
        and before.options.prune == after.options.prune
    )
    return not same
