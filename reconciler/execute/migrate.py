"""Moving a domain, so that whoever is interrupted leaves it on exactly one host, or finds it so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.base import Driver, Move, MoveProgress
from drivers.errors import Refused
from reconciler.plan.model import Action
from specs.desired import DeclaredHost
from specs.guests import MigrationPolicy
from specs.identity import Kind


@dataclass(frozen=True, slots=True)
class Journey:
    """One domain's way from its origin to its destination."""

    action: Action
    origin: Driver
    destination: Driver
    policy: MigrationPolicy
    hosts: Mapping[str, DeclaredHost]


def migrate(journey: Journey, tell: Callable[[str], None], cancel: threading.Event) -> str:
    """Moves the domain; why nothing had to be done, or ''. Raises DriverError: Refused when it stays
    where it was."""
    action = journey.action
    name = action.native
    if journey.origin.observe_one(Kind.DOMAIN, name) is None:
        there = journey.destination.observe_one(Kind.DOMAIN, name)
        if there is None:
            raise Refused(f"it is on neither host: not on {action.arguments['from']} any more", "plan again")
        return "is there already"

    def progress(step: MoveProgress) -> None:
        if step.total:
            tell(f"{step.remaining / 2**20:.0f} of {step.total / 2**20:.0f} MiB left")

    journey.origin.move_domain(name, journey.destination, _move(journey), progress, cancel)
    if journey.destination.observe_one(Kind.DOMAIN, name) is None:
        raise Refused(f"it is not on {action.host} afterwards", "plan again")
    return ""


def _move(journey: Journey) -> Move:
    action, hosts = journey.action, journey.hosts
    ends = [hosts[name].migration for name in (action.arguments["from"], action.host) if name in hosts]
    limits = [limit for limit in (journey.policy.bandwidth, *(end.bandwidth for end in ends)) if limit]
    return Move(
        live=action.arguments["live"] == "true",
        policy=journey.policy,
        document=action.document,
        address=hosts[action.host].migration.address if action.host in hosts else "",
        copied_disks=tuple(filter(None, action.arguments.get("disks", "").split(","))),
        bandwidth=min(limits, default=0),
    )
