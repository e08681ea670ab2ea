"""The manual page, virt-reconcile(1), made from what the commands say of themselves.

`python -m reconciler.cli.manual` writes it, as man(7) has it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator

import click

from reconciler.cli import out
from reconciler.cli.commands import COMMANDS, GROUPS
from reconciler.cli.declared import whole_context
from reconciler.cli.examples import EXAMPLES
from reconciler.cli.group import app
from reconciler.cli.telling import PROGRAM, options_of

EXIT_CODES = (
    ("0", "What was asked for was done, or there was nothing to do; what a policy holds back is no error."),
    (
        "1",
        "An error: a wrong command line, an action that failed, a resource that is blocked, a host that is"
        " not reached.",
    ),
    ("2", "With --detailed-exitcode: something differs, or, of what changes things, something was changed."),
    ("3", "The files are invalid."),
    ("130", "Interrupted."),
)
"""Exit code → what it says, of every command."""

_ENVIRONMENT = (
    ("VIRT_RECONCILE_STATE", "Where the state is, as --state has it."),
    ("NO_COLOR, CLICOLOR_FORCE, CLICOLOR", "Whether results are coloured, where --color does not say it."),
    ("XDG_STATE_HOME, XDG_CACHE_HOME", "Where states and what can be made anew are kept."),
)
_FILES = (
    ("fleet.yaml and others, *.yaml, *.xml", "The tree: what should be."),
    (".virt-reconcile/", "In the tree: its state, unless that is elsewhere."),
    ("/etc/virt-reconcile/policy.yaml", "What a tree may say."),
)
_ABOUT = (
    "Files say what should be, drivers say what is. plan shows what differs and why, apply makes the hosts as"
    " declared, run keeps them so.",
    "TREE is the folder of the files, or for what only looks or decides the URL of a git repository; where it"
    " is left out, it is the folder in which one is. RESOURCE is KIND/NAME, in which * stands for anything,"
    " or LABEL=VALUE. They may stand in any order.",
)


def manual(version: str = "") -> str:
    """The page."""
    return "\n".join(line for line in _page(version) if line) + "\n"


def _page(version: str) -> Iterator[str]:
    yield f'.TH VIRT\\-RECONCILE 1 "" "{_roff(f"{PROGRAM} {version}".strip())}" "User Commands"'
    yield from (".SH NAME", f"{_roff(PROGRAM)} \\- GitOps for hypervisors")
    yield from (".SH SYNOPSIS", f".B {_roff(PROGRAM)}", ".I COMMAND", "[OPTIONS] [TREE] [RESOURCE]...")
    yield ".SH DESCRIPTION"
    yield from _paragraphs(_ABOUT)
    context = whole_context()
    shared: dict[str, str] = {}
    for title, commands in GROUPS.items():
        yield f".SH {_roff(title.upper())}"
        for name in commands:
            command = app.get_command(context, name)
            assert command is not None
            yield from _command(name, command, context, shared)
    yield ".SH COMMON OPTIONS"
    yield from _list(sorted(shared.items(), key=lambda option: option[0].lstrip("-")))
    for section, rows in (("EXIT STATUS", EXIT_CODES), ("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        yield f".SH {section}"
        yield from _list(rows)
    yield from (".SH SEE ALSO", ".BR virsh (1),", ".BR git (1)")


def _command(
    name: str, command: click.Command, above: click.Context, shared: dict[str, str]
) -> Iterator[str]:
    """A command, and those within it; options that many share are told once, at the end."""
    context = click.Context(command, info_name=name, parent=above)
    yield f".SS {_roff(' '.join([name, *command.collect_usage_pieces(context)]))}"
    yield from _paragraphs(re.split(r"\n\s*\n", inspect.cleandoc(command.help or COMMANDS[name])))
    own, common = options_of(command, context)
    shared.update(common)
    yield from _list((names, told) for names, told in own if "--help" not in names)
    examples = EXAMPLES.get(name, ())
    if examples:
        yield from (".PP", ".EX")
        for wanted, typed in examples:
            yield from (_roff(f"# {wanted}"), _roff(f"{PROGRAM} {typed}"))
        yield ".EE"
    if isinstance(command, click.Group):
        for inner_name, inner in command.commands.items():
            told = click.Context(inner, info_name=f"{name} {inner_name}", parent=above)
            yield from _command(told.info_name or "", inner, above, shared)


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (".PP", _roff(" ".join(text.split())))


def _list(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, told in rows:
        yield from (".TP", f"\\fB{_roff(term)}\\fR", _roff(" ".join(told.split())))


def _roff(text: str) -> str:
    """Text as it stands, whatever it begins with or holds."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    escaped = re.sub(r"`([^`]+)`", r"\\fB\1\\fR", escaped)
    plain = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in escaped)
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


if __name__ == "__main__":
    from reconciler.cli.version import own_version

    out.say_lines(manual(own_version()).rstrip("\n"))
