"""Puts a fault into code that is imported already, or into what is going to be imported."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutants.faults import Fault
from tests.mutants.rooms import PACKAGES


def replaced_in_place(fault: Fault) -> bool:
    """Gives the function its other body where that is all there is to the fault; whether it did."""
    module = sys.modules.get(fault.source.module)
    live = _function(module, fault.within) if module and fault.within else None
    if live is None or live.__code__.co_firstlineno != fault.begins:
        return False
    name = fault.within.rpartition(".")[2]
    for code in _codes(compile(fault.text, str(fault.source.path), "exec")):
        same = code.co_name == name and code.co_firstlineno == fault.begins
        if same and code.co_freevars == live.__code__.co_freevars:
            changed = code != live.__code__
            live.__code__ = code
            return changed  # otherwise it is in a default, which stands outside of the code
    return False


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _function(module: ModuleType, within: str) -> FunctionType | None:
    """The function of this qualified name as it was written, whatever it is wrapped in."""
    found: Any = module
    for name in within.split("."):
        found = vars(found).get(name) if hasattr(found, "__dict__") else None
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, functools.cached_property):
        found = found.func
    while found is not None and not isinstance(found, FunctionType):
        if hasattr(found, "cache_clear"):
            found.cache_clear()  # what it remembers was made without the fault
        found = getattr(found, "__wrapped__", None) or getattr(found, "__func__", None)
    while (inner := getattr(found, "__wrapped__", None)) is not None:
        found = inner
    return found if isinstance(found, FunctionType) else None


def import_anew_with(fault: Fault) -> None:
    """Forgets the project's modules; the next import of this one is of the changed text."""
    for name in list(sys.modules):
        if name.partition(".")[0] in (*PACKAGES, "tests") and not name.startswith("tests.mutants"):
            del sys.modules[name]
    sys.meta_path.insert(0, _Finder(fault))


class _Loader(SourceFileLoader):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.source.module, str(fault.source.path))
        self._text = fault.text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._text, self.path, "exec")


class _Finder(MetaPathFinder):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._fault.source.module:
            return None
        return spec_from_file_location(fullname, self._fault.source.path, loader=_Loader(self._fault))
