"""The controller's rounds: each looks at everything, plans and does it, over connections that are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from drivers.base.errors import DriverError
from reconciler.engine.hosts import Hosts
from reconciler.engine.round import ExecutionOptions, Planned, Round, make_round, plan
from reconciler.faults import Fault
from reconciler.mishaps import told
from reconciler.plan import Options, Plan
from reconciler.plan.guard import destructive, without_data_loss
from reconciler.plan.model import Result
from reconciler.report import text
from specs.desired import Desired
from specs.diagnostics import InvalidTree
from state import OpenState, StateError


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """What a controller is in charge of, and how it is told: `read` gives the tree (or raises InvalidTree),
    `refuse` raises Fault for one that must not be applied, `store` opens the state. With `observe` nothing
    is changed: `show` gets the plan."""

    name: str
    read: Callable[[], Desired]
    refuse: Callable[[Desired], None]
    options: Callable[[], Options]
    store: Callable[[Desired], AbstractContextManager[OpenState]]
    execution: ExecutionOptions
    log: Callable[[str], None]
    show: Callable[[Plan], None]
    observe: bool = False
    allow_data_loss: bool = False
    quiet: bool = False


class Rounds:
    """One round after another; remembers the last good tree, and keeps the connections."""

    def __init__(self, settings: ControllerSettings) -> None:
        self._settings, self._log = settings, settings.log
        self._hosts = Hosts(readonly=settings.observe)
        self._good: tuple[Desired, Options] | None = None
        self._warned: tuple[str, ...] = ()
        self._doing = threading.Event()
        self.failed = False

    @property
    def executing(self) -> bool:
        """Whether actions may be running just now."""
        return self._doing.is_set()

    def make(self) -> None:
        """One round: whatever goes wrong is logged, and the next round tries again."""
        self.failed = True
        try:
            good = self._tree()
            if good is not None:
                self.failed = self._round(*good)
        except BrokenPipeError:
            raise
        except OSError as error:
            self._log(f"error: {error.filename or 'system'}: {error.strerror}")
        except (DriverError, StateError, Fault) as error:
            self._log(f"error: {error}")
        except Exception as error:  # noqa: BLE001 - a controller outlives its own mistakes
            self._log(f"error: {told(error)}")

    def close(self) -> None:
        """Closes the connections."""
        self._hosts.close()

    def _tree(self) -> tuple[Desired, Options] | None:
        """The tree with what is asked for at its commit, or the last good ones while the files are broken."""
        try:
            desired = self._settings.read()
            self._good = desired, self._settings.options()
        except InvalidTree as error:
            for problem in error.problems:
                self._log(f"invalid: {problem}")
            if self._good is not None:
                self._log("the files are broken; the last good tree stays in force")
        return self._good

    def _round(self, desired: Desired, options: Options) -> bool:
        """Whether something is not as declared afterwards."""
        settings = self._settings
        if not settings.observe:
            settings.refuse(desired)
        self._hosts.reach(desired.hosts, desired.root, desired.guard)
        with settings.store(desired) as store:
            if settings.observe:
                made = plan(desired, self._hosts, store, options).plan
                settings.show(made)
                return bool(made.unreachable)
            with store.writer(settings.name):
                done = self._done(desired, store, options)
        for outcome in done.outcomes:
            if outcome.result is Result.FAILED:
                self._log(f"failed: {outcome.action.id}: {outcome.message}")
        return done.failed

    def _done(self, desired: Desired, store: OpenState, options: Options) -> Round:
        try:
            return make_round(desired, self._hosts, store, options, self._settings.execution, self._reviewed)
        finally:
            self._doing.clear()

    def _reviewed(self, planned: Planned) -> Planned:
        """What is done of a plan, which is logged; from now on actions run."""
        planned = self._allowed(planned)
        if not self._settings.quiet:
            self._log(text.summary(planned.plan))
        self._warn(planned.plan.warnings)
        for host, message in sorted(planned.plan.unreachable.items()):
            self._log(f"host {host} cannot be reached: {message}")
        self._doing.set()
        return planned

    def _warn(self, warnings: tuple[str, ...]) -> None:
        """Each warning once, as long as it lasts."""
        for warning in warnings:
            if warning not in self._warned:
                self._log(f"warning: {warning}")
        self._warned = warnings

    def _allowed(self, planned: Planned) -> Planned:
        """Nobody is there to be asked: what destroys data waits for a person."""
        if self._settings.allow_data_loss:
            return planned
        for action in destructive(planned.plan):
            self._log(f"held back, for it destroys data (apply does it, or --allow-data-loss): {action.id}")
        return replace(planned, plan=without_data_loss(planned.plan, "destroys data"))
