"""What all commands take, as plain data made from click's declarations: for shells' completion and for the
manual page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click

from reconciler.cli.commands import COMMANDS
from reconciler.cli.group import app
from reconciler.cli.options import FORMS
from reconciler.cli.telling import PROGRAM

_BY_NAME = {
    "only": "resources",
    "hosts": "hosts",
    "color": "auto always never",
    "output": " ".join(FORMS),
    "to": "files",
}
"""Option → the kind of its values, or the values themselves."""

_BY_METAVAR = {
    "[TREE]": "folders",
    "[DIR]": "folders",
    "[RESOURCE]...": "resources",
    "SUBJECT": "subjects",
    "KIND[.FIELD]": "kinds",
    "[FILES]...": "files",
    "[SHELL]": "bash zsh fish",
    "NAME": "guests",
    "NAME...": "guests",
    "[NAME]...": "guests",
}


@dataclass(frozen=True, slots=True)
class TakenOption:
    """An option: its names, its help, and of what kind its value is; '' for anything, None for a flag."""

    names: tuple[str, ...]
    help: str
    value: str | None


@dataclass(frozen=True, slots=True)
class TakenWords:
    """What one command takes: its options, and of which kinds its words are."""

    help: str
    options: tuple[TakenOption, ...]
    words: tuple[str, ...]


def declared_commands() -> dict[str, TakenWords]:
    """Each command by its name; those of a group as 'lab up'."""
    found: dict[str, TakenWords] = {}
    context = whole_context()
    for name, line in COMMANDS.items():
        command = app.get_command(context, name)
        assert command is not None
        found[name] = _taken(command, line, context)
        if isinstance(command, click.Group):
            found[name] = TakenWords(line, found[name].options, (f"commands of {name}",))
            for inner in command.commands.values():
                found[f"{name} {inner.name}"] = _taken(inner, inner.get_short_help_str(60), context)
    return found


def whole_context() -> click.Context:
    """The program's own context: those of its commands are within it."""
    return click.Context(app, info_name=PROGRAM, **app.context_settings)


def _taken(command: click.Command, line: str, above: click.Context) -> TakenWords:
    context = click.Context(command, parent=above)
    options = tuple(
        TakenOption((*param.opts, *param.secondary_opts), param.help or "", _value(param))
        for param in command.get_params(context)
        if isinstance(param, click.Option) and not param.hidden
    )
    metavars = [
        word
        for param in command.params
        if isinstance(param, click.Argument)
        for word in param.make_metavar(context).split()
    ]
    kinds = tuple(_BY_METAVAR[word] for word in metavars if word in _BY_METAVAR)
    if "kinds" in kinds:
        kinds = (" ".join(_fields()),)
    # A NAME without a TREE is somebody's, and no guest's.
    return TakenWords(
        line, options, kinds if "folders" in kinds else tuple(k for k in kinds if k != "guests")
    )


def _fields() -> Iterator[str]:
    """Kinds, and their fields as explain takes them."""
    from specs.explain import explained
    from specs.models.registry import MODELS

    for kind in MODELS:
        yield str(kind)
        yield from (f"{kind}.{field.name}" for field in explained(kind).fields)


def _value(param: click.Option) -> str | None:
    if param.is_flag:
        return None
    if isinstance(param.type, click.Choice):
        return " ".join(map(str, param.type.choices))
    if isinstance(param.type, click.Path):
        return "files"
    return _BY_NAME.get(param.name or "", "")


def as_json(commands: dict[str, TakenWords]) -> dict[str, Any]:
    """As JSON keeps it."""
    return {
        name: {
            "help": taken.help,
            "options": [[list(option.names), option.help, option.value] for option in taken.options],
            "words": list(taken.words),
        }
        for name, taken in commands.items()
    }
