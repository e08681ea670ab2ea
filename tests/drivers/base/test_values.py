"""What drivers tell: errors for people, and an object's own UUID."""

from __future__ import annotations

from enum import StrEnum

import pytest

from drivers.base import (
    AddressSource,
    Capabilities,
    Change,
    Inventory,
    Move,
    NetworkChange,
    NetworkSection,
    Observation,
    SectionCommand,
    Text,
)
from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.base.tunables import CpuParameter, MemoryLimit
from drivers.base.writing import writes, writing
from specs.guests import MigrationPolicy
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


def test_a_move_is_as_plain_as_can_be_unless_it_is_said() -> None:
    assert Move(True) == Move(True, MigrationPolicy(), "", "", (), 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (SectionCommand, "add delete modify"),
        (NetworkSection, "ip-dhcp-host ip-dhcp-range forward-interface portgroup dns-host dns-txt dns-srv"),
        (Text, "title description"),
        (AddressSource, "lease agent arp"),
        (MemoryLimit, "hard_limit soft_limit swap_hard_limit"),
        (
            CpuParameter,
            "shares period quota global_period global_quota emulator_period emulator_quota iothread_period"
            " iothread_quota",
        ),
    ],
)
def test_words_stay_as_saved_plans_have_them(words: type[StrEnum], said: str) -> None:
    assert [word.value for word in words] == said.split()


def test_what_a_host_does_not_say_of_itself_is_nothing() -> None:
    known = Capabilities("fake", "1", (), (), "x86_64")
    assert (known.cpus, known.memory_kib, known.memory_free_kib) == (0, 0, 0)
    assert (known.machines, known.emulators, known.kinds) == ({}, {}, frozenset())
    inventory = Inventory("hv1", "1", {})
    assert (inventory.failures, inventory.identity) == ({}, "")
    assert Change(Kind.DOMAIN).name == ""
    assert NetworkChange(NetworkSection.DNS_TXT, SectionCommand.ADD, "<txt/>").subnet == -1
