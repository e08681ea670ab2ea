"""run: converges for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import converge, out
from reconciler.cli.beside import Beside
from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, INTERRUPTED, OK
from reconciler.cli.log_format import LOG_FORMAT, logging_as
from reconciler.cli.options import DECIDING, DOING, REMOTE, SHOWING
from reconciler.cli.plan import ended, looking, show
from reconciler.cli.progress import logged
from reconciler.cli.serving import serves
from reconciler.cli.showing import showing
from reconciler.cli.source import keeper_of, placed
from reconciler.cli.words import TREE_OR_URL
from reconciler.faults import Fault
from specs.units import parse_duration

if TYPE_CHECKING:
    from reconciler.controller.service import Service
    from reconciler.controller.serving import ServiceSettings
    from reconciler.engine.round import ExecutionOptions
    from reconciler.server.settings import ServerSettings

_LATE = 3.0
"""After so many intervals a host has not been looked at in time."""

_DAY = 86400.0

_STILL = 60.0
"""Seconds between two lines of the log about what lasts."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, and how long, in seconds; `jitter` is a part, 0 to 1; how many hosts at once."""

    interval: float
    jitter: float
    fetch: float
    ttl: float
    keep: float
    workers: int


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "trust", *DECIDING, "prune", *DOING, *SHOWING)
@TREE_OR_URL
@serves
@LOG_FORMAT
@click.option(
    "--webhook-secret",
    metavar="SOURCE",
    help="What calls of POST /hooks/git are signed by: env:NAME, file:PATH.",
)
@click.option("--interval", default="60s", show_default=True, help="Time between two looks at a host.")
@click.option(
    "--jitter", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="Part of it that varies."
)
@click.option(
    "--fetch-interval", default="60s", show_default=True, help="Time between two looks at the source."
)
@click.option(
    "--workers", type=click.IntRange(min=1), default=16, show_default=True, help="Hosts worked on at once."
)
@click.option(
    "--ttl", default="6s", show_default=True, help="Time without a sign of life after which others take over."
)
@click.option("--keep", default="90d", show_default=True, help="How long the journal is kept.")
@click.option("--once", is_flag=True, help="Makes one round of every host and ends.")
@click.option("--observe", is_flag=True, help="Only reports, changes nothing.")
@click.option("--pull", is_flag=True, help="Follows the git branch of the tree.")
def command(
    common: Common,
    *,
    source: str,
    serving: ServerSettings | None,
    log_format: str,
    webhook_secret: str | None,
    once: bool,
    observe: bool,
    pull: bool,
    **pace: Any,
) -> int:
    """Converges for ever: at intervals, when files or commits change, and when hosts tell of changes. SIGTERM
    ends it after the running actions."""
    from reconciler.controller.service import Service
    from reconciler.engine.round import ExecutionOptions
    from reconciler.log import log
    from state.journal import Keep

    rhythm = _pace(**pace)
    common = replace(placed(common, source), keeper=True)
    _check(common, pull=pull)
    if once and observe:
        return _seen_once(common, pull=pull)
    stop = threading.Event()
    beside = Beside(serving, webhook_secret, _LATE * rhythm.interval)
    keep = Keep(runs=None, days=rhythm.keep / _DAY)
    execution = ExecutionOptions("run", stop, common.parallel, logged(common, log), keep=keep)
    settings = _settings(common, execution, rhythm, beside, once=once, observe=observe, pull=pull)
    service = Service(settings, stop, beside.beat)
    stopping = converge.stopping(stop, tell=log)
    shown = showing(quiet=common.quiet, say=lambda line: log(line, event="progress"), every=_STILL)
    with (
        logging_as(log_format, common.color),
        shown,
        stopping,
        beside.over(service),
        _watched(common, service),
    ):
        service.run()
    if once:
        return INTERRUPTED if stop.is_set() else FAILED if service.failed else OK
    return OK


def _pace(interval: str, jitter: float, fetch_interval: str, ttl: str, keep: str, workers: int) -> Pace:
    """How often; raises Fault at once for what would fail in every round."""
    return Pace(
        _duration("--interval", interval),
        jitter,
        _duration("--fetch-interval", fetch_interval),
        _duration("--ttl", ttl),
        _duration("--keep", keep),
        workers,
    )


def _duration(option: str, text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise Fault(f"{option}: {error}") from None
    if seconds <= 0:
        raise Fault(f"{option}: it has to be longer than 0")
    return seconds


def _check(common: Common, *, pull: bool) -> None:
    """Raises Fault for what would fail for ever."""
    from reconciler.inputs.sources import in_git

    common.host_uris()
    common.selectors()
    if common.repository:
        if pull:
            raise Fault("--pull is for a working copy; a git URL is fetched every --fetch-interval")
        return
    if not common.tree.is_dir():
        raise Fault(f"{common.tree} is no folder")
    if pull and not in_git(common.tree):
        raise Fault(f"{common.tree} is no git working copy; --pull has nothing to follow")


def _settings(
    common: Common,
    execution: ExecutionOptions,
    pace: Pace,
    beside: Beside,
    *,
    once: bool,
    observe: bool,
    pull: bool,
) -> ServiceSettings:
    from reconciler.controller.hostround import RoundSettings
    from reconciler.controller.review import Review
    from reconciler.controller.serving import ServiceSettings
    from reconciler.log import log

    review = Review(log, allow_data_loss=common.allow_data_loss, quiet=common.quiet)
    return ServiceSettings(
        name=f"run {common.repository or common.tree}",
        keeper=keeper_of(common, execution.cancel, pull=pull, unsigned=observe),
        store=lambda desired: common.store(desired, readonly=False),
        rounds=RoundSettings(execution, review, beside.counters, observe),
        log=log,
        interval=pace.interval,
        jitter=pace.jitter,
        follow=min(pace.fetch, pace.interval) if pull else pace.fetch,
        workers=pace.workers,
        late=_LATE * pace.interval,
        ttl=pace.ttl,
        once=once,
        companions=beside.with_state,
    )


def _seen_once(common: Common, *, pull: bool) -> int:
    """One plan of everything, and nothing done."""
    import time

    keeper = keeper_of(common, pull=pull, unsigned=True)
    desired = keeper.identity(time.time())
    if desired is None:
        for problem in keeper.problems:
            out.tell(f"invalid: {problem}")
        return FAILED
    common = replace(common, tree=Path(desired.root))
    with looking(common, desired, common.options()) as (planned, _):
        show(common, planned.plan)
    return ended(planned.plan, detailed=False)


@contextmanager
def _watched(common: Common, service: Service) -> Iterator[None]:
    """While the block runs, a change of the files has them read, where the machine lets us watch."""
    from reconciler.controller.triggers import FileChanges
    from reconciler.log import log

    if common.repository:
        yield
        return
    changes = FileChanges(common.tree, service.wake_source)
    try:
        changes.start()
    except OSError as error:
        log(f"warning: file changes are not noticed, only --fetch-interval counts: {error.strerror}")
        yield
        return
    try:
        yield
    finally:
        changes.stop()
