"""What the pages show, listed or put down anew.

python -m tests.docs                      all blocks, and what they are
python -m tests.docs --write [PAGE …]     runs what is run, writes what it prints now: look it over
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack
from itertools import groupby
from typing import TYPE_CHECKING

from tests.docs import ROOT
from tests.docs.commandtable import PAGE, with_table
from tests.docs.page import Page, all_pages
from tests.docs.player import Hosts, is_played, play, rewritten

if TYPE_CHECKING:
    from tests.support.daemons import LibvirtHost


def main(arguments: list[str]) -> None:
    """The program."""
    if "--write" not in arguments:
        return _list()
    PAGE.write_text(with_table(PAGE.read_text()))
    wanted = set(arguments) - {"--write"}
    with ExitStack() as ends:
        made: list[LibvirtHost] = []

        def host() -> LibvirtHost:
            from tests.docs.test_transcripts import emptied
            from tests.support.daemons import LibvirtHost

            if not made:
                made.append(ends.enter_context(LibvirtHost()))
            emptied(made[0])
            return made[0]

        for page in all_pages():
            if is_played(page) and (not wanted or page.path in wanted):
                _write(page, host)
    return None


def _list() -> None:
    found = [block for page in all_pages() for block in page.blocks]
    for block in found:
        said = " ".join(f'{key}="{value}"' if value else key for key, value in block.said.items())
        print(f"{block}  {block.language} {said}")
    kinds = Counter(block.language for block in found)
    print(", ".join(f"{count} {language}" for language, count in kinds.most_common()))


def _write(page: Page, host: Hosts) -> None:
    path = ROOT / page.path
    lines = path.read_text().splitlines()
    blocks = [(block, list(played)) for block, played in groupby(play(page, host), lambda each: each.block)]
    for block, played in reversed(blocks):
        if block.language == "console":
            lines[block.line : block.ends - 1] = rewritten(block, played)
    path.write_text("\n".join(lines) + "\n")
    print(page.path)


if __name__ == "__main__":
    main(sys.argv[1:])
