"""Hosts whose documents somebody wrote, or broke, behind our back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from random import Random

from tests.fuzz import hostile, judge, mutate
from tests.fuzz.convergence import converges
from tests.fuzz.ground import TREE, Ground
from tests.fuzz.valid import documents


def run(ground: Ground) -> Iterator[str]:
    """A fleet that was applied; then its host shows other documents, and everything is looked at."""
    rng = ground.rng
    before = ground.theirs()
    ground.declare(documents(rng))
    ground.apply()
    ground.rewrite(lambda rows: _spoil(rows, rng))
    for command in rng.sample(("plan", "status", "diff", "hosts"), 2):
        ground.call(command, *TREE) if command != "hosts" else ground.call("hosts", "tree")
    if rng.random() < 0.3:
        ground.call("adopt", "--host", "sim:host.db?host=one", "--to", "adopted")
    if rng.random() < 0.3:
        ground.declare(documents(rng))
    if rng.random() < 0.3:
        ground.lose_state()
    yield from converges(ground, applies=2)
    yield from judge.words(ground)
    if ground.theirs() != before:
        yield "what belongs to others is not what it was"


def _spoil(rows: sqlite3.Connection, rng: Random) -> None:
    """Changes one to three documents of ours: the persistent one, the live one, or a volume's."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        table, column = rng.choice((("objects", "document"), ("objects", "live"), ("volumes", "document")))
        found = rows.execute(
            f"SELECT rowid, {column} FROM {table} WHERE name NOT IN ('theirs', 'precious')"
            f" AND {column} IS NOT NULL ORDER BY rowid"
        ).fetchall()
        if not found:
            continue
        number, document = rng.choice(found)
        spoilt = _spoilt(rng, document)
        rows.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (spoilt, number))


def _spoilt(rng: Random, document: str) -> str:
    kind = rng.randrange(10)
    if kind < 6:
        return mutate.of_xml(rng, document)
    if kind < 8:
        return mutate.of_bytes(rng, document.encode()).decode("utf-8", "replace")
    if kind == 8:
        return hostile.text(rng).encode("utf-8", "replace").decode()
    return document.replace("<name>", "<x>" * rng.choice((3, 300)), 1)
