"""A driver that lies, fails, dawdles, and upon whose host things change between two calls."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

from drivers.base import Inventory, Observation
from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.contract.complete import CompleteHost
from specs.desired import StopPolicy
from specs.identity import Kind

_ERRORS = (Unreachable, Transient, Refused, Unsupported, NotFound)
_HARMLESS = ("close", "uri", "watch")
_FACETS = ("observe", "lifecycle", "live", "storage", "guest", "move")


class Liar:
    """Stands before a host; all that it does comes from `rng`."""

    def __init__(self, host: CompleteHost, rng: Random, share: float) -> None:
        self._driver, self._rng, self._share = host, rng, share

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._driver, name)
        if name in _FACETS:
            return _LyingFacet(self, real)
        return real if name in _HARMLESS else self.before(real)

    def before(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """The call, as the liar makes it."""
        return lambda *given, **named: self._call(real, given, named)

    def _call(self, real: Callable[..., Any], given: Any, named: Any) -> Any:
        given = tuple(one._driver if isinstance(one, Liar) else one for one in given)
        if self._rng.random() > self._share:
            return real(*given, **named)
        kind = self._rng.randrange(5)
        if kind == 0:
            raise self._rng.choice(_ERRORS)("as it pleases")
        if kind == 1:
            real(*given, **named)
            raise self._rng.choice((Unreachable, Transient))("the reply was lost")
        if kind == 2:
            time.sleep(self._rng.random() * 0.01)
        if kind == 3:
            self._meddle()
        answer = real(*given, **named)
        return self._lie(answer) if kind == 4 else answer

    def _lie(self, answer: Any) -> Any:
        """Another answer of the same type."""
        if isinstance(answer, Inventory):
            objects, failures = dict(answer.objects), dict(answer.failures)
            for key in self._rng.sample(sorted(objects), min(2, len(objects))):
                if key[1].startswith("theirs"):
                    continue
                objects[key] = self._lie(objects[key])
                if self._rng.random() < 0.3:
                    del objects[key]
                    failures[key] = "it cannot be read today"
            return replace(answer, objects=objects, failures=failures)
        if isinstance(answer, Observation):
            lies: tuple[dict[str, Any], ...] = (
                {"document": answer.document[: self._rng.randrange(len(answer.document) + 1)]},
                {"document": ""},
                {"live": None},
                {"live": ""},
                {"power": None},
                {"autostart": None},
                {"autostart": not answer.autostart},
                {"persistent": False},
                {"has_value": None},
            )
            return replace(answer, **self._rng.choice(lies))
        return answer

    def _meddle(self) -> None:
        """Somebody else stops, starts or removes something of ours, or brings something new."""
        found = [key for key in self._driver.observe.inventory().objects if not key[1].startswith("theirs")]
        guests = sorted(name for kind, name in found if kind is Kind.DOMAIN)
        with suppress(DriverError):
            if not guests or self._rng.random() < 0.3:
                name = f"new{self._rng.randrange(3)}"
                self._driver.lifecycle.define(Kind.NETWORK, name, f"<network><name>{name}</name></network>")
                return
            name = self._rng.choice(guests)
            how: tuple[Callable[[], None], ...] = (
                lambda: self._driver.lifecycle.stop(Kind.DOMAIN, name, StopPolicy(methods=(), force=True)),
                lambda: self._driver.lifecycle.start(Kind.DOMAIN, name),
                lambda: self._driver.lifecycle.set_autostart(Kind.DOMAIN, name, True),
                lambda: self._driver.lifecycle.undefine(Kind.DOMAIN, name),
                lambda: self._driver.lifecycle.suspend(name),
            )
            self._rng.choice(how)()


class _LyingFacet:
    def __init__(self, liar: Liar, real: Any) -> None:
        self._liar, self._real = liar, real

    def __getattr__(self, name: str) -> Any:
        return self._liar.before(getattr(self._real, name))
