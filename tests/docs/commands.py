"""Our own command lines, wherever they stand, and what the real commands make of them."""

from __future__ import annotations

import ast
import functools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from reconciler.cli.commands import COMMANDS
from reconciler.cli.group import app
from tests.docs import ROOT
from tests.docs.page import all_pages

NAME = "virt-reconcile"
_SEPARATE = re.compile(r"[;&|()<>]+")
PLACEHOLDER = "X"
_IN_TEXT = re.compile(rf"\b{NAME}((?: +[^\s`'\"]+|'[^']*')*)")
FILES = ("examples", "deploy", ".ci", "tests/run")
"""Where command lines stand besides the pages and the code."""


def of_script(script: str) -> Iterator[list[str]]:
    """The words behind our program's name, for each time that a shell script calls it."""
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        yield from _calls(list(lexer))


def _calls(words: list[str]) -> Iterator[list[str]]:
    for at, word in enumerate(words):
        if word.rpartition("/")[2] == NAME and _begins(words, at):
            rest = words[at + 1 :]
            ends = next((i for i, each in enumerate(rest) if _SEPARATE.fullmatch(each)), len(rest))
            yield rest[:ends]


def _begins(words: list[str], at: int) -> bool:
    """Whether a word stands where a command does: not where it is an argument, as in `-t virt-reconcile`."""
    before = at
    while before and ("=" in words[before - 1] or words[before - 1] in {"sudo", "exec", "command", "$"}):
        before -= 1
    return before == 0 or bool(_SEPARATE.fullmatch(words[before - 1]))


def of_pages() -> Iterator[tuple[str, list[str]]]:
    """Where, and which: those of the pages' scripts and transcripts."""
    for page in all_pages():
        for block in page.blocks:
            if block.language in {"sh", "console"}:
                lines = block.text.replace("\\\n", " ").splitlines()
                if block.language == "console":
                    lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
                yield from ((str(block), words) for line in lines for words in of_script(line))


def of_prose() -> Iterator[tuple[str, list[str]]]:
    """Those that are named in the pages' sentences."""
    for page in all_pages():
        for line, code in page.codes:
            yield from _in_text(f"{page.path}:{line}", code)


def of_code() -> Iterator[tuple[str, list[str]]]:
    """Those of messages and hints, of examples and of what is deployed."""
    for where, text in texts():
        yield from _in_text(where, text)
    for path in _files():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            yield from _in_text(f"{path.relative_to(ROOT)}:{number}", line)


@functools.cache
def texts() -> tuple[tuple[str, str], ...]:
    """Where, and which: all texts of the code, with a placeholder for what is filled in."""
    return tuple(
        (f"{path.relative_to(ROOT)}:{line}", text)
        for package in ("reconciler", "specs", "drivers", "state")
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, text in _texts(ast.parse(path.read_text()))
    )


def _files() -> Iterator[Path]:
    for name in FILES:
        path = ROOT / name
        yield from (path,) if path.is_file() else filter(Path.is_file, sorted(path.rglob("*")))


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (
                str(part.value) if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values
            )
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _in_text(where: str, text: str) -> Iterator[tuple[str, list[str]]]:
    """A sentence goes on behind a command line: taken is what begins as one, up to its last option."""
    for found in _IN_TEXT.finditer(text):
        words = found[1].split()
        if words and words[0] in COMMANDS:
            yield where, [word.rstrip(".,;:)") for word in words]


def wrong_with(words: list[str], *, in_a_sentence: bool = False) -> str:
    """What the real command finds wrong with a command line, without running it; '' is nothing.

    In a sentence a command line may go over into words, and arguments may be left out: options count.
    """
    group: click.Group = app
    context = click.Context(group, info_name=NAME, help_option_names=["-h", "--help"])
    while words and not words[0].startswith("-"):
        name, words = words[0], words[1:]
        command = group.get_command(context, name)
        if command is None:
            return f"no command '{name}'"
        if not isinstance(command, click.Group):
            return _unknown(command, context, words) if in_a_sentence else _refused(command, context, words)
        context, group = click.Context(command, info_name=name, parent=context), command
    return _unknown(group, context, words)


def _refused(command: click.Command, context: click.Context, words: list[str]) -> str:
    try:
        command.make_context(command.name, list(words), parent=context)
    except click.exceptions.Exit:  # --help has been told
        return ""
    except click.UsageError as error:
        return error.format_message()
    return ""


def _unknown(command: click.Command, context: click.Context, words: list[str]) -> str:
    params = command.get_params(context)
    known = {name for param in params for name in (*param.opts, *param.secondary_opts)}
    return ", ".join(word for word in words if word.startswith("--") and word.split("=")[0] not in known)
