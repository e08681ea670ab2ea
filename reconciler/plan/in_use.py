"""The guard before volumes that somebody uses: they are removed when all have let go, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from drivers.base import Observation
from reconciler.plan.draft import Draft
from reconciler.plan.model import Action, Status, Verb
from reconciler.plan.users import domains_using, overlays, path_of, refers
from reconciler.plan.world import World
from specs.desired import Desired, PowerState
from specs.identity import Address, Kind

_CHANGING = frozenset({Verb.DEFINE, Verb.DETACH, Verb.UPDATE, Verb.STOP, Verb.RESTART})
"""What may make a domain let go of a volume that its declaration does not name."""


def keep_what_is_used(drafts: Iterable[Draft], desired: Desired, world: World) -> list[Draft]:
    """The drafts without the removals of volumes that somebody goes on using; the others wait until all
    of their users have let go."""
    drafts = list(drafts)
    of_domain = {d.verdict.address.name: d for d in drafts if d.verdict.address.kind is Kind.DOMAIN}
    used = [_kept_if_used(draft, of_domain, desired, world) for draft in drafts]
    leaving = {action.native for draft in used for action in draft.actions if _removes_volume(action)}
    return [_kept_if_backing(draft, leaving, world) for draft in used]


def _removes_volume(action: Action) -> bool:
    return action.verb is Verb.UNDEFINE and action.address.kind is Kind.VOLUME


def _kept_if_backing(draft: Draft, leaving: set[str], world: World) -> Draft:
    removal = next(filter(_removes_volume, draft.actions), None)
    if removal is None:
        return draft
    upon = overlays(draft.verdict.address, removal.native, removal.host, world)
    staying = sorted(name for name in upon if name not in leaving)
    if not staying:
        return draft
    problem = f"{', '.join(staying)} {'lies' if len(staying) == 1 else 'lie'} upon it"
    return replace(draft, verdict=replace(draft.verdict, status=Status.KEPT, problem=problem), actions=())


def _kept_if_used(draft: Draft, of_domain: dict[str, Draft], desired: Desired, world: World) -> Draft:
    address = draft.verdict.address
    removal = next(filter(_removes_volume, draft.actions), None)
    if removal is None:
        return draft
    first: list[Action] = []
    place = path_of(world.observation(removal.host, Kind.VOLUME, removal.native))
    for host, name, found in domains_using(address, removal.native, removal.host, world):
        user = of_domain.get(name)
        declared = desired.resources.get(Address(Kind.DOMAIN, name))
        goes_on = declared is not None and refers(declared.document, removal.native, place)
        letting_go = _letting_go(user, host, found, goes_on=goes_on) if user else ()
        if not letting_go:
            problem = f"Domain/{name} on {host} still uses it; it stays until that has let go"
            verdict = replace(draft.verdict, status=Status.KEPT, problem=problem)
            return replace(draft, verdict=verdict, actions=())
        first.extend(letting_go)
    waiting = replace(removal, after=(*removal.after, *(action.id for action in first)))
    return replace(draft, actions=tuple(waiting if a is removal else a for a in draft.actions))


def _letting_go(user: Draft, host: str, found: Observation, *, goes_on: bool) -> tuple[Action, ...]:
    """The actions after which a domain uses the volume no more; () when it goes on using it."""
    todo = tuple(action for action in user.actions if not action.deferred)
    leaving = tuple(
        action
        for action in todo
        if (action.verb is Verb.UNDEFINE and action.host == host)
        or (action.verb is Verb.MIGRATE and action.arguments["from"] == host)
    )
    if leaving:
        return leaving
    changed = any(action.verb in _CHANGING for action in todo) and user.verdict.host == host
    waits = user.verdict.pending and found.power is not PowerState.STOPPED
    held = any(action.deferred for action in user.actions)
    return todo if changed and not goes_on and not held and not (waits and not _restarts(todo)) else ()


def _restarts(actions: Iterable[Action]) -> bool:
    return any(action.verb in (Verb.RESTART, Verb.STOP) for action in actions)
