"""Columns of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from specs.plain import plain, width

_WIDEST = 300
"""Characters of a cell that are shown: one absurd name must not push all others out of sight."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines with aligned columns; the last one as wide as it is."""
    cells = [[*(plain(cell, _WIDEST) for cell in row[:-1]), plain(row[-1])] for row in (header, *rows)]
    widths = [max(width(row[i]) for row in cells) for i in range(len(header))]
    for row in cells:
        padded = (cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()
