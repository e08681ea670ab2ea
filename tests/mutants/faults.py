"""All faults of a file, each with the place where it stands; the changed text is made when it is wanted."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from tests.mutants.operators import changed
from tests.mutants.rooms import ROOT

_NEVER = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom, cst.TypeAlias)
_MAKERS = "".join((Path(__file__).with_name(name)).read_text() for name in ("faults.py", "operators.py"))


@dataclass(frozen=True)
class Source:
    """A file as it is."""

    path: Path
    text: str

    @cached_property
    def digest(self) -> str:
        """Of all that numbers its faults: its text, and what is made of it."""
        return hashlib.sha256((_MAKERS + self.text).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def module(self) -> str:
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass(frozen=True)
class Fault:
    """One fault. `within` is the function's qualified name, '' outside of all; `begins` its first line
    (that of its decorators), `line` and `ends` the statement's."""

    source: Source
    number: int
    within: str
    begins: int
    line: int
    ends: int
    tree: cst.Module
    node: cst.CSTNode
    instead: cst.CSTNode

    @property
    def id(self) -> str:
        return f"{self.source.name}:{self.source.digest}:{self.number}"

    @cached_property
    def text(self) -> str:
        """The whole file with the fault in it."""
        tree = self.tree.deep_replace(self.node, self.instead)
        assert isinstance(tree, cst.Module)
        return str(tree.code)

    @cached_property
    def lines(self) -> tuple[str, str]:
        """The first line that differs, before and after; what is left out is '' after."""
        before, after = self.source.text.splitlines(), self.text.splitlines()
        for tag, start, end, other, others in difflib.SequenceMatcher(None, before, after).get_opcodes():
            if tag != "equal":
                was = before[start].strip() if start < end else ""
                return was, after[other].strip() if other < others else ""
        return "", ""

    def __str__(self) -> str:
        was, now = self.lines
        return f"{self.source.name}:{self.line} {self.within or 'module'}: {was} => {now}"


def faults_of(path: Path) -> list[Fault]:
    """In the file's order; the number of each is the same for the same text."""
    source = Source(path, path.read_text())
    wrapper = MetadataWrapper(cst.parse_module(source.text))
    places = wrapper.resolve(PositionProvider)
    found = _Walk(source, wrapper.module, places)
    return [
        Fault(source, number, *place, wrapper.module, node, instead)
        for number, (place, node, instead) in enumerate(found.walk(wrapper.module, (), ("", 0, 0, 0)))
    ]


_Place = tuple[str, int, int, int]


@dataclass(frozen=True)
class _Walk:
    source: Source
    module: cst.Module
    places: Mapping[cst.CSTNode, Any]

    def walk(
        self, node: cst.CSTNode, names: tuple[str, ...], place: _Place
    ) -> Iterator[tuple[_Place, cst.CSTNode, cst.CSTNode]]:
        if isinstance(node, _NEVER) or _only_for_readers(node) or _is_docstring(node):
            return
        place = self._place(node, names, place)
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            names = (*names, node.name.value)
        for instead in changed(node):
            yield place, node, instead
        for child in node.children:
            yield from self.walk(child, names, place)

    def _place(self, node: cst.CSTNode, names: tuple[str, ...], place: _Place) -> _Place:
        within, begins, line, ends = place
        if isinstance(node, cst.BaseStatement | cst.BaseSmallStatement | cst.ExceptHandler | cst.Comparison):
            where = self.places[node]
            line, ends = where.start.line, where.end.line
        if isinstance(node, cst.FunctionDef) and not within:
            within = ".".join((*names, node.name.value))
            first = node.decorators[0] if node.decorators else node
            begins = self.places[first].start.line
        return within, begins, line, ends


def _only_for_readers(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
        return node.func.value in ("cast", "TypeVar", "ParamSpec", "NewType")
    if isinstance(node, cst.Assign) and isinstance(node.targets[0].target, cst.Name):
        return bool(node.targets[0].target.value == "__all__")
    return isinstance(node, cst.If) and isinstance(node.test, cst.Name) and node.test.value == "TYPE_CHECKING"


def _is_docstring(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Expr) and isinstance(node.value, cst.SimpleString | cst.ConcatenatedString)
