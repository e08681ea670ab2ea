"""A place of a document by the name that it has in the files."""

from __future__ import annotations

import pytest

from specs.documents.naming import dotted, field_of, place_of_field, said_at, standings
from specs.identity import MANAGED_KINDS, Kind
from specs.xml import parse


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("devices/disk/driver/@cache", "disks.cache"),
        ("devices/disk/driver/@iothread", "disks.iothread"),
        ("devices/hostdev[@type='pci']", "hostDevices"),
        ("devices/video", "video"),
        ("os/loader", "firmware"),
        ("os/kernel", "kernel.image"),
        ("os/cmdline", "kernel.cmdline"),
        ("memory", "memory.max"),
        ("cpu/topology/@threads", "cpu.topology.threads"),
        ("devices/panic", ""),
    ],
)
def test_the_field_of_a_place(path: str, field: str) -> None:
    assert ".".join(field_of(Kind.DOMAIN, path)) == field


@pytest.mark.parametrize("kind", sorted(MANAGED_KINDS))
def test_every_field_has_a_path_for_people(kind: Kind) -> None:
    assert standings(kind)
    for each in standings(kind):
        assert each.shared or place_of_field(kind, each.field) == each.path
        assert "//" not in each.path


def test_where_a_spec_says_an_element() -> None:
    document = parse(
        "<domain><os><cmdline>quiet</cmdline></os><devices><disk/><disk><source/></disk></devices></domain>"
    )
    spec = {"disks": [{"file": "/a"}, {"file": "/b"}], "kernel": {"image": "/k", "cmdline": "quiet"}}
    second, cmdline = document.find("devices/disk[2]/source"), document.find("os/cmdline")
    assert second is not None
    assert cmdline is not None
    assert dotted(said_at(Kind.DOMAIN, spec, second)) == "disks[1]"
    assert dotted(said_at(Kind.DOMAIN, spec, cmdline)) == "kernel.cmdline"
    assert said_at(Kind.DOMAIN, {"disks": [{"file": "/a"}]}, second) == ()
    assert said_at(Kind.DOMAIN, {"kernel": "/k"}, cmdline) == ()
    (kernel,) = parse("<domain><os><kernel>/k</kernel></os></domain>").iterfind("os/kernel")
    assert said_at(Kind.DOMAIN, {"kernel": "/k"}, kernel) == ("kernel",)
