"""A domain that has to go from one host to another, and what comes along with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.base import Observation
from reconciler.plan.world import World
from specs.desired import Declared, Desired
from specs.identity import Kind


@dataclass(frozen=True, slots=True)
class DomainMove:
    """One domain that has to go from one host to another; `live` while it runs. `obstacles` stand in its
    way, as far as can be seen before anything moves."""

    declared: Declared
    origin: str
    observation: Observation
    live: bool
    obstacles: tuple[str, ...] = ()

    @property
    def held(self) -> str:
        """Why it waits though nothing stands in its way."""
        if self.live and self.declared.migration.allow == "stopped":
            return f"migration.allow: stopped; it moves when it is stopped on {self.origin}"
        return ""


def coming(move: DomainMove, desired: Desired, world: World) -> Iterator[Declared]:
    """The declared volumes whose content comes along from the origin: its own disks where storage is
    copied, and a seed that cannot be made anew because the files say another by now."""
    copied = move.declared.migration.storage == "copy"
    for address in move.declared.requires:
        volume = desired.resources.get(address)
        if (
            volume is not None
            and address.kind is Kind.VOLUME
            and volume.host == move.declared.host
            and not volume.shared
            and (volume.source is None if volume.policy.generated else copied)
            and world.observation(move.origin, Kind.VOLUME, volume.native)
        ):
            yield volume
