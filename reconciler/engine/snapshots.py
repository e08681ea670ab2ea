"""Asking hosts for the snapshots of domains."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from drivers.base import Host, needed
from reconciler.engine.at_once import at_once
from reconciler.plan.held import SnapshotsHeld


def held_of(
    wanted: Collection[tuple[str, str]], drivers: Mapping[str, Host]
) -> dict[tuple[str, str], SnapshotsHeld]:
    """What these domains have, by host and name; where a host cannot say, or its driver takes none, that is
    what stands in the way."""
    asked = {f"{host} {name}": (host, name) for host, name in wanted if host in drivers}

    def ask(host: str, name: str) -> Callable[[], SnapshotsHeld]:
        def held() -> SnapshotsHeld:
            snapshots = needed.snapshots(drivers[host])
            return SnapshotsHeld(snapshots.all(name), snapshots.obstacle(name))

        return held

    said, failed = at_once({key: ask(*each) for key, each in asked.items()}, "asking for snapshots of")
    unknown = {key: SnapshotsHeld(obstacle=why) for key, why in failed.items()}
    return {asked[key]: found for key, found in {**said, **unknown}.items()}
