"""How what a driver does was seen: what a row of the table of drivers may claim."""

from __future__ import annotations

from enum import StrEnum


class Seen(StrEnum):
    """On what a driver was tried."""

    REAL = "real"
    """On the hypervisor itself."""
    SIMULATOR = "simulator"
    """On somebody else's simulator of it, or on the simulated hypervisor itself."""
    RECORDED = "recorded"
    """On replies that a real one once gave."""
    DOCUMENTS = "documents"
    """By nothing but what is written about it: on a stand-in of our own that does what the documents say."""
