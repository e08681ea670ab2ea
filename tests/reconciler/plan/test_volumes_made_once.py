"""What a volume was made with and what became of it: noted, and in nobody's way until the files change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.plan import Options, make_plan
from reconciler.plan.model import Status, Verdict
from specs.desired import Declared
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import HOST, declare, desire, observe, record, world

SECRET = (
    "<encryption format='luks'>"
    "<secret type='passphrase' uuid='6f1d9d5a-2f0b-4c0e-9b57-6f2a3c1d8e4{}'/>{}</encryption>"
)
LUKS = SECRET.format("1", "<cipher name='serpent' size='256' mode='cbc' hash='sha256'/>")
FOUND = "<encryption format='luks'/>"
LABEL = "<permissions><mode>0600</mode><owner>{0}</owner><group>{0}</group><label>{1}</label></permissions>"


def _volume(target: str, form: str = "raw", more: str = "") -> str:
    return (
        f"<volume><name>v</name><capacity unit='bytes'>1048576</capacity><target><format type='{form}'/>"
        f"{target}</target>{more}</volume>"
    )


def _declared(document: str) -> Declared:
    plain = declare(document, Kind.VOLUME, "v", native="p/v")
    return replace(plain, address=Address(Kind.VOLUME, "v", HOST, "p"))


def _verdict(declared: str, observed: str, read_back: str = "", was: str = "") -> Verdict:
    """What a plan says of a volume, with a record where something was read back."""
    now, then = _declared(declared), _declared(was or declared)
    seen = observe(observed, Kind.VOLUME, "p/v", power=None, autostart=None)
    back = replace(seen, document=read_back or observed)
    known = {record(then, back): (then.document, back.document)} if read_back else None
    plan = make_plan(desire(now), world(seen, records=known), Options())
    return plan.verdicts[0]


GONE = {
    "the secret of LUKS": (LUKS, FOUND),
    "a compatibility level": ("<compat>1.1</compat>", ""),
    "a feature": ("<compat>1.1</compat><features><lazy_refcounts/></features>", "<compat>1.1</compat>"),
    "no copy on write": ("<nocow/>", ""),
    "a label": (LABEL.format(0, "virt_image_t"), LABEL.format(0, "").replace("<label></label>", "")),
}


@pytest.mark.parametrize(("made", "found"), GONE.values(), ids=GONE)
def test_what_a_refresh_does_not_find_again_is_no_difference(made: str, found: str) -> None:
    given, kept = _volume(made, "qcow2"), _volume(found, "qcow2")
    for verdict in (_verdict(given, kept), _verdict(given, kept, read_back=given)):
        assert (verdict.status, verdict.differences) == (Status.CONVERGED, ())
        assert verdict.rewritten


def test_permissions_of_what_a_volume_lies_upon_are_not_found_again() -> None:
    upon = "<backingStore><path>/b</path><format type='raw'/>{}</backingStore>"
    given = _volume("", more=upon.format("<permissions><mode>0644</mode></permissions>"))
    kept = _volume("", more=upon.format(""))
    assert _verdict(given, kept).status is Status.CONVERGED
    assert _verdict(given, kept, read_back=given).status is Status.CONVERGED


@pytest.mark.parametrize(("made", "found"), GONE.values(), ids=GONE)
def test_what_nobody_asked_for_may_come_and_go(made: str, found: str) -> None:
    given, with_it, without = (_volume(text, "qcow2") for text in ("", made, found))
    for read_back, observed in ((with_it, without), (without, with_it)):
        assert _verdict(given, observed, read_back=read_back).status is Status.CONVERGED


def test_another_value_than_was_asked_for_is_a_difference() -> None:
    given, kept = _volume("<compat>1.1</compat>", "qcow2"), _volume("<compat>0.10</compat>", "qcow2")
    assert [d.path for d in _verdict(given, kept).differences] == ["target/compat"]
    assert _verdict(given, kept).status is Status.BLOCKED
    assert _verdict(given, kept, read_back=given).status is Status.BLOCKED


def test_a_changed_declaration_is_a_difference_though_the_host_is_silent() -> None:
    other = _volume(LUKS.replace("8e41", "8e42"))
    verdict = _verdict(other, _volume(FOUND), read_back=_volume(LUKS), was=_volume(LUKS))
    assert verdict.status is Status.BLOCKED
    assert [d.path for d in verdict.differences] == ["target/encryption/secret"]


def test_whoever_uses_a_volume_changes_whose_it_is() -> None:
    """A start gives the file of a disk to QEMU, with a label of its own."""
    given, used = _volume(LABEL.format(0, "a")), _volume(LABEL.format(64055, "b"))
    verdict = _verdict(given, used, read_back=given)
    assert (verdict.status, verdict.differences) == (Status.CONVERGED, ())
    assert "target/permissions/owner" in {note.path for note in verdict.rewritten}
    edited = _verdict(used, given, read_back=given, was=given)
    assert edited.status is Status.BLOCKED


def _sized(capacity: int) -> str:
    return _volume("", "qcow2").replace(">1048576<", f">{capacity}<")


@pytest.mark.parametrize("made", [10_000_384, 10 << 20, 12 << 20])
def test_storage_that_rounds_up_makes_what_was_asked_for(made: int) -> None:
    """10 MB are no whole number of sectors, of MiB or of extents."""
    given, kept = _sized(10_000_000), _sized(made)
    verdict = _verdict(given, kept)
    assert (verdict.status, verdict.differences) == (Status.CONVERGED, ())
    assert [note.path for note in verdict.rewritten] == ["capacity"]


@pytest.mark.parametrize("made", [10_000_385, 10_000_896, 11 << 20, 16 << 20])
def test_a_volume_that_is_larger_than_that_is_not_as_declared(made: int) -> None:
    assert _verdict(_sized(10_000_000), _sized(made)).status is Status.BLOCKED


def test_a_volume_never_shrinks_by_so_little_as_storage_rounds() -> None:
    smaller = _sized(9_000_000)
    edited = _verdict(smaller, _sized(10_000_000), read_back=_sized(10_000_000), was=_sized(10_000_000))
    assert edited.status is Status.BLOCKED
