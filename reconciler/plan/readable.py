"""Whether an object's document can be read at all; one that cannot is left alone."""

from __future__ import annotations

from functools import lru_cache

from drivers.base import Observation
from specs.documents.readable import why_not_readable


@lru_cache(maxsize=4096)
def why_unreadable(seen: Observation) -> str:
    """Why an object's documents cannot be worked with; '' when they can. Both are parsed."""
    documents = (seen.document, seen.live) if seen.live else (seen.document,)
    problems = (why_not_readable(seen.kind, seen.name, document) for document in documents)
    return next(filter(None, problems), "")


def left_alone(why: str) -> str:
    """What a plan says of an unreadable object."""
    return f"unreadable: {why}; it is left alone"
