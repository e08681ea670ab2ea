"""What libvirt reads over, by the kind of document: told, and no difference as long as the host is silent."""

from __future__ import annotations

import pytest

from drivers.dialects import dialect
from drivers.dialects.words import LATEST, WORDS
from reconciler.compare import Base, compare
from specs.identity import Kind
from specs.xml import parse
from tests.real.corpus import domains, networks, pools
from tests.reconciler.compare.support import domain, judged, paths
from tests.specs.wide import WIDE, render

DOMAIN, POOL = Kind.DOMAIN, Kind.STORAGE_POOL


def _display(attrs: str, inner: str = "") -> str:
    return domain(devices=f"<graphics {attrs}>{inner}</graphics>")


def _memory(model: str, inner: str) -> str:
    return domain(devices=f"<memory model='{model}'><target><size>524288</size>{inner}</target></memory>")


def _pool(kind: str, inner: str) -> str:
    return f"<pool type='{kind}'><name>p</name>{inner}</pool>"


_SOCKET = "<listen type='socket' socket='/s'/>"
_ALL_SOURCES = (
    "<host name='h'/><device path='/d'/><dir path='/x'/><adapter name='host1'/><name>n</name>"
    "<initiator><iqn name='i'/></initiator><format type='ext4'/>"
)
PAIRS = {
    "a display's words on another type's": (
        DOMAIN, _display("type='vnc' display=':3' xauth='/x' tlsPort='1'"), _display("type='vnc'")),
    "ports of a socket": (
        DOMAIN, _display("type='vnc' port='5901'", _SOCKET), _display("type='vnc' socket='/s'", _SOCKET)),
    "until when no password is valid": (
        DOMAIN, _display("type='spice' passwdValidTo='2031-05-31T16:11:22' connected='fail'"),
        _display("type='spice'")),
    "any channel": (DOMAIN, _display("type='spice' defaultMode='any'"), _display("type='spice'")),
    "blocks of memory that has none": (
        DOMAIN, _memory("nvdimm", "<block>2</block><requested>1</requested>"), _memory("nvdimm", "")),
    "no SMBIOS": (
        DOMAIN, domain().replace("</os>", "<smbios mode='none'/></os>"), domain()),
    "an element that nobody knows": (
        DOMAIN, domain("<cpu mode='host-model'><foo bar='1'/></cpu>"), domain("<cpu mode='host-model'/>")),
    "an attribute that nobody knows": (
        Kind.NETWORK, "<network><name>n</name><ip address='10.0.0.1' prefix='24' via='10.0.0.2'/></network>",
        "<network><name>n</name><ip address='10.0.0.1' prefix='24'/></network>"),
    "somebody else's element": (DOMAIN, domain("<x:y xmlns:x='urn:x'>z</x:y>"), domain()),
    "the source of a folder": (
        POOL, _pool("dir", f"<source>{_ALL_SOURCES}</source>"), _pool("dir", "<source/>")),
    "the target of what is no folder": (
        POOL, _pool("rbd", "<source><name>n</name></source><target><path>/x</path></target>"),
        _pool("rbd", "<source><name>n</name></source>")),
    "a refresh as ever": (POOL, _pool("dir", "<refresh><volume/></refresh>"), _pool("dir", "")),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "kept"), PAIRS.values(), ids=PAIRS)
def test_what_comes_to_nothing_is_told_and_no_difference(kind: Kind, given: str, kept: str) -> None:
    for record in (None, Base(given, kept), Base(kept, kept)):
        found = judged(given, kept, record, kind)
        assert (paths(found), bool(found.rewritten)) == ([], True)


@pytest.mark.parametrize(
    ("kind", "part"),
    [("iscsi", "<host name='h'/>"), ("netfs", "<dir path='/x'/>"), ("fs", "<format type='ext4'/>"),
     ("logical", "<name>n</name>"), ("scsi", "<adapter name='host1'/>"), ("zfs", "<device path='/d'/>"),
     ("something new", "<host name='h'/>")],
)  # fmt: skip
def test_what_a_type_of_pool_takes_is_a_difference(kind: str, part: str) -> None:
    given, other = _pool(kind, f"<source>{part}</source>"), _pool(kind, "<source/>")
    assert paths(judged(given, other, None, POOL))


def test_what_a_display_takes_is_a_difference() -> None:
    for kind, attrs in (("vnc", "port='5901'"), ("sdl", "display=':3'"), ("spice", "tlsPort='5902'")):
        kind, attrs = f"type='{kind}'", f"type='{kind}' {attrs}"
        assert paths(judged(_display(attrs), _display(kind)))


def test_blocks_of_memory_that_has_them_are_a_difference() -> None:
    given = _memory("virtio-mem", "<block>2048</block>")
    assert paths(judged(given, _memory("virtio-mem", ""))) == ["devices/memory/target/block"]


def test_a_later_libvirt_may_know_more_words() -> None:
    given, kept = domain("<cpu mode='maximum'><foo/></cpu>"), domain("<cpu mode='maximum'/>")
    later = (LATEST[0] + 1, 0, 0)
    assert compare(DOMAIN, given, kept, None, dialect("qemu", libvirt=LATEST)).differences == ()
    assert compare(DOMAIN, given, kept, None, dialect("qemu", libvirt=later)).differences


def test_metadata_may_say_anything() -> None:
    given = domain("<metadata><x:y xmlns:x='urn:x'><foo/></x:y></metadata>")
    assert paths(judged(given, domain()))


def test_every_word_of_our_own_documents_is_known() -> None:
    """Those of every typed field, and of documents as people write them."""
    documents = [text for _, text in (*domains(), *networks(), *pools("/srv"))]
    for root in (*map(parse, documents), *map(render, WIDE)):
        for element in root.iter():
            if not {str(up.tag) for up in (element, *element.iterancestors())} & {"metadata"}:
                words = {str(element.tag), *map(str, element.attrib)}
                assert {word for word in words if not word.startswith("{")} <= WORDS
