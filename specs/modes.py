"""The word for what is done about a resource that differs."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """What is done about differences, the least strict first: they are removed, only shown, or the resource
    is left alone."""

    ENFORCE = "enforce"
    OBSERVE = "observe"
    SUSPENDED = "suspended"

    @property
    def strictness(self) -> int:
        """How much it holds back, as a number to compare by."""
        return list(Mode).index(self)
