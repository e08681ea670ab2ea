"""The forms of a result beside text: the same document as YAML, a table and lines as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from reconciler.report.markdown import code
from specs.plain import plain, plain_lines

_WIDEST = 300
"""Characters of a cell."""


def yaml_of(document: str) -> str:
    """A JSON document as YAML; it says the same."""
    import yaml

    value = json.loads(document)

    def written(*, unicode: bool) -> str:
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        text: str = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=unicode, width=100)
        return text.rstrip("\n")

    text = written(unicode=True)
    return text if plain_lines(text) == text else written(unicode=False)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table; what stands in its cells is code, where nothing of it means anything."""
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def fenced(lines: Iterable[str], language: str = "text") -> Iterator[str]:
    """Lines in a fence that nothing in them ends."""
    shown = [plain(line) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{language}", *shown, fence)


def item(line: str) -> str:
    """A line of a list."""
    return f"- {code(line, _WIDEST)}"


def _cell(text: str) -> str:
    return code(text, _WIDEST).replace("|", "\\|") if text.strip("- ") else text
