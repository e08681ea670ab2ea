"""Hosts that lie and fail while we work; when they are honest again, everything converges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any
from unittest import mock

from drivers.contract.complete import open_complete
from reconciler.engine import hosts as engine
from tests.fuzz import judge
from tests.fuzz.convergence import converges
from tests.fuzz.ground import TREE, Ground
from tests.fuzz.liar import Liar
from tests.fuzz.valid import documents

_ONE = ("--parallel", "1")
"""One action after another, so that a seed meets the same lies again."""

_KEPT = ("Fleet", "Host", "StoragePool", "Volume")


def run(ground: Ground) -> Iterator[str]:
    rng = ground.rng
    before = ground.theirs()
    made = documents(rng)
    ground.declare(made)
    if rng.random() < 0.5:
        ground.apply()
        ground.declare(made := _edited(rng, made))
    with lying(rng.random(), rng.choice((0.02, 0.1, 0.4))):
        for _ in range(rng.choice((1, 1, 2))):
            ground.call(*rng.choice((("apply", *TREE, "--yes", *_ONE), ("plan", *TREE), ("status", *TREE))))
        ground.call("apply", *TREE, "--yes", *_ONE)
    said = len(ground.said)
    yield from converges(ground, applies=3)
    if all(call.code for call in ground.said[said:]):
        yield f"does not converge when the host is honest again:\n{ground.said[-1].text[-900:]}"
    yield from judge.words(ground)
    if ground.theirs() != before:
        yield "what belongs to others is not what it was"


def lying(seed: float, share: float) -> Any:
    """All drivers that are opened meanwhile lie, each connection to a host in its own way."""
    real, opened = open_complete, Counter[str]()

    def open_liar(*given: Any, host: str, **named: Any) -> Any:
        opened[host] += 1
        rng = Random(f"{seed} {host} {opened[host]}")
        return Liar(real(*given, host=host, **named), rng, share)

    return mock.patch.object(engine, "open_host", open_liar)


def _edited(rng: Random, made: list[Any]) -> list[Any]:
    """Another tree of the same fleet, on the same hosts. What cannot be changed once it is there, stays."""
    kept = [one for one in made if one["kind"] in _KEPT]
    hosts = sorted(one["metadata"]["name"] for one in made if one["kind"] == "Host")
    while True:
        other = documents(rng)
        if sorted(one["metadata"]["name"] for one in other if one["kind"] == "Host") == hosts:
            return kept + [one for one in other if one["kind"] not in _KEPT]
