"""What the server has to know of the process that it lives in, as data and callables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.counting import Counters


@dataclass(frozen=True, slots=True)
class Health:
    """How the controller's loop is doing. `idle` are the seconds since it last made progress (came round,
    or ended something); with more than `allowed` it is stuck. `missing` says in words what it still needs
    before it does its work: a tree, other controllers' hosts … No name of a host or guest is in it, for
    everybody may read it."""

    idle: float = 0.0
    allowed: float = 60.0
    queue: int = 0
    """Hosts that wait for their round."""
    missing: tuple[str, ...] = ()

    @property
    def stuck(self) -> bool:
        """Whether the loop makes no progress."""
        return self.idle > self.allowed


class WebhookVerdict(StrEnum):
    """What a webhook's receiver made of a call: ACCEPTED, IGNORED (good, and nothing to do), REFUSED (not
    signed as it has to be)."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"
    REFUSED = "refused"


Headers = Mapping[str, str]
"""Header → value, the names in lower case."""


def _nobody(hosts: Collection[str]) -> None:
    """Without a controller nobody is there to be woken."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the server calls: `health` says how the loop is doing; `wake` tells whoever works these hosts that
    there is something to look at; `on_webhook` gets a call of `POST /hooks/git` (None: there is none).
    `counters` are the process's."""

    health: Callable[[], Health] = Health
    wake: Callable[[Collection[str]], None] = _nobody
    on_webhook: Callable[[Headers, bytes], WebhookVerdict] | None = field(default=None)
    counters: Counters = field(default_factory=Counters)
