"""Which calls change a host: marked in the protocols, so that nobody keeps a list of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])
_MARK = "__writes__"


def writes(method: F) -> F:
    """Marks a method of a facet that changes the host, or types into a guest. Over a connection that was
    opened read-only every one of them raises Refused, whatever it is asked for, and does nothing."""
    setattr(method, _MARK, True)
    return method


def writing(facet: type) -> tuple[str, ...]:
    """The names of a facet's methods that are marked so."""
    return tuple(name for name, method in vars(facet).items() if getattr(method, _MARK, False))
