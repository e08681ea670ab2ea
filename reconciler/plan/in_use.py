"""The guard before what somebody uses: it is taken away when all have let go, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.operations import Fill, Migrate, Restart, Start, Stop, Undefine
from reconciler.plan.draft import Draft
from reconciler.plan.model import Action, Status
from reconciler.plan.ownership import is_ours
from reconciler.plan.readable import left_alone
from reconciler.plan.used import Used
from reconciler.plan.users import User, overlays, users_of
from reconciler.plan.world import World
from specs.desired import Desired
from specs.identity import Address, Kind


def takes_away(action: Action) -> bool:
    """Whether an action takes something away from those who use it."""
    return action.address.kind is not Kind.DOMAIN and action.operation.takes_away


def forbids(action: Action, user: User, *, ours: bool) -> bool:
    """Whether a user is in the way of an action that takes something away: every one is when it is
    removed; those that run, and those of other people, when it only stops. A restart is the owner's leave to
    interrupt the guests of this fleet."""
    match action.operation:
        case Restart():
            return user.runs and not ours
        case Fill():
            return not ours  # those of this fleet stop for it, or it was refused before
        case Stop():
            return user.runs or not ours
    return True


def keep_what_is_used(drafts: Iterable[Draft], desired: Desired, world: World) -> list[Draft]:
    """The drafts without what would be taken away from somebody who goes on using it; the others wait until
    all of their users have let go."""
    drafts = list(drafts)
    guard = _Guard({_key(draft): draft for draft in drafts}, desired, world)
    kept = [guard.kept_if_used(draft) for draft in drafts]
    leaving = {
        (action.host, action.native): action
        for draft in kept
        for action in draft.actions
        if _removes_volume(action)
    }
    return [_kept_if_backing(draft, leaving, world) for draft in kept]


def _key(draft: Draft) -> tuple[Kind, str, str]:
    address = draft.verdict.address
    native = f"{address.pool}/{address.name}" if address.pool else address.name
    return address.kind, native, "" if address.kind is Kind.DOMAIN else draft.verdict.host


def _removes_volume(action: Action) -> bool:
    return isinstance(action.operation, Undefine) and action.address.kind is Kind.VOLUME


def _kept_if_backing(draft: Draft, leaving: Mapping[tuple[str, str], Action], world: World) -> Draft:
    """What others lie upon goes after them."""
    removal = next(filter(_removes_volume, draft.actions), None)
    if removal is None:
        return draft
    upon = sorted(set(overlays(draft.verdict.address, removal.native, removal.host, world.inventories)))
    staying = [name for name in upon if (removal.host, name) not in leaving]
    if staying:
        unread = [name for name in staying if world.unreadable(removal.host, Kind.VOLUME, name)]
        if unread:
            return _kept(draft, f"{', '.join(unread)} cannot be read and may lie upon it")
        return _kept(draft, f"{', '.join(staying)} {'lies' if len(staying) == 1 else 'lie'} upon it")
    return _after(draft, removal, (leaving[removal.host, name] for name in upon))


def _kept(draft: Draft, problem: str) -> Draft:
    return replace(draft, verdict=replace(draft.verdict, status=Status.KEPT, problem=problem), actions=())


def _after(draft: Draft, action: Action, first: Iterable[Action]) -> Draft:
    waiting = replace(action, after=(*action.after, *(each.id for each in first)))
    return replace(draft, actions=tuple(waiting if each is action else each for each in draft.actions))


@dataclass(frozen=True, slots=True)
class _Guard:
    """All drafts by kind, native name and host (of a domain ''), and what they were made from."""

    drafts: Mapping[tuple[Kind, str, str], Draft]
    desired: Desired
    world: World

    def kept_if_used(self, draft: Draft) -> Draft:
        taking = [action for action in draft.actions if takes_away(action) and not action.deferred]
        for action in taking:
            why = self.world.unreadable(action.host, action.address.kind, action.native)
            if why:
                return _kept(draft, left_alone(why))
            first: list[Action] = []
            for user in self._users(action):
                letting_go = self._letting_go(user, action)
                if not letting_go:
                    return self._without(draft, action, user)
                first.extend(letting_go)
            draft = _after(draft, action, first)
        return draft

    def _users(self, action: Action) -> Iterator[User]:
        for user in users_of(action.address, action.native, action.host, self.world.inventories):
            if forbids(action, user, ours=self._is_ours(user)):
                yield user

    def _is_ours(self, user: User) -> bool:
        if user.unreadable:
            return False
        found = user.found
        declared = self.desired.resources.get(Address(Kind.DOMAIN, found.name))
        if declared is not None and declared.host == user.host:
            return True
        record = self.world.records.get(Address(found.kind, found.name))
        return is_ours(found, record, self.desired.fleet, self.world.dialect(user.host))

    def _without(self, draft: Draft, action: Action, user: User) -> Draft:
        """What is declared goes on otherwise; what was to be removed stays."""
        doubt = f"{user} cannot be read and may use it"
        if user.unreadable and any(isinstance(each.operation, Undefine) for each in draft.actions):
            return _kept(draft, f"{doubt}; it stays until that is mended")
        if any(isinstance(each.operation, Undefine) for each in draft.actions):
            return _kept(draft, f"{user} still uses it; it stays until that has let go")
        why = doubt if user.unreadable else f"{user} uses it{' and runs' if user.runs else ''}"
        held = {action.id}
        for each in draft.actions:
            if held.intersection(each.after):
                held.add(each.id)
        actions = tuple(
            replace(each, deferred=each.deferred or why) if each.id in held else each
            for each in draft.actions
        )
        return replace(draft, actions=actions)

    def _letting_go(self, user: User, action: Action) -> tuple[Action, ...]:
        """The actions after which somebody uses an object no more; () when it goes on using it."""
        domain = user.found.kind is Kind.DOMAIN
        draft = self.drafts.get((user.found.kind, user.name, "" if domain else user.host))
        if draft is None:
            return ()
        todo = tuple(each for each in draft.actions if not each.deferred)
        leaving = tuple(
            each
            for each in todo
            if (isinstance(each.operation, Undefine) and each.host == user.host)
            or (isinstance(each.operation, Migrate) and each.operation.from_ == user.host)
        )
        if leaving or not domain:
            return leaving
        if isinstance(action.operation, Stop) and _ends(todo):
            return todo
        declared = self.desired.resources.get(draft.verdict.address)
        used = Used.of(
            action.address.kind,
            action.native,
            self.world.observation(action.host, action.address.kind, action.native),
        )
        goes_on = declared is not None and used.is_used_in(declared.document)
        changed = any(each.operation.lets_go for each in todo) and draft.verdict.host == user.host
        waits = draft.verdict.pending and user.runs
        held = any(each.deferred for each in draft.actions)
        return todo if changed and not goes_on and not held and not (waits and not _restarts(todo)) else ()


def _ends(actions: Iterable[Action]) -> bool:
    """Whether a guest is stopped, and stays so."""
    done = [action.operation for action in actions]
    stopped = any(isinstance(operation, Stop) for operation in done)
    return stopped and not any(isinstance(operation, Start | Restart) for operation in done)


def _restarts(actions: Iterable[Action]) -> bool:
    return any(isinstance(action.operation, Restart | Stop) for action in actions)
