"""What the words of a command line mean: which one is the tree, which are resources, which is a name.

One rule for all commands, in whichever order the words stand: a folder that is there, or a URL, is the tree,
and without one it is this folder; what reads as a resource (KIND/NAME or LABEL=VALUE) selects as --only does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import HERE, Function, folder
from reconciler.faults import Fault

if TYPE_CHECKING:
    from reconciler.cli.common import Common

_FOLDER = "The folder of desired-state files; this one by default."
_FOLDER_OR_URL = "The folder of desired-state files, this one by default, or the URL of a git repository."
_RESOURCE = "Only these: KIND/NAME (with *) or LABEL=VALUE, as --only has it."

TREE_AND_RESOURCES = click.argument(
    "words", metavar="[TREE] [RESOURCE]...", nargs=-1, help=f"{_FOLDER} {_RESOURCE}"
)
"""For commands that look at their words themselves, before these are `over_folder`."""

TREE_OR_URL = click.argument("source", metavar="[TREE]", required=False, default=HERE, help=_FOLDER_OR_URL)
"""For commands whose only word is a tree."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a command, told apart."""

    tree: str
    resources: tuple[str, ...] = ()


def resources_of_source(function: Function) -> Function:
    """For a command's function: `source`, a folder or a URL; resources among the words join --only."""

    @wraps(function)
    def called(common: Common, *, words: tuple[str, ...], **given: Any) -> Any:
        found = told_apart(words)
        return function(_only(common, found), found.tree, **given)

    told = f"{_FOLDER_OR_URL} {_RESOURCE}"
    return click.argument("words", metavar="[TREE] [RESOURCE]...", nargs=-1, help=told)(called)


def resources_of_folder(function: Function) -> Function:
    """For a command's function: the options over a folder; resources among the words join --only."""

    @wraps(function)
    def called(common: Common, *, words: tuple[str, ...], **given: Any) -> Any:
        return function(over_folder(common, words), **given)

    return TREE_AND_RESOURCES(called)


def over_folder(common: Common, words: Sequence[str]) -> Common:
    """The options over the folder among the words, and only the resources among them. Raises Fault."""
    found = told_apart(words)
    return _only(common, found).at(folder(found.tree))


def named(name: str, metavar: str, text: str, *, urls: bool = False) -> Callable[[Function], Function]:
    """For a command's function: a name, and after or before it the tree: `source` where URLs are taken, else
    the options are over the folder."""

    def declared(function: Function) -> Function:
        @wraps(function)
        def called(common: Common, *, words: tuple[str, ...], **given: Any) -> Any:
            given[name], tree = name_and_tree(words, metavar)
            if urls:
                return function(common, source=tree, **given)
            return function(common.at(folder(tree)), **given)

        told = f"{text} TREE: {_FOLDER_OR_URL if urls else _FOLDER}"
        return click.argument("words", metavar=f"{metavar} [TREE]", nargs=-1, help=told)(called)

    return declared


def told_apart(words: Sequence[str]) -> Words:
    """The tree and the resources among the words. Raises Fault for what is neither, or two trees."""
    trees: list[str] = []
    resources: list[str] = []
    for word in words:
        (resources if not is_tree(word) and _selects(word) else trees).append(word)
    if len(trees) > 1:
        raise Fault(_too_many(trees))
    return Words(trees[0] if trees else HERE, tuple(resources))


def _too_many(trees: list[str]) -> str:
    for word in trees:
        if not is_tree(word):
            return f"'{word}' is no resource: write KIND/NAME as status shows it, or LABEL=VALUE"
    return f"'{trees[0]}' and '{trees[1]}' cannot both be the tree: leave one of them out"


def name_and_tree(words: Sequence[str], metavar: str) -> tuple[str, str]:
    """The one word that is no tree, and the tree. Raises Fault."""
    match words:
        case [name]:
            return name, HERE
        case [first, second]:
            return (second, first) if is_tree(first) and not is_tree(second) else (first, second)
        case []:
            raise Fault(f"{metavar} is missing: {_command()} {metavar} [TREE]")
        case _:
            raise Fault(f"too many words: {_command()} {metavar} [TREE]")


def is_tree(word: str) -> bool:
    """Whether a word means a tree: a folder that is there, or a URL."""
    if Path(word).is_dir():
        return True
    from reconciler.inputs.git.remote import is_git_url

    return is_git_url(word)


def _selects(word: str) -> bool:
    """Whether a word that is no tree selects resources; a path that leads nowhere does not, and whoever reads
    the tree says so. Raises Fault for a word that can only be a mistake."""
    from specs.diagnostics import nearest
    from specs.identity import MANAGED_KINDS
    from specs.reading.walking import SUFFIXES
    from specs.selectors import Selector

    if word.endswith(SUFFIXES) and Path(word).is_file():
        raise Fault(
            f"{word} is one file of a tree: give the folder {Path(word).parent}; --only takes some of it"
        )
    try:
        Selector.parse(word)
    except ValueError:
        kind, _, name = word.partition("/")
        if not name and word == kind:
            plan = " and no saved plan" if _command().endswith(" apply") else ""
            raise Fault(f"there is no folder{plan} '{word}'; {_meant(word)}") from None
        meant = nearest(kind, MANAGED_KINDS)
        if meant and name:
            raise Fault(
                f"there is no folder '{word}', and no kind '{kind}'; did you mean '{meant}/{name}'?"
            ) from None
        return False
    return True


def _meant(word: str) -> str:
    as_one = f"{_command()} Domain/{word}"
    if _command().endswith(" destroy"):  # who knows virsh means something else by it
        return f"a guest is switched off by virt-reconcile stop {word}, and removed for good by {as_one}"
    return f"a resource is written with its kind: {as_one}"


def _command() -> str:
    return click.get_current_context().command_path


def _only(common: Common, found: Words) -> Common:
    return replace(common, only=(*common.only, *found.resources))
