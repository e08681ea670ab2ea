"""YAML with positions, in which a value is what it looks like.

YAML 1.2's core schema, without floats: only true and false, null and decimal integers are anything but
text. So a MAC address of digits, an octal mode, `on`, `no` and a version stay as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, cast

import yaml

from specs.diagnostics import Origin, Problem

_MAX_VALUES = 100_000
_MAX_NODES = 2_000_000
MAX_DOCUMENTS = 100_000
_MAX_DEPTH = 64
_MAX_DIGITS = 30
_TOO_DEEP = f"nested deeper than {_MAX_DEPTH} levels"
_TAG = "tag:yaml.org,2002:"


class _Loader(yaml.CSafeLoader):
    """libyaml's parser, composing nodes only, and not too many of them: its composer calls itself for each
    level, and an overflow of the C stack kills the process."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.in_document = self.in_file = 0

    def descend_resolver(self, parent: yaml.Node | None, index: Any) -> None:
        if parent is None:
            self.depth = self.in_document = 0
        self.depth += 1
        self.in_document += 1
        self.in_file += 1
        if self.depth > _MAX_DEPTH:
            self._refuse(parent, _TOO_DEEP)
        if self.in_document > _MAX_VALUES:
            self._refuse(parent, f"more than {_MAX_VALUES} values in one document")
        if self.in_file > _MAX_NODES:
            self._refuse(parent, f"more than {_MAX_NODES} values in one file")

    def ascend_resolver(self) -> None:
        self.depth -= 1

    def _refuse(self, node: yaml.Node | None, message: str) -> None:
        raise _TooMuch(None, None, message, node.start_mark if node else None)


class _TooMuch(yaml.MarkedYAMLError):
    """More than anybody writes."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"0|-?[1-9][0-9]*", "-0123456789"),
):
    _Loader.add_implicit_resolver(_TAG + _tag, re.compile(rf"(?:{_pattern})\Z"), list(_first))

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """One YAML document: its plain value, and where each part of it stands."""

    file: str
    value: Any
    node: yaml.Node

    def origin(self, path: Path = (), *, key: bool = False) -> Origin:
        """Where the value at a path stands (its key, if asked for); the nearest parent of one that the
        file does not spell out."""
        node = self.node
        mark = node.start_mark
        for step in path:
            found = _step(node, step)
            if found is None:
                break
            key_node, node = found
            mark = (key_node if key and key_node is not None else node).start_mark
        return Origin(self.file, mark.line + 1, mark.column + 1)


def _step(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None


def read_documents(text: str, file: str, problems: list[Problem]) -> Iterator[Document]:
    """The documents of a file; what is wrong is added to the problems, and the rest is still read."""
    loader = _Loader(text)
    try:
        for number in count(1):
            if not loader.check_node():
                break
            node = cast(yaml.Node, loader.get_node())
            if number > MAX_DOCUMENTS:
                message = f"more than {MAX_DOCUMENTS} documents in one file; split it"
                raise _TooMuch(None, None, message, node.start_mark)
            construction = _Construction(file, problems)
            try:
                yield Document(file, construction.value(node), node)
            except _TooMuch as error:
                problems.append(_problem(file, error, str(error.problem)))
    except _TooMuch as error:
        problems.append(_problem(file, error, str(error.problem)))
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in str(error.problem):  # libyaml's own limit, since 0.2.6
            problems.append(_problem(file, error, _TOO_DEEP))
            return
        said = " ".join(filter(None, (error.context, error.problem)))
        problem = _problem(file, error, f"not YAML: {said}")
        problems.append(Problem(problem.origin, problem.message + _tab_hint(text, problem.origin)))
    except yaml.reader.ReaderError as error:
        before = text.encode()[: error.position]
        origin = Origin(file, before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode()) + 1)
        problems.append(Problem(origin, f"not YAML: {error.reason} (U+{error.character:04X})"))
    finally:
        loader.dispose()


def _problem(file: str, error: yaml.MarkedYAMLError, message: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    return Problem(Origin(file, mark.line + 1, mark.column + 1) if mark else Origin(file), message)


def _tab_hint(text: str, origin: Origin) -> str:
    lines = text.splitlines()
    line = lines[origin.line - 1] if origin.line <= len(lines) else ""
    return "; indent with spaces, not with tabs" if "\t" in line else ""


class _Construction:
    """Plain values from nodes; counts them, for aliases can make very many out of few.

    What is wrong is collected, and the nearest plain value stands in for it.
    """

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file, self.problems, self.count = file, problems, 0

    def value(self, node: yaml.Node, depth: int = 0) -> Any:
        self.count += 1
        if self.count > _MAX_VALUES:
            message = f"more than {_MAX_VALUES} values in one document (aliases expanded)"
            raise _TooMuch(None, None, message, node.start_mark)
        if depth > _MAX_DEPTH:
            message = f"{_TOO_DEEP}, or an alias of itself"
            raise _TooMuch(None, None, message, node.start_mark)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if isinstance(node, yaml.SequenceNode):
            self._require(node, "seq")
            return [self.value(child, depth + 1) for child in node.value]
        self._require(node, "map")
        return self._mapping(node, depth)

    def _mapping(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        first: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._wrong(key, "a key is text, not a list or mapping")
                continue
            name = str(key.value)
            if name == "<<" and not key.style:
                merged = self._merged(value, depth) | merged
            elif name in first:
                line = first[name].start_mark.line + 1
                self._wrong(key, f"the key '{name}' is given twice (first in line {line})")
            else:
                first[name] = key
                result[name] = self.value(value, depth + 1)
        return merged | result

    def _merged(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        """The value of a merge key: a mapping, or a list of them, the first of which wins."""
        value = self.value(node, depth + 1)
        result: dict[str, Any] = {}
        for part in reversed(value if isinstance(value, list) else [value]):
            if isinstance(part, dict):
                result |= part
            else:
                self._wrong(node, "'<<' takes a mapping, or a list of mappings")
        return result

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        tag, text = node.tag.removeprefix(_TAG), str(node.value)
        if tag == "int" and re.fullmatch(r"-?\d+", text):
            if len(text) > _MAX_DIGITS:
                self._wrong(node, f"a number of more than {_MAX_DIGITS} digits")
                return 1
            return int(text)
        if tag == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if tag == "null" and text.lower() in ("", "~", "null"):
            return None
        self._require(node, "str")
        return text

    def _require(self, node: yaml.Node, kind: str) -> None:
        if node.tag != _TAG + kind:
            self._wrong(node, f"the tag '{node.tag}' is not supported; write plain values")

    def _wrong(self, node: yaml.Node, message: str) -> None:
        mark = node.start_mark
        self.problems.append(Problem(Origin(self.file, mark.line + 1, mark.column + 1), message))
