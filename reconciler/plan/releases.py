"""Releases of hypervisors, as far as they matter to what was recorded under them."""

from __future__ import annotations

import re

_POINT = re.compile(r"(\d+\.\d+)(?:\.\d+)+")


def release_of(version: str) -> str:
    """A version without its point releases, which mend faults and bring no new defaults."""
    return _POINT.sub(r"\1", version)
