"""How a command tells of itself: what it is for, its own options before those that many share, examples."""

from __future__ import annotations

from dataclasses import fields

import click

from reconciler.cli.examples import EXAMPLES
from reconciler.cli.options import CommandOptions

PROGRAM = "virt-reconcile"
_SHARED = {field.name for field in fields(CommandOptions)} | {"help"}


class HelpfulCommand(click.Command):
    """A command whose help shows its own options first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Two lists with the same columns."""
        own, shared = options_of(self, ctx)
        longest = max(len(names) for names, _ in (*own, *shared))
        for title, options in (("Options", own), ("Common options", shared)):
            if options:
                with formatter.section(title):
                    formatter.write_dl(
                        [(names.ljust(min(longest, _WIDEST)), told) for names, told in options]
                    )


_METAVARS = {"integer": "N", "integer range": "N", "float range": "N", "path": "FILE"}
"""What stands for a value where an option does not say it."""

_WIDEST = 26
"""Characters of the column of options; longer ones stand on a line of their own."""


def options_of(command: click.Command, ctx: click.Context) -> tuple[list[tuple[str, str]], ...]:
    """The options of a command as its help tells them: its own, and those that many share."""
    own: list[tuple[str, str]] = []
    shared: list[tuple[str, str]] = []
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is not None and isinstance(param, click.Option):
            (shared if param.name in _SHARED else own).append(record)
    return own, shared


def with_examples(command: click.Command, name: str) -> click.Command:
    """The command as it tells of itself."""
    epilog = examples_text(name)
    if isinstance(command, click.Group):
        inner = {each: with_examples(known, f"{name} {each}") for each, known in command.commands.items()}
        return click.Group(name, inner, help=command.help, epilog=epilog, no_args_is_help=False)
    for param in command.params:
        if isinstance(param, click.Option) and not param.is_flag:
            param.metavar = param.metavar or _METAVARS.get(param.type.name)
    return HelpfulCommand(
        command.name, callback=command.callback, params=command.params, help=command.help, epilog=epilog
    )


def examples_text(name: str) -> str:
    """A paragraph that is not wrapped anew: what one wants, and what one types; '' without examples."""
    lines = [
        line for wanted, typed in EXAMPLES.get(name, ()) for line in (f"  # {wanted}", f"  {PROGRAM} {typed}")
    ]
    return "\n".join(["\b", "Examples:", *lines]) if lines else ""
