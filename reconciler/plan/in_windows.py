"""Changes whose effect a window names wait until it opens."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.compare.model import Cause
from reconciler.plan.draft import Draft
from reconciler.plan.holding import held_back, with_what_belongs
from reconciler.plan.model import Action, Hold
from reconciler.plan.windows import Rules
from reconciler.plan.world import World
from specs.desired import Desired, Policy
from specs.windows import Window


def in_windows(drafts: Iterable[Draft], desired: Desired, world: World) -> list[Draft]:
    """The drafts with all that waits for a window of its effect, and what belongs to it."""
    drafts = list(drafts)
    rules = Rules(desired.hosts, desired.fleet)

    def within(draft: Draft) -> Draft:
        own = _policy(draft, desired, world).windows
        if not own and not rules.any:
            return draft
        return held_back(draft, lambda action: _waits(action, own, rules, world.now))

    held = [within(draft) for draft in drafts]
    return with_what_belongs(drafts, held, desired, world)


def _waits(action: Action, own: tuple[Window, ...], rules: Rules, now: float) -> Hold | None:
    """What a person asked for at this moment waits for none."""
    if action.reasons and all(reason.cause is Cause.ASKED for reason in action.reasons):
        return None
    return rules.closed(own, action.hosts, now, lambda window: action.effect in window.effects)


def _policy(draft: Draft, desired: Desired, world: World) -> Policy:
    """Of what is declared no more, what was last declared counts."""
    address = draft.verdict.address
    known = desired.resources.get(address) or world.records.get(address)
    return known.policy if known else Policy()
