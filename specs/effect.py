"""The word for what a change costs."""

from __future__ import annotations

from enum import StrEnum


class Effect(StrEnum):
    """What an action or difference costs, least first."""

    NONE = "none"
    LIVE = "live"
    NEXT_BOOT = "next-boot"
    RESTART = "restart"
    MIGRATE = "migrate"
    REPLACE = "replace"
    DESTROYS_DATA = "destroys-data"

    @property
    def severity(self) -> int:
        """How much it costs, as a number to compare by."""
        return list(Effect).index(self)
