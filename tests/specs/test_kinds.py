"""What is known of kinds stands in one table, and a kind more takes few files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from drivers.libvirt.kinds import CALLS as LIBVIRT
from drivers.simulated.kinds import CALLS as SIMULATED
from reconciler.plan.order import REFERRING
from specs.documents.forms import form_of
from specs.documents.references import Reference, references
from specs.documents.setting import Setting
from specs.identity import FACTS, MANAGED_KINDS, Kind
from specs.models.base import API_VERSION
from specs.models.registry import MODELS
from specs.reading.documents import KINDS, name_of

ROOT = Path(__file__).parents[2]
PACKAGES = ("specs", "drivers", "state", "reconciler")
PLAIN = "NETWORK_FILTER"
"""A kind that is treated alike wherever it can be."""

NAMING = {
    "specs/identity.py",
    "drivers/libvirt/kinds.py",
    "drivers/simulated/kinds.py",
    "drivers/simulated/nwfilter.py",
    "drivers/dialects/effects.py",
}
MODEL = "specs/models/nwfilter.py"
ROWS = Path("specs/matrix")
SPELLING = "drivers/dialects/normalise/__init__.py"
"""Filters are spelled in ways of their own; a kind without such rules is not named there."""
NAMED = [(kind, user, path) for kind, facts in FACTS.items() for user, path in facts.used_by.items() if path]


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Those that a kind more is added to: neither the tests of the contract, nor rows of the matrix, which
    say of one hypervisor what it holds."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            inside = path.relative_to(ROOT)
            if "contract" not in inside.parts and inside.parent != ROWS:
                yield str(inside), ast.parse(path.read_text())


def names(tree: ast.Module, member: str) -> bool:
    """Whether a module names a member of Kind, as such or by its value."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr == member)
        or (isinstance(node, ast.Constant) and node.value in (member, Kind[member].value))
        for node in ast.walk(tree)
    )


def imports(tree: ast.Module, module: str) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.module == module for node in ast.walk(tree))


def test_a_plain_kind_is_named_in_six_files() -> None:
    found = {path for path, tree in modules() if names(tree, PLAIN)} - {SPELLING}
    assert found == NAMING | {MODEL}
    assert len(found) <= 6


def test_nobody_asks_for_a_plain_kinds_model() -> None:
    module = MODEL.removesuffix(".py").replace("/", ".")
    assert not [path for path, tree in modules() if imports(tree, module)]


@pytest.mark.parametrize("kind", MANAGED_KINDS)
def test_every_kind_is_known_to_all_who_treat_kinds_alike(kind: Kind) -> None:
    assert KINDS[FACTS[kind].tag] is kind
    assert kind in LIBVIRT
    assert SIMULATED[kind].start is not None or not FACTS[kind].runs
    assert (SIMULATED[kind].start is None) is (SIMULATED[kind].stop is None)


def test_every_kind_has_the_model_that_says_so() -> None:
    assert list(MODELS) == list(Kind)
    for kind, model in MODELS.items():
        assert model.__name__ == kind.value


def test_what_uses_others_is_created_after_them() -> None:
    for kind, referring in REFERRING.items():
        assert all(MANAGED_KINDS.index(other) > MANAGED_KINDS.index(kind) for other in referring), kind


@pytest.mark.parametrize(("kind", "user", "path"), NAMED)
def test_where_a_document_names_another_it_refers_to_it(kind: Kind, user: Kind, path: str) -> None:
    place, _, attribute = path.partition("/@")
    root = node = etree.Element(FACTS[user].tag)
    for step in place.split("/"):
        tag, _, condition = step.partition("[")
        node = etree.SubElement(node, tag)
        if condition:
            name, _, value = condition.strip("@]").partition("=")
            node.set(name, value.strip("'"))
    node.set(attribute, "named")
    assert list(references(root)) == [Reference(kind, "named")]


def test_a_plain_document_says_its_name_where_its_kind_does() -> None:
    kind = Kind[PLAIN]
    head = {"apiVersion": API_VERSION, "kind": str(kind), "metadata": {"name": "web"}}
    document = form_of(kind).render(MODELS[kind].model_validate(head), Setting())
    assert name_of(document) == document.get("name") == "web"
