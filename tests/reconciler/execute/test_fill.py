"""A volume is filled whole or not at all, and never under somebody who uses it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from drivers.base.progress import Transfer
from drivers.contract.complete import CompleteHost, open_complete
from drivers.simulated import faults
from reconciler.execute.filling import content_identity
from reconciler.inputs.images import ImageError, Prepared
from reconciler.inputs.images.content import Bytes
from reconciler.plan.model import Outcome, Result
from specs.content import MARKER, Source
from specs.desired import DeclaredHost
from specs.diagnostics import Origin
from specs.documents.volume_facts import capacity_of
from specs.guard import Guard
from specs.guard.guard import ImageRules
from specs.identity import Address, Kind
from specs.markers import marker_of
from state.fills import NotedFill
from tests.reconciler.execute.fake import HOST, FakeDriver, Walk, act, refresh

MIB = 1 << 20
DISK, HERE, THERE = "images/a.img", "hv1", "hv0"
OWN, SHARED = Address(Kind.VOLUME, "a.img", HOST, "images"), Address(Kind.VOLUME, "a.img", "", "images")
NONCE, OTHER, THIRD = "0" * 16, "1" * 16, "2" * 16
TEXT = "what is to be in it\n"
SOURCE = Source(text=TEXT, identity="the first text")
IDENTITY = content_identity(SOURCE, Path())
POOL = "<pool type='dir'><name>images</name><target><path>/srv/images</path></target></pool>"


def document(capacity: int = MIB, form: str = "raw", name: str = "a.img") -> str:
    size = f"<capacity unit='bytes'>{capacity}</capacity>"
    return f"<volume><name>{name}</name>{size}<target><format type='{form}'/></target></volume>"


@dataclass
class Storage:
    """Simulated hosts with a pool each; the volume is filled on one of them."""

    walk: Walk
    folder: Path
    uri: str = "sim://{folder}/sim.db?host={host}"
    drivers: dict[str, CompleteHost] = field(default_factory=dict)
    closing: ExitStack = field(default_factory=ExitStack)

    def host(self, name: str = HERE) -> CompleteHost:
        if name not in self.drivers:
            driver = open_complete(self.uri.format(folder=self.folder, host=name), host=name)
            driver.lifecycle.define(Kind.STORAGE_POOL, "images", POOL)
            driver.lifecycle.build_pool("images")
            driver.lifecycle.start(Kind.STORAGE_POOL, "images")
            self.drivers[name] = driver
            self.closing.callback(driver.close)
        return self.drivers[name]

    def volume(self, name: str = "a.img", data: bytes = b"", host: str = HERE) -> None:
        driver = self.host(host)
        driver.lifecycle.define(Kind.VOLUME, f"images/{name}", document(name=name))
        if data:
            driver.storage.upload(f"images/{name}", Bytes(data), lambda _: None)

    def marker(self, nonce: str) -> None:
        self.volume(marker_of("a.img", nonce))

    def guest(self, host: str = HERE, *, runs: bool) -> None:
        disk = "<disk type='file'><source file='/srv/images/a.img'/><target dev='vda'/></disk>"
        head = "<domain type='kvm'><name>db</name><memory unit='MiB'>64</memory><os><type>hvm</type></os>"
        self.host(host).lifecycle.define(Kind.DOMAIN, "db", f"{head}<devices>{disk}</devices></domain>")
        if runs:
            self.host(host).lifecycle.start(Kind.DOMAIN, "db")

    def noted(self, **values: Any) -> None:
        self.walk.store.note_fill(NotedFill(OWN, NONCE, **{"run": self.walk.run - 1, **values}))

    def fault(self, call: str, name: str, error: str, times: int = 1) -> None:
        self.host()
        faults.inject(self.folder / "sim.db", HERE, call, name, error, times)

    def fill(
        self, source: Source | None = SOURCE, address: Address = OWN, given: str = "", **more: Any
    ) -> Outcome:
        self.host()
        arguments = {key: str(value) for key, value in more.pop("arguments", {}).items()}
        action = act(
            "fill", DISK, Kind.VOLUME, address=address, document=given or document(), arguments=arguments
        )
        hosts = cast("dict[str, FakeDriver]", dict(self.drivers))
        sources = {address: source} if source else {}
        (outcome,) = self.walk.execute(action, hosts=hosts, sources=sources, **more).values()
        return outcome

    def bytes(self, host: str = HERE, name: str = DISK) -> bytes:
        pieces = self.host(host).storage.download(name)
        return b"".join(bytes(piece) if isinstance(piece, int) else piece for piece in pieces).rstrip(b"\0")

    def volumes(self) -> set[str]:
        found = self.host().observe.inventory().objects
        return {name.partition("/")[2] for kind, name in found if kind is Kind.VOLUME}

    def capacity(self) -> int:
        seen = self.host().observe.one(Kind.VOLUME, DISK)
        return capacity_of(seen.document) if seen else 0

    @property
    def notes(self) -> list[str]:
        told = [each for each in self.walk.board.heard if isinstance(each, Transfer)]
        return [f"{each.what} {each.done} of {each.total}" for each in told]


@pytest.fixture
def storage(walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Storage(walk, tmp_path)
    with made.closing:
        yield made


# what comes into it


def test_it_holds_its_content_has_its_size_and_no_mark_is_left(storage: Storage) -> None:
    there = replace(refresh(DISK, Kind.VOLUME), address=OWN)
    assert storage.fill(refreshes=[there]).result is Result.DONE
    assert storage.bytes() == TEXT.encode()
    assert storage.capacity() == MIB
    assert storage.volumes() == {"a.img"}
    assert storage.notes == ["uploading 20 of 20"]
    assert storage.walk.store.records()[OWN].content == IDENTITY
    assert storage.walk.store.fills() == {}


def test_a_plain_image_is_looked_at_before_it_is_written(storage: Storage) -> None:
    data = b"\1" * 2 * MIB
    (storage.folder / "image").write_bytes(data)
    checked = Source(file="image", checksum=f"sha256:{hashlib.sha256(data).hexdigest()}")
    assert storage.fill(checked, given=document(4 * MIB)).result is Result.DONE
    assert storage.bytes() == data
    assert storage.capacity() == 4 * MIB
    assert "checking 2097152 of 2097152" in storage.notes
    assert storage.notes[-1] == "uploading 2097152 of 2097152"


def test_without_a_capacity_it_has_its_contents_size(storage: Storage) -> None:
    bare = "<volume><name>a.img</name><target><format type='raw'/></target></volume>"
    assert storage.fill(given=bare).result is Result.DONE
    assert storage.capacity() == len(TEXT)


def test_nothing_in_it_is_something_too(storage: Storage) -> None:
    assert storage.fill(Source(), given=document(0)).result is Result.DONE
    assert storage.bytes() == b""
    assert storage.volumes() == {"a.img"}


def test_without_a_source_it_is_empty(storage: Storage) -> None:
    assert storage.fill(None).result is Result.DONE
    assert (storage.bytes(), storage.capacity()) == (b"", MIB)


def test_a_copy_of_another_volume_grows_to_its_own_size(storage: Storage) -> None:
    storage.volume("base.img", b"the base")
    assert storage.fill(Source(volume="images/base.img"), given=document(2 * MIB)).result is Result.DONE
    assert (storage.bytes(), storage.capacity()) == (b"the base", 2 * MIB)
    assert storage.volumes() == {"a.img", "base.img"}


@pytest.mark.parametrize("form", ["raw", "qcow2"])
def test_what_comes_from_another_host_is_copied_from_there(storage: Storage, form: str) -> None:
    storage.volume(data=b"\1" * MIB, host=THERE)
    outcome = storage.fill(None, given=document(form=form), arguments={"origin": THERE})
    assert outcome.result is Result.DONE, outcome.message
    assert storage.bytes() == b"\1" * MIB
    assert storage.notes[-1] == "copying 1048576 of 0"
    assert storage.capacity() == MIB
    assert storage.volumes() == {"a.img"}


# what cannot be done leaves nothing


def test_an_image_that_is_not_there_leaves_nothing(storage: Storage) -> None:
    outcome = storage.fill(Source(file="none"))
    assert outcome.result is Result.FAILED
    assert "none" in outcome.message
    assert "internal error" not in outcome.message
    assert storage.volumes() == set()
    assert storage.walk.store.fills() == {}


def test_an_image_that_is_too_large_leaves_nothing(storage: Storage) -> None:
    (storage.folder / "image").write_bytes(b"\1" * 2 * MIB)
    outcome = storage.fill(Source(file="image"))
    assert outcome.result is Result.FAILED
    assert outcome.message == (
        "the image has 2 MiB, the volume 1 MiB: declare at least the size of the image, or no capacity at all"
    )
    assert storage.volumes() == set()
    assert storage.walk.store.fills() == {}


def test_one_of_exactly_its_size_fits(storage: Storage) -> None:
    (storage.folder / "image").write_bytes(b"\1" * MIB)
    assert storage.fill(Source(file="image")).result is Result.DONE


@pytest.mark.parametrize("call", ["upload_volume", "define", "resize_volume"])
def test_what_the_host_refuses_is_taken_away_with_its_mark(storage: Storage, call: str) -> None:
    storage.fault(call, DISK, "refused")
    outcome = storage.fill()
    assert outcome.result is Result.FAILED
    assert "injected fault" in outcome.message
    assert storage.volumes() == set()
    assert storage.walk.store.fills() == {}


@pytest.mark.parametrize(
    ("source", "call"), [(None, "upload_volume"), (Source(volume="images/b.img"), "clone_volume")]
)
def test_so_is_a_copy_that_it_refuses(storage: Storage, source: Source | None, call: str) -> None:
    storage.volume(data=b"here", host=THERE)
    storage.volume("b.img", b"base")
    storage.fault(call, DISK, "refused")
    arguments = {} if source else {"origin": THERE}
    outcome = storage.fill(source, given=document(2 * MIB), arguments=arguments)
    assert outcome.result is Result.FAILED
    assert storage.volumes() == {"b.img"}
    assert storage.walk.store.fills() == {}


def test_what_cannot_be_taken_away_stays_marked(storage: Storage) -> None:
    storage.fault("upload_volume", DISK, "refused")
    storage.fault("undefine", DISK, "refused")
    assert storage.fill().result is Result.FAILED
    (noted,) = storage.walk.store.fills().values()
    assert storage.volumes() == {"a.img", marker_of("a.img", noted.nonce)}
    assert (noted.run, noted.filled, noted.content) == (storage.walk.run, False, "")


@pytest.mark.parametrize("call", ["define", "upload_volume", "undefine"])
@pytest.mark.parametrize("error", ["transient", "unreachable", "lost-reply"])
def test_what_passes_is_tried_again_until_it_is_whole(storage: Storage, call: str, error: str) -> None:
    storage.fault(call, "images/a.img*", error)
    outcome = storage.fill()
    assert outcome.result is Result.DONE, outcome.message
    assert storage.bytes() == TEXT.encode()
    assert storage.volumes() == {"a.img"}


class Changing:
    """Content that somebody writes to while it is read."""

    size = 1024

    def pieces(self) -> Iterator[bytes | int]:
        yield b"\1" * 512
        raise ImageError("it changed while it was read")


def test_an_image_that_changes_while_it_is_written_is_taken_away(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(*_: object, **__: object) -> Prepared:
        return Prepared(Changing(), "raw", 1024)

    monkeypatch.setattr("reconciler.execute.contents.prepare", prepare)
    outcome = storage.fill()
    assert (outcome.result, outcome.message) == (Result.FAILED, "it changed while it was read")
    assert storage.volumes() == set()
    assert storage.walk.store.fills() == {}


@pytest.mark.parametrize("allowed", [True, False])
def test_images_outside_of_the_tree_are_the_policys(storage: Storage, allowed: bool, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/image").write_bytes(b"\1" * MIB)
    (tmp_path / "tree").mkdir()
    storage.walk.folder = tmp_path / "tree"
    guard = Guard(images=ImageRules(folders=(str(tmp_path / "elsewhere"),) if allowed else ()))
    source = Source(file=str(tmp_path / "elsewhere/image"))
    there = replace(refresh(DISK, Kind.VOLUME), address=OWN)
    outcome = storage.fill(source, guard=guard, refreshes=[there])
    assert outcome.result is (Result.DONE if allowed else Result.FAILED), outcome.message
    if allowed:
        assert storage.walk.store.records()[OWN].content != ""


# what is there already


@pytest.mark.parametrize(
    ("arguments", "result", "message"),
    [
        (
            {},
            Result.FAILED,
            "it exists by now, and nothing says that its data may go (run plan again)",
        ),
        ({"if_missing": "true"}, Result.UNCHANGED, "exists already"),
        ({"replace": "true"}, Result.DONE, ""),
    ],
)
def test_what_is_there_is_replaced_only_if_that_was_planned(
    storage: Storage, arguments: dict[str, str], result: Result, message: str
) -> None:
    storage.volume(data=b"precious")
    outcome = storage.fill(arguments=arguments)
    assert (outcome.result, outcome.message) == (result, message)
    assert storage.bytes() == (TEXT.encode() if result is Result.DONE else b"precious")
    assert storage.volumes() == {"a.img"}


def test_what_a_mark_of_the_plan_calls_half_filled_is_filled_anew(storage: Storage) -> None:
    storage.volume(data=b"half")
    storage.marker(OTHER)
    assert storage.fill(arguments={"marks": OTHER}).result is Result.DONE
    assert storage.bytes() == TEXT.encode()
    assert storage.volumes() == {"a.img"}


def test_a_mark_without_its_volume_goes_too(storage: Storage) -> None:
    storage.marker(OTHER)
    assert storage.fill(arguments={"marks": OTHER}).result is Result.DONE
    assert storage.volumes() == {"a.img"}


@pytest.mark.parametrize("strays", ["", THIRD])
def test_a_mark_that_has_come_meanwhile_is_somebody_elses(storage: Storage, strays: str) -> None:
    storage.volume(data=b"half")
    storage.marker(OTHER)
    storage.marker(THIRD)
    storage.volume("b.img." + THIRD + MARKER)
    outcome = storage.fill(arguments={"marks": OTHER, "strays": strays})
    assert outcome.result is (Result.DONE if strays else Result.FAILED)
    if not strays:
        stray = "images/" + marker_of("a.img", THIRD)
        assert outcome.message == (
            f"{stray} has come since it was planned: somebody else fills it (run plan again)"
        )
        assert storage.bytes() == b"half"
    assert marker_of("a.img", THIRD) in storage.volumes()


def test_whose_mark_is_gone_somebody_else_fills_it(storage: Storage) -> None:
    storage.fault("undefine", f"images/a.img*{MARKER}", "not-found")
    outcome = storage.fill()
    assert outcome.result is Result.FAILED
    assert "is gone: somebody else fills it at the same time (run plan again)" in outcome.message
    assert storage.walk.store.fills() == {}


# whole already, but for its mark


@pytest.mark.parametrize(
    ("same_run", "content", "marked", "kept"),
    [
        (True, "any", True, True),
        (True, "", False, True),
        (False, IDENTITY, True, True),
        (False, "other", True, False),
        (False, "", True, False),
    ],
)
def test_what_was_filled_and_is_marked_still_is_not_filled_twice(
    storage: Storage, same_run: bool, content: str, marked: bool, kept: bool
) -> None:
    storage.volume(data=b"written since")
    if marked:
        storage.marker(NONCE)
    storage.noted(run=storage.walk.run - (not same_run), filled=True, content=content)
    outcome = storage.fill()
    assert outcome.result is Result.DONE, outcome.message
    assert storage.bytes() == (b"written since" if kept else TEXT.encode())
    assert storage.volumes() == {"a.img"}


def test_of_a_fill_whose_mark_is_gone_nothing_says_that_it_is_half(storage: Storage) -> None:
    storage.volume(data=b"precious")
    storage.noted(filled=True, content=IDENTITY)
    outcome = storage.fill()
    assert outcome.result is Result.FAILED
    assert storage.bytes() == b"precious"


def test_what_comes_from_another_host_is_copied_again(storage: Storage) -> None:
    """Its guest may have written more since."""
    storage.volume(data=b"new", host=THERE)
    storage.volume(data=b"old")
    storage.marker(NONCE)
    storage.noted(filled=True)
    assert storage.fill(None, arguments={"origin": THERE}).result is Result.DONE
    assert storage.bytes() == b"new"


def test_what_was_noted_half_goes_on_under_its_own_mark(storage: Storage) -> None:
    storage.volume(data=b"half")
    storage.marker(NONCE)
    storage.marker(OTHER)
    storage.noted(taken=(OTHER,))
    storage.fault("undefine", f"images/a.img*{MARKER}", "refused")
    assert storage.fill().result is Result.FAILED
    assert storage.walk.store.fills()[OWN].nonces == {NONCE, OTHER}
    assert storage.fill().result is Result.DONE
    assert storage.bytes() == TEXT.encode()
    assert storage.volumes() == {"a.img"}


def test_a_mark_that_was_there_stays_while_what_it_marks_does(storage: Storage) -> None:
    storage.volume(data=b"half")
    storage.marker(NONCE)
    storage.noted()
    storage.fault("undefine", DISK, "refused")
    assert storage.fill().result is Result.FAILED
    assert storage.volumes() == {"a.img", marker_of("a.img", NONCE)}
    assert OWN in storage.walk.store.fills()
    assert storage.bytes() == b"half"


# who uses it


@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("how", ["noted", "replace", "marks"])
def test_under_whoever_uses_it_it_is_not_filled(storage: Storage, how: str, runs: bool) -> None:
    """Nobody at all may use what only a mark from a lost state says to be half-filled."""
    storage.volume(data=b"precious")
    storage.guest(runs=runs)
    arguments = {}
    if how == "noted":
        storage.marker(NONCE)
        storage.noted()
    elif how == "marks":
        storage.marker(OTHER)
        arguments = {"marks": OTHER}
    else:
        arguments = {"replace": "true"}
    before = storage.volumes()
    outcome = storage.fill(arguments=arguments)
    if runs or how == "marks":
        assert outcome.result is Result.FAILED
        user = "the running Domain/db" if runs else "Domain/db"
        assert outcome.message.startswith(f"{user} on hv1 uses it: it is never filled anew under its users")
        assert outcome.message.endswith("(stop that first)")
        assert storage.bytes() == b"precious"
        assert storage.volumes() == before
    else:
        assert outcome.result is Result.DONE
        assert storage.bytes() == TEXT.encode()


@pytest.mark.parametrize(("address", "asked"), [(OWN, False), (SHARED, True)])
def test_guests_of_other_hosts_are_asked_of_where_it_is_shared(
    storage: Storage, address: Address, asked: bool
) -> None:
    storage.uri += "&shared=/srv"
    storage.volume(data=b"precious")
    storage.guest(THERE, runs=True)
    outcome = storage.fill(address=address, arguments={"replace": "true"})
    assert outcome.result is (Result.FAILED if asked else Result.DONE)
    assert ("the running Domain/db on hv0 uses it" in outcome.message) is asked


def host(name: str, **values: Any) -> DeclaredHost:
    return DeclaredHost(name, "sim:x", Origin("all.yaml"), **values)


@pytest.mark.parametrize(
    ("address", "fenced", "replaces", "fails"),
    [
        (SHARED, False, True, True),
        (SHARED, True, True, False),
        (SHARED, False, False, False),
        (OWN, False, True, False),
    ],
)
def test_a_host_that_cannot_be_asked_may_use_what_is_shared(
    storage: Storage, address: Address, fenced: bool, replaces: bool, fails: bool
) -> None:
    """What is not there yet, nobody uses; a host that is fenced runs nothing."""
    if replaces:
        storage.volume(data=b"precious")
    declared = {HERE: host(HERE), "hv8": host("hv8", fenced=fenced), "hv9": host("hv9", fenced=fenced)}
    outcome = storage.fill(address=address, declared=declared, arguments={"replace": "true"})
    if fails:
        assert outcome.message == (
            "hv8, hv9 cannot be asked whether a guest there uses it (run plan again when it can)"
        )
        assert storage.bytes() == b"precious"
    else:
        assert outcome.result is Result.DONE, outcome.message
