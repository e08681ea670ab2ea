"""What may come next on a command line, for the shells' scripts (reconciler/cli/shells).

Nothing is connected to and nothing is run: what commands take is kept as a table, made once for each version
of this program, and names are looked up in the files. What goes wrong is passed over in silence: a person who
types is not to be disturbed.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specs.reading.trust import cache_home

if TYPE_CHECKING:
    from reconciler.cli.treenames import TreeNames

Candidate = tuple[str, str]
"""A word that may come, and what it is; ':folders', ':files' and ':nospace' are for the script."""

_LONGEST = 80
"""Characters of what a candidate is said to be."""


def answer(arguments: Sequence[str]) -> None:
    """Writes what may come next, as the script of a shell takes it."""
    with suppress(Exception):
        shell, *given = arguments
        breaks, words = (given[0], _split(given[1])) if shell == "bash" else ("", list(given) or [""])
        lines = list(_written(shell, breaks, words[-1], candidates(words)))
        with suppress(BrokenPipeError):
            sys.stdout.write("".join(f"{line}\n" for line in lines))
            sys.stdout.flush()


def prepare() -> None:
    """Looks up what commands take, if that was not done for this version of the program."""
    with suppress(OSError):
        _table()


def candidates(words: Sequence[str]) -> Iterator[Candidate]:
    """What the last of the words after `virt-reconcile` may become."""
    *before, typed = words
    table = _table()
    command = _command(before, table)
    found: Iterable[Candidate] = ()
    if not command and before in ([], ["help"]):
        found = _commands(table)
        if typed.startswith("-"):
            found = (("--help", "tells what there is"), ("--version", "tells the versions"))
    elif command:
        found = _within(table[command], table, command, before, typed)
    return (each for each in found if each[0].startswith((typed, ":")) and each[0].isprintable())


def _command(before: Sequence[str], table: dict[str, Any]) -> str:
    plain = [word for word in before if not word.startswith("-")]
    if plain[:1] == ["help"]:
        plain = plain[1:]
    for name in (" ".join(plain[:2]), *plain[:1]):
        if name in table:
            return name
    return ""


def _commands(table: dict[str, Any]) -> Iterator[Candidate]:
    yield from ((name, taken["help"]) for name, taken in table.items() if " " not in name)
    yield "help", "tells of a command"


def _within(
    taken: dict[str, Any], table: dict[str, Any], command: str, before: Sequence[str], typed: str
) -> Iterator[Candidate]:
    options = {name: (told, value) for names, told, value in taken["options"] for name in names}
    kinds = taken["words"]
    last = before[-1] if before else ""
    option, equals, _ = typed.partition("=")
    if last in options and options[last][1] is not None:
        kinds = [options[last][1]]
    elif option in options and equals and options[option][1]:
        for word, told in _of_kind(options[option][1], command, table, before):
            yield (word if word.startswith(":") else f"{option}={word}"), told
        return
    elif typed.startswith("-"):
        yield from ((name, told) for name, (told, _) in options.items() if name.startswith("--"))
        return
    for kind in kinds:
        yield from _of_kind(kind, command, table, before)


def _of_kind(kind: str, command: str, table: dict[str, Any], before: Sequence[str]) -> Iterator[Candidate]:
    """Words of a kind (reconciler/cli/declared.py)."""
    if kind in ("files", "folders"):
        yield f":{kind}", ""
    elif kind in ("resources", "guests", "hosts", "subjects"):
        yield from _named(kind, _names(before))
    elif kind == f"commands of {command}":
        yield from (
            (name.partition(" ")[2], taken["help"])
            for name, taken in table.items()
            if name.startswith(f"{command} ")
        )
    else:
        yield from ((word, "") for word in kind.split())


def _named(kind: str, names: TreeNames) -> Iterator[Candidate]:
    if kind == "guests":
        yield from ((name, "a domain") for name in names.guests)
        return
    if kind == "hosts":
        yield from ((f"{name}=", "a host, at another URI") for name in names.hosts)
        yield ":nospace", ""
        return
    if kind == "subjects":
        yield "Fleet", "all of it"
        yield from ((f"Host/{name}", "a host with all that is on it") for name in names.hosts)
    yield from ((name, "declared") for name in names.resources)
    yield from ((label, "a label") for label in names.labels)


def _names(before: Sequence[str]) -> TreeNames:
    """Of the tree that was typed, else of this folder."""
    from reconciler.cli.treenames import names_in

    folders = (Path(word) for word in before[1:] if not word.startswith("-"))
    return names_in(next((folder for folder in folders if folder.is_dir()), Path()))


def _table() -> dict[str, Any]:
    """What all commands take: kept for this very program, for making it loads them all."""
    place = _place()
    with suppress(OSError, ValueError):
        known: dict[str, Any] = json.loads(place.read_text())
        return known
    from reconciler.cli.declared import as_json, declared_commands

    table = as_json(declared_commands())
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = place.with_name(f"{place.name}.{os.getpid()}")
        new.write_text(json.dumps(table))
        new.replace(place)
        for old in place.parent.glob("*.json"):
            if old != place:
                old.unlink()
    return table


def _place() -> Path:
    """Named after the sources as they lie on the disk."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    told = ";".join(f"{file.name} {(known := file.stat()).st_size} {known.st_mtime_ns}" for file in files)
    return cache_home() / "virt-reconcile" / "commands" / f"{_digest(told)}.json"


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(f"{Path(__file__)} {text}".encode()).hexdigest()[:24]


def _split(line: str) -> list[str]:
    """The words after the program, as far as they are typed; the last may be empty or unfinished."""
    for end in ("", "'", '"'):
        with suppress(ValueError):
            words = shlex.split(line + end)[1:]
            return words if line[-1:].strip() or end else [*words, ""]
    return [""]


def _written(shell: str, breaks: str, typed: str, found: Iterable[Candidate]) -> Iterator[str]:
    cut = max((typed.rfind(each) + 1 for each in breaks if not each.isspace()), default=0)
    for word, told in found:
        if word.startswith(":"):
            yield word
        elif shell == "bash":  # it puts in what comes after the last of its word breaks
            rest = word[cut:]
            yield shlex.quote(rest) if any(each.isspace() for each in rest) else rest
        elif shell == "zsh":
            shown = word.replace(":", r"\:")
            yield f"{shown}:{told[:_LONGEST]}" if told else shown
        else:
            yield f"{word}\t{told[:_LONGEST]}" if told else word
