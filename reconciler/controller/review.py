"""What a service does of a plan, and says of it: nobody is there to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.engine.round import Planned
from reconciler.log import Log
from reconciler.plan.guard import destructive, without_data_loss
from reconciler.plan.model import Plan
from reconciler.report import text
from reconciler.report.happened import LogLine, change_lines, left_lines
from reconciler.report.resource import action_name


class Review:
    """Holds back what destroys data, unless that was allowed, and logs what is new. Shared by threads, as
    long as no two are in a round over the same host."""

    def __init__(self, log: Log, *, allow_data_loss: bool = False, quiet: bool = False) -> None:
        self._log, self._allow, self._quiet = log, allow_data_loss, quiet
        self._said: dict[str, frozenset[str]] = {}
        self._silent: dict[str, frozenset[str]] = {}
        self._summaries: dict[str, str] = {}

    def allowed(self, planned: Planned) -> Planned:
        """The plan without what waits for a person."""
        if self._allow:
            return planned
        return replace(planned, plan=without_data_loss(planned.plan, "destroys data"))

    def tell(self, host: str, planned: Planned, reviewed: Planned, why: str = "") -> None:
        """Logs a host's plan: what it comes to, unless that is nothing and was so before, with what woke the
        round (`why`); and once, as long as it lasts, what is wrong and what differs, value by value."""
        plan = planned.plan
        lines = [*(LogLine(f"warning: {warning}") for warning in plan.warnings), *left_lines(plan)]
        if reviewed.plan is not plan and not self._allow:
            lines += [
                LogLine(
                    "held back, for it destroys data (apply does it, or --allow-data-loss):"
                    f" {action_name(action)}",
                    str(action.address),
                )
                for action in destructive(plan)
            ]
        self._reached(host, plan)
        summary = text.summary(plan)
        if not self._quiet and (plan.changes or summary != self._summaries.get(host)):
            told = ", ".join(filter(None, (why, plan.commit and f"commit {_short(plan.commit)}")))
            more = {"why": why} if why else {}
            message = f"{summary} ({told})" if told else summary
            self._log(message, event="plan", host=host, commit=plan.commit, more=more)
        self._summaries[host] = summary
        changes = [] if self._quiet else list(change_lines(plan))
        self._say(host, sorted(lines, key=lambda line: line.message), changes)

    def _reached(self, host: str, plan: Plan) -> None:
        """Says once of hosts that they do not answer, and once that they do again."""
        before, now = self._silent.get(host, frozenset()), plan.unreachable
        for name, why in sorted(now.items()):
            if f"{name}: {why}" not in before:
                self._log(f"host {name} cannot be reached: {why}", event="unreachable", host=host)
        for name in sorted({each.partition(": ")[0] for each in before} - now.keys()):
            self._log(f"host {name} answers again", event="reached", host=host)
        self._silent[host] = frozenset(f"{name}: {why}" for name, why in now.items())

    def _say(self, host: str, lines: Iterable[LogLine], changes: Iterable[LogLine]) -> None:
        before, said = self._said.get(host, frozenset()), set()
        for event, each in (*(("", line) for line in lines), *(("change", line) for line in changes)):
            said.add(each.message)
            if each.message not in before:
                self._log(each.message, event=event, host=host, address=each.address, more=each.more)
        self._said[host] = frozenset(said)


def _short(commit: str) -> str:
    return commit[:12] + ("+" if commit.endswith("+") else "")
