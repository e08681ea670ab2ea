"""Columns of text: as wide as what they hold, or as a terminal has room for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from reconciler.report.paint import PLAIN, Paint
from specs.plain import plain, width

_WIDEST = 300
"""Characters of a cell that are shown: one absurd name must not push all others out of sight."""
_NARROWEST = 8
"""Columns that a cell is not cut below."""
_GAP = 2
Rows = Sequence[Sequence[str]]
Colours = Mapping[str, Mapping[str, str]]
"""Column → what begins with a word there → its colour."""
_COLOURLESS: Colours = MappingProxyType({})


def table(
    header: Sequence[str],
    rows: Rows,
    *,
    columns: int = 0,
    paint: Paint = PLAIN,
    colours: Colours = _COLOURLESS,
) -> Iterator[str]:
    """Lines with aligned columns, at most so many columns wide where that is possible (0: as wide as they
    are). The first column is what somebody may have to type, and is never cut; of the others the last one is
    cut first."""
    cells = [[*(plain(cell, _WIDEST) for cell in row[:-1]), plain(row[-1])] for row in (header, *rows)]
    widths = [max(width(row[i]) for row in cells) for i in range(len(header))]
    if columns:
        widths = _fitting(widths, header, columns)
        cells = [[cut(cell, wide) for cell, wide in zip(row, widths, strict=True)] for row in cells]
    tints = [colours.get(name, {}) for name in header]
    for number, row in enumerate(cells):
        padded = []
        for cell, wide, tint in zip(row, widths, tints, strict=True):
            colour = tint.get(cell.partition(" ")[0], "") if number else "bold"
            padded.append((paint(colour, cell) if cell else "") + " " * (wide - width(cell)))
        yield (" " * _GAP).join(padded).rstrip()


def telling(header: Sequence[str], rows: Rows) -> tuple[Sequence[str], Rows]:
    """The table without the columns in which nothing stands."""
    kept = [i for i in range(len(header)) if not i or any(row[i].strip("- ") for row in rows)]
    return [header[i] for i in kept], [[row[i] for i in kept] for row in rows]


def cut(text: str, columns: int) -> str:
    """Plain text of so many columns at most."""
    if width(text) <= columns:
        return text
    while text and width(text) >= columns:
        text = text[:-1]
    return f"{text}…"


def _fitting(widths: Sequence[int], header: Sequence[str], columns: int) -> list[int]:
    """The widths with which the table fits, as far as columns may be cut."""
    fitted = list(widths)
    for i in range(len(fitted) - 1, 0, -1):
        over = sum(fitted) + _GAP * (len(fitted) - 1) - columns
        if over <= 0:
            break
        fitted[i] = max(min(fitted[i], max(_NARROWEST, len(header[i]))), fitted[i] - over)
    return fitted
