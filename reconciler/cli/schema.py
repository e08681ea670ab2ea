"""schema: JSON Schema for editors, and what editors need to find it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from reconciler.cli import out
from reconciler.cli.common import Common, takes
from reconciler.faults import Fault


@click.command()
@takes("tree")
@click.option(
    "--install",
    "editors",
    multiple=True,
    metavar="EDITOR",
    help="Writes the schema into TREE, and what this editor needs to use it; repeatable.",
)
def command(common: Common, editors: tuple[str, ...]) -> None:
    """Writes the JSON Schema of the files, for editors. With --install it goes where they find it."""
    if not editors:
        from specs.schema import schema

        out.say_json(json.dumps(schema(), indent=2))
        return
    from specs.editors import SCHEMA_FILE, schema_text
    from specs.editors.settings import EDITORS

    for name in editors:
        if name not in EDITORS:
            raise Fault(f"--install: '{name}' is not known; allowed: {', '.join(EDITORS)}")
    tree = common.tree
    if not tree.is_dir():
        raise Fault(f"{tree}: there is no such folder")
    _write(tree / SCHEMA_FILE, schema_text())
    for name in editors:
        _install(name, tree)


def _install(name: str, tree: Path) -> None:
    from specs.editors.settings import EDITORS, TreePlace

    editor, top = EDITORS[name], _opened(tree)
    inside = tree.resolve().relative_to(top)
    place = TreePlace(f"{inside.as_posix()}/" if inside.parts else "")
    if not editor.file:
        out.say_lines(editor.merge("", place).rstrip())
    else:
        # Shown as the tree was named, however deep it lies in its repository.
        path = Path(*[".."] * len(inside.parts)) / editor.file if tree == Path() else top / editor.file
        before = _text(path)
        try:
            after = editor.merge(before, place)
        except ValueError as error:
            out.say_lines(editor.merge("", place).rstrip())
            raise Fault(f"{path} is left as it is, for {error}; put into it what stands above") from None
        _write(path, after)
    if editor.needs:
        out.tell(f"note: {name} needs {editor.needs}")


def _opened(tree: Path) -> Path:
    """The folder that an editor is likely to open: the repository of the tree, or the tree."""
    here = tree.resolve()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Fault(f"{path} cannot be read: {error}") from None


def _write(path: Path, text: str) -> None:
    if _text(path) == text:
        out.say(f"{path} is as it should be")
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Fault(f"{path} cannot be written: {error.strerror}") from None
    out.say(f"wrote {path}")
