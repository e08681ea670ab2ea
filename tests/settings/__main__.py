"""Writes since when libvirt knows its settings: `python -m tests.settings 7.0.0=DIR 9.0.0=DIR …`.

Each DIR holds the RNG schemas of that release (/usr/share/libvirt/schemas of its package). What a later one
has and an earlier one has not is written to drivers/dialects/added.py, the topmost of each only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.settings.schemas import ROOTS, topmost, written_paths

TABLE = Path(__file__).parents[2] / "drivers/dialects/added.py"
_HEAD = '''"""Since which release of libvirt its schemas have a setting; made by python -m tests.settings."""

from __future__ import annotations

from collections.abc import Mapping

from specs.identity import Kind

ADDED: tuple[tuple[str, str, Mapping[Kind, tuple[str, ...]]], ...] = (
'''


def main(arguments: list[str] | None = None) -> int:
    options = argparse.ArgumentParser(
        prog="python -m tests.settings", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("schemas", nargs="+", metavar="RELEASE=DIR", help="oldest release first")
    given = [each.partition("=") for each in options.parse_args(arguments).schemas]
    rows = _tables([(release, Path(folder)) for release, _, folder in given])
    end = ')\n"""Each: a release that lacks settings, the next one looked at, and what that one has."""\n'
    TABLE.write_text(_HEAD + "".join(rows) + end)
    return 0


def _tables(schemas: list[tuple[str, Path]]) -> Iterator[str]:
    for (older, before), (newer, after) in pairwise(schemas):
        yield f'    (\n        "{older}",\n        "{newer}",\n        {{\n'
        for kind in ROOTS:
            paths = topmost(written_paths(after, kind) - written_paths(before, kind))
            if paths:
                lines = "".join(f'                "{path}",\n' for path in paths)
                yield f"            Kind.{kind.name}: (\n{lines}            ),\n"
        yield "        },\n    ),\n"


if __name__ == "__main__":
    sys.exit(main())
