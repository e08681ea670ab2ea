"""What runs otherwise than it is defined, as a difference of values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.compare.model import Difference
from reconciler.report.paint import Paint
from reconciler.report.words import sized
from reconciler.report.xmldiff import pretty
from specs.tokens import shown


def live_diff(name: str, differences: Iterable[Difference], paint: Paint) -> Iterator[str]:
    """What would change of what runs, where its definition is as it should be; value by value, for what a
    start makes of a definition is another document."""
    heads = [f"--- running/{name}", f"+++ declared/{name}"]
    for difference in differences:
        yield from heads
        heads = []
        yield paint("cyan", f"@@ {difference.path} @@")
        for sign, colour, value in (("-", "red", difference.observed), ("+", "green", difference.declared)):
            for line in _lines(value):
                yield paint(colour, f"{sign}{line}")


def _lines(value: str | None) -> list[str]:
    """A value whole: an element over several lines."""
    if value is None:
        return []
    return shown("\n".join(pretty(value)) if value.startswith("<") else sized(value)).split("\n")
