"""Placement: which host each domain runs on. Pure, deterministic, sticky; moves as little as it can.

No external solver: what has to be decided is a few guests that leave a host, or are new, among hosts with
room. Packing the largest first does that; where room is in pieces, guests that stand in the way are moved
one host on, the least disruptive first. A solver for the exact optimum would cost a large dependency and
seconds for a plan that is to be made every minute, and would move guests that nobody asked to move.
"""

from reconciler.place.assign import as_they_are, assign, needs_room, unsettled
from reconciler.place.model import Assignment, Guest, HostState
from reconciler.place.packing import place

__all__ = [
    "Assignment",
    "Guest",
    "HostState",
    "as_they_are",
    "assign",
    "needs_room",
    "place",
    "unsettled",
]
