"""What all operations have: a word, an effect, needs, and how it shows that they have happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum, auto
from typing import Any, ClassVar

from drivers.base import Observation
from specs.effect import Effect


class Evidence(Enum):
    """By what the hypervisor shows, afterwards, that an operation has happened."""

    STATE = auto()
    """By the object's state: `Operation.shortfall` tells what is lacking."""
    DEFINITION = auto()
    """By the persistent document: each path that the action is about."""
    LIVE = auto()
    """By what runs, compared with the definition: each path that the action is about."""
    ITSELF = auto()
    """It looks for itself, or another operation that follows does."""


class OnRetry(Enum):
    """What a second try does, after a first one whose reply was lost, or that was killed."""

    REPEATS = auto()
    """The same once more; what stands already is no error."""
    LOOKS = auto()
    """It would be there twice: it is done again only if it is not in force."""
    CONTINUES = auto()
    """It finds by itself what was left half-done, and goes on from there."""


class Lane(Enum):
    """With what others an operation shares its workers: whoever waits holds up nobody who works."""

    WORK = auto()
    WAIT = auto()
    MOVE = auto()


@dataclass(frozen=True, slots=True)
class Operation:
    """One change of one object, as data; what it is done to is the action's.

    The class says, for all of its kind: `needs`, it fails or does the wrong thing while what the resource
    refers to is not ready; `provides`, those that refer to the resource wait for it; `starts`, a guest runs
    through it; `ends`, that its object is gone is no obstacle; `harms`, it must not meet an object that is
    not as it was planned upon; `lets_go`, a domain may use something no more after it; `settles`, what a
    domain no longer uses may go after it; `stands`, a record may be written right after it; `visible`, a
    person counts it as a change; `at_last`, its last step is taken even where one before it fails.
    """

    verb: str = field(kw_only=True)
    shows: ClassVar[Evidence] = Evidence.STATE
    again: ClassVar[OnRetry] = OnRetry.REPEATS
    lane: ClassVar[Lane] = Lane.WORK
    needs: ClassVar[bool] = False
    provides: ClassVar[bool] = False
    starts: ClassVar[bool] = False
    ends: ClassVar[bool] = False
    harms: ClassVar[bool] = False
    lets_go: ClassVar[bool] = False
    settles: ClassVar[bool] = False
    stands: ClassVar[bool] = False
    visible: ClassVar[bool] = True
    at_last: ClassVar[bool] = False
    costs: ClassVar[Effect] = Effect.NONE
    """The effect of all of its kind, where it is not each one's own."""
    only_if_set: ClassVar[frozenset[str]] = frozenset()
    """The arguments that are not worth telling while they are empty or false."""

    @property
    def effect(self) -> Effect:
        """What it costs."""
        return self.costs

    @property
    def document(self) -> str:
        """The XML that the hypervisor is given; '' for none."""
        return ""

    @property
    def origin(self) -> str:
        """The host that it acts upon besides the action's own: where a guest or a volume comes from."""
        return ""

    @property
    def takes_away(self) -> bool:
        """Whether those who use the object lose it, for a while or for ever."""
        return False

    @property
    def makes_whole(self) -> bool:
        """Whether the whole of the device or entry that it is about is as it should be after it."""
        return False

    def arguments(self) -> Mapping[str, str]:
        """Its values besides document and cost, by the names that plans and JSON show."""
        named = {name.rstrip("_"): value for name, value in _told(self).items()}
        return {k: v for k, v in named.items() if k not in self.only_if_set or v not in ("", "false")}

    def detail(self) -> str:
        """What a plan says of it after its verb and part."""
        return ""

    def steps(self) -> tuple[Operation, ...]:
        """The calls that it is made of, each tried again by itself."""
        return (self,)

    def shortfall(self, seen: Observation | None) -> str:
        """What the hypervisor shows instead of what the operation was to bring about; '' when all is well."""
        return "it is not there afterwards" if seen is None else self.lacks(seen)

    def lacks(self, seen: Observation) -> str:
        """The same of an object that is there."""
        return ""


@dataclass(frozen=True, slots=True)
class Documented(Operation):
    """An operation that gives the hypervisor a document."""

    xml: str

    @property
    def document(self) -> str:
        """The XML that the hypervisor is given."""
        return self.xml


_NO_ARGUMENTS = frozenset({"verb", "xml", "cost"})


def _told(values: Any) -> dict[str, str]:
    """A frozen dataclass's fields as text: flags as true and false, several joined by commas."""
    found: dict[str, str] = {}
    for each in fields(values):
        value = getattr(values, each.name)
        if is_dataclass(value):
            found.update(_told(value))
        elif each.name not in _NO_ARGUMENTS:
            found[each.name] = _text(value)
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return ",".join(value) if isinstance(value, tuple) else str(value)
