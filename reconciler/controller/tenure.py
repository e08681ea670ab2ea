"""This controller's hold on its hosts, kept up by a thread of its own, whatever else takes long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from reconciler.controller.takeovers import Takeovers
from reconciler.log import Log
from state import LeaseLost, Locked, OpenState, StateError
from state.claims import FLEET, Membership

_RETRY = 1.0
_LISTENS = 0.25
"""Seconds after which it is seen that we are to stop."""
_NOTHING: Mapping[str, int] = MappingProxyType({})


class Tenure:
    """The hosts that are this controller's, with their tokens, as of the last beat.

    `wanted` gives the names of all hosts that the tree has, `busy` those that are in a round; `changed` is
    called when hosts came or went, or somebody told of something; `lost` when all are gone at once, and what
    is under way begins nothing more.
    """

    def __init__(
        self,
        store: OpenState,
        command: str,
        ttl: float,
        wanted: Callable[[], Collection[str]],
        busy: Callable[[], Collection[str]],
        changed: Callable[[], None],
        log: Log,
        takeovers: Takeovers,
    ) -> None:
        self._store, self._command, self._ttl = store, command, ttl
        self._wanted, self._busy = wanted, busy
        self._changed, self._log, self._takeovers = changed, log, takeovers
        self._membership: Membership | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="claims", daemon=True)
        self.tokens: Mapping[str, int] = _NOTHING
        self.problem = "no host is claimed yet"
        self.refused = False
        """Whether hosts were not to be had, or were lost."""

    def start(self) -> None:
        """Joins, and stays."""
        self._thread.start()

    def stop(self) -> None:
        """Gives back all hosts."""
        self._stop.set()
        self._thread.join(timeout=10)

    @property
    def controller(self) -> str:
        """What this controller is called; '' while it is none."""
        membership = self._membership
        return membership.id if membership is not None else ""

    def holds(self, host: str) -> bool:
        """Whether a host is this controller's."""
        return host in self.tokens

    def under(self, hosts: Collection[str]) -> OpenState | None:
        """The state for a round over these hosts; None where one of them is not this controller's."""
        tokens = self.tokens
        if not tokens.keys() >= set(hosts):
            return None
        return self._store.under({host: tokens[host] for host in sorted(hosts)})

    def ask(self, hosts: Collection[str]) -> None:
        """Asks the owners of hosts for them."""
        membership = self._membership
        missing = set(hosts) - self.tokens.keys()
        if membership is not None and missing:
            membership.ask(sorted(missing))

    def tell(self, hosts: Collection[str]) -> None:
        """Tells whoever works these hosts that there is something to look at."""
        self._store.wake(hosts)

    def woken(self) -> Collection[str]:
        """The own hosts that somebody told of."""
        membership = self._membership
        return membership.woken() if membership is not None else ()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._store.join(self._command, self._ttl) as membership:
                    self._membership = membership
                    self._stay(membership)
            except LeaseLost as error:
                self._gone(f"this controller was taken for dead, and joins anew: {error}")
            except (Locked, StateError) as error:
                self._gone(str(error))
            finally:
                self._membership = None
            self._stop.wait(_RETRY)

    def _stay(self, membership: Membership) -> None:
        while not self._stop.is_set():
            try:
                before, now = self.tokens, membership.beat([FLEET, *self._wanted()], self._busy())
                self._takeovers.beat(membership, before, now)
            except LeaseLost:
                raise
            except StateError as error:
                self._trouble(str(error))
                self._stop.wait(min(_RETRY, membership.interval))
                continue
            self._trouble("")
            self.tokens = MappingProxyType(dict(now))
            if before != now:
                self._changed()
            self._wait(membership)
        self.tokens = _NOTHING

    def _wait(self, membership: Membership) -> None:
        """Until the next beat; whoever is told of something meanwhile is told at once."""
        until = time.monotonic() + membership.interval
        while (left := until - time.monotonic()) > 0 and not self._stop.is_set():
            membership.wait(min(left, _LISTENS))
            self._changed()

    def _gone(self, why: str) -> None:
        self.refused = True
        self.tokens = _NOTHING
        self._trouble(why)
        self._changed()

    def _trouble(self, problem: str) -> None:
        """Said once, as long as it lasts."""
        if problem and problem != self.problem:
            self._log(problem)
        self.problem = problem
