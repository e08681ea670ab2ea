"""One element in four documents: each stands in one group, found through the record where that leads."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.compare import Base
from reconciler.compare.align import Sides, aligned
from reconciler.compare.match import pair
from reconciler.compare.model import Cause
from specs.documents.tree import Node, to_node
from specs.identity import Kind
from specs.xml import parse
from tests.reconciler.compare.support import QEMU, disk, domain, facts, judged, nic, paths

MACS = tuple(f"52:54:00:00:00:0{number}" for number in range(4))
NETS = ("red", "blue")


def nics(document: str) -> list[Node]:
    """The interfaces of a domain."""
    devices = QEMU.normalise(Kind.DOMAIN, to_node(parse(document))).all("devices")[0]
    return devices.all("interface")


def of(*interfaces: str) -> list[Node]:
    return nics(domain(devices="".join(interfaces)))


LISTS = st.lists(st.tuples(st.sampled_from(NETS), st.sampled_from(("", *MACS))), max_size=4).map(
    lambda several: of(*(nic(network, mac) for network, mac in several))
)


@given(LISTS, LISTS, LISTS, LISTS)
@settings(max_examples=200, deadline=None)
def test_each_element_stands_in_one_group(
    declared: list[Node], was: list[Node], read_back: list[Node], observed: list[Node]
) -> None:
    groups = aligned(QEMU.identities, (declared, was, read_back, observed), "devices")
    for name, nodes in (
        ("declared", declared), ("was_declared", was), ("read_back", read_back), ("observed", observed),
    ):  # fmt: skip
        found = [node for group in groups if (node := getattr(group, name)) is not None]
        assert len(found) == len(set(found))
        assert set(found) == set(nodes)
    assert [group.declared for group in groups[: len(declared)]] == declared
    for group in groups:
        given_, seen = group.declared, group.observed
        if given_ is not None and seen is not None:
            macs = {node.value("mac", "address") for node in (given_, seen)} - {None}
            assert len(macs) <= 1


def test_through_the_record_to_what_the_hypervisor_named() -> None:
    """Two that look alike are told apart only by what was read back of each."""
    declared, was = of(nic("red"), nic("red")), of(nic("red"), nic("red"))
    read_back = of(nic("red", MACS[0]), nic("red", MACS[1]))
    observed = of(nic("red", MACS[1]), nic("red", MACS[0]))
    groups = aligned(QEMU.identities, (declared, was, read_back, observed), "devices")
    assert groups == [
        Sides(declared[0], was[0], read_back[0], observed[1]),
        Sides(declared[1], was[1], read_back[1], observed[0]),
    ]


def test_the_record_does_not_lead_to_another_mac_than_the_declared_one() -> None:
    declared, was = of(nic("red", MACS[2])), of(nic("red"))
    read_back, observed = of(nic("red", MACS[0])), of(nic("red", MACS[0]))
    first, second = aligned(QEMU.identities, (declared, was, read_back, observed), "devices")
    assert (first.declared, first.observed) == (declared[0], None)
    assert (second.declared, second.observed) == (None, observed[0])


def test_what_is_gone_everywhere_else_is_still_told() -> None:
    was, read_back = of(nic("red", MACS[0]), nic("blue", MACS[1])), of(nic("red", MACS[0]))
    groups = aligned(QEMU.identities, ([], was, read_back, []), "devices")
    assert groups == [Sides(None, was[0], read_back[0], None), Sides(None, was[1], None, None)]
    groups = aligned(QEMU.identities, ([], [], read_back, []), "devices")
    assert groups == [Sides(None, None, read_back[0], None)]


def test_alike_is_what_has_the_same_kind() -> None:
    """Then by position: of each, the one that looks most like it."""

    def channels(*kinds: str) -> list[Node]:
        text = "".join(f"<sound model='{kind}'/>" for kind in kinds)
        return to_node(parse(domain(devices=text))).all("devices")[0].all("sound")

    left, right = channels("ich6", "ac97", "x"), channels("ac97", "ich6", "y")
    paired = pair(QEMU.identities, "devices", left, right)
    assert paired == {left[0]: right[1], left[1]: right[0], left[2]: right[2]}
    assert pair(QEMU.identities, "devices", left, []) == pair(QEMU.identities, "devices", [], right) == {}


def test_what_was_changed_on_the_host_goes_back_to_what_was_read_back() -> None:
    """Of what nobody declared: its value, an attribute more, an element less; the record tells."""
    declared = domain(devices=disk("vda", "/a"))
    kept = domain("<on_crash>destroy</on_crash>", disk("vda", "/a", "<driver name='qemu' cache='none'/>"))
    seen = domain("", disk("vda", "/a", "<driver name='qemu' cache='unsafe' io='native'/>"))
    found = judged(declared, seen, Base(declared, kept))
    drifted = [
        ("devices/disk[vda]/driver/@cache", "none", "unsafe", Cause.DRIFTED),
        ("devices/disk[vda]/driver/@io", None, "native", Cause.DRIFTED),
        ("on_crash", "destroy", None, Cause.DRIFTED),
    ]
    assert sorted(facts(found), key=str) == sorted(drifted, key=str)
    assert judged(declared, found.merged, Base(declared, kept)).differences == ()
    assert 'cache="none"' in found.merged
    assert "native" not in found.merged
    assert "<on_crash>destroy</on_crash>" in found.merged
    upgraded = judged(declared, seen, replace(Base(declared, kept), same_version=False))
    assert sorted(paths(upgraded)) == ["devices/disk[vda]/driver/@cache", "on_crash"]


def test_what_was_taken_out_of_the_files_is_taken_out_of_the_document() -> None:
    before = domain("<title>t</title>", disk("vda", "/a", "<driver name='qemu' cache='none'/>"))
    now = domain("", disk("vda", "/a", "<driver name='qemu'/>"))
    found = judged(now, before, Base(before, before))
    assert sorted(facts(found), key=str) == [
        ("devices/disk[vda]/driver/@cache", None, "none", Cause.EDITED),
        ("title", None, "t", Cause.EDITED),
    ]
    assert judged(now, found.merged, Base(now, found.merged)).differences == ()
    assert "cache" not in found.merged
    assert "title" not in found.merged


def test_where_order_means_something_position_tells() -> None:
    """The second becomes the first and the first the second; nothing is moved."""
    hard_disk_first, cdrom_first = (
        domain().replace("</os>", "".join(f"<boot dev='{device}'/>" for device in order) + "</os>")
        for order in (("hd", "cdrom"), ("cdrom", "hd"))
    )
    found = judged(hard_disk_first, cdrom_first)
    assert sorted((d.declared, d.observed) for d in found.differences) == [("cdrom", "hd"), ("hd", "cdrom")]
    assert judged(hard_disk_first, found.merged).differences == ()
    one_more = judged(hard_disk_first, hard_disk_first.replace("<boot dev='cdrom'/>", ""))
    assert [(d.declared, d.observed) for d in one_more.differences] == [('<boot dev="cdrom"/>', None)]


def test_what_is_declared_only_now_is_known_from_what_was_read_back() -> None:
    kept, seen = (
        domain(devices=disk("vda", "/a", f"<driver name='qemu' cache='{cache}'/>"))
        for cache in ("none", "unsafe")
    )
    found = judged(domain(devices=disk("vda", "/a")), seen, Base(domain(), kept))
    assert facts(found) == [("devices/disk[vda]/driver/@cache", "none", "unsafe", Cause.DRIFTED)]
    assert "unsafe" not in found.merged
