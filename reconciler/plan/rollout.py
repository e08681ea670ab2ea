"""Whose turn it is: what a new commit changes reaches guests one after another, and stops where it fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from reconciler.compare.model import Cause
from reconciler.operations import Effect, Resume, Start
from reconciler.plan.draft import Draft
from reconciler.plan.holding import held_back, with_what_belongs
from reconciler.plan.model import Action, Hold, Status, earliest
from reconciler.plan.rolling import Rolling, rollout_name
from reconciler.plan.select import selected
from reconciler.plan.world import Options, World
from specs.desired import Declared, Desired
from specs.identity import Address, Kind
from specs.rollouts import CANARIES, RolloutPolicy
from state.decisions import Verb
from state.tickets import Begun, GuestTurn, Quota, Ticket

_CAUSES = frozenset({Cause.NEW, Cause.EDITED, Cause.ADOPTED})
_DOWN = frozenset({Effect.RESTART, Effect.MIGRATE, Effect.REPLACE, Effect.DESTROYS_DATA})
_AGAIN = 10.0
"""Seconds after which those who wait for others look again; they are told sooner where that is possible."""


def in_turn(
    drafts: Iterable[Draft], desired: Desired, world: World, options: Options
) -> tuple[list[Draft], Rolling]:
    """The drafts where all guests wait whose turn it is not, with what belongs to them; and whose it is."""
    drafts, policy = list(drafts), desired.fleet.rollout
    if policy is None or options.destroy or options.release:
        return drafts, Rolling()
    steps = {turn.address: turn for draft in drafts if (turn := _step(draft, policy, desired, world))}
    rollout = _Rollout(policy, {d.verdict.address: d for d in drafts}, steps, desired, world, options)
    holds = dict(rollout.holds())
    held = [_waiting(draft, holds.get(draft.verdict.address)) for draft in drafts]
    found = with_what_belongs(drafts, held, desired, world)
    busy = {draft.verdict.address for draft in found if any(not a.deferred for a in draft.actions)}
    rolling = Rolling(
        rollout_name(desired, options.commit),
        tuple(turn for address, turn in steps.items() if address in busy and address not in holds),
        rollout.limits,
        tuple(rollout.settled()),
        rollout.shared,
        world.now + _AGAIN if holds and rollout.shared else None,
    )
    return found, rolling


def still_turning(rolling: Rolling, actions: Iterable[Action]) -> Rolling:
    """Without the turns of those to whom nothing is done after all."""
    busy = {action.address for action in actions if not action.deferred}
    return replace(rolling, turns=tuple(turn for turn in rolling.turns if turn.address in busy))


def _waiting(draft: Draft, hold: Hold | None) -> Draft:
    """A guest that waits for its turn, and that somebody stopped meanwhile, goes on as it was."""
    if hold is None:
        return draft
    held = held_back(draft, lambda action: None if _heals(action) else hold)
    waiting = {action.id for action in held.actions if action.deferred}
    actions = tuple(
        replace(action, after=tuple(id_ for id_ in action.after if id_ not in waiting))
        for action in held.actions
    )
    return replace(held, actions=actions)


def _heals(action: Action) -> bool:
    return isinstance(action.operation, Start | Resume) and all(
        reason.cause is Cause.DRIFTED for reason in action.reasons
    )


def _step(draft: Draft, policy: RolloutPolicy, desired: Desired, world: World) -> GuestTurn | None:
    """A guest's turn, where something is to be done about it for the files' sake. What was rolled out before
    and is gone or changed on its host is healed, and waits for nobody."""
    declared = desired.resources.get(draft.verdict.address)
    if declared is None or declared.address.kind is not Kind.DOMAIN:
        return None
    record = world.records.get(declared.address)
    rolled_out = record is not None and record.declared_digest == declared.digest
    causes = _CAUSES - {Cause.NEW} if rolled_out else _CAUSES
    todo = [action for action in draft.actions if not action.deferred]
    if not any(_is_for(action, causes) for action in todo):
        return None
    down = any(action.effect in _DOWN for action in todo)
    return GuestTurn(declared.address, declared.host, _group(policy, declared), down)


def _group(policy: RolloutPolicy, declared: Declared) -> str:
    return CANARIES if declared.address in policy.canaries else policy.group_of(declared.labels)


def _is_for(action: Action, causes: frozenset[Cause]) -> bool:
    return action.operation.visible and any(reason.cause in causes for reason in action.reasons)


@dataclass(frozen=True)
class _Rollout:
    """How far it is: the tickets so far, and the guests (`steps`) to whom something is to be done."""

    policy: RolloutPolicy
    drafts: Mapping[Address, Draft]
    steps: Mapping[Address, GuestTurn]
    desired: Desired
    world: World
    options: Options

    @property
    def shared(self) -> bool:
        """Whether others roll out at the same time."""
        return self.options.regional is not None

    @cached_property
    def tickets(self) -> Mapping[Address, Ticket]:
        """The tickets so far: of all that the plan is about, of the canaries, and of those that failed."""
        return {ticket.turn.address: ticket for ticket in self.world.recorded.tickets}

    @cached_property
    def batches(self) -> Mapping[str, _Batch]:
        """The batch of each group that is under way, or comes now."""
        known = self.world.recorded.groups
        groups = {turn.group for turn in self.steps.values()}
        return {
            group: _batch(self.policy, group, known.get(group, Begun()), self.world.now) for group in groups
        }

    @property
    def limits(self) -> tuple[tuple[str, Quota], ...]:
        """Those of each group, for the tickets that are taken now."""
        return tuple(
            (group, Quota(self.policy.most_down(group), batch.most)) for group, batch in self.batches.items()
        )

    def holds(self) -> Iterator[tuple[Address, Hold]]:
        """Whose turn it is not, and why. Who has failed is tried again, for that is how it is mended."""
        stopped, canaries = self._stopped(), self._canaries()
        room = {group: batch.room for group, batch in self.batches.items()}
        for address, turn in self.steps.items():
            if address in self.tickets:
                continue
            hold = stopped or (None if turn.group == CANARIES else canaries) or self._batch_full(turn, room)
            if hold:
                yield address, hold

    def _batch_full(self, turn: GuestTurn, room: dict[str, int | None]) -> Hold | None:
        """Takes a place in the batch, or tells why there is none."""
        left, hold = room[turn.group], self.batches[turn.group].hold
        if hold or left is None or self._goes_on_by_itself:
            return hold
        room[turn.group] = left - 1
        return None if left > 0 else _LATER

    def settled(self) -> Iterator[GuestTurn]:
        """Of whom it is known now that nothing is left to be done: canaries, for others to know, and those
        whose ticket somebody left open."""
        for address, draft in self.drafts.items():
            ticket = self.tickets.get(address)
            unknown = address in self.policy.canaries if ticket is None else ticket.ended is None
            if (unknown or (ticket and ticket.failed)) and self._is_settled(address):
                declared = self.desired.resources[address]
                yield GuestTurn(address, draft.verdict.host, _group(self.policy, declared))

    @property
    def _goes_on_by_itself(self) -> bool:
        """Whether one plan holds all batches, one after the other."""
        return not self.shared and not self.policy.pause

    def _is_settled(self, address: Address) -> bool:
        """Whether it is as declared; what waits for a window is not."""
        draft = self.drafts.get(address)
        return (
            draft is not None
            and address not in self.steps
            and draft.verdict.status is Status.CONVERGED
            and earliest(draft.actions) is None
        )

    def _stopped(self) -> Hold | None:
        going_on = [d.at for d in self.world.recorded.decisions if d.verb is Verb.PROCEED]
        since = max(going_on, default=0.0)
        failed = [
            ticket
            for address, ticket in self.tickets.items()
            if ticket.failed and (ticket.ended or 0.0) > since and not self._is_settled(address)
        ]
        if len(failed) < self.policy.max_failures:
            return None
        last = max(failed, key=lambda ticket: ticket.ended or 0.0)
        many = f"{len(failed)} failures" if len(failed) > 1 else "1 failure"
        return Hold(
            f"roll-out stopped after {many} ({last.turn.address}: {last.failed}): mend it, or resume Rollout"
        )

    def _canaries(self) -> Hold | None:
        """Why the others wait for those who go first."""
        ends, own = [], False
        for canary in self.policy.canaries:
            ticket = self.tickets.get(canary)
            if canary in self.steps and not (ticket and ticket.failed):
                own = True
            elif ticket and ticket.ended is not None and not ticket.failed:
                if ticket.ended > ticket.taken:  # else nothing was to be done
                    ends.append(ticket.ended)
            elif not self._is_settled(canary) and not self._is_left_out(canary):
                return Hold(f"roll-out: waits for {canary}, which goes first (canary)")
        if own and (self.policy.pause or self.shared):
            return Hold("roll-out: comes after the canaries")
        return _pause(self.policy, ends, self.world.now)

    def _is_left_out(self, canary: Address) -> bool:
        declared = self.desired.resources.get(canary)
        labels = declared.labels if declared else ()
        return bool(self.options.only) and not selected(self.options.only, canary, labels)


_LATER = Hold("roll-out: comes in a later batch")


@dataclass(frozen=True, slots=True)
class _Batch:
    """How many more of a group may begin now (None for any number), why none may, and how many tickets there
    may be by now."""

    room: int | None = None
    hold: Hold | None = None
    most: int | None = None


def _batch(policy: RolloutPolicy, group: str, known: Begun, now: float) -> _Batch:
    size = policy.batch_of(group)
    if size is None or group == CANARIES:
        return _Batch()
    begun = known.tickets % size
    if not begun and known.tickets:
        if known.under_way:
            return _Batch(0, Hold("roll-out: comes after the batch under way"), known.tickets)
        if hold := _pause(policy, [known.last], now):
            return _Batch(0, hold, known.tickets)
    return _Batch(size - begun, None, known.tickets + size - begun)


def _pause(policy: RolloutPolicy, ends: list[float], now: float) -> Hold | None:
    until = max(ends, default=0.0) + policy.pause
    return Hold("roll-out: a pause", until) if policy.pause and now < until else None
