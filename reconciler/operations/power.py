"""Whether an object runs: started, stopped, suspended, resumed, and the pool that is built first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from drivers.base import Observation
from reconciler.operations.base import Operation
from reconciler.operations.definitions import Define
from specs.desired import OFF, ON, PowerState, StopPolicy
from specs.effect import Effect


def _unless(seen: Observation, wanted: frozenset[PowerState]) -> str:
    """What is wrong with the power of an object that was to be in one of those states."""
    return "" if seen.power is None or seen.power in wanted else f"it is {seen.power} afterwards"


@dataclass(frozen=True, slots=True)
class Build(Operation):
    """Makes a pool's target ready, before its start; what was there may be written over. Never undone."""

    verb: Literal["build"] = field(default="build", kw_only=True)
    provides: ClassVar[bool] = True
    harms: ClassVar[bool] = True

    overwrite: bool

    @property
    def effect(self) -> Effect:
        """Whether data may go."""
        return Effect.DESTROYS_DATA if self.overwrite else Effect.NONE

    @property
    def takes_away(self) -> bool:
        """Only what is written over was somebody's."""
        return self.overwrite


@dataclass(frozen=True, slots=True)
class Start(Operation):
    """Starts a domain (`paused` if asked), network or pool; undone by stopping it."""

    verb: Literal["start"] = field(default="start", kw_only=True)
    needs: ClassVar[bool] = True
    provides: ClassVar[bool] = True
    starts: ClassVar[bool] = True
    settles: ClassVar[bool] = True
    only_if_set: ClassVar[frozenset[str]] = frozenset({"paused"})

    paused: bool = False

    def lacks(self, seen: Observation) -> str:
        """It is active."""
        return _unless(seen, ON)


@dataclass(frozen=True, slots=True)
class Stop(Operation):
    """Stops an object as its policy says; undone by starting it."""

    verb: Literal["stop"] = field(default="stop", kw_only=True)
    ends: ClassVar[bool] = True
    harms: ClassVar[bool] = True
    lets_go: ClassVar[bool] = True
    settles: ClassVar[bool] = True

    policy: StopPolicy
    cost: Effect = Effect.RESTART

    @property
    def effect(self) -> Effect:
        """A guest's stop is felt by those whom it serves; a network's or pool's is just live."""
        return self.cost

    @property
    def takes_away(self) -> bool:
        """Those who use it have it no more."""
        return True

    def shortfall(self, seen: Observation | None) -> str:
        """One without a definition is gone with its stop."""
        return "" if seen is None else self.lacks(seen)

    def lacks(self, seen: Observation) -> str:
        """It is inactive."""
        return _unless(seen, OFF)


@dataclass(frozen=True, slots=True)
class Restart(Operation):
    """Stops and starts, each tried again by itself: a start that failed must not stop the guest again."""

    verb: Literal["restart"] = field(default="restart", kw_only=True)
    costs: ClassVar[Effect] = Effect.RESTART
    needs: ClassVar[bool] = True
    starts: ClassVar[bool] = True
    harms: ClassVar[bool] = True
    lets_go: ClassVar[bool] = True
    settles: ClassVar[bool] = True
    only_if_set: ClassVar[frozenset[str]] = frozenset({"paused"})

    policy: StopPolicy
    paused: bool = False

    @property
    def takes_away(self) -> bool:
        """Those who use it lose it for a while."""
        return True

    def steps(self) -> tuple[Operation, ...]:
        """A stop and a start."""
        return Stop(self.policy), Start(self.paused)


@dataclass(frozen=True, slots=True)
class Reconfigure(Restart):
    """A restart in whose midst the object is defined anew, for a hypervisor that refuses that while it runs.
    Where the definition fails, it runs as it was."""

    verb: Literal["reconfigure"] = field(default="reconfigure", kw_only=True)  # type: ignore[assignment]
    at_last: ClassVar[bool] = True

    xml: str = ""

    @property
    def document(self) -> str:
        """The XML that the hypervisor is given."""
        return self.xml

    def steps(self) -> tuple[Operation, ...]:
        """A stop, the definition and a start."""
        return Stop(self.policy), Define(self.xml, Effect.RESTART), Start(self.paused)


@dataclass(frozen=True, slots=True)
class Suspend(Operation):
    """Pauses a running domain; undone by resuming it."""

    verb: Literal["suspend"] = field(default="suspend", kw_only=True)
    costs: ClassVar[Effect] = Effect.LIVE

    def lacks(self, seen: Observation) -> str:
        """It is paused."""
        return _unless(seen, frozenset({PowerState.PAUSED}))


@dataclass(frozen=True, slots=True)
class Resume(Operation):
    """Lets a paused domain run; undone by suspending it."""

    verb: Literal["resume"] = field(default="resume", kw_only=True)
    costs: ClassVar[Effect] = Effect.LIVE
    starts: ClassVar[bool] = True

    def lacks(self, seen: Observation) -> str:
        """It runs."""
        return _unless(seen, frozenset({PowerState.RUNNING}))
