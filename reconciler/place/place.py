"""Placing: who can stays; the others are packed, the largest first; room is made where it is in pieces."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from reconciler.place.board import Board
from reconciler.place.model import Guest, HostState, Placed, PlannedMove
from specs.units import format_size

_EJECTED = 6
"""How many guests may be moved on to make room for one."""


def place(hosts: Iterable[HostState], guests: Iterable[Guest]) -> Placed:
    """A host for every guest, as far as there is one.

    A guest that stands where it may stays there. Nothing new is put where it does not fit or must not be
    with somebody; what is too much already stays as it is. Nothing depends on the order of the arguments.
    """
    board = Board(hosts)
    guests = sorted(guests, key=_urgency)
    open_: list[Guest] = []
    for guest in guests:
        there = guest.current in board.hosts
        if there:
            board.put(guest, guest.current)  # it takes its room until it has left
        if not there or not _may_stay(guest, board):
            open_.append(guest)
    unplaced: dict[str, str] = {}
    why: dict[str, str] = {}
    roomiest = _Roomiest(board)
    for guest in open_:
        host = _home(guest, board) or _stay(guest, board) or roomiest.best(guest)
        if not host and (made := _make_room(guest, board)):
            host, others = made
            why.update({other.name: f"makes room for {guest.name}" for other in others})
        if host:
            board.move(guest, host)
            why.setdefault(guest.name, _why(guest, host, board))
        else:
            unplaced[guest.name] = _reason(guest, board)
    moves = tuple(
        PlannedMove(guest.name, guest.current, board.where[guest.name], why.get(guest.name, ""))
        for guest in guests
        if guest.current and board.where.get(guest.name, guest.current) != guest.current
    )
    return Placed(dict(board.where), moves, unplaced)


def _urgency(guest: Guest) -> tuple[int, bool, int, int, str]:
    """Higher priority first; among equals those that belong somewhere, then the largest."""
    return -guest.priority, not guest.pinned, -guest.memory_kib, -guest.cpus, guest.name


def _may_stay(guest: Guest, board: Board) -> bool:
    state = board.hosts[guest.current]
    if not guest.movable:
        return True
    if not state.holds:
        return False
    home = board.hosts.get(guest.pinned)
    if home is not None and home.accepts and guest.pinned != guest.current:
        return False
    return guest.current == guest.pinned or guest.current in guest.allowed


def _home(guest: Guest, board: Board) -> str:
    """The host that its file names, when that accepts it: full or not, for somebody said so."""
    home = board.hosts.get(guest.pinned)
    if home is None or not home.accepts:
        return ""
    return guest.pinned if board.apart(guest, guest.pinned) else ""


def _stay(guest: Guest, board: Board) -> str:
    """Where it is, when it would only rather be elsewhere."""
    state = board.hosts.get(guest.current)
    return guest.current if state is not None and state.holds and guest.current in guest.allowed else ""


class _Roomiest:
    """The best host for a guest. For one that cares for room alone, the roomiest of each set of allowed hosts
    is kept on top of a heap, whose entries are put right when they come up."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._heaps: dict[frozenset[str], list[tuple[float, str]]] = {}

    def best(self, guest: Guest) -> str:
        """'' when it fits nowhere."""
        board = self._board
        if not (guest.near or guest.apart or guest.spread):
            return self._roomiest(guest)
        fitting = (host for host in board.candidates(guest) if board.fits(guest, host))
        return min(fitting, key=lambda host: board.cost(guest, host), default="")

    def _roomiest(self, guest: Guest) -> str:
        board = self._board
        heap = self._heaps.get(guest.allowed)
        if heap is None:
            heap = [(-board.room(host), host) for host in board.candidates(guest)]
            heapq.heapify(heap)
            self._heaps[guest.allowed] = heap
        aside, found = [], ""
        while heap and not found:
            room, host = heapq.heappop(heap)
            now = -board.room(host)
            if now != room:
                heapq.heappush(heap, (now, host))
                continue
            aside.append((room, host))
            found = host if board.fits(guest, host) else ""
        for entry in aside:
            heapq.heappush(heap, entry)
        return found


