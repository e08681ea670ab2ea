"""The backends that the contract is tested with; another one joins by an entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.state.contract import postgres, sqlite


@dataclass(frozen=True)
class Backend:
    """What the tests have to know of a backend: the URL of a new state (in a folder of the test), how a state
    of an earlier version is made there (as `sqlite.old` does), and how the writer's lease gets lost."""

    url: Callable[[Path], str]
    old: Callable[[str, int], None]
    versions: tuple[int, ...]
    lose_lease: Callable[[str], None]


BACKENDS: Mapping[str, Backend] = {
    "sqlite": Backend(sqlite.url, sqlite.old, sqlite.VERSIONS, sqlite.lose_lease),
    "postgres": Backend(postgres.url, postgres.old, postgres.VERSIONS, postgres.lose_lease),
}
