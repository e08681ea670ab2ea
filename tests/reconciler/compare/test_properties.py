"""What holds for every document: nothing changes by itself, no edit is missed, merging settles it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from reconciler.compare import Base
from specs.identity import Kind
from tests.pairs.corpus import parse
from tests.pairs.score import mutations
from tests.real.corpus import domains, networks, pools
from tests.reconciler.compare.support import judged

DOCUMENTS = [
    *((Kind.DOMAIN, name, text) for name, text in domains()),
    *((Kind.NETWORK, name, text) for name, text in networks()),
    *((Kind.STORAGE_POOL, name, text) for name, text in pools("/srv")),
]

EQUIVALENT = {
    "d-cdrom-empty": "/disk/@type",  # an empty drive has no kind of source
    "d-nic-vnet-target": "/target/@dev",  # a name of libvirt's own making
    "d-graphics-vnc-auto": "/graphics/@(port|autoport)",  # -1 is chosen at each start
    "d-console-virtio": "/console/target/@port",  # counted by position
    "d-console-and-serial": "/console/@type",  # the first serial port, whatever it says itself
    "d-console-beside-serial": "/console/@type",
    "o-cpu-host-model-match": "/cpu/@match",  # there is no model to match
    "o-cpu-numa": "/domain/memory(/@unit)?",  # the sum of the cells
    "p-logical": "/target/path",  # follows from the group's name
    "p-dir-permissions": "/permissions/.*",  # used when a pool is built: a note without a record
}
"""Document → the leaves whose edit means nothing to libvirt."""

MOVED = re.compile("/domain/clock/@adjustment")
"""Leaves that a guest changes by itself, so that a change on the host is no drift."""


def _edits(kind: Kind, name: str, document: str) -> Iterator[tuple[str, str]]:
    """The document with each of its leaves changed, one at a time."""
    for change, edited in mutations(document, 9999, random.Random(1)):
        if not re.search(EQUIVALENT.get(name, "^$") + "$", change.path):
            yield change.path, edited


@pytest.mark.parametrize(("kind", "name", "document"), DOCUMENTS, ids=[name for _, name, _ in DOCUMENTS])
def test_no_edit_is_missed_and_each_is_healed(kind: Kind, name: str, document: str) -> None:
    assert judged(document, document, None, kind).differences == ()
    record = Base(document, document)
    for path, edited in _edits(kind, name, document):
        fresh = judged(edited, document, None, kind)
        known = judged(edited, document, record, kind)
        drifted = judged(document, edited, record, kind)
        assert fresh.differences, f"an edit without a record is not seen: {path}"
        assert known.differences, f"an edit is not seen: {path}"
        assert drifted.differences or MOVED.fullmatch(path), f"drift is not seen: {path}"
        assert not judged(edited, known.merged, None, kind).differences, f"not healed: {path}"
        assert not judged(document, drifted.merged, record, kind).differences, f"not healed: {path}"


@st.composite
def _read_back(draw: st.DrawFn) -> tuple[str, str]:
    """A domain, and what a hypervisor could have made of it: things added, order changed."""
    _, document = draw(st.sampled_from(list(domains())))
    root = parse(document)
    etree.SubElement(root, "uuid").text = draw(st.uuids()).hex
    if draw(st.booleans()) and root.find("on_crash") is None:
        etree.SubElement(root, "on_crash").text = "destroy"
    devices = root.find("devices")
    assert devices is not None
    for slot, device in enumerate(devices):
        if (
            device.find("address") is None
            and device.tag in ("disk", "interface", "video")
            and draw(st.booleans())
        ):
            etree.SubElement(device, "address", type="pci", slot=hex(slot + 3))
        if device.tag == "interface" and device.find("mac") is None:
            etree.SubElement(device, "mac", address=f"52:54:00:00:00:{slot:02x}")
        if device.tag in ("disk", "interface") and draw(st.booleans()):
            etree.SubElement(device, "alias", name=f"dev{slot}")
    for extra in ("memballoon", "input", "panic"):
        if devices.find(extra) is None and draw(st.booleans()):
            etree.SubElement(devices, extra, model="virtio")
    if not _ordered(devices):
        children = draw(st.permutations(list(devices)))
        devices[:] = children
    return document, etree.tostring(root, encoding="unicode")


def _ordered(devices: etree._Element) -> bool:
    """Whether the order means something: devices of a kind without an identity of their own."""
    named = {"disk", "interface", "memballoon", "input", "panic"}
    tags = [child.tag for child in devices if child.tag not in named]
    unnamed = [nic for nic in devices.findall("interface") if nic.find("mac") is None]
    return len(tags) != len(set(tags)) or len(unnamed) > 1


@given(_read_back())
@settings(max_examples=150, deadline=None)
def test_what_a_hypervisor_adds_is_no_difference(pair: tuple[str, str]) -> None:
    document, kept = pair
    assert judged(document, kept).differences == ()
    assert judged(document, kept, Base(document, kept)).differences == ()


@given(_read_back(), st.data())
@settings(max_examples=150, deadline=None)
def test_an_edit_over_a_read_back_is_seen_healed_and_keeps_the_rest(
    pair: tuple[str, str], data: st.DataObject
) -> None:
    document, kept = pair
    path, edited = data.draw(
        st.sampled_from(list(_edits(Kind.DOMAIN, parse(document).findtext("name", ""), document)))
    )
    found = judged(edited, kept, Base(document, kept))
    assert found.differences, path
    again = judged(edited, found.merged, Base(edited, found.merged))
    assert again.differences == (), path
    assert again.merged == found.merged
    # Another architecture, machine or kind of guest has other devices by default, in other places.
    if "/devices/" not in path and not path.endswith(("/os/type/@arch", "/os/type/@machine", "/os/type")):
        assert _device_facts(found.merged) == _device_facts(kept)


def _device_facts(document: str) -> list[str]:
    """The devices as they are spelled."""
    devices = parse(document).find("devices")
    assert devices is not None
    return [etree.tostring(child, encoding="unicode", with_tail=False) for child in devices]


@given(_read_back(), st.data())
@settings(max_examples=100, deadline=None)
def test_merging_twice_is_the_same(pair: tuple[str, str], data: st.DataObject) -> None:
    document, kept = pair
    _, edited = data.draw(
        st.sampled_from(list(_edits(Kind.DOMAIN, parse(document).findtext("name", ""), document)))
    )
    once = judged(edited, kept).merged
    assert judged(edited, once).merged == once
