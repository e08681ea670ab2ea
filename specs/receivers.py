"""Who is told of what comes to pass, and by which way: plain data. Where secrets are needed, where they are
read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from specs.secret_source import SecretSource

NoticeKind = Literal[
    "failed",
    "blocked",
    "drifted",
    "healed",
    "recovered",
    "fighting",
    "waiting",
    "unreachable",
    "host-recovered",
    "not-looked-at",
    "commit-refused",
    "commit-waiting",
    "commit-in-force",
]
KINDS: tuple[str, ...] = get_args(NoticeKind)
"""What people may be told of."""

Tls = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """A URL that notices are posted to as JSON: `template` makes the body, or the default does."""

    url: SecretSource
    template: str = ""


@dataclass(frozen=True, slots=True)
class Email:
    """Addresses that notices are sent to, and the server that takes them."""

    to: tuple[str, ...]
    sender: str
    server: str
    port: int
    tls: Tls = "starttls"
    username: str = ""
    password: SecretSource | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """One who is told: `on` of these kinds of notices (of all when there are none), and of resources `only`
    of those that one of the selectors chooses."""

    name: str
    way: Webhook | Email
    on: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def restore_receiver(values: Mapping[str, Any]) -> Receiver:
    """The receiver that `dataclasses.asdict` and JSON made these values of."""
    way = values["way"]
    made: Webhook | Email
    if "url" in way:
        made = Webhook(_source(way["url"]), way["template"])
    else:
        password = _source(way["password"]) if way["password"] else None
        made = Email(**{**way, "to": tuple(way["to"]), "password": password})
    return Receiver(values["name"], made, tuple(values["on"]), tuple(values["only"]))


def _source(values: Mapping[str, Any]) -> SecretSource:
    return SecretSource(**{**values, "command": tuple(values["command"])})
