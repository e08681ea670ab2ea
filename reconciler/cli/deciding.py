"""What commands share by which people decide something: who, and until when."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from reconciler.faults import Fault
from specs.units import parse_duration

Command = Callable[..., Any]

AUTHOR = click.option("--author", default="", metavar="NAME", help="Who decides; the user by default.")


def author_of(given: str) -> str:
    """Who decides: whom the command line names, who became root, or the user of this process."""
    if given:
        return given
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return str(os.getuid())


def expiry_of(duration: str, moment: str) -> float | None:
    """When a decision ends, from --for or --until; None when it is to last. Raises Fault."""
    if duration and moment:
        raise Fault("--for says how long, --until to which moment: give one of them")
    now = time.time()
    if not moment:
        return now + _seconds(duration) if duration else None
    try:
        at = datetime.fromisoformat(moment).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise Fault(
            f"--until: '{moment}' is no time; write one such as 2026-11-28T06:00 (of this machine's clock)"
            " or 2026-11-28T05:00Z"
        ) from None
    if at <= now:
        raise Fault(f"--until: {moment} is over")
    return at


def since_of(text: str) -> float:
    """The moment that --since means: so long ago, or a time; 0 for any. Raises Fault."""
    if not text:
        return 0.0
    try:
        return time.time() - parse_duration(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise Fault(
            f"--since: '{text}' is neither a duration such as 2h nor a time such as 2026-11-28T06:00"
        ) from None


def _seconds(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise Fault(f"--for: {error}") from None
    if seconds <= 0:
        raise Fault("--for: it has to be longer than 0")
    return seconds
