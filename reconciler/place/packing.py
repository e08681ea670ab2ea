"""Placing: who can stays; the others are packed, the largest first; room is made where it is in pieces."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from reconciler.place.model import Assignment, Guest, HostState, PlannedMove
from reconciler.place.occupancy import Occupancy
from specs.units import format_size

_EJECTED = 6
"""How many guests may be moved on to make room for one."""


def place(hosts: Iterable[HostState], guests: Iterable[Guest]) -> Assignment:
    """A host for every guest, as far as there is one.

    A guest that stands where it may stays there. Nothing new is put where it does not fit or must not be
    with somebody; what is too much already stays as it is. Nothing depends on the order of the arguments.
    """
    occupancy = Occupancy(hosts)
    guests = sorted(guests, key=_urgency)
    open_: list[Guest] = []
    for guest in guests:
        there = guest.current in occupancy.hosts
        if there:
            occupancy.put(guest, guest.current)  # it takes its room until it has left
        if not there or not _may_stay(guest, occupancy):
            open_.append(guest)
    unplaced: dict[str, str] = {}
    why: dict[str, str] = {}
    roomiest = _Roomiest(occupancy)
    for guest in open_:
        host = _home(guest, occupancy) or _stay(guest, occupancy) or roomiest.best(guest)
        if not host and (made := _make_room(guest, occupancy)):
            host, others = made
            why.update({other.name: f"makes room for {guest.name}" for other in others})
        if host:
            occupancy.move(guest, host)
            why.setdefault(guest.name, _why(guest, host, occupancy))
        else:
            unplaced[guest.name] = _reason(guest, occupancy)
    moves = tuple(
        PlannedMove(guest.name, guest.current, occupancy.where[guest.name], why.get(guest.name, ""))
        for guest in guests
        if guest.current and occupancy.where.get(guest.name, guest.current) != guest.current
    )
    return Assignment(dict(occupancy.where), moves, unplaced)


def _urgency(guest: Guest) -> tuple[int, bool, int, int, str]:
    """Higher priority first; among equals those that belong somewhere, then the largest."""
    return -guest.priority, not guest.pinned, -guest.memory_kib, -guest.cpus, guest.name


def _may_stay(guest: Guest, occupancy: Occupancy) -> bool:
    state = occupancy.hosts[guest.current]
    if not guest.movable:
        return True
    if not state.holds:
        return False
    home = occupancy.hosts.get(guest.pinned)
    if home is not None and home.accepts and guest.pinned != guest.current:
        return False
    return guest.current == guest.pinned or guest.current in guest.allowed


def _home(guest: Guest, occupancy: Occupancy) -> str:
    """The host that its file names, when that accepts it: full or not, for somebody said so."""
    home = occupancy.hosts.get(guest.pinned)
    if home is None or not home.accepts:
        return ""
    return guest.pinned if occupancy.apart(guest, guest.pinned) else ""


def _stay(guest: Guest, occupancy: Occupancy) -> str:
    """Where it is, when it would only rather be elsewhere."""
    state = occupancy.hosts.get(guest.current)
    return guest.current if state is not None and state.holds and guest.current in guest.allowed else ""


class _Roomiest:
    """The best host for a guest. For one that cares for room alone, the roomiest of each set of allowed hosts
    is kept on top of a heap, whose entries are put right when they come up."""

    def __init__(self, occupancy: Occupancy) -> None:
        self._board = occupancy
        self._heaps: dict[frozenset[str], list[tuple[float, str]]] = {}

    def best(self, guest: Guest) -> str:
        """'' when it fits nowhere."""
        occupancy = self._board
        if not (guest.near or guest.apart or guest.spread):
            return self._roomiest(guest)
        fitting = (host for host in occupancy.candidates(guest) if occupancy.fits(guest, host))
        return min(fitting, key=lambda host: occupancy.cost(guest, host), default="")

    def _roomiest(self, guest: Guest) -> str:
        occupancy = self._board
        heap = self._heaps.get(guest.allowed)
        if heap is None:
            heap = [(-occupancy.room(host), host) for host in occupancy.candidates(guest)]
            heapq.heapify(heap)
            self._heaps[guest.allowed] = heap
        aside, found = [], ""
        while heap and not found:
            room, host = heapq.heappop(heap)
            now = -occupancy.room(host)
            if now != room:
                heapq.heappush(heap, (now, host))
                continue
            aside.append((room, host))
            found = host if occupancy.fits(guest, host) else ""
        for entry in aside:
            heapq.heappush(heap, entry)
        return found


def _make_room(guest: Guest, occupancy: Occupancy) -> tuple[str, tuple[Guest, ...]] | None:
    """A host where the guest fits once some of those there have moved on, and who they are; they are moved.

    Of all hosts the one is taken where the fewest, stopped rather than running, small rather than large
    guests have to move.
    """
    best: tuple[tuple[int, int, int, str], list[tuple[Guest, str]]] | None = None
    for host in sorted(occupancy.candidates(guest)):
        steps = _ejections(guest, host, occupancy)
        if steps is None:
            continue
        running = sum(other.running for other, _ in steps)
        rank = (len(steps), running, sum(other.memory_kib for other, _ in steps), host)
        if best is None or rank < best[0]:
            best = rank, steps
    if best is None:
        return None
    for other, destination in best[1]:
        occupancy.move(other, destination)
    return best[0][3], tuple(other for other, _ in best[1])


def _ejections(guest: Guest, host: str, occupancy: Occupancy) -> list[tuple[Guest, str]] | None:
    """Who has to leave a host for a guest to fit, and where to; None when it cannot be had."""
    memory = guest.memory_kib - occupancy.memory[host]
    cpus = guest.cpus - occupancy.cpus[host]
    others = [o for o in occupancy.on[host].values() if o.movable and o.pinned != host and o.allowed]
    single = [o for o in others if o.memory_kib >= memory and o.cpus >= cpus]
    for other in sorted(single, key=_disruption):
        if destination := _elsewhere(other, host, occupancy, {}):
            return [(other, destination)]
    steps: list[tuple[Guest, str]] = []
    taken: dict[str, tuple[float, float]] = {}
    for other in sorted(others, key=lambda o: (o.running, -o.memory_kib, o.name)):
        if len(steps) == _EJECTED or (memory <= 0 and cpus <= 0):
            break
        if destination := _elsewhere(other, host, occupancy, taken):
            steps.append((other, destination))
            memory, cpus = memory - other.memory_kib, cpus - other.cpus
            used = taken.get(destination, (0.0, 0.0))
            taken[destination] = (used[0] + other.memory_kib, used[1] + other.cpus)
    return steps if memory <= 0 and cpus <= 0 else None


def _elsewhere(
    guest: Guest, host: str, occupancy: Occupancy, taken: Mapping[str, tuple[float, float]]
) -> str:
    """The fullest host that still has room for it: large rooms are kept for large guests."""

    def fits(name: str) -> bool:
        memory, cpus = taken.get(name, (0.0, 0.0))
        return (
            occupancy.memory[name] - memory >= guest.memory_kib and occupancy.cpus[name] - cpus >= guest.cpus
        )

    return min(
        (name for name in occupancy.candidates(guest) if name != host and fits(name)),
        key=lambda name: (occupancy.room(name), name),
        default="",
    )


def _disruption(guest: Guest) -> tuple[bool, int, str]:
    return guest.running, guest.memory_kib, guest.name


def _why(guest: Guest, host: str, occupancy: Occupancy) -> str:
    if host == guest.pinned:
        return "returns to the host that its file names"
    left = occupancy.hosts.get(guest.current)
    if left is not None and not left.holds:
        return f"{guest.current} is in maintenance"
    return f"may not be on {guest.current}" if guest.current else ""


def _reason(guest: Guest, occupancy: Occupancy) -> str:
    """What is missing."""
    allowed = sorted(name for name in guest.allowed if name in occupancy.hosts)
    if guest.pinned and not allowed:
        allowed = [guest.pinned]
    accepting = [name for name in allowed if occupancy.hosts[name].accepts]
    if not accepting:
        return f"no host that it may be on takes guests now ({', '.join(allowed[:5]) or 'none is chosen'})"
    free = [name for name in accepting if occupancy.apart(guest, name)]
    if not free:
        return (
            f"on every host that it may be on runs one that it must not be with ({', '.join(accepting[:5])})"
        )
    most = max(free, key=lambda name: (occupancy.memory[name], name))
    cpus = max(free, key=lambda name: (occupancy.cpus[name], name))
    if occupancy.memory[most] < guest.memory_kib:
        return (
            f"needs {_size(guest.memory_kib)} of memory; the most that is free on a host that it may be on is"
            f" {_size(occupancy.memory[most])} ({most})"
        )
    if occupancy.cpus[cpus] < guest.cpus:
        return (
            f"needs {guest.cpus} CPUs; the most that are free on a host that it may be on are"
            f" {max(0.0, occupancy.cpus[cpus]):g} ({cpus})"
        )
    return (
        f"needs {_size(guest.memory_kib)} of memory and {guest.cpus} CPUs; no host that it may be on has both"
    )


def _size(kib: float) -> str:
    return format_size(max(0, int(kib)) * 1024)
