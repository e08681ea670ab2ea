"""What drivers tell: errors for people, and an object's own UUID."""

from __future__ import annotations

import pytest

from drivers.base import Observation
from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.base.writing import writes, writing
from specs.identity import Kind

UUID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"


@pytest.mark.parametrize("error", [Unreachable, Transient, Refused, Unsupported, NotFound])
def test_an_error_says_what_is_wrong_and_what_to_do(error: type[DriverError]) -> None:
    bare, helpful = error("it is busy"), error("it is busy", "wait")
    assert (bare.message, bare.hint, str(bare)) == ("it is busy", "", "it is busy")
    assert (helpful.message, helpful.hint, str(helpful)) == ("it is busy", "wait", "it is busy (wait)")


@pytest.mark.parametrize(
    ("document", "uuid"),
    [
        (f"<domain><uuid>{UUID}</uuid></domain>", UUID),
        (f"<domain><uuid>\n  {UUID.upper()}\n</uuid></domain>", UUID),
        (f"<domain><uuid>{UUID.replace('-', '')}</uuid></domain>", UUID.replace("-", "")),
        (f"<domain><uuid>{UUID}</uuid><uuid>{UUID[::-1]}</uuid></domain>", UUID),
        ("<domain><uuid>none</uuid></domain>", ""),
        ("", ""),
    ],
)
def test_an_objects_own_uuid_comes_first(document: str, uuid: str) -> None:
    assert Observation(Kind.DOMAIN, "web", document).uuid == uuid
    assert Observation(Kind.VOLUME, "images/web", document).uuid == ""


def test_what_can_be_told_of_an_object_at_least() -> None:
    seen = Observation(Kind.SECRET, "ceph", "<secret/>")
    assert (seen.live, seen.power, seen.autostart, seen.has_value) == (None, None, None, None)
    assert seen.persistent is True


def test_the_calls_that_change_something_are_those_that_are_marked() -> None:
    class Facet:
        kind = "facet"

        @writes
        def change(self) -> str:
            return "changed"

        def look(self) -> None:
            return

    assert writing(Facet) == ("change",)
    assert Facet().change() == "changed"
