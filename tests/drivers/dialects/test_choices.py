"""The table of choices has what the schemas of this machine's libvirt have."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.dialects import dialect
from drivers.dialects.choices.model import Choice, Share, by, parts
from specs.documents.tree import Node, to_node
from specs.xml import parse
from tests.drivers.dialects.alternatives import Alternatives

SCHEMAS = Path("/usr/share/libvirt/schemas")
CHOICES = dialect("qemu").choices
DECIDED_ELSEWHERE = {
    "clock/timer @name": "which timer it is",
    "devices/controller @type": "which controller it is",
    "devices/disk/source/seclabel @relabel": "labels without relabelling are not written",
    "devices/graphics @type": "which display it is",
    "devices/graphics @connected": "only a password's own settings differ",
    "devices/hostdev @mode": "which device of the host it is",
    "devices/hostdev @type": "which device of the host it is",
    "devices/hostdev @model": "which device of the host it is",
    "devices/hostdev/source @protocol": "which device of the host it is",
    "devices/hostdev/source/adapter @type": "which device of the host it is",
    "devices/input @bus": "which input it is",
    "devices/input @type": "which input it is",
    "os/nvram/source/host @transport": "the source goes whole",
    "seclabel @relabel": "its type decides",
    "sysinfo @type": "which table it is",
}
"""Choices of the schema that are none of the comparison, and why."""


def _covers(choice: Choice, path: str, part: str) -> bool:
    """Whether a part is among those of a choice, by itself or with all that is around it."""
    wanted = f"{path}/{part}".lstrip("/")
    wild = f"{path}/{'@*' if part.startswith('@') else '*'}".lstrip("/")
    around = [path.rsplit("/", depth)[0] for depth in range(path.count("/") + 1)] if path else []
    return any(share.path in (wanted, wild, *around) for share in choice.parts)


def _missing(root: str, path: str, parts_of: set[str]) -> list[str]:
    """The parts that no choice at the element, or at one around it, has."""
    places = CHOICES[root]
    steps = path.split("/") if path else []
    missing = []
    for part in sorted(parts_of):
        at = [("/".join(steps[:depth]), "/".join(steps[depth:])) for depth in range(len(steps) + 1)]
        if not any(_covers(choice, rest, part) for place, rest in at for choice in places.get(place, ())):
            missing.append(part)
    return missing


@pytest.mark.real
@pytest.mark.parametrize("schema", ["domain", "network", "storagepool"])
def test_every_choice_of_the_schema_is_in_the_table(schema: str) -> None:
    found = {}
    for (path, chooser), varying in Alternatives(SCHEMAS, schema).found.items():
        root, _, below = path.partition("/")
        known = f"{below} {chooser}".strip()
        live = "/mirror" in path or (path.endswith("/seclabel") and path != "domain/seclabel")
        if (
            not live
            and known not in DECIDED_ELSEWHERE
            and (missing := _missing(root, below, varying - {"name"}))
        ):
            found[known] = missing
    assert found == {}


def _tree(text: str) -> Node:
    return to_node(parse(text))


def test_a_share_is_found_by_its_path() -> None:
    tree = _tree("<a x='1'>t<b y='2'><c/></b><b k='v'/><d><c z='3'/></d></a>")

    def places(path: str) -> list[tuple[str, str]]:
        return [(node.tag, name) for node, name in Share(path).places(tree)]

    assert places("@x") == [("a", "x")]
    assert places(".") == [("a", ".")]
    assert places("b/@*") == [("b", "y"), ("b", "k")]
    assert places("*/c") == [("c", ""), ("c", "")]
    assert places("b[@k=v]") == [("b", "")]
    assert places("d/c/@z") == [("c", "z")]
    assert places("e") == places("@e") == []


def test_what_the_chosen_alternative_has_too_is_not_left() -> None:
    choice = Choice(by("@t", "none"), (*parts("b", of="x y"), *parts("c", told=False)))
    tree = _tree("<a><b/><c/></a>")
    assert choice.chose(tree) == "none"
    assert [(node.tag, told) for (node, _), told in choice.left_in(tree, "x")] == [("c", False)]
    assert [node.tag for (node, _), _ in choice.left_in(tree, "z")] == ["b", "c"]


@pytest.mark.parametrize(
    ("machine", "other"),
    [("pc", "pc-i440fx-7.2"), ("q35", "pc-q35-9.1"), ("virt", "virt-8.0"), ("pc-q35-rhel9.4.0", "q35")],
)
def test_versions_of_a_machine_are_of_one_family(machine: str, other: str) -> None:
    from drivers.dialects.choices.domain import machine_family

    assert machine_family(machine) == machine_family(other)
    assert machine_family(machine) != machine_family("isapc")
