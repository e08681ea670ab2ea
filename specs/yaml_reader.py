"""YAML with positions, in which a value is what it looks like.

YAML 1.2's core schema, without floats: only true and false, null and decimal integers are anything but
text. So a MAC address of digits, an octal mode, `on`, `no` and a version stay as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import yaml

from specs.diagnostics import Origin, Problem

_MAX_VALUES = 100_000
_MAX_DEPTH = 64
_TAG = "tag:yaml.org,2002:"


class _Loader(yaml.CSafeLoader):
    """libyaml's parser, composing nodes only."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
):
    _Loader.add_implicit_resolver(_TAG + _tag, re.compile(rf"(?:{_pattern})\Z"), list(_first))

Path = tuple[str | int, ...]


class YamlProblem(Exception):
    """A document that is not to be read; holds what is wrong."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


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
        while loader.check_node():
            node = cast(yaml.Node, loader.get_node())
            try:
                yield Document(file, _Construction(file).value(node), node)
            except YamlProblem as error:
                problems.append(error.problem)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        origin = Origin(file, mark.line + 1, mark.column + 1) if mark else Origin(file)
        said = " ".join(filter(None, (error.context, error.problem)))
        problems.append(Problem(origin, f"not YAML: {said}{_tab_hint(text, origin)}"))
    except yaml.YAMLError as error:
        problems.append(Problem(Origin(file), f"not YAML: {error}"))
    except RecursionError:
        problems.append(Problem(Origin(file), "nested too deeply"))
    finally:
        loader.dispose()


def _tab_hint(text: str, origin: Origin) -> str:
    lines = text.splitlines()
    line = lines[origin.line - 1] if origin.line <= len(lines) else ""
    return "; indent with spaces, not with tabs" if "\t" in line else ""


class _Construction:
    """Plain values from nodes; counts them, for aliases can make very many out of few."""

    def __init__(self, file: str) -> None:
        self.file, self.count = file, 0

    def value(self, node: yaml.Node, depth: int = 0) -> Any:
        self.count += 1
        if self.count > _MAX_VALUES:
            raise self._problem(node, f"more than {_MAX_VALUES} values in one document (aliases expanded)")
        if depth > _MAX_DEPTH:
            raise self._problem(node, f"nested deeper than {_MAX_DEPTH} levels, or an alias of itself")
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
                raise self._problem(key, "a key is text, not a list or mapping")
            name = str(key.value)
            if name == "<<" and key.style is None:
                merged = self._merged(value, depth) | merged
                continue
            if name in first:
                line = first[name].start_mark.line + 1
                raise self._problem(key, f"the key '{name}' is given twice (first in line {line})")
            first[name] = key
            result[name] = self.value(value, depth + 1)
        return merged | result

    def _merged(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        """The value of a merge key: a mapping, or a list of them, the first of which wins."""
        value = self.value(node, depth + 1)
        result: dict[str, Any] = {}
        for part in reversed(value if isinstance(value, list) else [value]):
            if not isinstance(part, dict):
                raise self._problem(node, "'<<' takes a mapping, or a list of mappings")
            result |= part
        return result

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        tag, text = node.tag.removeprefix(_TAG), str(node.value)
        if tag == "str":
            return text
        if tag == "int" and re.fullmatch(r"[-+]?\d+", text):
            if len(text) > 30:
                raise self._problem(node, "a number of more than 30 digits")
            return int(text)
        if tag == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if tag == "null":
            return None
        raise self._problem(node, f"the tag '{node.tag}' is not supported; write plain values")

    def _require(self, node: yaml.Node, kind: str) -> None:
        if node.tag != _TAG + kind:
            raise self._problem(node, f"the tag '{node.tag}' is not supported; write plain values")

    def _problem(self, node: yaml.Node, message: str) -> YamlProblem:
        mark = node.start_mark
        return YamlProblem(Problem(Origin(self.file, mark.line + 1, mark.column + 1), message))
