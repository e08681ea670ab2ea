"""What became of each action, as it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from reconciler.cli.common import Common
from reconciler.plan.model import Result
from reconciler.report import text
from reconciler.report.happened import outcome_line
from reconciler.report.paint import paint_for
from reconciler.report.wrap import terminal_width, wrapped

if TYPE_CHECKING:
    from reconciler.execute import Progress
    from reconciler.log import Log


def shower(common: Common) -> Callable[[Progress], None]:
    """Shows the steps of a plan as they are done."""
    paint = paint_for(common.color, sys.stderr)

    def show(step: Progress) -> None:
        if step.outcome and step.outcome.result is not Result.DEFERRED:
            for line in wrapped(text.outcome_line(step.outcome, paint), terminal_width(sys.stderr)):
                common.tell(line)

    return show


def logged(common: Common, log: Log) -> Callable[[Progress], None]:
    """Writes into a log what became of each action, with what it is about."""

    def note(step: Progress) -> None:
        action, outcome = step.action, step.outcome
        silent = (Result.DEFERRED, Result.DONE) if common.quiet else (Result.DEFERRED,)
        if outcome and outcome.result not in silent:
            line = outcome_line(outcome, step.run)
            log(
                line.message,
                event="action",
                host=action.host,
                address=line.address,
                run=step.run,
                more=line.more,
            )

    return note
