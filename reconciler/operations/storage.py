"""What is in a volume, and how large it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from reconciler.operations.base import Documented, Evidence, OnRetry, Operation
from specs.effect import Effect


@dataclass(frozen=True, slots=True)
class Resize(Operation):
    """Grows a volume to so many bytes. Never undone: nothing is ever shrunk."""

    verb: Literal["resize"] = field(default="resize", kw_only=True)
    costs: ClassVar[Effect] = Effect.LIVE
    shows: ClassVar[Evidence] = Evidence.DEFINITION
    provides: ClassVar[bool] = True
    harms: ClassVar[bool] = True

    capacity: int


@dataclass(frozen=True, slots=True)
class Fill(Documented):
    """Makes a volume and fills it; a marker beside it tells that it is half-filled until it is whole, so that
    whoever was interrupted begins anew.

    `from_` names what it is filled from, for people; `origin` is the host that its bytes come from, ''
    when they come from its source. With `replace`, what is there goes; `if_missing` as for a definition.
    `marks` are the nonces of the markers that it goes on from, `strays` those of what is none of its
    business.
    """

    verb: Literal["fill"] = field(default="fill", kw_only=True)
    shows: ClassVar[Evidence] = Evidence.ITSELF
    again: ClassVar[OnRetry] = OnRetry.CONTINUES
    needs: ClassVar[bool] = True
    provides: ClassVar[bool] = True
    harms: ClassVar[bool] = True
    stands: ClassVar[bool] = True
    only_if_set: ClassVar[frozenset[str]] = frozenset({"origin", "marks", "strays", "replace", "if_missing"})

    from_: str
    cost: Effect = Effect.NONE
    origin: str = ""
    replace: bool = False
    if_missing: bool = False
    marks: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()

    @property
    def effect(self) -> Effect:
        """Whether the data of a volume that was there goes, or comes from elsewhere."""
        return self.cost

    @property
    def takes_away(self) -> bool:
        """Only what is written over was somebody's."""
        return self.cost is Effect.DESTROYS_DATA

    def detail(self) -> str:
        """Where its bytes come from."""
        return f"from {self.from_}"
