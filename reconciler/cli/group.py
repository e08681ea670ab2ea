"""The group of all commands, which loads each when it is called."""

from __future__ import annotations

from importlib import import_module

import click

from reconciler.cli import out
from reconciler.cli.commands import COMMANDS, GROUPS

_EPILOG = """\b
TREE is the folder of the files; where it is left out, it is this one.
virt-reconcile help COMMAND tells more of one, with examples."""


class _Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are told."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name, loaded now."""
        if cmd_name not in COMMANDS:
            return None
        from reconciler.cli.telling import with_examples

        command = import_module(f"reconciler.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return with_examples(command, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant. Raises Fault for a word that is none."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from reconciler.cli.habits import unknown_command

            unknown_command(args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without loading any; all in the same columns."""
        longest = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(longest), line) for name, line in commands.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Click itself would write an empty line for an interrupt."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None


def _version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        from reconciler.cli.version import version_lines

        for line in version_lines():
            out.say(line)
        ctx.exit()


app = _Commands(
    "virt-reconcile",
    help="GitOps for hypervisors: files say what should be; plan shows what differs; apply converges.",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Shows the versions of this, of Python and of libvirt.",
        )
    ],
)
