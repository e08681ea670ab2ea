"""What a host answers is of use, or a failure of that one object; never trouble for the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from drivers.base import Capabilities, Inventory, Observation
from drivers.base.errors import Refused
from drivers.base.sound import LONGEST_DOCUMENT, sound, sound_capabilities
from specs.desired import PowerState
from specs.identity import Kind

WEB, DB = (Kind.DOMAIN, "web"), (Kind.DOMAIN, "db")
SEEN = Observation(Kind.DOMAIN, "web", "<domain/>", "<domain id='1'/>", PowerState.RUNNING, True)
GOOD = replace(SEEN, name="db")
HALF = "\ud800"
STATE = "the host says of its state what makes no sense"
NO_TEXT = "it is no text (halves of characters, or a zero byte)"


def inventory(web: object, **values: Any) -> Inventory:
    objects = cast("dict[tuple[Kind, str], Observation]", {WEB: web, DB: GOOD})
    return replace(Inventory("hv1", "fake 1", objects, identity="machine"), **values)


@pytest.mark.parametrize(
    "seen",
    [
        SEEN,
        replace(SEEN, live=None, power=None, autostart=None),
        replace(SEEN, document="", live=""),
        replace(SEEN, document="<ünï/>", has_value=False, persistent=False),
        replace(SEEN, document="x" * LONGEST_DOCUMENT),
    ],
    ids=["running", "off", "empty", "not ASCII", "long"],
)
def test_what_makes_sense_is_passed_on_as_it_is(seen: Observation) -> None:
    whole = inventory(seen, failures={(Kind.NETWORK, "lan"): "it cannot be read"})
    assert sound(whole) is whole


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (None, "the host does not describe it"),
        (replace(SEEN, name="db"), "the host calls it 'db' too"),
        (replace(SEEN, kind=Kind.NETWORK), "the host calls it 'web' too"),
        (replace(SEEN, document=cast(str, None)), "the host gives no document of it"),
        (replace(SEEN, live=cast(str, b"<domain/>")), "the host gives no document of it"),
        (replace(SEEN, document="x" * (LONGEST_DOCUMENT + 1)), "its document has 16 MiB; 16 are read"),
        (replace(SEEN, document=HALF), NO_TEXT),
        (replace(SEEN, live="\0"), NO_TEXT),
        (replace(SEEN, power=cast(PowerState, "on")), STATE),
        (replace(SEEN, persistent=cast(bool, None)), STATE),
        (replace(SEEN, autostart=cast(bool, 1)), STATE),
        (replace(SEEN, has_value=cast(bool, "yes")), STATE),
    ],
)
def test_what_makes_no_sense_is_a_failure_of_its_own(seen: object, why: str) -> None:
    before = {(Kind.NETWORK, "lan"): "it cannot be read"}
    told = sound(inventory(seen, failures=before))
    assert told.failures == {**before, WEB: why}
    assert told.objects == {DB: GOOD}
    assert (told.host, told.version, told.identity) == ("hv1", "fake 1", "machine")


@pytest.mark.parametrize("name", ["", HALF, "a\0b", "n" * 4097])
def test_a_name_that_is_none_can_be_shown(name: str) -> None:
    found = sound(Inventory("hv1", "1", {(Kind.DOMAIN, name): replace(SEEN, name=name)}))
    assert found.objects == {}
    ((kind, shown),) = found.failures
    assert kind is Kind.DOMAIN
    assert found.failures[kind, shown] == "its name is none"
    shown.encode()
    assert "\0" not in shown
    assert shown[:1] == name[:1] or name == HALF
    assert len(shown) <= 4096


def test_the_longest_name_is_a_name() -> None:
    whole = Inventory("hv1", "1", {(Kind.DOMAIN, "n" * 4096): replace(SEEN, name="n" * 4096)})
    assert sound(whole) is whole


@pytest.mark.parametrize("key", ["web", ("Guest", "web"), (Kind.DOMAIN,), (Kind.DOMAIN, "web", 1), None])
def test_what_is_called_by_no_name_at_all_is_told_as_it_is(key: object) -> None:
    objects = cast("dict[tuple[Kind, str], Observation]", {key: SEEN})
    (told,) = sound(Inventory("hv1", "1", objects)).failures
    assert told == (Kind.DOMAIN, key if isinstance(key, str) else repr(key))


@pytest.mark.parametrize(
    ("version", "identity", "shown"),
    [
        ("fake\0", "machine", ("fake\\x00", "machine")),
        ("fake" + HALF, HALF, ("fake\\ud800", "")),
        (None, None, ("None", "")),
        (b"fake", 7, ("b'fake'", "")),
    ],
)
def test_a_version_can_be_shown_and_an_identity_is_text(
    version: object, identity: object, shown: tuple[str, str]
) -> None:
    told = sound(inventory(SEEN, version=version, identity=identity))
    assert (told.version, told.identity) == shown
    assert told.objects == {WEB: SEEN, DB: GOOD}


def test_messages_of_failures_can_be_shown() -> None:
    failures = {WEB: HALF, DB: cast(str, OSError("gone")), (Kind.NETWORK, "n"): "x" * 5000}
    told = sound(Inventory("hv1", "1", {}, failures)).failures
    assert told == {WEB: "\\ud800", DB: "OSError('gone')", (Kind.NETWORK, "n"): "x" * 4096}


@pytest.mark.parametrize("answer", [None, "all is well", Inventory("hv1", "1", cast(Any, ["web"]))])
def test_an_answer_that_is_no_inventory_is_refused(answer: object) -> None:
    with pytest.raises(Refused, match="does not say what is on it"):
        sound(cast(Inventory, answer))


CAN = Capabilities("fake", "1", ("kvm",), ("hvm",), "x86_64", {"x86_64/q35": "pc-q35"}, frozenset(Kind))


def test_capabilities_that_make_sense_are_passed_on() -> None:
    for known in (CAN, replace(CAN, cpus=8, memory_kib=1024, memory_free_kib=1, emulators={"kvm": "/q"})):
        assert sound_capabilities(known) is known


@pytest.mark.parametrize(
    "values",
    [
        *(
            {number: wrong}
            for number in ("cpus", "memory_kib", "memory_free_kib")
            for wrong in (-1, True, "1")
        ),
        *({text: wrong} for text in ("family", "version", "arch") for wrong in (None, HALF, "\0")),
        *({texts: (HALF,)} for texts in ("domain_types", "os_types")),
        *({pairs: wrong} for pairs in ("machines", "emulators") for wrong in ({HALF: "a"}, {"a": None})),
        {"kinds": frozenset({"Domain"})},
    ],
    ids=str,
)
def test_capabilities_that_make_no_sense_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="what the host says that it can do makes no sense"):
        sound_capabilities(replace(CAN, **values))
