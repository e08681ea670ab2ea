"""What the console tells of, as it happens: a feed that answers when there is something, or after a while.

IBM: "Events" (/rest/api/uom/Event; INVALID_URI, CACHE_CLEARED, MISSING_EVENTS, ADD_URI, MODIFY_URI,
DELETE_URI); pypowervm's event listener for the queue of one's own (QUEUE_APPLICATIONID). Events tell UUIDs,
so the names are kept beside them."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from drivers.base import Change, Happening
from drivers.base.errors import DriverError
from drivers.hmc.atom import read_entries
from drivers.hmc.client import HmcClient
from drivers.hmc.elements import Element, text
from specs.identity import Kind

_WAIT = 300.0
"""Seconds that the console may take to have something to tell (pypowervm waits as long as its session)."""
_RESOURCE = re.compile(r"/(LogicalPartition|VirtualNetwork|VolumeGroup|VirtualIOServer)/([0-9A-Fa-f-]{36})")
_SYSTEM = re.compile(r"/ManagedSystem/([0-9A-Fa-f-]{36})")
_KINDS = {
    "LogicalPartition": Kind.DOMAIN,
    "VirtualNetwork": Kind.NETWORK,
    "VolumeGroup": Kind.STORAGE_POOL,
    "VirtualIOServer": Kind.STORAGE_POOL,
}
_NAMED_AT = {"LogicalPartition": "PartitionName", "VirtualNetwork": "NetworkName"}
_WHAT = {"ADD_URI": Happening.DEFINED, "DELETE_URI": Happening.REMOVED, "MODIFY_URI": Happening.CHANGED}
_GAPS = frozenset({"CACHE_CLEARED", "MISSING_EVENTS"})


@dataclass(frozen=True, slots=True)
class ConsoleEvent:
    """What happened to a resource ('' for one that nobody asks for): the console's words."""

    what: str
    resource: str
    uuid: str
    system: str
    detail: str


class HmcWatcher:
    """drivers.base.Watcher, of one system."""

    def __init__(self, client: HmcClient, system: str) -> None:
        """Asks for nothing before somebody listens."""
        self._client, self._system = client, system
        self._names: dict[str, str] = {}
        self._listening: dict[threading.Event, Callable[[], None]] = {}

    def events(self, tell: Callable[[Change], None], lost: Callable[[], None]) -> Callable[[], None]:
        """Has everything told from the first answer of the console on, which opens the queue."""
        queue = f"/Event?QUEUE_CLIENTKEY_METHOD=USE_APPLICATIONID&QUEUE_APPLICATIONID={uuid.uuid4().hex}"
        self._asked(queue)
        for resource, place in _NAMED_AT.items():
            for entry in self._client.feed(f"/ManagedSystem/{self._system}/{resource}"):
                self._names[entry.uuid.lower()] = text(entry.element, place)
        ended = threading.Event()
        self._listening[ended] = lost
        follower = threading.Thread(
            target=self._follow, args=(queue, tell, ended), name=f"hmc-events-{self._system}", daemon=True
        )
        follower.start()

        def end() -> None:
            self._listening.pop(ended, None)
            ended.set()

        return end

    def close(self) -> None:
        """Nobody who listens hears more. What the console is still asked for comes to nothing."""
        for ended in list(self._listening):
            self._lose(ended)

    def _follow(self, queue: str, tell: Callable[[Change], None], ended: threading.Event) -> None:
        with suppress(DriverError):
            while not ended.is_set():
                for event in self._asked(queue):
                    if event.what in _GAPS:  # it says itself that it does not tell all
                        self._lose(ended)
                    elif not ended.is_set() and (change := self._change(event)) is not None:
                        tell(change)
        self._lose(ended)

    def _lose(self, ended: threading.Event) -> None:
        lost = self._listening.pop(ended, None)
        ended.set()
        if lost is not None:
            lost()

    def _asked(self, queue: str) -> list[ConsoleEvent]:
        body = self._client.session.get(f"/rest/api/uom{queue}", wait=_WAIT).body
        return [read_event(entry.element) for entry in (read_entries(body) if body.strip() else ())]

    def _change(self, event: ConsoleEvent) -> Change | None:
        if event.resource not in _KINDS or event.system not in ("", self._system.lower()):
            return None
        name = self._name(event)
        return Change(_KINDS[event.resource], name, _WHAT.get(event.what, Happening.CHANGED), event.detail)

    def _name(self, event: ConsoleEvent) -> str:
        """The name of what an event is about, which may be new or renamed; '' where nobody can tell."""
        if event.resource in _NAMED_AT and event.what != "DELETE_URI":
            with suppress(DriverError):
                path = f"/ManagedSystem/{self._system}/{event.resource}/{event.uuid}"
                element = self._client.entry(path).element
                self._names[event.uuid.lower()] = text(element, _NAMED_AT[event.resource])
        return self._names.get(event.uuid.lower(), "")


def read_event(event: Element) -> ConsoleEvent:
    """An event as the console tells it."""
    where = text(event, "EventData")
    resource, system = _RESOURCE.search(where), _SYSTEM.search(where)
    return ConsoleEvent(
        text(event, "EventType"),
        resource[1] if resource else "",
        resource[2] if resource else "",
        system[1].lower() if system else "",
        text(event, "EventDetail"),
    )
