"""Resources and hosts at a glance: their tables, what they come to, and what one types next. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.report.progress import rounded
from reconciler.report.table import Colours, Rows, telling
from reconciler.report.words import age, counted
from specs.listing import listed
from specs.units import format_size

_GOOD, _MOVING, _BAD, _ASIDE = "green", "yellow", "red", "magenta"
STATUSES: Mapping[str, str] = {
    "failed": _BAD,
    "blocked": _BAD,
    "unreachable": _BAD,
    "drifted": _MOVING,
    "fighting": _MOVING,
    "create": _MOVING,
    "change": _MOVING,
    "adopt": _MOVING,
    "delete": _MOVING,
    "release": _MOVING,
    "waiting": _MOVING,
    "pending-restart": _MOVING,
    "suspended": _ASIDE,
    "kept": "dim",
    "converged": _GOOD,
}
"""Every status of a resource, the worst first, and its colour."""

STATES: Mapping[str, str] = {
    "unreachable": _BAD,
    "fenced": _BAD,
    "draining": _MOVING,
    "maintenance": _ASIDE,
    "suspended": _ASIDE,
    "reachable": _GOOD,
}
"""Every state of a host, the worst first, and its colour."""

_ENDS = {
    "done": _GOOD,
    "in-force": _GOOD,
    "running": _GOOD,
    "unchanged": "dim",
    "past": "dim",
    "skipped": _MOVING,
    "failed": _BAD,
    "refused": _BAD,
    "interrupted": _BAD,
    "gone": _BAD,
    "no": _BAD,
}
"""How runs, actions, commits and a lab's hosts are."""

COLOURS: Colours = {
    "STATUS": {**_ENDS, **STATUSES},
    "STATE": {**_ENDS, **STATES},
    "RESULT": _ENDS,
    "OUTCOME": _ENDS,
    "LAST": {"failed:": _BAD, "interrupted:": _BAD},
}
"""Column → the word that a cell begins with → its colour."""
_UNSETTLED = frozenset(STATUSES) - {"converged", "kept", "suspended", "pending-restart", "unreachable"}
_NAMED = 3
_MANY = 40
"""Rows that are more than a screen shows."""

Row = Mapping[str, Any]


def status_table(rows: Sequence[Row], now: float) -> tuple[Sequence[str], Rows]:
    """Resources: how they stand, on which host, as they are (and as they should be), what was done last."""
    header = ("RESOURCE", "STATUS", "HOST", "IS", "LAST")
    cells = [(str(r["address"]), str(r["status"]), str(r["host"]), _is(r), last_told(r, now)) for r in rows]
    return header, cells


def wide_table(rows: Sequence[Row], now: float) -> tuple[Sequence[str], Rows]:
    """The same with what guests have and how they are reached, as far as there is something of it."""
    (*header, last), plain_rows = status_table(rows, now)
    more = ("VCPUS", "MEMORY", "UPTIME", "ADDRESSES", "READY")
    cells = [(*few[:-1], *_guest(row, now), few[-1]) for few, row in zip(plain_rows, rows, strict=True)]
    return telling((*header, *more, last), cells)


def summed_up(rows: Sequence[Row]) -> str:
    """'12 resources: 10 converged, 1 drifted, 1 pending-restart'."""
    count = Counter(str(row["status"]) for row in rows)
    known = [status for status in reversed(tuple(STATUSES)) if count[status]]
    told = ", ".join(f"{count[status]} {status}" for status in known)
    return f"{counted(len(rows), 'resource')}: {told}" if rows else "0 resources"


def next_steps(rows: Sequence[Row], tree: str) -> Iterator[str]:
    """What one would type next; `tree` is what it takes to name the tree."""
    count = Counter(str(row["status"]) for row in rows)
    at = f" {tree}" if tree not in ("", ".") else ""
    if rows and count["create"] == len(rows):
        yield f"nothing of it is there yet: virt-reconcile apply{at} makes it"
    elif count["drifted"] or any(count[status] for status in _UNSETTLED):
        yield f"virt-reconcile plan{at} says what differs and why; apply sets it right"
    unsettled = len(rows) - count["converged"]
    if len(rows) > _MANY and unsettled:
        yield f"virt-reconcile status{at} -u shows only the {unsettled} that are not converged"
    pending = [str(row["address"]).partition("/")[2] for row in rows if row["status"] == "pending-restart"]
    if pending:
        named = " ".join(pending) if len(pending) <= _NAMED else "NAME"
        yield f"virt-reconcile restart {named}{at} brings what waits for a restart"


