"""The definition of a resource that exists: as it is to be, at once or by a restart of the guest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.base import Observation
from reconciler.compare.model import Difference, Effect
from reconciler.operations import Adopt, Define, Reconfigure
from reconciler.plan.complete import complete
from reconciler.plan.draft import Context, Target
from reconciler.plan.model import Action, Hold
from reconciler.plan.world import World
from specs.desired import Declared, PowerState, digest
from specs.documents.marks import Mark


@dataclass(frozen=True, slots=True)
class Defining:
    """The persistent document as it will be, what makes it so, and the differences that are left because the
    hypervisor changes them only while the guest is stopped."""

    document: str
    actions: tuple[Action, ...] = ()
    left: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Definer:
    """Plans definitions of one resource."""

    declared: Declared
    observation: Observation
    world: World
    context: Context
    mark: Mark | None

    def define(
        self,
        differences: tuple[Difference, ...],
        forbidden: Hold | None,
        merged: str,
        partly: Callable[[], str],
    ) -> Defining:
        """A definition, a restart in whose midst it is defined anew, or only our mark. `merged` is the
        observed document with all differences healed, and `partly` gives it with those alone that need no
        stop."""
        resting = tuple(d for d in differences if d.effect is Effect.RESTART)
        if not resting:
            return self._defined(differences, merged) if differences else self._marked()
        paused = self.declared.power is PowerState.PAUSED
        again = Reconfigure(self.declared.policy.stop, paused, xml=self._complete(merged))
        if forbidden is None:
            return Defining(again.document, (self._act(again, differences),))
        now = tuple(d for d in differences if d not in resting)
        defined = self._defined(now, partly()) if now else Defining(self.observation.document)
        later = self._act(again, resting, defined.actions, forbidden)
        return Defining(defined.document, (*defined.actions, later), resting)

    def _defined(self, differences: tuple[Difference, ...], merged: str) -> Defining:
        cost = max((d.effect for d in differences), key=lambda cost: cost.severity)
        document = self._complete(merged)
        return Defining(document, (self._act(Define(document, cost), differences),))

    def _complete(self, merged: str) -> str:
        declared, context = self.declared, self.context
        capabilities = self.world.answers.capabilities.get(declared.host)
        return complete(declared, merged, capabilities, context.fleet.name, context.mark(declared))

    def _act(
        self,
        operation: Define | Reconfigure,
        reasons: tuple[Difference, ...],
        after: tuple[Action, ...] = (),
        hold: Hold | None = None,
    ) -> Action:
        expects = digest(self.observation.document)
        act = Target.of(self.declared).act
        if hold is None:
            return act(operation, reasons, after=after, expects=expects)
        return act(operation, reasons, after=after, expects=expects, deferred=hold.why, until=hold.until)

    def _marked(self) -> Defining:
        """What is defined as declared gets our mark, unless it has one that says the same."""
        seen = self.observation
        if seen.kind in self.world.dialect(self.declared.host).marked:
            ours = self.context.mark(self.declared, seen.uuid)
            if self.mark is None or not self.mark.says_as(ours):
                vouching = ours.vouching(self.declared.document, seen.document)
                return Defining(seen.document, (Target.of(self.declared).act(Adopt(str(vouching))),))
        return Defining(seen.document)
