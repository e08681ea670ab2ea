"""What things cost: of a difference, and of the operation that removes it."""

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
        """Its place among all, for the worst of several."""
        return list(Effect).index(self)
