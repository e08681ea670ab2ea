"""What people are told of after a round: transitions, never a state, in words. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from reconciler.compare.model import Cause
from reconciler.engine.standings import Before, HostLook
from reconciler.report.words import age, counted
from specs.identity import Address, Kind
from state.commits import CommitNote, CommitStatus
from state.outbox import Notice
from state.standings import Changed, Condition, HostStanding, Standing

_TOLD = {
    Condition.FAILED: "failed",
    Condition.BLOCKED: "blocked",
    Condition.DRIFTED: "drifted",
    Condition.FIGHTING: "fighting",
    Condition.WAITING: "waiting",
}
"""The conditions that somebody is told of, and the kind of notice."""

_BAD = frozenset({Condition.FAILED, Condition.BLOCKED, Condition.DRIFTED, Condition.FIGHTING})
_GOOD = frozenset({Condition.CONVERGED, Condition.PENDING})
_MOMENT = 60.0
"""Seconds: who waits no longer than that is not worth a notice."""

_MOST = 5
"""Of more notices of one kind on one host, one tells of all."""

_COMMITS = {
    CommitStatus.REFUSED: ("commit-refused", "is refused; the last good one stays in force"),
    CommitStatus.WAITING: ("commit-waiting", "waits for approval: virt-reconcile approve"),
    CommitStatus.IN_FORCE: ("commit-in-force", "is in force"),
}


def notices_of(
    look: HostLook, before: Before, now: float, commit: str = "", told: Mapping[Address, str] | None = None
) -> list[Notice]:
    """What came to pass on one host. `told` is what the host's events said of a resource: who or what
    changed it, as far as anybody knows."""
    host = look.host.host
    notices = list(host_notices(before.hosts.get(host), look.host, now))
    for standing in look.standings:
        healed = look.healed.get(standing.address, ())
        notice = _transition(before.standings.get(standing.address), standing, healed, look, now)
        if notice is not None:
            by = (told or {}).get(standing.address, "")
            text = f"{notice.text} ({by})" if by else notice.text
            notices.append(replace(notice, text=text, commit=commit))
    return list(_bundled(notices, host))


def host_notices(before: HostStanding | None, after: HostStanding, now: float) -> Iterator[Notice]:
    """Whether a host is no longer, or again, within reach."""
    subject = f"Host/{after.host}"
    if after.problem and not (before and before.problem):
        yield Notice("unreachable", subject, f"{subject} cannot be reached: {after.problem}", now, after.host)
    elif before and before.problem and not after.problem:
        since = f", after {age(now - before.looked)}" if before.looked is not None else ""
        yield Notice("host-recovered", subject, f"{subject} can be reached again{since}", now, after.host)


def commit_notice(before: CommitStatus | None, note: CommitNote, now: float) -> Notice | None:
    """What became of a commit; None when it is as it was, or nobody waits to hear of it."""
    if before is note.status or note.status not in _COMMITS:
        return None
    kind, what = _COMMITS[note.status]
    by = f" by {note.author}" if note.author else ""
    title = f" ({note.title}{by})" if note.title else ""
    short = note.commit[:12]
    if note.status is CommitStatus.WAITING:
        what = f"{what} {short}"
    text = "; ".join((f"Commit {short}{title} {what}", *note.problems))
    return Notice(kind, note.commit, text, now, "", note.commit, str(before or ""), str(note.status))


def overdue_notice(host: HostStanding, limit: float, now: float) -> Notice:
    """Nobody has looked at a host in time, so that nobody knows how it stands."""
    subject = f"Host/{host.host}"
    looked = f"since {age(now - host.looked)}" if host.looked is not None else "yet"
    text = f"{subject} has not been looked at {looked} (at the latest after {age(limit)})"
    return Notice("not-looked-at", subject, text, now, host.host)


def _transition(
    before: Standing | None, after: Standing, healed: Sequence[Changed], look: HostLook, now: float
) -> Notice | None:
    was = before.condition if before else None
    if after.condition in _TOLD:
        if was is after.condition or _is_over_soon(after, now):
            return None
        kind = _TOLD[after.condition]
    elif after.condition not in _GOOD:
        return None
    elif was in _BAD and not (healed and was is Condition.DRIFTED):
        kind = "recovered"
    elif healed:
        kind = "healed"
    else:
        return None
    detail = look.details.get(after.address)
    changes = healed
    if kind == "drifted" and detail:
        changes = [each for each in detail.differences if each.cause == Cause.DRIFTED]
    return Notice(
        kind,
        str(after.address),
        f"{_named(after)} {_words(kind, after, changes, was)}",
        now,
        after.host,
        before=str(was or ""),
        after=str(after.condition),
    )


def _is_over_soon(standing: Standing, now: float) -> bool:
    """Whether it waits for a moment only: for another host's first look, or until a guest has rebooted."""
    if standing.condition is not Condition.WAITING or standing.until is None:
        return False
    return standing.until - now < _MOMENT


def _words(kind: str, standing: Standing, changes: Sequence[Changed], was: Condition | None) -> str:
    match kind:
        case "failed":
            return f"failed: {standing.problem}"
        case "blocked":
            return f"is blocked: {standing.problem}"
        case "drifted":
            return f"was changed there: {_changes(changes, 'is', 'instead of')}"
        case "healed":
            return f"was changed there and is as declared again: {_changes(changes, 'was', 'instead of')}"
        case "fighting":
            return f"is changed there again and again: {standing.problem}{_until(standing.until)}"
        case "waiting":
            return f"waits{_until(standing.until)}: {standing.problem}"
    healed = f": {_changes(changes, 'was', 'instead of')}" if changes else ""
    return f"is as declared again (it was {was}){healed}"


def _changes(changes: Sequence[Changed], verb: str, instead: str) -> str:
    told = [f"{each.path} {verb} {each.now} {instead} {each.declared}" for each in changes[:3]]
    if len(changes) > len(told):
        told.append(f"and {counted(len(changes) - len(told), 'more difference')}")
    return ", ".join(told)


def _named(standing: Standing) -> str:
    where = f" on {standing.host}" if standing.address.kind is Kind.DOMAIN and standing.host else ""
    return f"{standing.address}{where}"


def _until(seconds: float | None) -> str:
    return "" if seconds is None else f" until {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M UTC}"


def _bundled(notices: Iterable[Notice], host: str) -> Iterator[Notice]:
    """One notice in the place of many of a kind."""
    by_kind: defaultdict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_kind[notice.kind].append(notice)
    for kind, alike in by_kind.items():
        if len(alike) <= _MOST:
            yield from alike
            continue
        named = ", ".join(notice.subject for notice in alike[:_MOST])
        text = f"{len(alike)} on Host/{host} ({kind}): {named} and {len(alike) - _MOST} more"
        first = alike[0]
        yield Notice(kind, f"Host/{host}", text, first.at, host, first.commit, "", first.after)
