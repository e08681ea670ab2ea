"""Long tables in pages: which rows one has."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import QueryParams

ROWS = 100
"""Rows of a page: a table of 10,000 takes a browser nine seconds."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One page of a table of so many rows: the one asked for, or the last."""

    total: int
    asked: int = 1

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // ROWS))

    @property
    def page(self) -> int:
        """Which one this is, from 1 on."""
        return min(self.asked, self.pages)

    @property
    def first(self) -> int:
        """The first row of it, from 0 on."""
        return (self.page - 1) * ROWS

    @property
    def end(self) -> int:
        """The row after its last."""
        return min(self.total, self.first + ROWS)


def page_of(params: QueryParams) -> int:
    """The page that a query asks for; what is none is the first."""
    page = params.get("page", "")
    return int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 8 and int(page) else 1
