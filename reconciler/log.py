"""What a service tells of itself, line by line: as text for people, or as JSON for what collects logs.

It is the standard library's logging, so that what libraries say comes the same way. Text that others wrote is
harmless in it: nothing in a line ends it, moves a cursor or turns around what stands beside it.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from specs.plain import plain

FORMATS = ("text", "json")

_OURS = logging.getLogger("virt-reconcile")
_LEVELS = {
    "error": logging.ERROR,
    "invalid": logging.ERROR,
    "failed": logging.ERROR,
    "warning": logging.WARNING,
    "unreachable": logging.WARNING,
}
"""How a message begins, or what happened → its level; all others are told for information."""
_FIELDS = ("event", "host", "address", "run", "commit")
_LONGEST_FIELD = 500
NOTHING: Mapping[str, str] = MappingProxyType({})
"""Nothing more than every line may be about."""


class Log(Protocol):
    """Writes a line of the log."""

    def __call__(
        self,
        message: str,
        *,
        event: str = "",
        host: str = "",
        address: str = "",
        run: int = 0,
        commit: str = "",
        more: Mapping[str, str] = NOTHING,
    ) -> None:
        """A message for people, and what it is about, for programs; `more` has what only few lines are about.
        `event` is one word for what happened; without one it is how the message begins, before its first
        colon, where that is one of the words that tell a level (`error: …`)."""


def log(
    message: str,
    *,
    event: str = "",
    host: str = "",
    address: str = "",
    run: int = 0,
    commit: str = "",
    more: Mapping[str, str] = NOTHING,
) -> None:
    """As Log says. Without `logging_to` around it only warnings and worse are shown, by Python itself."""
    first = message.partition(":")[0]
    about = {
        "event": event or (first if first in _LEVELS else "note"),
        "host": host,
        "address": address,
        "run": run,
        "commit": commit,
        "more": more,
    }
    level = _LEVELS.get(first) or _LEVELS.get(event, logging.INFO)
    _OURS.log(level, "%s", message, extra={"about": about})


@contextmanager
def logging_to(
    write: Callable[[str], None],
    form: str = "text",
    tint: Callable[[int, str], str] = lambda _level, line: line,
) -> Iterator[None]:
    """While the block runs, all that is logged goes through `write`, a line at a time: of others (libraries)
    warnings and worse. `tint` may colour a line of text by its level."""
    handler = _Lines(write)
    handler.setFormatter(JsonLines() if form == "json" else TextLines(tint))
    root, level = logging.getLogger(), _OURS.level
    root.addHandler(handler)
    _OURS.setLevel(logging.INFO)
    try:
        yield
    finally:
        _OURS.setLevel(level)
        root.removeHandler(handler)


class _Lines(logging.Handler):
    """Writes lines; one that cannot be written ends nothing."""

    def __init__(self, write: Callable[[str], None]) -> None:
        super().__init__(logging.NOTSET)
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        if record.name.startswith(_OURS.name) or record.levelno >= logging.WARNING:
            try:
                self._write(self.format(record))
            except OSError:  # who read our log has left
                self.handleError(record)


class TextLines(logging.Formatter):
    """Time, the host that it is about, and the message, as people read them."""

    def __init__(self, tint: Callable[[int, str], str]) -> None:
        super().__init__()
        self._tint = tint

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        host, message = getattr(record, "about", {}).get("host", ""), plain(_message(record))
        named = f"{plain(host, _LONGEST_FIELD)}: " if host else ""
        return f"{_time(record, 'seconds')} {self._tint(record.levelno, named + message)}"


class JsonLines(logging.Formatter):
    """One JSON object a line, in ASCII: time, level, event, message, and what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        about = getattr(record, "about", {"event": record.name})
        shown = {
            "time": _time(record, "milliseconds"),
            "level": record.levelname.lower(),
            **{name: _field(about[name]) for name in _FIELDS if about.get(name)},
            **{name: _field(value) for name, value in about.get("more", NOTHING).items()},
            "message": plain(_message(record)),
        }
        return json.dumps(shown)


def _field(value: object) -> object:
    return plain(value, _LONGEST_FIELD) if isinstance(value, str) else value


def _message(record: logging.LogRecord) -> str:
    """The message; of an exception its kind and place, for a log is no place for what it went through."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return record.getMessage()
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{record.getMessage().rstrip()}: {type(error).__name__}: {error}{place}"


def _time(record: logging.LogRecord, precision: str) -> str:
    told = datetime.fromtimestamp(record.created, UTC).isoformat(timespec=precision)
    return told.replace("+00:00", "Z")
