"""The rows of a simulated host's snapshots."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.simulated.rows import HostRows

SCHEMA = """CREATE TABLE IF NOT EXISTS snapshots (
        host TEXT NOT NULL, domain TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
        parent TEXT NOT NULL, created REAL NOT NULL, description TEXT NOT NULL, document TEXT NOT NULL,
        live TEXT, power TEXT NOT NULL, disks TEXT NOT NULL, current INTEGER NOT NULL,
        PRIMARY KEY (host, domain, name))"""
"""A file of an earlier version gets the table when it is opened."""

_FIELDS = "name, parent, created, description, document, live, power, disks, current"
_THERE = "SELECT 1 FROM sqlite_master WHERE name = 'snapshots'"


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """A row of the table; `disks` is JSON."""

    name: str
    parent: str
    created: float
    description: str
    document: str
    live: str | None
    power: str
    disks: str
    current: int = 1


def rows(host: HostRows, domain: str) -> list[KeptSnapshot]:
    """A domain's, in the order in which they were taken."""
    if host.connection.execute(_THERE).fetchone() is None:
        return []  # an older file that may only be read
    query = f"SELECT {_FIELDS} FROM snapshots WHERE host = ? AND domain = ? ORDER BY number"  # noqa: S608
    return [KeptSnapshot(*row) for row in host.connection.execute(query, (host.name, domain))]


def names(host: HostRows, domain: str) -> tuple[str, ...]:
    """How a domain's are called."""
    return tuple(row.name for row in rows(host, domain))


def add(host: HostRows, domain: str, row: KeptSnapshot) -> None:
    """Adds one, which is the current one from now on."""
    make_current(host, domain, "")
    kept = (row.name, host.count(f"snapshots of {domain}"), row.parent, row.created, row.description)
    documents = (row.document, row.live, row.power, row.disks, 1)
    host.connection.execute(
        "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (host.name, domain, *kept, *documents),
    )


def remove(host: HostRows, domain: str, row: KeptSnapshot) -> None:
    """Forgets one; its children become its parent's."""
    about = (host.name, domain, row.name)
    host.connection.execute("DELETE FROM snapshots WHERE host = ? AND domain = ? AND name = ?", about)
    host.connection.execute(
        "UPDATE snapshots SET parent = ? WHERE host = ? AND domain = ? AND parent = ?", (row.parent, *about)
    )
    host.connection.execute(
        "DELETE FROM contents WHERE host = ? AND substr(place, 1, ?) = ?",
        (host.name, len(place_of(domain, row.name, "")), place_of(domain, row.name, "")),
    )
    if row.current:
        make_current(host, domain, row.parent)


def forget(host: HostRows, domain: str) -> None:
    """What is undefined has none any more."""
    for row in rows(host, domain):
        remove(host, domain, row)


def make_current(host: HostRows, domain: str, name: str) -> None:
    """What is written from now on comes after that one."""
    host.connection.execute(
        "UPDATE snapshots SET current = (name = ?) WHERE host = ? AND domain = ?", (name, host.name, domain)
    )


def place_of(domain: str, name: str, place: str) -> str:
    """Where the content of a volume at a place is kept, under the volume's name."""
    return f"snapshot {name} of {domain}: {place}"
