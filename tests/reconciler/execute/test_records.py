"""When records and the journal are written, and what must never be in them."""

from __future__ import annotations

import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.base.errors import Refused, Transient
from reconciler.inputs.secrets import SecretError, fingerprint, matches, read_secret
from reconciler.plan.model import Result
from specs.desired import Policy, PowerState, digest
from specs.identity import Address, Kind
from specs.secret_source import SecretSource
from state import LeaseLost, StateError
from state.journal import ActionEntry
from state.records import Record, RecordDocuments
from tests.reconciler.execute.fake import HOST, VERSION, FakeDriver, Walk, act, refresh
from tests.state.samples import sqlite_rows
from tests.support.policy import TRUSTING

WEB = Address(Kind.DOMAIN, "web")
CEPH = Address(Kind.SECRET, "ceph", HOST)
VALUE = b"correct horse battery staple"


def test_a_record_is_what_was_read_back(walk: Walk) -> None:
    policy = Policy(protect=True)
    walk.execute(
        act("define"),
        act("start", after=("define web",)),
        act("autostart", after=("start web",), arguments={"on": "true"}),
        refreshes=[refresh(policy=policy)],
    )
    assert walk.store.records() == {
        WEB: Record(
            address=WEB,
            host=HOST,
            native="web",
            declared_digest=digest("<declared>web</declared>"),
            readback_digest=digest("<web/>"),
            version=VERSION,
            autostart=True,
            power=PowerState.RUNNING,
            policy=policy,
        )
    }
    assert walk.store.documents([WEB]) == {WEB: RecordDocuments("<declared>web</declared>", "<web/>")}


def test_the_record_stands_as_soon_as_the_definition_does(walk: Walk) -> None:
    seen: list[Record | None] = []

    def look() -> None:
        seen.append(walk.store.records().get(WEB))
        walk.driver.put(Kind.DOMAIN, "web", power=PowerState.RUNNING)

    walk.driver.instead["start web"] = look
    walk.execute(act("define"), act("start", after=("define web",)), refreshes=[refresh()])
    assert seen[0] is not None
    assert seen[0].readback_digest == digest("<web/>")
    assert seen[0].power is None  # it is not settled
    assert walk.store.records()[WEB].power is PowerState.RUNNING


def test_of_a_host_that_says_nothing_of_itself_nothing_is_recorded(walk: Walk) -> None:
    other = FakeDriver()
    other.put(Kind.DOMAIN, "web", document="<web/>")
    walk.execute(refreshes=[refresh(host="hv9")], hosts={"hv9": other})
    record = walk.store.records()[WEB]
    assert (record.host, record.version, record.machine, record.content) == ("hv9", "", "", "")


UUID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
READ_BACK = f"<domain><uuid>{UUID.upper()}</uuid></domain>"


def test_a_record_says_of_whose_machine_and_which_object_it_is(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=READ_BACK)
    walk.execute(refreshes=[refresh(content="sha256:1")], machines={HOST: "machine 1", "hv2": "machine 2"})
    record = walk.store.records()[WEB]
    assert (record.machine, record.uuid, record.content) == ("machine 1", UUID, "sha256:1")


@pytest.mark.parametrize("document", ["", "<domain", "no document"])
def test_what_reads_back_as_nonsense_is_not_recorded(walk: Walk, document: str) -> None:
    walk.driver.put(Kind.NETWORK, "lan")
    walk.driver.instead["define lan"] = lambda: walk.driver.put(Kind.NETWORK, "lan", document="<network/>")
    walk.driver.instead["autostart lan"] = lambda: walk.driver.put(
        Kind.NETWORK, "lan", document=document, autostart=True
    )
    on = act("autostart", "lan", Kind.NETWORK, arguments={"on": "true"})
    outcome = walk.execute(on, refreshes=[refresh("lan", Kind.NETWORK)])["autostart lan"]
    assert outcome.result is Result.DONE
    assert outcome.message == "done, but it could not be read back: its document cannot be read"
    assert walk.store.records() == {}