def _make_room(guest: Guest, board: Board) -> tuple[str, tuple[Guest, ...]] | None:
    """A host where the guest fits once some of those there have moved on, and who they are; they are moved.

    Of all hosts the one is taken where the fewest, stopped rather than running, small rather than large
    guests have to move.
    """
    best: tuple[tuple[int, int, int, str], list[tuple[Guest, str]]] | None = None
    for host in sorted(board.candidates(guest)):
        steps = _ejections(guest, host, board)
        if steps is None:
            continue
        running = sum(other.running for other, _ in steps)
        rank = (len(steps), running, sum(other.memory_kib for other, _ in steps), host)
        if best is None or rank < best[0]:
            best = rank, steps
    if best is None:
        return None
    for other, destination in best[1]:
        board.move(other, destination)
    return best[0][3], tuple(other for other, _ in best[1])


def _ejections(guest: Guest, host: str, board: Board) -> list[tuple[Guest, str]] | None:
    """Who has to leave a host for a guest to fit, and where to; None when it cannot be had."""
    memory = guest.memory_kib - board.memory[host]
    cpus = guest.cpus - board.cpus[host]
    others = [o for o in board.on[host].values() if o.movable and o.pinned != host and o.allowed]
    single = [o for o in others if o.memory_kib >= memory and o.cpus >= cpus]
    for other in sorted(single, key=_disruption):
        if destination := _elsewhere(other, host, board, {}):
            return [(other, destination)]
    steps: list[tuple[Guest, str]] = []
    taken: dict[str, tuple[float, float]] = {}
    for other in sorted(others, key=lambda o: (o.running, -o.memory_kib, o.name)):
        if len(steps) == _EJECTED or (memory <= 0 and cpus <= 0):
            break
        if destination := _elsewhere(other, host, board, taken):
            steps.append((other, destination))
            memory, cpus = memory - other.memory_kib, cpus - other.cpus
            used = taken.get(destination, (0.0, 0.0))
            taken[destination] = (used[0] + other.memory_kib, used[1] + other.cpus)
    return steps if memory <= 0 and cpus <= 0 else None


def _elsewhere(guest: Guest, host: str, board: Board, taken: Mapping[str, tuple[float, float]]) -> str:
    """The fullest host that still has room for it: large rooms are kept for large guests."""

    def fits(name: str) -> bool:
        memory, cpus = taken.get(name, (0.0, 0.0))
        return board.memory[name] - memory >= guest.memory_kib and board.cpus[name] - cpus >= guest.cpus

    return min(
        (name for name in board.candidates(guest) if name != host and fits(name)),
        key=lambda name: (board.room(name), name),
        default="",
    )


def _disruption(guest: Guest) -> tuple[bool, int, str]:
    return guest.running, guest.memory_kib, guest.name


def _why(guest: Guest, host: str, board: Board) -> str:
    if host == guest.pinned:
        return "returns to the host that its file names"
    left = board.hosts.get(guest.current)
    if left is not None and not left.holds:
        return f"{guest.current} is in maintenance"
    return f"may not be on {guest.current}" if guest.current else ""


def _reason(guest: Guest, board: Board) -> str:
    """What is missing."""
    allowed = sorted(name for name in guest.allowed if name in board.hosts)
    if guest.pinned and not allowed:
        allowed = [guest.pinned]
    accepting = [name for name in allowed if board.hosts[name].accepts]
    if not accepting:
        return f"no host that it may be on takes guests now ({', '.join(allowed[:5]) or 'none is chosen'})"
    free = [name for name in accepting if board.apart(guest, name)]
    if not free:
        return (
            f"on every host that it may be on runs one that it must not be with ({', '.join(accepting[:5])})"
        )
    most = max(free, key=lambda name: (board.memory[name], name))
    cpus = max(free, key=lambda name: (board.cpus[name], name))
    if board.memory[most] < guest.memory_kib:
        return (
            f"needs {_size(guest.memory_kib)} of memory; the most that is free on a host that it may be on is"
            f" {_size(board.memory[most])} ({most})"
        )
    if board.cpus[cpus] < guest.cpus:
        return (
            f"needs {guest.cpus} CPUs; the most that are free on a host that it may be on are"
            f" {max(0.0, board.cpus[cpus]):g} ({cpus})"
        )
    return (
        f"needs {_size(guest.memory_kib)} of memory and {guest.cpus} CPUs; no host that it may be on has both"
    )


def _size(kib: float) -> str:
    return format_size(max(0, int(kib)) * 1024)
