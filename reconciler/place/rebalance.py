"""A proposal to spread guests better: the moves that gain most, one after another. Nothing is moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.place.model import Guest, HostState, PlannedMove
from reconciler.place.occupancy import Occupancy
from reconciler.place.score import Score, score

_WORTH = 0.005
"""What a move has to gain; less is not worth the disturbance."""

_LOOKED_AT = 8
"""How many of the fullest and of the emptiest hosts are looked at for each move."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Moves in the order of their gain, and the measure before and after all of them."""

    moves: tuple[PlannedMove, ...]
    before: Score
    after: Score


def rebalance(hosts: Iterable[HostState], guests: Iterable[Guest], most: int = 20) -> Proposal:
    """At most so many moves, each of which makes the measure better; those that only their file keeps on
    a host (pinned ones) are not touched."""
    hosts, guests = list(hosts), list(guests)
    occupancy = Occupancy(hosts)
    for guest in guests:
        if guest.current in occupancy.hosts:
            occupancy.put(guest, guest.current)
    before = now = score(hosts, guests, occupancy.where)
    moves: list[PlannedMove] = []
    while len(moves) < most:
        best = _best(occupancy, hosts, guests, now)
        if best is None:
            break
        gained, guest, host = best
        moves.append(
            PlannedMove(
                guest.name, occupancy.where[guest.name], host, f"gains {now.total - gained.total:.3f}"
            )
        )
        occupancy.move(guest, host)
        now = gained
    return Proposal(tuple(moves), before, now)


def _best(
    occupancy: Occupancy, hosts: list[HostState], guests: list[Guest], now: Score
) -> tuple[Score, Guest, str] | None:
    by_room = sorted(
        (host.name for host in hosts if host.holds), key=lambda name: (occupancy.room(name), name)
    )
    emptiest = [name for name in reversed(by_room) if occupancy.hosts[name].accepts][:_LOOKED_AT]
    best: tuple[float, str, str] | None = None
    found: tuple[Score, Guest, str] | None = None
    for origin in by_room[:_LOOKED_AT]:
        for guest in occupancy.on[origin].values():
            if not guest.movable or guest.pinned:
                continue
            for host in emptiest:
                fits = host != origin and host in guest.allowed and occupancy.fits(guest, host)
                if not fits or not occupancy.apart(guest, host):
                    continue
                result = score(hosts, guests, {**occupancy.where, guest.name: host})
                rank = (result.total, guest.name, host)
                if now.total - result.total >= _WORTH and (best is None or rank < best):
                    best, found = rank, (result, guest, host)
    return found
