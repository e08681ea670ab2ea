"""What waits for others than its own actions: a host in maintenance, a disk in doubt, a blocked need."""

from __future__ import annotations

from dataclasses import replace

from reconciler.operations import Adopt
from reconciler.plan.draft import Draft, blocked
from reconciler.plan.fills import fill_state
from reconciler.plan.model import Status
from reconciler.plan.readiness import starts_or_waits
from reconciler.plan.world import World
from specs.desired import Desired
from specs.identity import Address, Kind


def in_maintenance(draft: Draft, desired: Desired) -> Draft:
    """Nothing is started on a host in maintenance."""
    host = desired.hosts.get(draft.verdict.host)
    if host is None or not host.maintenance or draft.verdict.address.kind is not Kind.DOMAIN:
        return draft
    why = f"{host.name} is in maintenance: nothing is started there"
    declared = desired.resources.get(draft.verdict.address)
    if declared and declared.placement is None and draft.verdict.observed_power not in ("", "stopped"):
        note = f"{host.name} is in maintenance, and no placement says where else this may run"
        draft = replace(draft, verdict=replace(draft.verdict, notes=(*draft.verdict.notes, note)))
    actions = tuple(
        replace(action, deferred=action.deferred or why) if starts_or_waits(action) else action
        for action in draft.actions
    )
    return replace(draft, actions=actions)


def while_jobs_run(draft: Draft, world: World) -> Draft:
    """Nothing of a guest is changed while its disks are copied, committed, pulled or backed up: what is under
    way would be lost, or end upon another disk than it began with."""
    jobs = world.answers.jobs.get((draft.verdict.host, draft.verdict.address.name), ())
    if not jobs or draft.verdict.address.kind is not Kind.DOMAIN:
        return draft
    why = f"under way: {', '.join(jobs)}; it waits until that has ended (virsh blockjob, domjobinfo)"
    actions = tuple(
        action if isinstance(action.operation, Adopt) else replace(action, deferred=action.deferred or why)
        for action in draft.actions
    )
    return replace(draft, actions=actions)


def with_doubtful_disks(drafts: list[Draft], desired: Desired, world: World) -> list[Draft]:
    """No guest starts from a disk that may be half-filled and that is not filled anew now."""
    doubtful = {
        draft.verdict.address
        for draft in drafts
        if draft.verdict.status is Status.BLOCKED
        and draft.verdict.address.kind is Kind.VOLUME
        and draft.verdict.address in desired.resources
        and fill_state(desired.resources[draft.verdict.address], world).half_filled
    }
    return [_not_started_from(doubtful, draft, desired) for draft in drafts] if doubtful else drafts


def _not_started_from(doubtful: set[Address], draft: Draft, desired: Desired) -> Draft:
    declared = desired.resources.get(draft.verdict.address)
    disk = next((need for need in declared.requires if need in doubtful), None) if declared else None
    if disk is None:
        return draft
    why = f"{disk} may be half-filled"
    return replace(
        draft,
        actions=tuple(
            replace(action, deferred=action.deferred or why) if starts_or_waits(action) else action
            for action in draft.actions
        ),
    )


def with_blocked_dependents(drafts: list[Draft], desired: Desired, world: World) -> list[Draft]:
    """What does not exist and needs something that neither exists nor can be made is blocked too."""
    missing: dict[Address, str] = {}
    result: list[Draft] = []
    for draft in drafts:
        address, status = draft.verdict.address, draft.verdict.status
        declared = desired.resources.get(address)
        if declared and status is Status.CREATE:
            lacking = next((need for need in declared.requires if need in missing), None)
            if lacking:
                problem = f"needs {lacking}, which is blocked: {missing[lacking]}"
                draft = blocked(declared, problem)
                status = Status.BLOCKED
        if declared and status is Status.BLOCKED and world.of(declared) is None:
            missing[address] = draft.verdict.problem
        result.append(draft)
    return result
