"""The guest's clock, in every form that libvirt reads, from each to each, as each hypervisor keeps it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from drivers.dialects import dialect
from reconciler.compare import Base, compare, compare_live
from reconciler.compare.live import with_untold
from reconciler.compare.model import Cause, Comparison
from specs.identity import Kind
from specs.xml import parse

Attrs = dict[str, str]

FORMS: dict[str, Attrs] = {
    "utc": {"offset": "utc"},
    "utc reset": {"offset": "utc", "adjustment": "reset"},
    "utc adjusted": {"offset": "utc", "adjustment": "3600"},
    "localtime": {"offset": "localtime"},
    "localtime reset": {"offset": "localtime", "adjustment": "reset"},
    "localtime adjusted": {"offset": "localtime", "adjustment": "3600"},
    "timezone": {"offset": "timezone", "timezone": "Europe/Vienna"},
    "absolute": {"offset": "absolute", "start": "1700000000"},
    "variable": {"offset": "variable"},
    "variable adjusted": {"offset": "variable", "adjustment": "3600"},
    "variable from utc": {"offset": "variable", "adjustment": "3600", "basis": "utc"},
    "variable from localtime": {"offset": "variable", "adjustment": "-60", "basis": "localtime"},
    "variable from localtime, not adjusted": {"offset": "variable", "adjustment": "0", "basis": "localtime"},
    "variable reset": {"offset": "variable", "adjustment": "reset"},
    "none": {},
}


def _domain(clock: Attrs, guest: str = "hvm", more: str = "") -> str:
    said = "".join(f" {name}='{value}'" for name, value in clock.items())
    element = f"<clock{said}/>" if clock else ""
    return f"<domain><name>a</name>{more}<os><type>{guest}</type></os>{element}<devices/></domain>"


def _kept(document: str) -> Attrs:
    """What libvirt keeps of a document's clock (virDomainDefClockParse, virDomainClockDefFormat)."""
    element = parse(document).find("clock")
    given = {str(k): str(v) for k, v in element.attrib.items()} if element is not None else {}
    offset, adjustment = given.get("offset", "utc"), given.get("adjustment", "")
    if offset in ("utc", "localtime"):
        if adjustment not in ("", "reset"):
            return {"offset": "variable", "adjustment": adjustment, "basis": offset}
        return {"offset": offset, **({"adjustment": "reset"} if adjustment else {})}
    if offset == "variable":
        amount = adjustment if adjustment.lstrip("-").isdigit() else "0"
        return {"offset": offset, "adjustment": amount, "basis": given.get("basis", "utc")}
    name = {"timezone": "timezone", "absolute": "start"}[offset]
    return {"offset": offset, name: given[name]}


def _kept_by_xm(document: str) -> Attrs:
    """What is left of it in xend (xenParseHypervisorFeatures): how far it is from its basis; and of a
    paravirtualised guest that it is set anew at each boot."""
    kept, guest = _kept(document), parse(document).findtext("os/type")
    if guest != "hvm":
        return {"offset": kept["offset"], "adjustment": "reset"}
    if kept["offset"] == "variable":
        return kept
    return {"offset": "variable", "adjustment": "0", "basis": kept["offset"]}


_XM_HVM = [form for form in FORMS if "reset" not in form and form not in ("timezone", "absolute")]
_XM_PV = ["none", "utc", "utc reset", "localtime", "localtime reset"]
HOSTS = {
    "qemu": ("qemu", "hvm", _kept, list(FORMS)),
    "xen": ("xen", "hvm", _kept, list(FORMS)),
    "xen, paravirtualised": ("xen", "linux", _kept, list(FORMS)),
    "xend": ("xend", "hvm", _kept_by_xm, _XM_HVM),
    "xend, paravirtualised": ("xend", "linux", _kept_by_xm, _XM_PV),
}


def _meaning(clock: Attrs, guest: str) -> Attrs:
    """What a clock means to a guest: one that is paravirtualised has none that could be moved."""
    if guest != "hvm" and clock.get("adjustment") == "reset":
        return {"offset": clock["offset"]}
    return clock


@pytest.mark.parametrize("host", HOSTS)
def test_from_each_form_to_each_what_was_merged_is_what_was_declared(host: str) -> None:
    family, guest, keep, names = HOSTS[host]
    for old in names:
        for new in names:
            given, wanted = _domain(FORMS[old], guest), _domain(FORMS[new], guest)
            observed, ideal = _domain(keep(given), guest), keep(wanted)
            found = _judge(family, wanted, observed, Base(given, observed))
            became = keep(found.merged)
            assert _meaning(became, guest) == _meaning(ideal, guest), f"{old} → {new}: {became}"
            after = _domain(became, guest)
            assert not _judge(family, wanted, after, Base(wanted, after)).differences, f"{old} → {new}"
            assert not _judge(family, wanted, after).differences, f"{old} → {new}, state lost"
            if new != "none":  # to take it out of the files is an edit, whatever comes of it
                assert bool(found.differences) == (_meaning(keep(given), guest) != _meaning(ideal, guest))


def test_at_first_sight_what_belongs_to_the_other_offset_goes_with_it() -> None:
    for family in ("qemu", "xen"):
        observed = _domain(FORMS["variable from utc"])
        for new in ("utc", "localtime", "timezone", "absolute", "utc reset"):
            merged = _judge(family, _domain(FORMS[new]), observed).merged
            assert _kept(merged) == FORMS[new]


