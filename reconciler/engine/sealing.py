"""Secrets in documents: sealed where they come in, opened where they go to a host.

Between the two nothing holds a value: plans, records, reports and messages have its token, which is the
same for the same value, and tells nothing without the key that lies beside the state.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from drivers.base import Driver, Inventory, Move, Observation
from drivers.errors import DriverError, Refused
from drivers.sound import sound
from specs.documents.sensitive import REFERENCE, rewritten
from specs.identity import Kind
from specs.tokens import TOKEN
from specs.xml import NotXml

_GONE = "a secret value that this needs is no longer to be had"
_HINT = "it is neither on the host nor a declared Secret's any more: plan again, or declare it"


class Sealer:
    """Puts tokens in the place of values, and remembers which is whose for as long as it lives."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key, self._values, self._mutex = key, dict[str, str](), threading.Lock()

    def seal(self, document: str) -> str:
        """The document with a token for every secret value; references stay as they are."""
        return rewritten(
            document, lambda value, _: value if REFERENCE.fullmatch(value) else self.token(value)
        )

    def token(self, value: str) -> str:
        with self._mutex:
            digest = hmac.new(self._key(), value.encode(), hashlib.sha256).hexdigest()
            token = f"(secret:{digest[:32]})"
            self._values[token] = value
        return token

    def resolve(self, document: str, value_of: Callable[[str], str]) -> str:
        """The document with a token for every reference, by the values of the Secrets that they name."""

        def change(value: str, escape: Callable[[str], str]) -> str:
            named = REFERENCE.fullmatch(value)
            return self.token(escape(value_of(named[1]))) if named else value

        return rewritten(document, change)

    def open(self, document: str) -> str:
        """The document with every value in its place; Refused where one is not known."""

        def change(value: str, _: Callable[[str], str]) -> str:
            if REFERENCE.fullmatch(value):
                raise Refused(f"the value of {value} could not be read", "the plan's warnings say why")
            if TOKEN.fullmatch(value) and value not in self._values:
                raise Refused(_GONE, _HINT)
            return self._values.get(value, value)

        return rewritten(document, change)

    def hush(self, text: str) -> str:
        """A message without the values that it may repeat."""
        for value in sorted(self._values.values(), key=len, reverse=True):
            text = text.replace(value, "(secret)") if value else text
        return text

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """What a hypervisor says of an opened document may hold what it was given."""
        try:
            yield
        except DriverError as error:
            message, hint = self.hush(error.message), self.hush(error.hint)
            if (message, hint) == (error.message, error.hint):
                raise
            raise type(error)(message, hint) from None


class SealedDriver:
    """A driver that shows sealed documents, and takes them; everything else it leaves to the one within."""

    def __init__(self, driver: Driver, sealer: Sealer) -> None:
        self.within, self._sealer = driver, sealer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    def observe(self) -> Inventory:
        inventory = sound(self.within.observe())
        objects = {key: self._sealed(seen) for key, seen in inventory.objects.items()}
        return replace(inventory, objects=objects)

    def observe_one(self, kind: Kind, name: str) -> Observation | None:
        seen = self.within.observe_one(kind, name)
        return self._sealed(seen) if seen else None

    def define(self, kind: Kind, name: str, document: str, **options: Any) -> None:
        with self._sealer.quiet():
            self.within.define(kind, name, self._sealer.open(document), **options)

    def start(self, kind: Kind, name: str, *, paused: bool = False, **options: Any) -> None:
        with self._sealer.quiet():  # QEMU's own words may repeat its command line
            self.within.start(kind, name, paused=paused, **options)

    def attach_device(self, name: str, device: str) -> None:
        with self._sealer.quiet():
            self.within.attach_device(name, self._sealer.open(device))

    def detach_device(self, name: str, device: str) -> None:
        with self._sealer.quiet():
            self.within.detach_device(name, self._sealer.open(device))

    def update_device(self, name: str, device: str) -> None:
        with self._sealer.quiet():
            self.within.update_device(name, self._sealer.open(device))

    def move_domain(self, name: str, destination: Driver, move: Move, *others: Any) -> None:
        there = destination.within if isinstance(destination, SealedDriver) else destination
        document = self._sealer.open(move.document) if move.document else ""
        with self._sealer.quiet():
            self.within.move_domain(name, there, replace(move, document=document), *others)

    def _sealed(self, seen: Observation) -> Observation:
        try:
            document = self._sealer.seal(seen.document)
            live = self._sealer.seal(seen.live) if seen.live else seen.live
        except NotXml:
            return seen  # nobody can read it: it is left alone, and neither shown nor recorded
        if document is seen.document and live is seen.live:
            return seen
        return replace(seen, document=document, live=live)


def sealed(drivers: Mapping[str, Driver], sealer: Sealer) -> dict[str, Driver]:
    """The drivers, each of them sealed once."""
    within = {n: d.within if isinstance(d, SealedDriver) else d for n, d in drivers.items()}
    return {name: cast(Driver, SealedDriver(driver, sealer)) for name, driver in within.items()}
