"""run: converges for ever."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from reconciler.cli import converge, out
from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, INTERRUPTED, OK
from reconciler.cli.options import DECIDING, DOING, SHOWING, TREE
from reconciler.cli.plan import show
from reconciler.cli.progress import shower
from reconciler.faults import Fault
from specs.units import parse_duration

if TYPE_CHECKING:
    from reconciler.controller.loop import Pace
    from reconciler.controller.rounds import ControllerSettings
    from reconciler.plan import Plan


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
    from reconciler.controller.loop import run_loop
    from reconciler.controller.rounds import Rounds

    common = replace(common, keeper=True)
    pace = _pace(common, interval, jitter, once=once, pull=pull)
    stop = threading.Event()
    rounds = Rounds(_settings(common, stop, observe=observe))
    try:
        with converge.stopping(stop, idle=lambda: not rounds.executing):
            run_loop(common.tree, rounds.make, _log, stop, pace, follow=pull)
    except KeyboardInterrupt:
        _log("stopped")
        return INTERRUPTED if once else OK
    finally:
        rounds.close()
    if once and stop.is_set():
        return INTERRUPTED
    return FAILED if once and rounds.failed else OK


def _pace(common: Common, interval: str, jitter: float, *, once: bool, pull: bool) -> Pace:
    """How often; raises Fault at once for what would fail in every round."""
    from reconciler.controller.loop import Pace
    from reconciler.inputs.sources import in_git

    try:
        pace = Pace(parse_duration(interval), jitter, once=once)
    except ValueError as error:
        raise Fault(f"--interval: {error}") from None
    if pace.interval <= 0:
        raise Fault("--interval: it has to be longer than 0")
    if not common.tree.is_dir():
        raise Fault(f"{common.tree} is no folder")
    if pull and not in_git(common.tree):
        raise Fault(f"{common.tree} is no git working copy; --pull has nothing to follow")
    common.host_uris()
    common.selectors()
    return pace


def _settings(common: Common, stop: threading.Event, *, observe: bool) -> ControllerSettings:
    from reconciler.controller.rounds import ControllerSettings
    from reconciler.engine.round import ExecutionOptions

    def show_plan(made: Plan) -> None:
        show(common, made)
        out.flush()

    return ControllerSettings(
        name=f"run {common.tree}",
        read=common.desired,
        refuse=common.require_signed,
        options=common.options,
        store=lambda desired: common.store(desired, readonly=observe),
        execution=ExecutionOptions("run", stop, common.parallel, shower(common)),
        log=_log,
        show=show_plan,
        observe=observe,
        allow_data_loss=common.allow_data_loss,
        quiet=common.quiet,
    )


def _log(message: str) -> None:
    """One line with its time, on standard error."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    out.tell(f"{now} {message}")
