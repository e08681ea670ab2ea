"""The only errors that drivers raise; a library's own error is always chained (`raise … from`)."""

from __future__ import annotations


class DriverError(Exception):
    """Something a hypervisor or the way to it did; `hint` says what a person can do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message} ({hint})" if hint else message)


class Unreachable(DriverError):
    """The host cannot be reached, or the connection is lost."""


class Transient(DriverError):
    """The same call may go through later: busy, a lock held, a time-out."""


class Refused(DriverError):
    """The hypervisor will not do it; the same call will fail again."""


class Unsupported(DriverError):
    """The hypervisor, or this driver of it, cannot do it at all."""


class NotFound(DriverError):
    """The object does not exist (any more)."""
