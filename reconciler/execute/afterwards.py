"""After an operation: the host is asked, and what it does not show has not happened."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drivers.base import Observation, SectionCommand
from drivers.base.errors import Refused
from reconciler.compare import compare, compare_live
from reconciler.compare.live import whole_of
from reconciler.compare.model import Cause, Difference
from reconciler.execute.context import ExecutionContext
from reconciler.execute.job import Job
from reconciler.operations import Detach, Evidence, Resize, UpdateNetwork
from reconciler.plan.identified import document_digest
from reconciler.plan.model import Action
from specs.desired import digest
from specs.documents.holding import holds_all_of
from specs.documents.said import names_of
from specs.documents.volume_facts import capacity_of
from specs.identity import Kind
from specs.listing import listed
from specs.xml import is_xml

_LOOKS = 4
_PAUSE = 0.25
"""Seconds before the next look at a guest that may take a moment to follow."""
_TOLD = 3


@dataclass(frozen=True, slots=True)
class PostCheck:
    """What a host shows after an operation, and what of it a person should know."""

    seen: Observation | None = None
    note: str = ""


def require_happened(job: Job) -> PostCheck:
    """Looks at the object; Refused when it does not show what the operation was to bring about, with the path
    of what is lacking."""
    action = job.action
    if action.operation.shows is Evidence.ITSELF:
        return PostCheck()
    problem, note = "", ""
    for look in range(_LOOKS):
        seen = job.look()
        job.own_changes.saw(action.host, action.address, seen)
        problem, note = _judged(action, seen, job.context)
        if not problem or action.operation.shows is not Evidence.LIVE:
            break
        if look + 1 < _LOOKS:
            time.sleep(_PAUSE)
    if problem:
        raise Refused(problem)
    return PostCheck(seen, note)


def unshown_live(action: Action, seen: Observation, context: ExecutionContext) -> list[str]:
    """The paths that an action was to change in which what runs is not as defined."""
    if seen.live is None:
        return []
    dialect = context.dialect(action.host)
    found = compare_live(seen.kind, seen.document, seen.live, dialect)
    lacking = [*(change.difference for change in found.changes), *found.pending]
    missing = [each.path for each in lacking]
    wanted = [reason.path for reason in action.reasons]
    if isinstance(action.operation, UpdateNetwork) and action.operation.command is SectionCommand.DELETE:
        # It has gone, though it may come anew as it should be.
        return [each.path for each in lacking if each.path in wanted and each.observed is not None]
    if not action.operation.makes_whole:
        return [path for path in wanted if path in missing]
    # One call changes all of it, and only the first path is the reason.
    wholes = {whole_of(seen.kind, path, dialect) for path in wanted}
    return [path for path in missing if whole_of(seen.kind, path, dialect) in wholes]


def _judged(action: Action, seen: Observation | None, context: ExecutionContext) -> tuple[str, str]:
    operation = action.operation
    if operation.shows is Evidence.STATE:
        return operation.shortfall(seen), ""
    if operation.shows is Evidence.LIVE:
        return _live(action, seen, context), ""
    if seen is None:
        return "it is not there afterwards", ""
    if isinstance(operation, Resize):
        return _size(operation, seen), ""
    return _definition(action, seen, context)


def _live(action: Action, seen: Observation | None, context: ExecutionContext) -> str:
    if seen is None or seen.live is None:
        # A guest that has ended meanwhile is not this operation's: its next start has the definition.
        return "" if isinstance(action.operation, Detach) else "it does not run any more"
    paths = unshown_live(action, seen, context)
    return f"what runs does not show it afterwards: {_listed(seen.kind, paths)}" if paths else ""


def _size(operation: Resize, seen: Observation) -> str:
    actual = capacity_of(seen.document)
    return f"its capacity is {actual} bytes afterwards" if actual < operation.capacity else ""


def _definition(action: Action, seen: Observation, context: ExecutionContext) -> tuple[str, str]:
    """What is wrong, and what the hypervisor does not keep.

    A value that it drops at the first sight of a definition is told. Of one that we defined before, each path
    that was to change has to, for it was compared with what the hypervisor made of the last one; but a new
    attribute may say its default, which is dropped.
    """
    if seen.kind is Kind.VOLUME:
        return "", ""
    if not is_xml(seen.document):
        return "its document cannot be read afterwards", ""
    if not seen.persistent:
        return "it has no definition afterwards", ""
    new = any(reason.cause is Cause.NEW for reason in action.reasons)
    if new and holds_all_of(seen.document, action.operation.document):
        return "", ""
    lacking = {d.path: d for d in _lacking(action, seen, context)}
    if new:
        return "", _not_kept(seen.kind, (path for path, found in lacking.items() if found.observed is None))
    unmoved = action.expects != "" and document_digest(seen) == action.expects
    unshown = [
        reason
        for reason in action.reasons
        if reason.declared is not None
        and (unmoved or (reason.path in lacking and lacking[reason.path].observed == reason.observed))
    ]
    if not unshown:
        # What was to go and is there again is the hypervisor's own: it puts it back.
        back = _listed(seen.kind, (reason.path for reason in action.reasons))
        return "", f"the hypervisor keeps {back}" if unmoved else ""
    wrong = [reason for reason in unshown if not _may_be_dropped(reason)]
    if wrong and action.address in context.records:
        told = _listed(seen.kind, (reason.path for reason in wrong))
        return f"the hypervisor does not show it afterwards: {told}", ""
    return "", _not_kept(seen.kind, (reason.path for reason in unshown))


def _may_be_dropped(reason: Difference) -> bool:
    return reason.observed is None and reason.path.rpartition("/")[2].startswith("@")


def _lacking(action: Action, seen: Observation, context: ExecutionContext) -> Iterator[Difference]:
    given = action.operation.document
    if digest(given) == digest(seen.document):
        return
    found = compare(seen.kind, given, seen.document, None, context.dialect(action.host))
    yield from (each for each in found.differences if each.declared is not None)


def _not_kept(kind: Kind, paths: Iterable[str]) -> str:
    told = _listed(kind, paths)
    return f"the hypervisor does not keep {told}" if told else ""


def _listed(kind: Kind, paths: Iterable[str]) -> str:
    return listed(names_of(kind, paths), _TOLD)
