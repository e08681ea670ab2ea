"""The options that commands share: each is declared once, as a field of the one value that holds them all.

To add one, add a field here; whoever `takes` its group has it then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import click

from reconciler.faults import Fault

Function = Callable[..., Any]


class _Folder(click.Path):
    """A folder, and no URL: those who take one have an argument of their own."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder as a Path; Fault for a URL, whose slashes a path would swallow."""
        if isinstance(value, str) and "://" in value:
            raise Fault(
                f"{value} is no folder; git repositories are taken by run, and by what only looks or decides:"
                " plan, diff, status, history, hosts, commits, decisions, pin, skip, approve, suspend"
            )
        return super().convert(value, param, ctx)


HERE = "."
"""The tree of who names none."""


def folder(text: str) -> Path:
    """A word that means a folder, as its path. Raises Fault for a URL."""
    path: Path = _Folder(path_type=Path).convert(text, None, None)
    return path


PATH = click.Path(path_type=Path)
"""A file or a folder, as a Path; whether it is there is the command's matter."""

TREE = ("tree", "state", "hosts", "policy")
"""A tree, where its hosts and its state are, and what it may say."""
REMOTE = ("ref", "path", "ssh_key", "token")
"""Which commit of a git repository, and how one gets there; the repository itself is an argument."""
DECIDING = ("only", "max_deletions", "accepted")
"""What a plan is bounded by."""
DOING = ("allow_data_loss", "parallel")
"""How a plan is executed."""
SHOWING = ("output", "color", "verbose", "quiet")
"""How results are shown."""


FORMS = ("text", "wide", "json", "yaml", "markdown")
"""In which results are shown; wide only where there are more columns (takes(…, wide=True)). A command may
have forms of its own (takes(…, forms=…))."""


def one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raises Fault when an option has a value that is not allowed."""
    if value not in allowed:
        from reconciler.cli.habits import OPTIONS

        typed = f"-{option[2]}{value.partition('=')[0]}"
        if here := OPTIONS.get(typed):  # -out=FILE was read as -o ut=FILE
            raise Fault(f"there is no option '{typed}'; here: {here}")
        raise Fault(f"{option}: '{value}' is not allowed; allowed: {', '.join(allowed)}")


def _argument(metavar: str, text: str) -> Any:
    return _field(
        Path(),
        lambda name: click.argument(
            name, metavar=metavar, type=_Folder(path_type=Path), required=False, default=HERE, help=text
        ),
    )


def _flag(names: str, text: str, default: bool | None = False) -> Any:
    return _option(*names.split(), is_flag=True, default=default, help=text)


def _option(*names: str, default: Any = None, **settings: Any) -> Any:
    """A field whose value an option gives; one that may be repeated is a tuple."""
    field_default = () if settings.get("multiple") else default
    return _field(field_default, lambda name: click.option(*names, name, default=default, **settings))


def _field(default: Any, declared: Any) -> Any:
    return field(default=default, metadata={"click": declared})


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """What was given to one call; what a command does not take stays as it is here."""

    tree: Path = _argument("[TREE]", "The folder of desired-state files; this one by default.")
    state: str = _option("--state", default="", metavar="URL", help="Where the state is: sqlite:///PATH.")
    hosts: tuple[str, ...] = _option(
        "--host", multiple=True, metavar="[NAME=]URI", help="Adds a host, or overrides one's URI."
    )
    ref: str = _option(
        "--ref", default="", metavar="REF", help="Of a git URL: the branch or tag; its HEAD by default."
    )
    path: str = _option(
        "--path", default="", metavar="FOLDER", help="Of a git URL: the folder in it that is the tree."
    )
    ssh_key: str = _option("--ssh-key", default="", metavar="FILE", help="The key for a git URL over ssh.")
    token: str = _option(
        "--token", default="", metavar="SOURCE", help="The token for https: env:NAME or file:PATH."
    )
    trust: str = _option(
        "--trust", default="", metavar="COMMIT", help="Takes this very commit, whoever signed it."
    )
    only: tuple[str, ...] = _option(
        "--only", multiple=True, metavar="SELECTOR", help="KIND/NAME (with *) or LABEL=VALUE; repeatable."
    )
    allow_data_loss: bool = _flag("--allow-data-loss", "Lets the plan destroy data without asking by name.")
    prune: bool | None = _flag(
        "--prune/--no-prune", "Removes what we own and the tree declares no more.", default=None
    )
    max_deletions: int | None = _option(
        "--max-deletions",
        type=click.IntRange(min=0),
        metavar="N",
        help="How many removals and replacements are allowed at once.",
    )
    accepted: tuple[str, ...] = _option(
        "--accept-host",
        multiple=True,
        metavar="NAME",
        help="Takes a host that is another machine than before.",
    )
    allow_shrink: bool = _flag(
        "--allow-shrink", "Prunes although much has vanished from the tree, or a folder has."
    )
    parallel: int | None = _option(
        "--parallel", type=click.IntRange(min=1), metavar="N", help="How many actions run at once."
    )
    policy: Path | None = _option(
        "--policy",
        metavar="FILE",
        type=PATH,
        help="What a tree may say; /etc/virt-reconcile/policy.yaml by default.",
    )
    untrusted: bool = _flag(
        "--untrusted", "For anybody's tree: runs nothing, reads no secret and nothing outside of it."
    )
    dry_run: bool = _flag("--dry-run", "Only shows what would be done, as plan does.")
    detailed: bool = _flag("--detailed-exitcode", "Exits with 2 when something differs, or was changed.")
    output: str = _option(
        "--output",
        "-o",
        default="text",
        metavar="FORM",
        show_default=True,
        help="text, json, yaml or markdown; wide where there is more.",
    )
    color: str = _option(
        "--color", default="auto", metavar="WHEN", show_default=True, help="auto, always or never."
    )
    verbose: bool = _flag("--verbose -v", "Shows more.")
    quiet: bool = _flag("--quiet -q", "Shows only what went wrong.")
    repository: str = ""
    """The URL of the git repository that the tree comes from; '' for a folder."""
    kept: str = ""
    """Where its state is, unless that is said otherwise."""
    keeper: bool = False
    """Whether this is `run`, which keeps its state outside the tree."""

    def __post_init__(self) -> None:
        one_of("--color", self.color, ("auto", "always", "never"))

    @property
    def json(self) -> bool:
        """Whether the result is one document of data: JSON, or the same as YAML."""
        return self.output in ("json", "yaml")

    @property
    def wide(self) -> bool:
        """Whether tables have all of their columns."""
        return self.output == "wide"

    @property
    def markdown(self) -> bool:
        """Whether the result is Markdown."""
        return self.output == "markdown"


def declare(function: Function, names: tuple[str, ...]) -> Function:
    """The function with these fields as options of its command, in the order in which they stand above."""
    for one in reversed(fields(CommandOptions)):
        if one.name in names:
            function = one.metadata["click"](one.name)(function)
    return function
