"""What a service does of a plan, and says of it: nobody is there to be asked."""

from __future__ import annotations

from dataclasses import replace

from reconciler.engine.round import Planned
from reconciler.log import Log
from reconciler.plan.guard import destructive, without_data_loss
from reconciler.plan.model import Outcome, Result
from reconciler.report import text


class Review:
    """Holds back what destroys data, unless that was allowed, and logs what is new. Shared by threads, as
    long as no two are in a round over the same host."""

    def __init__(self, log: Log, *, allow_data_loss: bool = False, quiet: bool = False) -> None:
        self._log, self._allow, self._quiet = log, allow_data_loss, quiet
        self._said: dict[str, frozenset[str]] = {}
        self._summaries: dict[str, str] = {}

    def allowed(self, planned: Planned) -> Planned:
        """The plan without what waits for a person."""
        if self._allow:
            return planned
        return replace(planned, plan=without_data_loss(planned.plan, "destroys data"))

    def tell(self, host: str, planned: Planned, reviewed: Planned) -> None:
        """Logs a host's plan: what it comes to, unless that is nothing and was so before, and once, as long
        as it lasts, what is wrong."""
        plan = planned.plan
        lines = {f"warning: {warning}" for warning in plan.warnings}
        lines |= {f"host {name} cannot be reached: {why}" for name, why in plan.unreachable.items()}
        if reviewed.plan is not plan and not self._allow:
            lines |= {
                f"held back, for it destroys data (apply does it, or --allow-data-loss): {action.id}"
                for action in destructive(plan)
            }
        summary = text.summary(plan)
        if not self._quiet and (plan.changes or summary != self._summaries.get(host)):
            self._log(summary, event="plan", host=host, commit=plan.commit)
        self._summaries[host] = summary
        before = self._said.get(host, frozenset())
        for line in sorted(lines - before):
            self._log(line, host=host)
        self._said[host] = frozenset(lines)

    def ended(self, host: str, outcomes: tuple[Outcome, ...]) -> None:
        """Logs what failed."""
        for outcome in outcomes:
            if outcome.result is Result.FAILED:
                self._log(
                    f"failed: {outcome.action.id}: {outcome.message}",
                    host=host,
                    address=str(outcome.action.address),
                )
