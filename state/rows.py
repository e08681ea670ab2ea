"""From the database's rows to frozen data: a row that does not hold what we write is damage, and is told."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

from specs.desired import Policy, PowerState, restore_policy
from specs.identity import Address
from state.fills import NotedFill
from state.journal import ActionEntry, Run
from state.records import Record, RecordDocuments, Stamped

T = TypeVar("T")

LATEST = 253402300799.0
"""Seconds since the epoch at the end of the year 9999."""

RECORD = (
    "address, host, native, declared_digest, readback_digest, live_digest, version, autostart, power,"
    " fingerprint, policy, content, uuid, machine, stamp"
)
STAMPED = "records.address, records.host, records.native, records.stamp, documents.readback"
RUN = "id, command, tree, commit_id, started, finished, status, summary, cause"
FILL = "address, nonce, run, taken, filled, content"
ENTRY = "action, address, verb, started, finished, outcome, message, run, host, token, number"


class Damaged(ValueError):
    """What is wrong with a row."""


def record_of(row: Sequence[Any], policies: dict[str, Policy]) -> Record:
    """A record from the columns RECORD; `policies` are those that were read before."""
    address, host, native, declared, readback, live, version = map(as_text, row[:7])
    autostart, power, mark, policy, content, uuid, machine, stamp = row[7:]
    if as_text(policy) not in policies:
        policies[policy] = _policy(policy)
    return Record(
        address=address_of(address),
        host=host,
        native=native,
        declared_digest=declared,
        readback_digest=readback,
        version=version,
        live_digest=live,
        autostart=None if autostart is None else bool(as_number(autostart)),
        power=_power(power),
        fingerprint=as_text(mark),
        policy=policies[policy],
        content=as_text(content),
        uuid=as_text(uuid),
        machine=as_text(machine),
        stamp=as_text(stamp),
    )


def documents_of(row: Sequence[Any]) -> RecordDocuments:
    """A record's two documents."""
    declared, readback = map(as_text, row)
    return RecordDocuments(declared, readback)


def stamped_of(row: Sequence[Any]) -> tuple[Address, Stamped]:
    """An address, and what was read back there, from the columns STAMPED."""
    address, *rest = row
    return address_of(address), Stamped(*map(as_text, rest))


def origin_of(row: Sequence[Any]) -> tuple[Address, str]:
    """An address and the file in which it was declared."""
    address, file = row
    return address_of(address), as_text(file)


def fill_of(row: Sequence[Any]) -> NotedFill:
    """A fill under way from the columns FILL."""
    address, nonce, run, taken, filled, content = row
    return NotedFill(
        address_of(address),
        as_text(nonce),
        int(as_number(run)),
        tuple(filter(None, as_text(taken).split(","))),
        bool(as_number(filled)),
        as_text(content),
    )


def run_of(row: Sequence[Any]) -> Run:
    """A run from the columns RUN."""
    number, command, tree, commit, started, finished, status, summary, cause = row
    return Run(
        int(as_number(number)),
        as_text(command),
        as_text(tree),
        as_text(commit),
        as_time(started),
        as_end(finished),
        as_text(status),
        as_text(summary),
        as_text(cause),
    )


def entry_of(row: Sequence[Any]) -> ActionEntry:
    """An action of the journal from the columns ENTRY."""
    action, address, verb, started, finished, outcome, message, run, host, token, number = row
    return ActionEntry(
        as_text(action),
        as_text(address),
        as_text(verb),
        as_time(started),
        as_end(finished),
        as_text(outcome),
        as_text(message),
        int(as_number(run)),
        as_text(host),
        int(as_number(token)),
        int(as_number(number)),
    )


def newest(entries: Iterable[Sequence[Any]], verbs: Collection[str]) -> list[Sequence[Any]]:
    """Of rows of the columns ENTRY the newest of each address, of these verbs (of all when none is given)."""
    found = sorted((row for row in entries if not verbs or row[2] in verbs), key=lambda row: (row[7], row[3]))
    return list({row[1]: row for row in found}.values())


def address_of(text: Any) -> Address:
    """A resource's address from its text."""
    try:
        return Address.parse(as_text(text))
    except ValueError:
        raise Damaged(f"{text!r:.100} is no resource's address") from None


def number_of(row: Sequence[Any]) -> int:
    """A row's only number."""
    return int(as_number(row[0]))


def serial_of(rows: Sequence[Sequence[Any]]) -> tuple[str, int]:
    """The lineage and the serial, from the rows of the table meta."""
    values = {as_text(key): as_text(value) for key, value in rows}
    if "lineage" not in values or not values.get("serial", "").isdecimal():
        raise Damaged("its lineage or serial is gone")
    return values["lineage"], int(values["serial"])


def _policy(text: str) -> Policy:
    try:
        policy = restore_policy(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Damaged("its policy cannot be read") from None
    stop, windows = policy.stop, policy.windows
    sound = (
        all(isinstance(flag, bool) for flag in (policy.protect, policy.generated, stop.force))
        and all(isinstance(method, str) for method in stop.methods)
        and all(isinstance(text, str) for window in windows for text in (window.cron, window.timezone))
        and all(0 < as_number(window.duration) < LATEST for window in windows)
    )
    if not sound or not 0 <= as_number(stop.deadline) < LATEST:
        raise Damaged("its policy cannot be read")
    return policy


def _power(value: Any) -> PowerState | None:
    try:
        return PowerState(value) if value else None
    except ValueError:
        raise Damaged(f"{value!r:.100} is no power state") from None


def as_text(value: Any) -> str:
    """A column that holds text."""
    if not isinstance(value, str):
        raise Damaged(f"text is expected where it has {value!r:.100}")
    return value


def as_number(value: Any) -> float:
    """A column that holds a number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise Damaged(f"a number is expected where it has {value!r:.100}")
    return value


def as_time(value: Any) -> float:
    """A column that holds seconds since the epoch."""
    if not 0 <= as_number(value) <= LATEST:
        raise Damaged(f"{value!r:.100} is no time")
    return float(value)


def as_end(value: Any) -> float | None:
    """A column that holds seconds since the epoch, or nothing where there is no such time."""
    return None if value is None else as_time(value)


def listed(text: Any, build: Callable[[Any], T]) -> tuple[T, ...]:
    """A column that holds a list as JSON, each item built from what it is."""
    try:
        items = json.loads(as_text(text))
        if not isinstance(items, list):
            raise TypeError
        return tuple(build(item) for item in items)
    except (ValueError, TypeError, RecursionError) as error:
        raise Damaged(f"{text!r:.100} is no list of what it should hold") from error