def test_a_clock_that_is_set_anew_is_another_where_the_guest_could_move_it() -> None:
    plain, anew = FORMS["utc"], FORMS["utc reset"]
    assert _judge("xen", _domain(anew), _domain(plain)).differences
    assert not _judge("xen", _domain(anew, "linux"), _domain(plain, "linux")).differences
    assert not _judge("xen", _domain(anew, "xenpvh"), _domain(plain, "xenpvh")).differences


def test_xm_and_xend_keep_how_far_a_clock_is_from_its_basis() -> None:
    none = {"offset": "variable", "adjustment": "0"}
    for basis, other in (("utc", "localtime"), ("localtime", "utc")):
        kept = _domain({**none, "basis": basis})
        assert not _judge("xend", _domain({"offset": basis}), kept).differences
        assert _judge("xend", _domain({"offset": other}), kept).differences
        assert _judge("xen", _domain({"offset": basis}), kept).differences


def test_the_release_of_libvirt_tells_which_of_the_two_a_xen_host_is() -> None:
    assert [dialect("xen", libvirt=release).family for release in (None, (4, 2, 0), (4, 3, 0))] == [
        "xen", "xend", "xen",
    ]  # fmt: skip


MOVED = {
    "variable adjusted": {"offset": "variable", "adjustment": "3617", "basis": "utc"},
    "utc": {"offset": "variable", "adjustment": "17", "basis": "utc"},
    "localtime": {"offset": "variable", "adjustment": "-17", "basis": "localtime"},
    "variable from localtime": {"offset": "variable", "adjustment": "5", "basis": "localtime"},
}


@pytest.mark.parametrize("form", MOVED)
@pytest.mark.parametrize("family", ["qemu", "xen", "xend"])
def test_how_far_a_guest_has_moved_its_clock_is_its_own(family: str, form: str) -> None:
    keep: Callable[[str], Attrs] = _kept_by_xm if family == "xend" else _kept
    given = _domain(FORMS[form])
    record, moved = Base(given, _domain(keep(given))), _domain(MOVED[form])
    assert not _judge(family, given, moved, record).differences
    renamed = _domain(FORMS[form], more="<title>t</title>")
    found = _judge(family, renamed, moved, record)
    assert [each.path for each in found.differences] == ["title"]
    assert _kept(found.merged) == MOVED[form]


@pytest.mark.parametrize("family", ["qemu", "xen"])
def test_a_clock_that_was_moved_and_then_edited_is_as_it_was_edited(family: str) -> None:
    given, moved = _domain(FORMS["variable adjusted"]), _domain(MOVED["variable adjusted"])
    record = Base(given, _domain(_kept(given)))
    for new in ("utc", "localtime", "variable", "variable from localtime", "utc reset"):
        wanted = _domain(FORMS[new])
        found = _judge(family, wanted, moved, record)
        assert {each.cause for each in found.differences} == {Cause.EDITED}
        assert _kept(found.merged) == _kept(wanted)


def test_a_clock_that_the_files_set_anew_at_each_boot_is_not_to_move() -> None:
    for form in ("utc reset", "localtime reset"):
        given = _domain(FORMS[form])
        found = _judge("qemu", given, _domain(MOVED[form.split()[0]]), Base(given, given))
        assert {each.cause for each in found.differences} == {Cause.DRIFTED}
        assert _kept(found.merged) == FORMS[form]


def test_another_basis_is_nothing_that_a_guest_does() -> None:
    given = _domain(FORMS["variable from utc"])
    other = _domain({**FORMS["variable from utc"], "basis": "localtime"})
    assert _judge("qemu", given, other, Base(given, given)).differences


def test_an_edit_of_the_adjustment_alone_waits_for_the_next_start() -> None:
    before = _domain({"offset": "variable", "adjustment": "60", "basis": "utc"})
    after = _domain({"offset": "variable", "adjustment": "90", "basis": "utc"})
    changed = _judge("qemu", after, before, Base(before, before)).differences
    assert [each.path for each in changed] == ["clock/@adjustment"]
    qemu, xen = dialect("qemu"), dialect("xen")
    found = with_untold(compare_live(Kind.DOMAIN, after, before, qemu), changed, Kind.DOMAIN, qemu)
    assert [each.path for each in found.pending] == ["clock/@adjustment"]
    # QEMU's live document follows the guest; libxl's says what the guest was started with, for good.
    assert not compare_live(Kind.DOMAIN, after, before, qemu).pending
    assert [each.path for each in compare_live(Kind.DOMAIN, after, before, xen).pending] == [
        "clock/@adjustment"
    ]


def test_timers_stay_when_the_offset_changes() -> None:
    root = parse(_domain(FORMS["variable from utc"]))
    clock = root.find("clock")
    assert clock is not None
    clock.append(etree.Element("timer", name="hpet", present="no"))
    timed = etree.tostring(root, encoding="unicode")
    merged = _judge("qemu", _domain(FORMS["utc"]), timed, Base(timed, timed)).merged
    assert "adjustment" not in merged
    assert parse(_judge("qemu", _domain(FORMS["utc"]), timed).merged).find("clock/timer") is not None


def _judge(family: str, declared: str, observed: str, base: Base | None = None) -> Comparison:
    return compare(Kind.DOMAIN, declared, observed, base, dialect(family))
