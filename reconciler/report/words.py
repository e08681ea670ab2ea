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
