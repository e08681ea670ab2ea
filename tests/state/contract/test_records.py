"""Records, documents, origins and fills: what is put is what is there, for this fleet and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from specs.identity import Address, Kind
from state import OpenState, StateError, open_state
from state.fills import NotedFill
from state.records import Record, RecordDocuments, Stamped
from tests.state.contract.backends import Backend
from tests.state.samples import DOCUMENTS, WEB, full_record, record

LAN = Address(Kind.NETWORK, "l@n/1", "hv/1@x")
DISK = Address(Kind.VOLUME, "web.img", "hv1", "images")
FILL = NotedFill(DISK, "0123456789abcdef", 3, ("fedcba9876543210",))


def test_a_record_comes_back_as_it_was_put(state: OpenState) -> None:
    plain, given = Record(WEB, "", "", "", "", ""), full_record()
    assert all(getattr(given, field.name) != getattr(plain, field.name) for field in fields(Record)[1:])
    state.put(given, DOCUMENTS)
    state.put(record(LAN), DOCUMENTS)
    assert state.records() == {WEB: given, LAN: record(LAN)}
    assert state.documents([WEB, DISK]) == {WEB: DOCUMENTS}


def test_records_of_some_hosts_and_addresses_alone(state: OpenState) -> None:
    state.put(record(WEB, host="hv1"), DOCUMENTS)
    state.put(record(LAN, host="hv2"), DOCUMENTS)
    state.put(record(DISK, host="hv3"), DOCUMENTS)
    assert set(state.records(["hv1", "hv2"])) == {WEB, LAN}
    assert set(state.records(["hv1"], also=[DISK, WEB])) == {WEB, DISK}
    assert set(state.records([], also=[DISK])) == {DISK}
    assert state.records([]) == {}
    state.note_origins({WEB: "web.yaml", LAN: "lan.yaml"})
    assert state.origins([LAN, DISK]) == {LAN: "lan.yaml"}
    assert state.origins([]) == {}


def test_a_newer_record_takes_the_place_of_the_older(state: OpenState) -> None:
    state.put(full_record(), DOCUMENTS)
    state.put(record(), RecordDocuments("new", "newer"))
    assert state.records() == {WEB: record()}
    assert state.documents([WEB]) == {WEB: RecordDocuments("new", "newer")}


def test_what_has_a_stamp_is_known_by_its_host(state: OpenState) -> None:
    state.put(full_record(), DOCUMENTS)
    state.put(record(LAN), DOCUMENTS)  # has no stamp
    known = Stamped(full_record().host, full_record().native, full_record().stamp, DOCUMENTS.readback)
    assert state.stamped([full_record().host, record(LAN).host]) == {WEB: known}
    assert state.stamped(["elsewhere"]) == state.stamped([]) == {}
    state.note_stamps({WEB: "newer", DISK: "newer"})
    assert state.stamped([full_record().host]) == {WEB: replace(known, stamp="newer")}
    assert state.records() == {WEB: replace(full_record(), stamp="newer"), LAN: record(LAN)}


def test_a_record_stands_under_another_version(state: OpenState) -> None:
    for address in (WEB, LAN):
        state.put(record(address), DOCUMENTS)
    state.note_versions({WEB: "libvirt 12.8.0", DISK: "libvirt 12.8.0"})
    state.note_versions({})
    assert state.records() == {WEB: replace(record(), version="libvirt 12.8.0"), LAN: record(LAN)}
    assert state.documents([WEB]) == {WEB: DOCUMENTS}


def test_records_outlive_who_wrote_them(state: OpenState, url: str) -> None:
    state.put(full_record(), DOCUMENTS)
    state.note_origins({WEB: "web.yaml"})
    state.note_fill(FILL)
    for readonly in (True, False):
        again = open_state(url, readonly=readonly)
        assert again.records() == {WEB: full_record()}
        assert again.documents([WEB]) == {WEB: DOCUMENTS}
        assert again.origins() == {WEB: "web.yaml"}
        assert again.fills() == {DISK: FILL}
        assert again.serial() == state.serial()
        again.close()


def test_forgetting_drops_all_that_is_known_and_nothing_else(state: OpenState) -> None:
    for address in (WEB, LAN):
        state.put(record(address), DOCUMENTS)
        state.note_fill(replace(FILL, address=address))
    state.note_origins({WEB: "a.yaml", LAN: "b.yaml"})
    state.forget(WEB)
    state.forget(Address(Kind.DOMAIN, "never-there"))
    assert list(state.records()) == list(state.documents([WEB, LAN])) == [LAN]
    assert list(state.fills()) == list(state.origins()) == [LAN]


def test_origins_are_written_where_they_are_news(state: OpenState) -> None:
    state.note_origins({WEB: "web.yaml", LAN: "lan.yaml"})
    state.note_origins({WEB: "x/web.yaml"})
    assert state.origins() == {WEB: "x/web.yaml", LAN: "lan.yaml"}
    before = state.serial()
    state.note_origins({WEB: "x/web.yaml"})
    assert state.serial() == before


ENDS: dict[str, Callable[[OpenState], None]] = {
    "recorded": lambda state: state.put(record(DISK), DOCUMENTS),
    "forgotten": lambda state: state.forget(DISK),
    "dropped": lambda state: state.drop_fill(DISK),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_fill_is_noted_until_it_ends(state: OpenState, end: str) -> None:
    state.note_fill(FILL)
    done = replace(FILL, filled=True, content="content:x")
    state.note_fill(done)
    assert state.fills() == {DISK: done}
    ENDS[end](state)
    assert state.fills() == {}


def test_more_documents_than_one_question_takes(state: OpenState) -> None:
    addresses = [Address(Kind.DOMAIN, f"d{number}") for number in range(1101)]
    for address in addresses[::100]:
        state.put(record(address), DOCUMENTS)
    assert set(state.documents(addresses)) == set(addresses[::100])


def test_a_write_that_fails_changes_nothing(state: OpenState) -> None:
    state.put(record(), DOCUMENTS)
    state.note_fill(replace(FILL, address=WEB))
    before = state.serial()
    with pytest.raises(StateError):
        state.put(full_record(), RecordDocuments("declared", None))  # type: ignore[arg-type]
    assert state.records() == {WEB: record()}
    assert list(state.fills()) == [WEB]
    assert state.serial() == before


def test_fleets_do_not_see_each_other(state: OpenState, url: str) -> None:
    state.put(record(), DOCUMENTS)
    state.note_origins({WEB: "a.yaml"})
    state.note_fill(FILL)
    run = state.begin_run("apply", "tree", plan="a plan")
    state.begin_action(run, "start web", str(WEB), "start")
    for fleet, uuid in (("other", ""), ("default", "11111111-2222-4333-8444-555555555555")):
        other = open_state(url, fleet=fleet, uuid=uuid)
        assert not other.records()
        assert not other.documents([WEB])
        assert not other.origins()
        assert not other.fills()
        assert not other.runs()
        assert not other.last_outcomes()
        assert not other.interrupted()
        assert other.run_of("a plan") is None
        other.forget(WEB)
        other.drop_fill(DISK)
        other.close()
    assert state.records() == {WEB: record()}
    assert list(state.fills()) == [DISK]
    assert state.interrupted() == {WEB}


def test_a_fleet_that_gets_a_uuid_takes_over_what_its_name_has(url: str) -> None:
    uuid = "11111111-2222-4333-8444-555555555555"
    named = open_state(url, fleet="shop")
    named.put(record(), DOCUMENTS)
    run = named.begin_run("apply", "tree", plan="a plan")
    named.begin_action(run, "start Domain/db", "Domain/db", "start")
    named.close()
    state = open_state(url, fleet="shop", uuid=uuid, declares=[str(WEB)])
    assert list(state.records()) == [WEB]
    assert state.run_of("a plan") == run
    assert list(state.last_outcomes()) == ["Domain/db"]
    assert state.interrupted() == {Address(Kind.DOMAIN, "db")}
    state.close()


def test_a_state_that_is_not_there_reads_as_an_empty_one(url: str) -> None:
    state = open_state(url, readonly=True)
    assert not state.records()
    assert not state.runs()
    assert not state.last_outcomes()
    assert not state.interrupted()
    state.close()


def test_whoever_reads_does_not_write(state: OpenState, url: str) -> None:
    state.put(record(), DOCUMENTS)
    reader = open_state(url, readonly=True)
    with pytest.raises(StateError):
        reader.put(full_record(), DOCUMENTS)
    with pytest.raises(StateError):
        reader.begin_run("apply", "tree")
    reader.close()
    assert state.records() == {WEB: record()}


def test_a_lineage_is_one_states_own_and_each_write_is_counted(
    state: OpenState, backend: Backend, tmp_path: Path
) -> None:
    lineage, serial = state.serial()
    state.put(record(), DOCUMENTS)
    run = state.begin_run("apply", "tree")
    state.finish_run(run, "done", "")
    assert state.serial() == (lineage, serial + 3)
    (tmp_path / "another").mkdir()
    another = open_state(backend.url(tmp_path / "another"))
    assert lineage != another.serial()[0] != ""
    another.close()


def test_what_seals_is_the_same_for_all_who_may_read(state: OpenState, url: str) -> None:
    again = open_state(url)
    assert state.sealing_key() == again.sealing_key()
    assert len(state.sealing_key()) == 32
    again.close()
