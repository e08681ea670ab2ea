"""The pure rooms, beyond what imports can tell: no built-in that reaches outside is called in them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "reconciler"
REACHING = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}


@pytest.mark.parametrize("room", ["compare", "operations", "plan", "place"])
def test_a_pure_room_reaches_nothing_outside(room: str) -> None:
    called = {
        f"{file.relative_to(ROOT)}:{node.lineno} {node.func.id}"
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REACHING
    }
    assert called == set()
    assert any((ROOT / room).rglob("*.py"))