def grouped(notes: Iterable[tuple[str, str]]) -> Iterator[str]:
    """(resource, note) as lines, with what is said of several said once."""
    of: dict[str, list[str]] = {}
    for address, note in notes:
        of.setdefault(note, []).append(address)
    for note, addresses in of.items():
        yield f"{listed(addresses, _NAMED)}: {note}"


def last_told(row: Row, now: float) -> str:
    """'start 3m ago', 'failed: start 3m ago'; '-' where nothing was ever done."""
    acted = row["acted"]
    if acted is None:
        return "-"
    begins = "" if acted["outcome"] in ("done", "unchanged") else f"{acted['outcome']}: "
    return f"{begins}{acted['verb']} {ago(now - acted['at'])}"


def ago(seconds: float) -> str:
    """'3m ago', in the largest unit alone."""
    told = age(seconds)
    first = next(i for i, letter in enumerate(told) if letter.isalpha())
    return f"{told[: first + 1]} ago"


def hosts_table(rows: Sequence[Row]) -> tuple[Sequence[str], Rows]:
    """Hosts: their state, how many of their guests run, how many vCPUs those have of how many CPUs there are,
    and how much memory is free."""
    header = ("HOST", "STATE", "GUESTS", "VCPUS", "FREE MEMORY", "HYPERVISOR")
    return header, [_host(row) for row in rows]


def hosts_summed_up(rows: Sequence[Row]) -> str:
    """'3 hosts: 2 reachable, 1 maintenance; 12 of 14 guests run'."""
    count = Counter(str(row["state"]) for row in rows)
    told = ", ".join(f"{count[state]} {state}" for state in reversed(tuple(STATES)) if count[state])
    running, guests = (sum(row[key] or 0 for row in rows) for key in ("running", "guests"))
    asked = any(row["guests"] is not None for row in rows)
    run = f"; {running} of {guests} guests run" if asked else ""  # of hosts that were not asked nobody knows
    return f"{counted(len(rows), 'host')}: {told}{run}"


def _host(row: Row) -> tuple[str, ...]:
    known = row["guests"] is not None
    free, memory = row["memory_free_kib"], row["memory_kib"]
    room = rounded(memory * 1024) if memory else "-"
    return (
        row["name"],
        row["state"],
        f"{row['running']}/{row['guests']}" if known else "-",
        f"{row['vcpus']}/{row['cpus'] or '?'}" if known else "-",
        f"{_alike(free, memory)}/{room}" if free else room,
        row["version"] or "-",
    )


def _alike(free: int, memory: int) -> str:
    """The free memory, in short where its unit is that of all."""
    told, whole = rounded(free * 1024), rounded(memory * 1024)
    return told.partition(" ")[0] if told.partition(" ")[2] == whole.partition(" ")[2] else told


def _is(row: Row) -> str:
    declared, observed = str(row["declared"]), str(row["observed"])
    same = declared == observed or declared == "-" or observed == "unknown"
    return observed if same else f"{observed} → {declared}"


def _guest(row: Row, now: float) -> tuple[str, ...]:
    memory, started = row.get("memory_kib"), row.get("started")
    told = (
        row.get("vcpus"),
        format_size(memory * 1024) if memory else None,
        age(now - started) if started else None,
        _addresses(row),
        row.get("ready"),
    )
    return tuple(str(value or "-") for value in told)


def _addresses(row: Row) -> str:
    """Those that it has; in brackets those that are kept for it, where it has none yet."""
    has = ",".join(dict.fromkeys(known.address for known in row.get("addresses", ())))
    return has or ",".join(f"({address})" for address in row.get("kept", ()))
