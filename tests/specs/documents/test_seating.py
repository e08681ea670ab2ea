"""Disks whose targets nobody chose: each keeps the one that it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.documents.seating import seated
from specs.identity import Address, Kind
from specs.xml import parse
from tests.specs.tree import document, domain, loaded, many


def _domain(*disks: tuple[str, str]) -> str:
    """Disks as (target, file), on the bus that the target's name tells; an empty drive has no file."""
    buses = {"v": "virtio", "s": "sata"}
    inner = "".join(
        f"<disk type='file'>{f'<source file={file!r}/>' if file else ''}"
        f"<target dev='{target}' bus='{buses[target[0]]}'/></disk>"
        for target, file in disks
    )
    return f"<domain type='kvm'><name>web</name><devices>{inner}</devices></domain>"


def _seats(text: str) -> list[tuple[str, str]]:
    found = []
    for disk in parse(text).iterfind("devices/disk"):
        source, target = disk.find("source"), disk.find("target")
        assert target is not None
        found.append((target.get("dev", ""), source.get("file", "") if source is not None else ""))
    return found


CASES = {
    "one before it": (
        [("vda", "/b"), ("vdb", "/a")], [[("vda", "/a")]], [("vdb", "/b"), ("vda", "/a")],
    ),
    "the first is taken out, another is added": (
        [("vda", "/b"), ("vdb", "/c")], [[("vda", "/a"), ("vdb", "/b")]], [("vdb", "/b"), ("vdc", "/c")],
    ),
    "the other order": (
        [("vda", "/b"), ("vdb", "/a")], [[("vda", "/a"), ("vdb", "/b")]], [("vdb", "/b"), ("vda", "/a")],
    ),
    "another file in its place": ([("vda", "/b")], [[("vda", "/a")]], [("vda", "/b")]),
    "another bus": ([("sda", "/a")], [[("vda", "/a")]], [("sda", "/a")]),
    "nothing is there": ([("vda", "/a"), ("vdb", "/b")], [[]], [("vda", "/a"), ("vdb", "/b")]),
    "it runs on an overlay": (
        [("vda", "/b"), ("vdb", "/a")],
        [[("vda", "/a.snapshot")], [("vda", "/a")]],
        [("vdb", "/b"), ("vda", "/a")],
    ),
    "an empty drive": (
        [("sda", ""), ("vda", "/b"), ("vdb", "/a")],
        [[("vda", "/a"), ("sda", "")]],
        [("sda", ""), ("vdb", "/b"), ("vda", "/a")],
    ),
    "the same file twice": (
        [("vda", "/b"), ("vdb", "/a"), ("vdc", "/a")],
        [[("vda", "/a"), ("vdb", "/a")]],
        [("vdc", "/b"), ("vda", "/a"), ("vdb", "/a")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "known", "kept"), CASES.values(), ids=CASES)
def test_a_disk_keeps_its_target(
    declared: list[tuple[str, str]], known: list[list[tuple[str, str]]], kept: list[tuple[str, str]]
) -> None:
    by_place = [target for target, _ in declared]
    there = [_domain(*disks) for disks in known]
    found = seated(_domain(*declared), by_place, there)
    assert _seats(found) == kept
    assert _seats(seated(_domain(*declared), by_place, [found, *there])) == kept


def test_a_target_that_somebody_chose_is_never_another() -> None:
    declared = _domain(("vda", "/b"), ("vdb", "/a"))
    assert seated(declared, ["vdb"], [_domain(("vda", "/a"))]) == declared
    assert seated(declared, [], [_domain(("vdb", "/b"))]) == declared


def test_a_document_that_is_right_is_not_written_anew() -> None:
    declared = _domain(("vda", "/a"), ("vdb", "/b"))
    assert seated(declared, ["vda", "vdb"], [declared]) is declared


def test_what_a_tree_says_and_what_it_leaves_to_us(tmp_path: Path) -> None:
    disks = "[{file: /a}, {file: /b, target: vdq}, {file: /c}, {file: /d}]"
    overlay = "<domain><devices><disk><target dev='vdc'/><serial>x</serial></disk></devices></domain>"
    tree = many(
        domain("typed", f"disks: {disks}, xml: {overlay!r}"),
        domain("seeded", "disks: [{file: /z, target: vda}], cloudInit: {pool: p, userData: '#cloud-config'}"),
        domain("from-file", "xmlFile: raw.xml"),
        document("StoragePool", "p", "{target: /p}"),
    )
    raw = _domain(("vda", "/y")).replace("web", "from-file")
    found = loaded(tmp_path, {"a.yaml": tree, "raw.xml": raw}).resources
    assert found[Address(Kind.DOMAIN, "typed")].by_place == ("vda", "vdb")
    assert found[Address(Kind.DOMAIN, "seeded")].by_place == ("hda",)
    assert found[Address(Kind.DOMAIN, "from-file")].by_place == ()
