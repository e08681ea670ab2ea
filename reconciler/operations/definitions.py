"""What an object is: defined, marked as ours, given its value, removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from drivers.base import Belonging, Observation
from reconciler.operations.base import Documented, Evidence, Operation
from specs.documents.marks import read_mark
from specs.effect import Effect
from specs.xml import is_xml, parse


@dataclass(frozen=True, slots=True)
class Define(Documented):
    """Makes an object from its document, or redefines it in place; undone by undefining, or by defining what
    was there before. A volume `if_missing` is one of a pool that could not be looked into."""

    verb: Literal["define"] = field(default="define", kw_only=True)
    shows: ClassVar[Evidence] = Evidence.DEFINITION
    needs: ClassVar[bool] = True
    provides: ClassVar[bool] = True
    harms: ClassVar[bool] = True
    lets_go: ClassVar[bool] = True
    settles: ClassVar[bool] = True
    stands: ClassVar[bool] = True
    only_if_set: ClassVar[frozenset[str]] = frozenset({"if_missing"})

    cost: Effect = Effect.NONE
    if_missing: bool = False

    @property
    def effect(self) -> Effect:
        """That of the worst difference which it removes."""
        return self.cost


@dataclass(frozen=True, slots=True)
class Adopt(Documented):
    """Puts our ownership mark into a domain's metadata and changes nothing else."""

    verb: Literal["adopt"] = field(default="adopt", kw_only=True)
    harms: ClassVar[bool] = True
    stands: ClassVar[bool] = True
    visible: ClassVar[bool] = False

    def lacks(self, seen: Observation) -> str:
        """A mark that says the same, whatever the hypervisor made of its form."""
        if not is_xml(seen.document):
            return "its document cannot be read afterwards"
        given = parse(self.xml)
        marks = parse(seen.document).iter(str(given.tag))
        if any(set(given.items()) <= set(mark.items()) for mark in marks):
            return ""
        return "our mark is not in its metadata afterwards"


@dataclass(frozen=True, slots=True)
class Release(Operation):
    """Gives an object back: our mark goes where it is `marked`, and the record with it. Nothing else of the
    object changes; undone by adopting it."""

    verb: Literal["release"] = field(default="release", kw_only=True)
    harms: ClassVar[bool] = True

    marked: bool = True

    def lacks(self, seen: Observation) -> str:
        """No mark of ours."""
        return "our mark is still there" if self.marked and read_mark(seen.document) else ""


@dataclass(frozen=True, slots=True)
class Undefine(Operation):
    """Removes the definition of an inactive object; of a volume, its data. What belongs to a domain stays,
    but for what is discarded by name. A definition can be made again."""

    verb: Literal["undefine"] = field(default="undefine", kw_only=True)
    ends: ClassVar[bool] = True
    harms: ClassVar[bool] = True
    only_if_set: ClassVar[frozenset[str]] = frozenset({"discards"})

    cost: Effect = Effect.NONE
    discards: tuple[Belonging, ...] = ()

    @property
    def effect(self) -> Effect:
        """Whether data goes with it."""
        return self.cost

    @property
    def takes_away(self) -> bool:
        """Nobody has it afterwards."""
        return True

    def shortfall(self, seen: Observation | None) -> str:
        """Gone, or no more than what still runs without a definition."""
        return "it is still there" if seen is not None and seen.persistent else ""


@dataclass(frozen=True, slots=True)
class SetValue(Operation):
    """Gives a secret its value, which no plan carries."""

    verb: Literal["set-value"] = field(default="set-value", kw_only=True)
    provides: ClassVar[bool] = True

    def lacks(self, seen: Observation) -> str:
        """As far as the hypervisor tells whether a secret has a value."""
        return "it has no value afterwards" if seen.has_value is False else ""


@dataclass(frozen=True, slots=True)
class Rename(Operation):
    """Gives a stopped domain another name; it keeps its UUID, and what was made of its old name. Undone by
    the opposite."""

    verb: Literal["rename"] = field(default="rename", kw_only=True)
    ends: ClassVar[bool] = True
    harms: ClassVar[bool] = True

    to: str

    def detail(self) -> str:
        """How it is called afterwards."""
        return f"to {self.to}"

    def shortfall(self, seen: Observation | None) -> str:
        """Nothing of the old name is there any more."""
        return "it has its old name still" if seen is not None else ""


@dataclass(frozen=True, slots=True)
class SetAutostart(Operation):
    """Sets whether an object starts with its host; undone by setting the opposite."""

    verb: Literal["autostart"] = field(default="autostart", kw_only=True)

    on: bool

    def lacks(self, seen: Observation) -> str:
        """As far as the hypervisor tells it."""
        if seen.autostart in (None, self.on):
            return ""
        return f"autostart is {str(seen.autostart).lower()} afterwards"