def test_trouble_that_nobody_foresaw_is_told_and_what_is_done_is_done(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk.driver.put(Kind.DOMAIN, "web")

    def put(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(walk.store, "put", put)
    outcome = walk.execute(act("define"), refreshes=[refresh()])["define web"]
    assert outcome.result is Result.DONE
    assert outcome.message == (
        "done, but it could not be read back: a document of its is nested too deeply to be worked with"
    )


def test_a_state_that_cannot_be_written_ends_the_run(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document="<web/>")

    def put(*_: object) -> None:
        raise StateError("the disk is full")

    monkeypatch.setattr(walk.store, "put", put)
    with pytest.raises(StateError):
        walk.execute(act("define"), refreshes=[refresh()])
    with pytest.raises(StateError):
        walk.execute(refreshes=[refresh()])


def test_one_record_that_cannot_be_written_costs_no_other(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "a", document="<domain")
    walk.driver.put(Kind.DOMAIN, "b", document="<b/>")
    elsewhere = refresh("c", host="hv9")
    walk.execute(refreshes=[refresh("a"), elsewhere, refresh("b")])
    assert list(walk.store.records()) == [Address(Kind.DOMAIN, "b")]


def test_what_waits_to_be_filled_is_not_recorded(walk: Walk) -> None:
    """What is in it is not what its record would say."""
    disk = Address(Kind.VOLUME, "images/a.img", HOST)
    walk.driver.put(Kind.VOLUME, "images/a.img", document="<volume/>")
    there = refresh("images/a.img", Kind.VOLUME)
    held = act("fill", "images/a.img", Kind.VOLUME, deferred="data: kept")
    walk.execute(held, refreshes=[there])
    assert walk.store.records() == {}
    walk.execute(refreshes=[there])
    assert list(walk.store.records()) == [disk]


def test_what_somebody_else_started_is_not_vouched_for(walk: Walk) -> None:
    """With which document it runs, nobody knows."""
    walk.driver.put(Kind.DOMAIN, "web", document="<web/>", live="<live/>", power=PowerState.RUNNING)
    outcome = walk.execute(act("start"), refreshes=[refresh()])["start web"]
    assert outcome.result is Result.UNCHANGED
    record = walk.store.records()[WEB]
    assert (record.live_digest, record.power) == ("", PowerState.RUNNING)


def test_what_was_written_down_right_after_an_action_is_no_change(walk: Walk) -> None:
    """The next action of the same run expects what the first one found."""
    walk.driver.put(Kind.DOMAIN, "web", document="<old/>")
    expects = digest("<old/>")
    outcomes = walk.execute(
        act("define", expects=expects),
        act("start", expects=expects, after=("define web",)),
        act("autostart", expects=expects, after=("start web",), arguments={"on": "true"}),
    )
    assert {outcome.result for outcome in outcomes.values()} == {Result.DONE}
    record = act("define", "db", expects=expects, document="<db/>")
    walk.driver.put(Kind.DOMAIN, "db", document="<third/>")
    assert walk.execute(record)["define db"].result is Result.FAILED


def test_a_failure_before_the_last_action_leaves_it_unsettled(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document="<web/>", live="<live/>", power=PowerState.RUNNING)
    walk.driver.faults["text web"] = [Refused("no")]
    failing = act("set-text", arguments={"field": "title", "value": "x"})
    walk.execute(failing, act("autostart", arguments={"on": "true"}), refreshes=[refresh()], parallel=1)
    assert walk.store.records() == {}
    walk.execute(act("autostart", arguments={"on": "true"}), refreshes=[refresh()])
    record = walk.store.records()[WEB]
    assert (record.live_digest, record.power) == (digest("<live/>"), PowerState.RUNNING)


def test_a_definition_that_failed_is_not_recorded(walk: Walk) -> None:
    walk.driver.faults["define web"] = [Refused("no")]
    walk.execute(act("define"), act("start", after=("define web",)), refreshes=[refresh()])
    assert walk.store.records() == {}


def test_a_live_document_is_vouched_for_only_when_all_went_well(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", power=PowerState.RUNNING, live="<live/>")
    device = act("attach", document="<disk/>", after=("define web",))
    walk.driver.faults["attach web <disk/>"] = [Refused("no slot")]
    walk.execute(act("define"), device, refreshes=[refresh()])
    assert walk.store.records()[WEB].live_digest == ""
    walk.execute(act("define"), device, refreshes=[refresh()])
    assert walk.store.records()[WEB].live_digest == digest("<live/>")
    walk.execute(act("define"), refreshes=[refresh(live_ok=False)])
    assert walk.store.records()[WEB].live_digest == ""


def test_a_skipped_action_counts_as_one_that_did_not_go_well(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", live="<live/>")
    walk.execute(
        act("build", "images", Kind.STORAGE_POOL, arguments={}),
        act("start", "images", Kind.STORAGE_POOL, after=("build images",)),
        act("attach", document="<disk/>", after=("start images",)),
        refreshes=[refresh()],
    )
    assert walk.store.records() == {}


def test_what_needs_no_action_is_recorded_at_once(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document="<as-it-is/>")
    walk.execute(act("restart", deferred="restart: never"), refreshes=[refresh()])
    assert walk.store.records()[WEB].readback_digest == digest("<as-it-is/>")


def test_nothing_is_recorded_of_what_is_not_there(walk: Walk) -> None:
    walk.execute(refreshes=[refresh()])
    assert walk.store.records() == {}


def test_a_record_that_cannot_be_written_leaves_the_action_done_and_says_so(walk: Walk) -> None:
    walk.driver.put(Kind.VOLUME, "pool/disk", document="<volume/>")
    original = walk.driver.one
    looks = 0

    def observe_one(kind: Kind, name: str) -> object:
        nonlocal looks
        looks += 1
        if looks == 2:  # it is there already, so that it is read back for its record alone
            raise Transient("busy")
        return original(kind, name)

    walk.driver.one = observe_one  # type: ignore[assignment,method-assign]
    there = refresh("pool/disk", Kind.VOLUME)
    outcome = walk.execute(act("define", "pool/disk", Kind.VOLUME), refreshes=[there])["define pool/disk"]
    assert outcome.result is Result.UNCHANGED
    assert outcome.message == "done, but it could not be read back: busy"
    assert walk.store.records() == {}


# forgetting


def recorded(walk: Walk, address: Address) -> None:
    plain = Record(address, HOST, address.name, "d", "r", VERSION)
    walk.store.put(plain, RecordDocuments("d", "r"))


def test_a_record_goes_with_what_it_is_about(walk: Walk) -> None:
    gone = Address(Kind.NETWORK, "old", HOST)
    recorded(walk, WEB)
    recorded(walk, gone)
    walk.driver.put(Kind.DOMAIN, "web")
    walk.execute(act("undefine"), forget=[WEB, gone])
    assert walk.store.records() == {}


def test_what_was_gone_already_is_forgotten_too(walk: Walk) -> None:
    recorded(walk, WEB)
    assert walk.execute(act("undefine"), forget=[WEB])["undefine web"].result is Result.UNCHANGED
    assert walk.store.records() == {}


def test_what_could_not_be_removed_is_not_forgotten(walk: Walk) -> None:
    recorded(walk, WEB)
    walk.driver.put(Kind.DOMAIN, "web")
    walk.driver.faults["undefine web"] = [Refused("no")]
    walk.execute(act("undefine"), forget=[WEB])
    assert list(walk.store.records()) == [WEB]


# the journal


def test_the_journal_has_each_action_with_its_outcome(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "a")
    walk.driver.put(Kind.DOMAIN, "b")
    walk.driver.faults["start b"] = [Refused("no room")]
    walk.execute(
        act("start", "a"),
        act("start", "b", after=("start a",)),
        act("start", "c", after=("start b",)),
    )
    assert [
        (entry.action, entry.address, entry.verb, entry.outcome, entry.message)
        for entry in walk.store.actions(walk.run)
    ] == [
        ("start a", "Domain/a", "start", "done", ""),
        ("start b", "Domain/b", "start", "failed", "no room"),
    ]


def test_an_action_is_in_the_journal_before_it_does_anything(walk: Walk) -> None:
    seen: list[ActionEntry] = []

    def look() -> None:
        seen.extend(walk.store.actions(walk.run))
        walk.driver.put(Kind.DOMAIN, "web", power=PowerState.RUNNING)

    walk.driver.instead["start web"] = look
    walk.driver.put(Kind.DOMAIN, "web")
    walk.execute(act("start"))
    assert [(entry.action, entry.outcome) for entry in seen] == [("start web", "")]


def test_without_its_lease_nothing_more_is_begun(walk: Walk) -> None:
    """What runs by then is ended and written down."""

    def robbed() -> None:
        (walk.folder / "state.db.lock").unlink()
        walk.driver.put(Kind.DOMAIN, "web", power=PowerState.RUNNING)

    walk.driver.instead["start web"] = robbed
    for name in ("web", "db"):
        walk.driver.put(Kind.DOMAIN, name)
    with pytest.raises(LeaseLost), walk.store.writer("apply"):
        walk.execute(act("start"), act("start", "db", after=("start web",)))
    assert [(entry.action, entry.outcome) for entry in walk.store.actions(walk.run)] == [
        ("start web", "done")
    ]
    assert "start db" not in walk.verbs


# secrets


def everything_kept(walk: Walk) -> bytes:
    sqlite_rows(walk.store, "PRAGMA wal_checkpoint(TRUNCATE)")
    return b"".join(file.read_bytes() for file in walk.folder.glob("state.db*"))


def test_a_value_reaches_the_host_and_nothing_else(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEPH_KEY", VALUE.decode())
    outcomes = walk.execute(
        act("define", "ceph", Kind.SECRET),
        act("set-value", "ceph", Kind.SECRET, after=("define ceph",)),
        refreshes=[refresh("ceph", Kind.SECRET)],
        secrets={CEPH: SecretSource(env="CEPH_KEY")},
    )
    assert walk.driver.values == {"ceph": VALUE}
    assert matches(VALUE, walk.store.records()[CEPH].fingerprint)
    assert VALUE.decode() not in repr(outcomes) + repr(walk.progress) + repr(walk.store.records())
    assert VALUE not in everything_kept(walk)


def test_a_refused_value_is_not_in_the_message(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEPH_KEY", VALUE.decode())
    walk.driver.faults["value ceph"] = [Refused("the value is too long")]
    outcomes = walk.execute(
        act("set-value", "ceph", Kind.SECRET), secrets={CEPH: SecretSource(env="CEPH_KEY")}
    )
    assert outcomes["set-value ceph"].message == "the value is too long"
    assert VALUE not in everything_kept(walk)


def test_a_secret_whose_value_stays_keeps_its_fingerprint(walk: Walk) -> None:
    known = Record(CEPH, HOST, "ceph", "d", "r", VERSION, fingerprint="salt$known")
    walk.driver.put(Kind.SECRET, "ceph", document="<ceph/>")
    walk.execute(
        act("define", "ceph", Kind.SECRET),
        refreshes=[refresh("ceph", Kind.SECRET)],
        records={CEPH: known},
    )
    assert walk.store.records()[CEPH].fingerprint == "salt$known"


def test_a_fingerprint_knows_its_value_and_does_not_hold_it() -> None:
    mark = fingerprint(VALUE)
    assert matches(VALUE, mark)
    assert not matches(VALUE + b".", mark)
    assert not matches(VALUE, "")
    assert VALUE.decode() not in mark
    assert VALUE.hex() not in mark
    assert fingerprint(VALUE) != mark


def test_where_a_value_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_bytes(b"two\nlines\n")
    (tmp_path / "coded").write_text("AP8K\n")
    monkeypatch.setenv("KEY", "of the environment")
    assert read_secret(SecretSource(file="key"), str(tmp_path)) == b"two\nlines"
    assert read_secret(SecretSource(file="coded", encoding="base64"), str(tmp_path)) == b"\x00\xff\n"
    assert read_secret(SecretSource(env="KEY"), guard=TRUSTING) == b"of the environment"
    assert read_secret(SecretSource(command=("cat", "key")), str(tmp_path), TRUSTING) == b"two\nlines"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (SecretSource(file="none"), "the file none cannot be read: No such file or directory"),
        (SecretSource(env="NOT_SET"), "the environment variable NOT_SET is not set"),
        (SecretSource(command=("no-such-command",)), "the command 'no-such-command' cannot be run"),
        (
            SecretSource(command=("sh", "-c", "echo half-a-secret; echo half-a-secret >&2; exit 3")),
            "the command 'sh' failed with exit code 3",
        ),
        (SecretSource(file="key", encoding="base64"), "the file key does not hold base64"),
    ],
)
def test_a_value_that_cannot_be_had_names_its_source_only(
    tmp_path: Path, source: SecretSource, message: str
) -> None:
    (tmp_path / "key").write_text("half-a-secret")
    with pytest.raises(SecretError) as caught:
        read_secret(source, str(tmp_path), TRUSTING)
    assert str(caught.value).startswith(message)
    assert "half-a-secret" not in "".join(traceback.format_exception(caught.value))


KEPT = "<domain><name>web</name><currentMemory>{}</currentMemory><vcpu>1</vcpu></domain>"


@pytest.mark.parametrize(("declared", "recorded"), [(64, 64), (96, 32)], ids=["as before", "edited"])
def test_what_others_did_meanwhile_is_not_recorded(walk: Walk, declared: int, recorded: int) -> None:
    """Of a value that was kept as it was declared: one that is declared anew may be kept otherwise."""
    known = replace(refresh(), declared=KEPT.format(64), declared_digest=digest(KEPT.format(64)))
    walk.driver.put(Kind.DOMAIN, "web", document=KEPT.format(64))
    walk.execute(act("define", document=KEPT.format(64)), refreshes=[known])
    assert recorded_memory(walk) == KEPT.format(64)
    new = replace(known, declared=KEPT.format(declared), declared_digest=digest(KEPT.format(declared)))

    def meddled() -> None:
        walk.driver.put(Kind.DOMAIN, "web", document=KEPT.format(32), autostart=True)

    walk.driver.instead["autostart web"] = meddled
    walk.execute(act("autostart", arguments={"on": "true"}), refreshes=[new])
    assert recorded_memory(walk) == KEPT.format(recorded)


def recorded_memory(walk: Walk) -> str:
    return walk.store.documents([WEB])[WEB].readback
