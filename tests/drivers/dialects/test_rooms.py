"""What is known of a hypervisor stands in its dialect, and XML where documents are read and written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FAMILIES = re.compile(r"qemu|sim|lxc|xen|test|bhyve|esx|vmware|vbox|hyper-v|vz|openvz")
SHOWS_DOCUMENTS = {"reconciler/report/xmldiff.py"}
"""Files of the reconciler that print XML as it is."""
READS_DOCUMENTS = "reconciler/inputs/foreign/"
"""Where other tools' files become documents."""
GENERIC = ("compare", "operations", "plan", "place", "execute", "report", "engine", "controller")


def _modules(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def _imports(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_reconciler_holds_no_xml() -> None:
    found = {
        name
        for name, module in _modules(ROOT / "reconciler")
        if any(each.partition(".")[0] == "lxml" for each in _imports(module))
    }
    assert {name for name in found if not name.startswith(READS_DOCUMENTS)} <= SHOWS_DOCUMENTS


@pytest.mark.parametrize("room", GENERIC)
def test_no_hypervisor_is_named_where_all_are_alike(room: str) -> None:
    for name, module in _modules(ROOT / "reconciler" / room):
        for node in ast.walk(module):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not FAMILIES.fullmatch(node.value), f"{name}:{node.lineno} names '{node.value}'"


def test_dialects_are_data_without_any_driver() -> None:
    modules = dict(_modules(ROOT / "drivers/dialects"))
    assert len(modules) > 5
    allowed = ("specs.", "drivers.dialects")
    others = ("drivers", "reconciler", "state", "libvirt", "lxml", "os", "pathlib", "subprocess", "socket")
    for name, module in modules.items():
        for each in _imports(module):
            assert each.startswith(allowed) or each.partition(".")[0] not in others, f"{name}: {each}"
