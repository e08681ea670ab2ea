"""The one spelling: reached in one step, by every family, whatever stands in which order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.dialects import dialect
from specs.documents.tree import Node, to_node, whole
from specs.identity import Kind
from specs.xml import parse
from tests.real.corpus import domains, networks, pools

DOCUMENTS = [
    *((Kind.DOMAIN, text) for _, text in domains()),
    *((Kind.NETWORK, text) for _, text in networks()),
    *((Kind.STORAGE_POOL, text) for _, text in pools("/srv")),
]
FAMILIES = ("qemu", "sim", "lxc", "xen", "test", "bhyve", "esx", "vbox", "something else")
FREE = frozenset({"disk", "interface", "memballoon", "video", "rng", "tpm"})
"""Devices with an identity of their own, or that stand alone."""


def _normal(family: str, kind: Kind, document: str) -> Node:
    return dialect(family, {"x86_64/pc": "pc-i440fx-7.2"}).normalise(kind, to_node(parse(document)))


@given(st.sampled_from(DOCUMENTS), st.sampled_from(FAMILIES))
@settings(max_examples=200, deadline=None)
def test_normalising_twice_is_normalising_once(case: tuple[Kind, str], family: str) -> None:
    kind, document = case
    known = dialect(family, {"x86_64/pc": "pc-i440fx-7.2"})
    once = _normal(family, kind, document)
    told = whole(once)
    assert whole(known.normalise(kind, once)) == told


@given(st.sampled_from(list(domains())), st.data())
@settings(max_examples=100, deadline=None)
def test_the_order_of_what_stands_around_a_device_changes_nothing(
    case: tuple[str, str], data: st.DataObject
) -> None:
    """Rules look at a device, not at its place: each is normalised alike wherever it stands."""
    root = parse(case[1])
    devices = root.find("devices")
    if devices is None:
        return
    before = _told(_normal("qemu", Kind.DOMAIN, case[1]))
    devices[:] = data.draw(st.permutations(list(devices)))
    again = dialect("qemu", {"x86_64/pc": "pc-i440fx-7.2"}).normalise(Kind.DOMAIN, to_node(root))
    assert _told(again) == before


def _told(root: Node) -> list[str]:
    return sorted(whole(device) for devices in root.all("devices") for device in devices.children)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_document_itself_is_not_touched(family: str) -> None:
    from lxml import etree

    for kind, document in DOCUMENTS[:40]:
        root = parse(document)
        before = etree.tostring(root)
        dialect(family).normalise(kind, to_node(root))
        assert etree.tostring(root) == before
