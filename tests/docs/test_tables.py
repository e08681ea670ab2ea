"""The tables of commands and exit codes are those of the code."""

from __future__ import annotations

import re

from reconciler.cli import ends
from reconciler.cli.commands import COMMANDS
from tests.docs.commandtable import PAGE, with_table


def test_all_commands_are_told_as_they_are() -> None:
    page = PAGE.read_text()
    assert page == with_table(page), "run: python -m tests.docs --write"
    assert [name for name in COMMANDS if f"| `{name}" not in page] == []


def test_all_exit_codes_are_told_and_no_other() -> None:
    part = PAGE.read_text().partition("\n## Exit codes\n")[2].partition("\n## ")[0]
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", part, re.MULTILINE)}
    codes = {value for name, value in vars(ends).items() if name.isupper() and isinstance(value, int)}
    assert told == codes
