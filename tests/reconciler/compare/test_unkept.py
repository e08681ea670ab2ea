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


def test_an_element_of_which_a_release_knows_no_part_is_none_at_all() -> None:
    """`reconnect` is known since long, of an NBD disk its `delay` is not."""
    source = "<source protocol='nbd' name='x'><host name='h'/>{}</source>"
    disk = f"<disk type='network'>{source}<target dev='vda'/></disk>"
    plain = domain("", disk.format(""))
    path = "devices/disk[vda]/source/reconnect"
    assert paths(found(domain("", disk.format("<reconnect delay='10'/>")), plain, None)) == []
    both = domain("", disk.format("<reconnect delay='10' enabled='yes' timeout='1'/>"))
    assert paths(found(both, plain, None)) == [path]
    assert paths(found(both, plain, None, old=False)) == [path]


def test_the_same_is_known_of_all_files_of_a_chain_and_in_any_namespace() -> None:
    chain = "<backingStore type='file'><source file='/b'/><backingStore type='file'><source file='/c'{}/>"
    disk = f"<disk><source file='/a'/>{chain}</backingStore></backingStore><target dev='vda'/></disk>"
    older = dialect("qemu", libvirt=(7, 0, 0))
    declared, observed = (domain("", disk.format(each)) for each in (" fdgroup='x'", ""))
    assert paths(compare(Kind.DOMAIN, declared, observed, None, older)) == []
    assert paths(found(declared, observed, None))
    override = (
        "<q:override xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:device alias='a'/></q:override>"
    )
    assert paths(compare(Kind.DOMAIN, domain(override), domain(), None, older)) == []
    assert paths(found(domain(override), domain(), None))


def test_firmware_that_the_host_chooses_was_once_told_nothing_more() -> None:
    """Before libvirt 8.6.0."""
    older = dialect("qemu", libvirt=(7, 0, 0))

    def firmware(inner: str) -> str:
        return domain().replace("<os>", "<os firmware='efi'>").replace("</os>", f"{inner}</os>")

    for inner in (
        "<loader readonly='yes' type='pflash'>/f</loader>",
        "<nvram>/v</nvram>",
        "<nvram template='/t'/>",
    ):
        assert paths(compare(Kind.DOMAIN, firmware(inner), firmware(""), None, older)) == []
        assert paths(found(firmware(inner), firmware(""), None))
    kept = firmware("<loader secure='yes'/><nvram>/v</nvram>")
    assert paths(compare(Kind.DOMAIN, kept, firmware("<loader secure='no'/><nvram>/w</nvram>"), None, older))


def test_only_mediated_devices_had_a_display() -> None:
    device = "<hostdev mode='subsystem' type='{}' {}><source><address {}/></source></hostdev>"
    for kind, address, told in (("pci", "bus='6'", False), ("mdev", "uuid='x'", True)):
        declared, observed = (domain("", device.format(kind, each, address)) for each in ("display='on'", ""))
        assert bool(paths(found(declared, observed, None))) is told
        assert paths(found(declared, observed, None, old=False))
