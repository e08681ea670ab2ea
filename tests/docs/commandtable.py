"""The table of commands on docs/commands.md, made of the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from reconciler.cli.commands import COMMANDS
from reconciler.cli.group import app
from tests.docs import ROOT

PAGE = ROOT / "docs/commands.md"
_PLACE = re.compile(r"(<!-- the commands, by [^>]*-->\n).*(<!-- end of the commands -->\n)", re.DOTALL)


def with_table(page: str) -> str:
    """The page with the table as it should be."""
    rows = "\n".join(f"| `{usage}` | {does} |" for usage, does in _rows())
    return _PLACE.sub(rf"\1\n| command | does |\n| --- | --- |\n{rows}\n\n\2", page)


def _rows() -> Iterator[tuple[str, str]]:
    context = _context()
    for name in COMMANDS:
        command = app.get_command(context, name)
        assert command is not None
        if not isinstance(command, click.Group):
            yield _usage(name, command), _cell(command.get_short_help_str(200))
            continue
        inner = click.Context(command, parent=context)
        for below in command.list_commands(inner):
            found = command.get_command(inner, below)
            assert found is not None
            yield _usage(f"{name} {below}", found), _cell(found.get_short_help_str(200))


def _context() -> click.Context:
    """The program's, of which commands take on how help is asked for."""
    return click.Context(app, help_option_names=["-h", "--help"])


def _usage(name: str, command: click.Command) -> str:
    pieces = command.collect_usage_pieces(click.Context(command, parent=_context()))
    return _cell(" ".join([name, *(piece for piece in pieces if piece != "[OPTIONS]")]))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
