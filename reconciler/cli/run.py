"""run: converges for ever."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import click

from drivers.errors import DriverError
from reconciler.cli import converge, out
from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, INTERRUPTED, OK, Fault
from reconciler.cli.options import DECIDING, DOING, SHOWING, TREE
from reconciler.cli.plan import show
from reconciler.engine import session
from reconciler.mishaps import told
from reconciler.plan.guard import destructive, without_data_loss
from reconciler.plan.model import Outcome, Result
from reconciler.report import text
from specs.desired import Desired
from specs.diagnostics import InvalidTree
from specs.units import parse_duration
from state import OpenState, StateError


@click.command()
@takes(*TREE, *DECIDING, "prune", *DOING, *SHOWING)
@click.option("--interval", default="60s", show_default=True, help="Time between rounds, such as 30s or 5m.")
@click.option(
    "--jitter", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="Part of it that varies."
)
@click.option("--once", is_flag=True, help="Makes one round and ends.")
@click.option("--observe", is_flag=True, help="Only reports, changes nothing.")
@click.option("--pull", is_flag=True, help="Follows the git branch of the tree.")
def command(common: Common, *, interval: str, jitter: float, once: bool, observe: bool, pull: bool) -> int:
    """Converges for ever: at intervals, and when files change. SIGTERM ends it after the running action."""
    from reconciler.controller.loop import Pace, run_loop
    from reconciler.inputs.sources import in_git

    tree, common = common.tree, replace(common, keeper=True)
    try:
        pace = Pace(parse_duration(interval), jitter, once=once)
    except ValueError as error:
        raise Fault(f"--interval: {error}") from None
    if pace.interval <= 0:
        raise Fault("--interval: it has to be longer than 0")
    if not tree.is_dir():
        raise Fault(f"{tree} is no folder")
    if pull and not in_git(tree):
        raise Fault(f"{tree} is no git working copy; --pull has nothing to follow")
    common.host_uris()
    common.selectors()
    rounds = _Rounds(common, observe=observe)
    try:
        with converge.stopping(rounds.stop, idle=lambda: not rounds.executing):
            run_loop(tree, rounds.make, rounds.log, rounds.stop, pace, follow=pull)
    except KeyboardInterrupt:
        rounds.log("stopped")
        return INTERRUPTED if once else OK
    if once and rounds.stop.is_set():
        return INTERRUPTED
    return FAILED if once and rounds.failed else OK


class _Rounds:
    """One round after another; remembers the last good tree."""

    def __init__(self, common: Common, *, observe: bool) -> None:
        self.common, self.observe = common, observe
        self.stop = threading.Event()
        self.executing = False
        self.failed = False
        self.good: Desired | None = None
        self._commit = ""
        self._warned: tuple[str, ...] = ()

    def make(self) -> None:
        """One round: whatever goes wrong is logged, and the next round tries again."""
        self.failed = True
        try:
            desired = self._tree()
            if desired is not None:
                self._round(desired)
        except BrokenPipeError:
            raise
        except OSError as error:
            self.log(f"error: {error.filename or 'system'}: {error.strerror}")
        except (DriverError, StateError, Fault) as error:
            self.log(f"error: {error}")
        except Exception as error:  # noqa: BLE001 - a controller outlives its own mistakes
            self.log(f"error: {told(error)}")

    def log(self, message: str) -> None:
        """One line with its time, on standard error."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        out.tell(f"{now} {message}")

    def _tree(self) -> Desired | None:
        """The tree with its commit, or the last good one while the files are broken."""
        from reconciler.inputs.sources import commit_of

        try:
            self.good = self.common.desired()
            self._commit = commit_of(self.common.tree)
        except InvalidTree as error:
            for problem in error.problems:
                self.log(f"invalid: {problem}")
            if self.good is not None:
                self.log("the files are broken; the last good tree stays in force")
        return self.good

    def _round(self, desired: Desired) -> None:
        options = replace(
            self.common.options(),
            commit=self._commit,
        )
        if not self.observe:
            self.common.require_signed(desired)
        connections = session.connect(desired.hosts, desired.root, readonly=self.observe, guard=desired.guard)
        name = f"run {self.common.tree}"
        try:
            with self.common.store(desired, readonly=self.observe) as store:
                if self.observe:
                    made = session.plan(desired, connections, store, options).plan
                    show(self.common, made)
                    out.flush()
                    self.failed = bool(made.unreachable)
                    return
                with store.writer(name):
                    planned = self._allowed(session.plan(desired, connections, store, options))
                    if not self.common.quiet:
                        self.log(text.summary(planned.plan))
                    self._warn(planned.plan.warnings)
                    for host, message in sorted(planned.plan.unreachable.items()):
                        self.log(f"host {host} cannot be reached: {message}")
                    outcomes = self._execute(planned, connections, store)
        finally:
            connections.close()
        for outcome in outcomes:
            if outcome.result is Result.FAILED:
                self.log(f"failed: {outcome.action.id}: {outcome.message}")
        self.failed = converge.exit_code(planned.plan, outcomes) != OK

    def _warn(self, warnings: tuple[str, ...]) -> None:
        """Each warning once, as long as it lasts."""
        for warning in warnings:
            if warning not in self._warned:
                self.log(f"warning: {warning}")
        self._warned = warnings

    def _allowed(self, planned: session.Planned) -> session.Planned:
        """Nobody is there to be asked: what destroys data waits for a person."""
        if self.common.allow_data_loss:
            return planned
        for action in destructive(planned.plan):
            self.log(f"held back, for it destroys data (apply does it, or --allow-data-loss): {action.id}")
        return replace(planned, plan=without_data_loss(planned.plan, "destroys data"))

    def _execute(
        self, planned: session.Planned, connections: session.Connections, store: OpenState
    ) -> tuple[Outcome, ...]:
        self.executing = True
        try:
            return converge.run_plan(
                self.common,
                planned,
                connections,
                store,
                "run",
                parallel=self.common.parallel,
                cancel=self.stop,
            )
        finally:
            self.executing = False
