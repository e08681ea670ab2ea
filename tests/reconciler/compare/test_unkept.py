"""A setting that the host's release does not know is told, and no definition is tried for it."""

from __future__ import annotations

from drivers.dialects import dialect
from reconciler.compare import Base, Comparison, compare
from reconciler.compare.model import Note
from specs.identity import Kind
from tests.reconciler.compare.support import domain, paths

OLD, NEW = dialect("qemu", libvirt=(9, 0, 0)), dialect("qemu", libvirt=(12, 8, 0))
DISK = "<disk><source file='/a'/><target dev='vda' bus='virtio'{}/></disk>"
PLAIN, DPOFUA = domain("", DISK.format("")), domain("", DISK.format(" dpofua='on'"))
PATH = "devices/disk[vda]/target/@dpofua"


def found(declared: str, observed: str, base: Base | None, *, old: bool = True) -> Comparison:
    return compare(Kind.DOMAIN, declared, observed, base, OLD if old else NEW)


def test_at_first_sight_it_is_a_note() -> None:
    seen = found(DPOFUA, PLAIN, None)
    assert paths(seen) == []
    assert seen.rewritten == (Note(PATH, "on", None, "12.8.0"),)


def test_so_it_is_when_it_is_new_in_the_files() -> None:
    assert paths(found(DPOFUA, PLAIN, Base(PLAIN, PLAIN))) == []


def test_a_release_that_knows_it_is_given_it() -> None:
    assert paths(found(DPOFUA, PLAIN, None, old=False)) == [PATH]


def test_an_element_that_is_not_known_is_a_note_too() -> None:
    declared = domain("", "<pstore backend='acpi-erst'><path>/p</path></pstore>")
    seen = found(declared, domain(), None)
    assert paths(seen) == []
    assert [(note.path, note.keeper) for note in seen.rewritten] == [("devices/pstore", "11.3.0")]
    assert paths(found(declared, domain(), None, old=False)) == ["devices/pstore"]


def test_what_is_there_is_compared_all_the_same() -> None:
    assert paths(found(DPOFUA, domain("", DISK.format(" dpofua='off'")), None)) == [PATH]
