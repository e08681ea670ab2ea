"""The contract notices a driver that ignores a call, or a keyword of one: whichever changes something."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from drivers.base.writing import writing
from drivers.contract.bench import Bench
from drivers.contract.complete import CompleteHost
from drivers.contract.test_connections import FACETS
from tests.drivers.hosts import sim

SIMULATED = sim.HOST
NOT_SIMULATED = {"guest.console force"}
"""A simulated console has room for everybody; tests/drivers/libvirt/test_guest.py throws somebody out."""


def changing() -> Iterator[str]:
    """Every call that changes something, and every keyword of one: 'live.tune', 'lifecycle.start paused'."""
    for name, facet in FACETS.items():
        for call in writing(facet):
            yield f"{name}.{call}"
            for parameter in inspect.signature(getattr(facet, call)).parameters.values():
                if parameter.kind is parameter.KEYWORD_ONLY:
                    yield f"{name}.{call} {parameter.name}"


class Ignoring:
    """A host, or a facet of it, that ignores one call, or drops one keyword of it."""

    def __init__(self, real: Any, ignored: str) -> None:
        self._real, self._ignored = real, ignored

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        facet, _, rest = self._ignored.partition(".")
        if rest and name == facet:
            return Ignoring(real, rest)
        call, _, keyword = self._ignored.partition(" ")
        if rest or name != call:
            return real
        if not keyword:
            return lambda *_, **__: None
        return lambda *given, **named: real(*given, **{k: v for k, v in named.items() if k != keyword})


def proofs(call: str) -> list[Callable[..., None]]:
    """The tests of the contract that are marked as proving a call."""
    package = import_module("drivers.contract")
    modules = [import_module(f"{package.__name__}.{m.name}") for m in iter_modules(package.__path__)]
    tests = [t for m in modules for name, t in vars(m).items() if name.startswith("test_")]
    return [t for t in tests if any(call in mark.args for mark in marks(t, "proves"))]


def marks(test: Callable[..., None], name: str) -> list[pytest.Mark]:
    """A test's marks of that name."""
    return [mark for mark in getattr(test, "pytestmark", ()) if mark.name == name]


def cases(test: Callable[..., None]) -> list[dict[str, Any]]:
    """A test's parameters, one dictionary a case."""
    found: list[dict[str, Any]] = [{}]
    for mark in marks(test, "parametrize"):
        names = [name.strip() for name in mark.args[0].split(",")]
        assert len(names) == 1, "a proof has one parameter at a time"
        found = [{**case, names[0]: value} for case in found for value in mark.args[1]]
    return found


def fails(test: Callable[..., None], ignored: str, folder: Path) -> bool:
    """Whether a test fails on the simulated host, in any of its cases, with a call ignored ('' for none)."""
    for number, case in enumerate(cases(test)):
        own = folder / f"{test.__name__}{number}{ignored}".replace(" ", "-")
        own.mkdir()
        with SIMULATED.ready(own) as connect:
            host: CompleteHost = connect()
            seen: Any = Ignoring(host, ignored) if ignored else host
            given = {"bench": Bench(seen, SIMULATED, own), "connect": connect, "driver": seen, **case}
            wanted = inspect.signature(test).parameters
            try:
                test(**{name: value for name, value in given.items() if name in wanted})
            except (Exception, pytest.fail.Exception):  # noqa: BLE001 - however it fails
                return True
            finally:
                host.close()
    return False


@pytest.mark.parametrize("call", sorted(set(changing()) - NOT_SIMULATED))
def test_a_driver_that_ignores_it_fails_the_contract(call: str, tmp_path: Path) -> None:
    tests = proofs(call)
    assert tests, f"no test of the contract is marked as proving {call}"
    assert not any(fails(test, "", tmp_path) for test in tests), "it fails with a driver that ignores nothing"
    assert any(fails(test, call, tmp_path) for test in tests)
