"""What a view is given for one request: the state, the time, who asks, and how to wake somebody."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from time import time

from starlette.requests import Request

from reconciler.server.access import Role, Visitor, visitor
from state import OpenState


@dataclass(frozen=True, slots=True)
class Desk:
    """What a view is given. `late` is after how many seconds a host's last look is too old to be believed."""

    state: OpenState
    fleet: str
    late: float
    now: float
    visitor: Visitor
    wake: Callable[[Collection[str]], None]

    @property
    def operates(self) -> bool:
        """Whether who asks may decide something."""
        return self.visitor.may(Role.OPERATE)


def without_nul(text: str) -> str:
    """What somebody sent, without the one character that PostgreSQL keeps in no text."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def desk_of(request: Request) -> Desk:
    """The desk at which a request is answered."""
    app = request.app.state
    return Desk(app.state, app.settings.fleet, app.settings.late, time(), visitor(request), app.hooks.wake)
