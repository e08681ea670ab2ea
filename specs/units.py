"""Sizes and durations as people write them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*\Z")
_PREFIXES = "kmgtpe"
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def unit_factor(unit: str) -> int | None:
    """How many bytes a unit has, as virScaleInteger reads it in any case: 'K' and 'KiB' are 1024, 'KB' is
    1000, '' and 'bytes' are 1; None for what is no unit."""
    lowered = unit.strip().lower()
    if lowered in ("", "b", "byte", "bytes"):
        return 1
    power = _PREFIXES.find(lowered[0]) + 1
    if not power or lowered[1:] not in ("", "b", "ib"):
        return None
    base = 1000 if lowered[1:] == "b" else 1024
    return int(base**power)


def parse_size(text: str | int) -> int:
    """Bytes from '2GiB', '2 G', '512MiB', '10GB' or a plain number of bytes.

    Units are libvirt's (`unit_factor`). ValueError says what is wrong.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        if text < 0:
            raise ValueError("a size is not negative")
        return text
    match = _SIZE.match(text) if isinstance(text, str) else None
    if match:
        number, unit = match.groups()
        factor = unit_factor(unit)
        if factor is not None:
            size = float(number) * factor if "." in number else int(number) * factor
            if size != int(size):
                raise ValueError(f"'{text}' is no whole number of bytes")
            return int(size)
    raise ValueError(f"'{text}' is no size; write a number with a unit, such as 512MiB or 2GiB")


def parse_amount(text: str | int, plain_from: int | None = None) -> int:
    """As `parse_size`, of what a person writes: a number alone is refused with what it likely means, unless
    it is 0, or at least `plain_from` bytes where that is given."""
    size = parse_size(text)
    alone = str(text).strip()
    if not size or not alone.isdecimal() or (plain_from is not None and size >= plain_from):
        return size
    raise ValueError(
        f"{alone} without a unit would be {size} bytes; did you mean {_likely(size)}? ({size}B says bytes)"
    )


def _likely(number: int) -> str:
    """What a number without a unit was likely meant to be: few are GiB, then MiB; then KiB, as libvirt's own
    documents have them, and so many bytes."""
    for unit, below in (("GiB", 64), ("MiB", 1 << 18), ("KiB", 1 << 27)):
        if number < below:
            return f"{number}{unit}"
    return format_size(number).replace(" ", "")


def parse_duration(text: str | float) -> float:
    """Seconds from '90s', '2m', '1h30m', '500ms' or a plain number; ValueError says what is wrong."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        if text < 0:
            raise ValueError("a duration is not negative")
        return float(text)
    parts = _DURATION.findall(text) if isinstance(text, str) else []
    if not parts or _DURATION.sub("", str(text)).strip():
        raise ValueError(f"'{text}' is no duration; write a number with a unit, such as 90s, 2m or 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def parse_percent(text: str) -> float:
    """A share from 0 to 1 from '20%'; ValueError says what is wrong."""
    match = _PERCENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match and float(match[1]) <= 100:
        return float(match[1]) / 100
    raise ValueError(f"'{text}' is no share; write a percentage from 0% to 100%, such as 20%")


def format_percent(share: float) -> str:
    """'20%' for 0.2."""
    return f"{share * 100:g}%"


def format_size(size: int) -> str:
    """An exact spelling in the largest binary unit that takes no more than three decimals: '2 GiB',
    '1.5 GiB', '5 B'."""
    units = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
    for step in range(len(units) - 1, 0, -1):
        thousandths, rest = divmod(size * 1000, 1024**step)
        if thousandths >= 1000 and not rest:
            whole, part = divmod(thousandths, 1000)
            return f"{whole}.{part:03}".rstrip("0").rstrip(".") + f" {units[step]}"
    return f"{size} B"


def format_about(size: int) -> str:
    """As people say a size, to three digits: '31.2 GiB', '10 TiB'."""
    units = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
    step = max(0, min(len(units) - 1, (size.bit_length() - 1) // 10))
    amount = size / 1024**step
    return f"{amount:.3g} {units[step]}" if amount < 1000 else f"{amount:.0f} {units[step]}"
