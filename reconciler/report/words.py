"""Values as people recognise them."""

from __future__ import annotations

import re

from specs.tokens import shown
from specs.units import format_size

_KIB = re.compile(r"(\d{1,40}) KiB\Z")
_LONG = 100


def humanised(value: str | None) -> str:
    """A value on one line: sizes in the largest exact unit, long XML shortened, nothing as (none)."""
    if value is None:
        return "(none)"
    size = _KIB.match(value)
    if size:
        return format_size(int(size.group(1)) * 1024)
    line = re.sub(r">\s+<", "><", " ".join(shown(value).split()))
    return line if len(line) <= _LONG else f"{line[: _LONG - 1]}…"


def counted(number: int, one: str, many: str = "") -> str:
    """'1 resource', '2 resources'."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def age(seconds: float) -> str:
    """'3d4h', '5h12m', '7m', '42s': the two largest units."""
    rest = max(0, int(seconds))
    for unit, length, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "m", 60), ("m", 60, "s", 1)):
        if rest >= length:
            small = rest % length // part
            return f"{rest // length}{unit}" + (f"{small}{smaller}" if small else "")
    return f"{rest}s"
