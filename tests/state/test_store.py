"""What goes into the state comes out of it; a state that cannot be used says so."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.identity import Address, Kind
from state import OpenState, StateError, open_state
from state.fills import NotedFill
from state.records import Record, RecordDocuments
from state.sqlite.migrations import LATEST
from tests.state.samples import DOCUMENTS, WEB, full_record, record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tree" / ".virt-reconcile" / "state.db"


@pytest.fixture
def store(path: Path) -> Iterator[OpenState]:
    store = open_state(f"sqlite:///{path}")
    yield store
    store.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_record_comes_back_as_it_was_put(store: OpenState) -> None:
    plain = Record(WEB, "", "", "", "", "")
    given = full_record()
    assert all(getattr(given, field.name) != getattr(plain, field.name) for field in fields(Record)[1:])
    store.put(given, DOCUMENTS)
    assert store.records() == {WEB: given}
    assert store.documents([WEB]) == {WEB: DOCUMENTS}


names = st.text(st.characters(exclude_characters="/@\0", exclude_categories=["Cs"]), min_size=1)


@given(
    st.one_of(
        st.builds(Address, st.just(Kind.DOMAIN), names | st.just("a@b/c")),
        st.builds(Address, st.just(Kind.NETWORK), names, names),
        st.builds(Address, st.just(Kind.VOLUME), names | st.just("deep/er@x"), names, names),
    ),
    st.none() | st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
def test_any_record_comes_back(address: Address, autostart: bool | None, text: str) -> None:
    store = open_state(":memory-by-path:", readonly=True)  # a missing file: an empty state in memory
    given = record(address, autostart=autostart, native=text, fingerprint=text)
    store.put(given, RecordDocuments(text, text))
    assert store.records() == {address: given}
    assert store.documents([address]) == {address: RecordDocuments(text, text)}
    store.forget(address)
    assert store.records() == {}
    store.close()


def test_records_outlive_the_process_that_wrote_them(store: OpenState, path: Path) -> None:
    store.put(full_record(), DOCUMENTS)
    store.close()
    again = open_state(str(path))
    assert again.records() == {WEB: full_record()}
    again.close()


def test_a_newer_record_takes_the_place_of_the_older(store: OpenState) -> None:
    store.put(full_record(), DOCUMENTS)
    store.put(record(), RecordDocuments("new", "newer"))
    assert store.records() == {WEB: record()}
    assert store.documents([WEB]) == {WEB: RecordDocuments("new", "newer")}


def test_forgetting_drops_the_record_and_its_documents(store: OpenState) -> None:
    other = Address(Kind.NETWORK, "lan", "hv1")
    for address in (WEB, other):
        store.put(record(address), DOCUMENTS)
    store.forget(WEB)
    store.forget(Address(Kind.DOMAIN, "never-there"))
    assert list(store.records()) == [other]
    assert list(store.documents([WEB, other])) == [other]


def test_more_documents_than_one_query_takes(store: OpenState) -> None:
    addresses = [Address(Kind.DOMAIN, f"d{number}") for number in range(1101)]
    for address in addresses[::100]:
        store.put(record(address), DOCUMENTS)
    assert set(store.documents(addresses)) == set(addresses[::100])


def test_fleets_in_one_state_do_not_see_each_other(store: OpenState, path: Path) -> None:
    store.put(record(), DOCUMENTS)
    run = store.begin_run("apply", "tree")
    other = open_state(str(path), fleet="other")
    assert other.records() == {}
    assert other.runs() == []
    other.begin_run("apply", "other tree")
    other.forget(WEB)
    other.close()
    assert store.records() == {WEB: record()}
    assert [(entry.id, entry.status) for entry in store.runs()] == [(run, "running")]


def test_every_write_raises_the_serial_and_none_the_lineage(store: OpenState) -> None:
    lineage, serial = store.serial()
    assert lineage
    store.put(record(), DOCUMENTS)
    run = store.begin_run("apply", "tree")
    store.begin_action(run, "define Domain/web", "Domain/web", "define")
    store.finish_action(run, "define Domain/web", "done")
    store.finish_run(run, "done", "1 done")
    store.forget(WEB)
    assert store.serial() == (lineage, serial + 6)
    store.records()
    assert store.serial() == (lineage, serial + 6)


def test_two_states_have_two_lineages(store: OpenState, tmp_path: Path) -> None:
    other = open_state(str(tmp_path / "other.db"))
    assert other.serial()[0] != store.serial()[0]
    other.close()


def test_a_failed_write_changes_nothing(store: OpenState) -> None:
    store.put(record(), DOCUMENTS)
    serial = store.serial()
    broken = RecordDocuments("declared", None)  # type: ignore[arg-type]
    with pytest.raises(StateError):
        store.put(full_record(), broken)
    assert store.records() == {WEB: record()}
    assert store.serial() == serial
    store.put(full_record(), DOCUMENTS)
    assert store.records() == {WEB: full_record()}


def test_threads_share_a_store(store: OpenState) -> None:
    def write(number: int) -> None:
        for part in range(20):
            store.put(record(Address(Kind.DOMAIN, f"d{number}-{part}")), DOCUMENTS)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.records()) == 80


# files and their modes


def test_the_state_is_its_owners_alone_and_ignored_by_git(store: OpenState, path: Path) -> None:
    store.put(record(), DOCUMENTS)
    assert mode(path.parent) == 0o700
    assert mode(path) == 0o600
    assert {mode(file) for file in path.parent.glob("state.db*")} == {0o600}
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_a_folder_of_the_users_own_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir(mode=0o755)
    open_state(str(folder / "state.db")).close()
    assert mode(folder) == 0o755
    assert not (folder / ".gitignore").exists()


def test_a_path_may_hold_what_uris_do_not(tmp_path: Path) -> None:
    path = tmp_path / "50% of #1?mode=ro" / "state.db"
    store = open_state(f"sqlite:///{path}")
    store.put(record(), DOCUMENTS)
    store.close()
    assert path.exists()
    again = open_state(f"sqlite:///{path}", readonly=True)
    assert again.records() == {WEB: record()}
    again.close()


def test_reading_a_missing_state_creates_nothing(path: Path) -> None:
    store = open_state(f"sqlite:///{path}", readonly=True)
    assert store.records() == {}
    assert store.documents([WEB]) == {}
    assert store.runs() == []
    assert store.last_outcomes() == {}
    store.close()
    assert not path.parent.exists()


def test_reading_a_state_that_was_only_just_made(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()
    store = open_state(f"sqlite:///{path}", readonly=True)
    assert store.records() == {}
    store.close()
    assert path.read_bytes() == b""


def test_reading_never_writes(store: OpenState, path: Path) -> None:
    store.put(record(), DOCUMENTS)
    reader = open_state(str(path), readonly=True)
    assert reader.records() == {WEB: record()}
    with pytest.raises(StateError, match="readonly"):
        reader.put(full_record(), DOCUMENTS)
    reader.close()
    assert store.records() == {WEB: record()}


# what cannot be used


@pytest.mark.parametrize("readonly", [False, True])
def test_a_state_of_a_later_version_is_refused(store: OpenState, path: Path, readonly: bool) -> None:
    store.close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {LATEST + 1}")
    connection.close()
    with pytest.raises(StateError, match=rf"version {LATEST + 1}, this .* up to {LATEST}: upgrade it"):
        open_state(str(path), readonly=readonly)


@pytest.mark.parametrize("readonly", [False, True])
def test_a_file_that_is_no_state_says_what_to_do(tmp_path: Path, readonly: bool) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"this is no database, whatever its name says" * 50)
    before = path.read_bytes()
    with pytest.raises(StateError, match=r"state\.db cannot be read .* only a cache: move it away"):
        open_state(str(path), readonly=readonly)
    assert path.read_bytes() == before


def test_damage_found_later_is_told_as_well(store: OpenState, path: Path) -> None:
    for number in range(200):
        store.put(record(Address(Kind.DOMAIN, f"d{number}")), RecordDocuments("x" * 2000, "y"))
    store.close()
    data = bytearray(path.read_bytes())
    for start in range(len(data) // 8192 * 4096, len(data), 4096):
        data[start : start + 64] = b"\xff" * 64
    path.write_bytes(data)
    damaged = open_state(str(path))
    with pytest.raises(StateError, match="move it away"):
        damaged.records()
    damaged.close()


def test_a_folder_in_the_states_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="--state names another place"):
        open_state(str(tmp_path))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"cannot be opened: .*--state names another place"):
        open_state(str(tmp_path / "file" / "state.db"))


def test_another_scheme_is_told_what_is_allowed() -> None:
    with pytest.raises(StateError, match="allowed: sqlite:///PATH"):
        open_state("mysql://db/state")


def test_a_fill_is_noted_until_the_volume_is_recorded_or_forgotten(tmp_path: Path) -> None:
    store = open_state(str(tmp_path / "state.db"))
    disk = Address(Kind.VOLUME, "web.img", "hv1", "images")
    fill = NotedFill(disk, "0123456789abcdef", 3, ("fedcba9876543210",))
    end: Callable[[], None]
    for end in (
        lambda: store.put(record(disk), DOCUMENTS),
        lambda: store.forget(disk),
        lambda: store.drop_fill(disk),
    ):
        store.note_fill(fill)
        assert store.fills() == {disk: fill}
        done = replace(fill, filled=True, content="content:x")
        store.note_fill(done)
        assert store.fills() == {disk: done}
        end()
        assert store.fills() == {}
    store.close()
