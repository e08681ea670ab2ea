"""Where a guest runs, and whether it is ready."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from reconciler.operations.base import Documented, Evidence, Lane, OnRetry, Operation
from specs.effect import Effect
from specs.guests import Ready


@dataclass(frozen=True, slots=True)
class Await(Operation):
    """Waits until a guest is ready, for as long as its declaration says."""

    verb: Literal["await"] = field(default="await", kw_only=True)
    shows: ClassVar[Evidence] = Evidence.ITSELF
    lane: ClassVar[Lane] = Lane.WAIT

    ready: Ready

    def detail(self) -> str:
        """How it is asked, and for how long."""
        return f"{self.ready.method} (up to {self.ready.timeout:g} s)"


@dataclass(frozen=True, slots=True)
class Migrate(Documented):
    """Moves a domain from another host; the document is the definition that it gets ('' leaves it as it is),
    `disks` are the targets of those whose content comes along. After an interruption it is on one host."""

    verb: Literal["migrate"] = field(default="migrate", kw_only=True)
    costs: ClassVar[Effect] = Effect.MIGRATE
    shows: ClassVar[Evidence] = Evidence.ITSELF
    again: ClassVar[OnRetry] = OnRetry.CONTINUES
    lane: ClassVar[Lane] = Lane.MOVE
    needs: ClassVar[bool] = True
    harms: ClassVar[bool] = True
    settles: ClassVar[bool] = True
    stands: ClassVar[bool] = True

    from_: str
    live: bool
    disks: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """The host that it leaves."""
        return self.from_

    def detail(self) -> str:
        """From where, how, and what comes along."""
        copied = f", copying {','.join(self.disks)}" if self.live and self.disks else ""
        return f"from {self.from_} ({'live' if self.live else 'stopped'}{copied})"
