"""What a running object is changed into: each makes it what its definition says by then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from drivers.base import NetworkSection, SectionCommand
from reconciler.operations.base import Documented, Evidence, OnRetry, Operation
from specs.effect import Effect


@dataclass(frozen=True, slots=True)
class _Live(Operation):
    """Undone by the definition that it follows: define the old one, and the opposite is planned."""

    shows: ClassVar[Evidence] = Evidence.LIVE
    costs: ClassVar[Effect] = Effect.LIVE


@dataclass(frozen=True, slots=True)
class _LiveDevice(Documented):
    shows: ClassVar[Evidence] = Evidence.LIVE
    costs: ClassVar[Effect] = Effect.LIVE


@dataclass(frozen=True, slots=True)
class Attach(_LiveDevice):
    """Plugs a device into a running domain."""

    verb: Literal["attach"] = field(default="attach", kw_only=True)
    again: ClassVar[OnRetry] = OnRetry.LOOKS
    needs: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Detach(_LiveDevice):
    """Unplugs a device from a running domain."""

    verb: Literal["detach"] = field(default="detach", kw_only=True)
    ends: ClassVar[bool] = True
    harms: ClassVar[bool] = True
    lets_go: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class UpdateDevice(_LiveDevice):
    """Changes a device of a running domain in place."""

    verb: Literal["update"] = field(default="update", kw_only=True)
    needs: ClassVar[bool] = True
    harms: ClassVar[bool] = True
    lets_go: ClassVar[bool] = True
    settles: ClassVar[bool] = True

    @property
    def makes_whole(self) -> bool:
        """All that differs is changed by one call."""
        return True


@dataclass(frozen=True, slots=True)
class SetMemory(_Live):
    """Balloons a running domain to so many KiB."""

    verb: Literal["set-memory"] = field(default="set-memory", kw_only=True)

    kib: int


@dataclass(frozen=True, slots=True)
class SetVcpus(_Live):
    """Plugs virtual CPUs in or out until there are so many."""

    verb: Literal["set-vcpus"] = field(default="set-vcpus", kw_only=True)

    count: int


@dataclass(frozen=True, slots=True)
class SetText(_Live):
    """Sets a running domain's title or description; '' removes it."""

    verb: Literal["set-text"] = field(default="set-text", kw_only=True)

    field_: str
    value: str


@dataclass(frozen=True, slots=True)
class Tune(_Live):
    """Sets one tunable of a running domain; `path` is the difference's."""

    verb: Literal["tune"] = field(default="tune", kw_only=True)

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class UpdateNetwork(_LiveDevice):
    """Changes one entry of an active network; `parent` is the index of its <ip>, -1 for none."""

    verb: Literal["update-network"] = field(default="update-network", kw_only=True)
    again: ClassVar[OnRetry] = OnRetry.LOOKS

    section: NetworkSection
    command: SectionCommand
    parent: int = -1

    @property
    def makes_whole(self) -> bool:
        """One that goes may come anew."""
        return self.command is not SectionCommand.DELETE
