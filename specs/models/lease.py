"""How long an address is given out: a duration in the files, a number with a unit in the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from specs.places import Spread
from specs.units import parse_duration

_UNITS = {"hours": 3600, "minutes": 60, "seconds": 1}
_SHORT = {"hours": "h", "minutes": "m", "seconds": "s"}
_SHORTEST = 120
"""virNetworkDHCPLeaseTimeDefParseXML takes no less, for dnsmasq does not."""


def _parsed(value: Any) -> int:
    seconds = 0 if value == "infinite" else parse_duration(value)
    if seconds != int(seconds):
        raise ValueError(f"'{value}' is no whole number of seconds")
    return int(seconds)


def _long_enough(seconds: int) -> int:
    if 0 < seconds < _SHORTEST:
        raise ValueError("a lease of less than two minutes")
    return seconds


def _split(seconds: int) -> Mapping[str, str | None]:
    """In the largest unit that leaves a whole number; 0 is for ever."""
    unit = next(name for name, factor in _UNITS.items() if seconds % factor == 0)
    return {"@expiry": str(seconds // _UNITS[unit]), "@unit": unit}


def _join(parts: Mapping[str, str]) -> str | None:
    expiry, unit = parts.get("@expiry", ""), parts.get("@unit", "minutes")
    if not expiry.isdecimal() or unit not in _UNITS:
        return None
    return f"{expiry}{_SHORT[unit]}" if int(expiry) else "infinite"


Lease = Annotated[
    int,
    BeforeValidator(_parsed),
    AfterValidator(_long_enough),
    WithJsonSchema({"type": ["string", "number"], "examples": ["12h", "infinite"]}),
]
LEASE = Spread(("@expiry", "@unit"), _split, _join)
