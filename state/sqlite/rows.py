"""From the database's rows to frozen data: a row that does not hold what we write is damage, and is told."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from specs.desired import Policy, PowerState, restore_policy
from specs.identity import Address
from state.fills import NotedFill
from state.journal import ActionEntry, Run
from state.records import Record, RecordDocuments

_LATEST = 253402300799.0
"""Seconds since the epoch at the end of the year 9999."""

RECORD = (
    "address, host, native, declared_digest, readback_digest, live_digest, version, autostart, power,"
    " fingerprint, policy, content, uuid, machine"
)
RUN = "id, command, tree, commit_id, started, finished, status, summary"
FILL = "address, nonce, run, taken, filled, content"
ENTRY = "action, address, verb, started, finished, outcome, message"


class Damaged(ValueError):
    """What is wrong with a row."""


def record_of(row: Sequence[Any], policies: dict[str, Policy]) -> Record:
    """A record from the columns RECORD; `policies` are those that were read before."""
    address, host, native, declared, readback, live, version = map(_text, row[:7])
    autostart, power, mark, policy, content, uuid, machine = row[7:]
    if _text(policy) not in policies:
        policies[policy] = _policy(policy)
    return Record(
        address=address_of(address),
        host=host,
        native=native,
        declared_digest=declared,
        readback_digest=readback,
        version=version,
        live_digest=live,
        autostart=None if autostart is None else bool(_number(autostart)),
        power=_power(power),
        fingerprint=_text(mark),
        policy=policies[policy],
        content=_text(content),
        uuid=_text(uuid),
        machine=_text(machine),
    )


def documents_of(row: Sequence[Any]) -> RecordDocuments:
    """A record's two documents."""
    declared, readback = map(_text, row)
    return RecordDocuments(declared, readback)


def origin_of(row: Sequence[Any]) -> tuple[Address, str]:
    """An address and the file in which it was declared."""
    address, file = row
    return address_of(address), _text(file)


def fill_of(row: Sequence[Any]) -> NotedFill:
    """A fill under way from the columns FILL."""
    address, nonce, run, taken, filled, content = row
    return NotedFill(
        address_of(address),
        _text(nonce),
        int(_number(run)),
        tuple(filter(None, _text(taken).split(","))),
        bool(_number(filled)),
        _text(content),
    )


def run_of(row: Sequence[Any]) -> Run:
    """A run from the columns RUN."""
    number, command, tree, commit, started, finished, status, summary = row
    return Run(
        int(_number(number)),
        _text(command),
        _text(tree),
        _text(commit),
        _time(started),
        None if finished is None else _time(finished),
        _text(status),
        _text(summary),
    )


def entry_of(row: Sequence[Any]) -> ActionEntry:
    """An action of the journal from the columns ENTRY."""
    action, address, verb, started, finished, outcome, message = row
    return ActionEntry(
        _text(action),
        _text(address),
        _text(verb),
        _time(started),
        None if finished is None else _time(finished),
        _text(outcome),
        _text(message),
    )


def address_of(text: Any) -> Address:
    """A resource's address from its text."""
    try:
        return Address.parse(_text(text))
    except ValueError:
        raise Damaged(f"{text!r:.100} is no resource's address") from None


def number_of(row: Sequence[Any]) -> int:
    """A row's only number."""
    return int(_number(row[0]))


def serial_of(rows: Sequence[Sequence[Any]]) -> tuple[str, int]:
    """The lineage and the serial, from the rows of the table meta."""
    values = {_text(key): _text(value) for key, value in rows}
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
        and all(type(n) is int and 0 <= n <= 1440 for w in windows for n in (*w.days, w.start, w.end))
    )
    if not sound or not 0 <= _number(stop.deadline) < _LATEST:
        raise Damaged("its policy cannot be read")
    return policy


def _power(value: Any) -> PowerState | None:
    try:
        return PowerState(value) if value else None
    except ValueError:
        raise Damaged(f"{value!r:.100} is no power state") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Damaged(f"text is expected where it has {value!r:.100}")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise Damaged(f"a number is expected where it has {value!r:.100}")
    return value


def _time(value: Any) -> float:
    if not 0 <= _number(value) <= _LATEST:
        raise Damaged(f"{value!r:.100} is no time")
    return float(value)
