"""Values as people recognise them."""

from __future__ import annotations

import re

from specs.identity import Address, Kind
from specs.tokens import shown
from specs.units import format_size

_SIZE = re.compile(r"(\d{1,40}) (KiB|bytes)\Z")
_TAG = re.compile(r"<([^\s/>]+)")
_LONG = 100
_LONG_XML = 60


def sized(value: str) -> str:
    """A size in the largest exact unit; whatever else it is, as it is."""
    size = _SIZE.match(value)
    return format_size(int(size[1]) * (1024 if size[2] == "KiB" else 1)) if size else value


def shortened(value: str) -> str:
    """A value on one line, not longer than a line may be: sizes in the largest exact unit, a long element by
    its tag."""
    line = re.sub(r">\s+<", "><", " ".join(shown(sized(value)).split()))
    tag = _TAG.match(line)
    if tag and len(line) > _LONG_XML and _is_xml(value):
        return f"<{tag.group(1)}> of {len(line)} characters (diff shows it)"
    return line if len(line) <= _LONG else f"{line[: _LONG - 1]}…"


def _is_xml(value: str) -> bool:
    from specs.xml import is_xml  # lxml, for what few values need

    return is_xml(value)


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


def name_told(address: Address) -> str:
    """'web', 'guests/web.qcow2': a resource's name without its kind and host."""
    return f"{address.pool}/{address.name}" if address.pool else address.name


def kind_word(kind: Kind) -> tuple[str, str]:
    """The word for one of a kind, and for several: 'storage pool', 'storage pools'."""
    one = re.sub(r"(?<=[a-z])([A-Z])", r" \1", str(kind)).lower()
    return one, f"{one}s"
