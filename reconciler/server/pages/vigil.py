"""Whether hosts are looked at: what is not, is never shown as well."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.report.words import age
from state.claims import FLEET, Controller
from state.standings import HostStanding


@dataclass(frozen=True, slots=True)
class SeenHost:
    """One host, who works it, and why it counts as not looked at ('' when it was)."""

    standing: HostStanding
    owner: str
    why: str


@dataclass(frozen=True, slots=True)
class Vigil:
    """All hosts and controllers of a fleet, at one time."""

    at: float
    hosts: Mapping[str, SeenHost]
    controllers: Sequence[Controller]

    @property
    def late(self) -> Sequence[SeenHost]:
        """The hosts that count as not looked at."""
        return [host for host in self.hosts.values() if host.why]

    @property
    def oldest(self) -> float | None:
        """Seconds since the look that is longest ago; None where a host was never looked at, or is none."""
        looks = [host.standing.looked for host in self.hosts.values()]
        return self.at - min(known) if (known := [look for look in looks if look is not None]) else None

    def seen(self, host: str) -> bool:
        """Whether a host was looked at in time."""
        return host in self.hosts and not self.hosts[host].why


def natural(name: str) -> tuple[object, ...]:
    """By which names are put in order as people count: hv2 before hv10."""
    parts = re.split(r"([0-9]+)", name)  # every other one is a number
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts)), name


def vigil_of(
    hosts: Mapping[str, HostStanding], controllers: Sequence[Controller], now: float, allowed: float
) -> Vigil:
    """Who looks at which host, and which of them nobody looked at in time."""
    working = [
        replace(each, hosts=tuple(host for host in each.hosts if host != FLEET)) for each in controllers
    ]
    owners = {host: controller.id for controller in working for host in controller.hosts}
    known = {name: HostStanding(name, "") for name in owners} | dict(hosts)
    return Vigil(
        now,
        {
            name: SeenHost(known[name], owners.get(name, ""), _why(known[name], name in owners, now, allowed))
            for name in sorted(known, key=natural)
        },
        working,
    )


def _why(host: HostStanding, owned: bool, now: float, allowed: float) -> str:
    """Why a host counts as not looked at."""
    late = host.looked is None or now - host.looked > allowed
    since = "never looked at" if host.looked is None else f"last looked at {age(now - host.looked)} ago"
    if not owned:
        return f"no controller works it, {since}"
    if late and host.problem:
        return f"{since}: {host.problem}"
    return since if late else ""
