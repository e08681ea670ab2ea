"""Right before an operation the host is asked again: what is not as it was planned is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.dialects import dialect_of
from reconciler.compare.model import Cause, Difference
from reconciler.plan.model import Action, Outcome, Result
from specs.desired import PowerState, digest
from specs.identity import Address, Kind
from state.records import Record
from tests.reconciler.execute.fake import FakeDriver, Walk, act

UUID, OTHER = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
NEW = (Difference("", "yes", "no", Cause.NEW),)
VOLUME = "<volume><name>a.img</name><target><path>/p/a.img</path></target></volume>"
USER = "<domain><name>db</name><devices><disk type='file'><source file='/p/a.img'/></disk></devices></domain>"


def guest(uuid: str = UUID, inner: str = "") -> str:
    return f"<domain><name>web</name><uuid>{uuid}</uuid>{inner}</domain>"


def only(outcomes: dict[str, Outcome]) -> Outcome:
    (outcome,) = outcomes.values()
    return outcome


@pytest.mark.parametrize("verb", ["define", "start", "stop", "undefine"])
def test_another_object_of_the_name_is_left_alone(walk: Walk, verb: str) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=guest(OTHER))
    outcome = only(walk.execute(act(verb, uuid=UUID)))
    assert outcome.result is Result.FAILED
    assert OTHER in outcome.message
    assert UUID in outcome.message
    assert walk.verbs == []


def test_what_was_planned_as_new_and_exists_by_now_is_left_alone(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=guest())
    outcome = only(walk.execute(act("define", reasons=NEW)))
    assert outcome.result is Result.FAILED
    assert "planned as new" in outcome.message
    assert walk.verbs == []


def test_what_changed_is_left_alone_and_what_is_as_expected_is_not(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=guest())
    changed = only(walk.execute(act("start", expects=digest(guest(inner="<title/>")))))
    assert "changed since it was planned" in changed.message
    assert walk.verbs == []
    assert only(walk.execute(act("start", expects=digest(guest()), uuid=UUID))).result is Result.DONE
    assert walk.verbs == ["start web"]


def test_what_is_gone_is_not_started_and_need_not_be_removed(walk: Walk) -> None:
    assert "gone since" in only(walk.execute(act("start", uuid=UUID))).message
    assert walk.verbs == []
    assert only(walk.execute(act("undefine", uuid=UUID))).result is not Result.FAILED


def test_what_was_started_meanwhile_is_not_started_again(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=guest(), power=PowerState.RUNNING, live=guest())
    outcome = only(walk.execute(act("start", uuid=UUID)))
    assert outcome.result is Result.UNCHANGED
    assert "started already" in outcome.message
    assert walk.verbs == []


@pytest.mark.parametrize(("host", "looked"), [("", True), ("hv1", False)])
def test_storage_that_several_hosts_share_is_looked_into_before_a_volume_is_made(
    walk: Walk, host: str, looked: bool
) -> None:
    """Another host may have made it meanwhile, and this one's pool would not know."""
    walk.driver.put(Kind.STORAGE_POOL, "images", document="<pool/>", power=PowerState.ACTIVE)
    place = Address(Kind.VOLUME, "a.img", host, "images")
    walk.execute(act("define", "images/a.img", Kind.VOLUME, address=place, document=VOLUME))
    assert ("refresh images" in " ".join(walk.verbs)) is looked
    assert walk.verbs[-1] == "define images/a.img"


def test_a_volume_that_another_host_made_meanwhile_is_not_made_again(walk: Walk) -> None:
    walk.driver.put(Kind.STORAGE_POOL, "images", document="<pool/>", power=PowerState.ACTIVE)
    refresh = "refresh images"
    walk.driver.instead = {
        call: lambda: walk.driver.put(Kind.VOLUME, "images/a.img", document=VOLUME)
        for call in (refresh, "refresh-pool images")
    }
    place = Address(Kind.VOLUME, "a.img", "", "images")
    outcome = only(walk.execute(act("define", "images/a.img", Kind.VOLUME, address=place, document=VOLUME)))
    assert (outcome.result, outcome.message) == (Result.UNCHANGED, "exists already")
    assert not any(call.startswith("define") for call in walk.verbs)


@pytest.mark.parametrize("power", [PowerState.RUNNING, PowerState.STOPPED])
def test_what_somebody_uses_by_now_is_not_removed(walk: Walk, power: PowerState) -> None:
    walk.driver.put(Kind.VOLUME, "images/a.img", document=VOLUME, power=None)
    live = USER if power is PowerState.RUNNING else None
    walk.driver.put(Kind.DOMAIN, "db", document=USER, power=power, live=live)
    outcome = only(walk.execute(_removal()))
    assert outcome.result is Result.FAILED
    runs = " and runs" if power is PowerState.RUNNING else ""
    assert outcome.message == f"Domain/db on hv1 uses it{runs} (nothing was done to it)"
    assert walk.verbs == []


def test_what_another_volume_lies_upon_is_not_removed(walk: Walk) -> None:
    walk.driver.put(Kind.VOLUME, "images/a.img", document=VOLUME, power=None)
    upon = "<volume><name>b.img</name><backingStore><path>/p/a.img</path></backingStore></volume>"
    walk.driver.put(Kind.VOLUME, "images/b.img", document=upon, power=None)
    assert only(walk.execute(_removal())).message == (
        "the volume images/b.img lies upon it (nothing was done to it)"
    )
    assert walk.verbs == []


def test_a_user_that_cannot_be_read_may_use_it(walk: Walk) -> None:
    walk.driver.put(Kind.VOLUME, "images/a.img", document=VOLUME, power=None)
    walk.driver.put(Kind.DOMAIN, "db", document="<domain")
    assert only(walk.execute(_removal())).message == (
        "Domain/db on hv1 cannot be read and may use it (nothing was done to it)"
    )
    assert walk.verbs == []


def test_what_nobody_uses_is_removed(walk: Walk) -> None:
    walk.driver.put(Kind.VOLUME, "images/a.img", document=VOLUME, power=None)
    walk.driver.put(Kind.DOMAIN, "db", document=USER.replace("a.img", "b.img"))
    assert only(walk.execute(_removal())).result is Result.DONE


def _removal() -> Action:
    place = Address(Kind.VOLUME, "a.img", "hv1", "images")
    return act("undefine", "images/a.img", Kind.VOLUME, address=place)


@pytest.mark.parametrize(("host", "refused"), [("", True), ("hv1", False)])
def test_what_several_hosts_share_is_used_on_any_of_them(walk: Walk, host: str, refused: bool) -> None:
    """What is one host's own, nobody on another one uses."""
    walk.driver.put(Kind.VOLUME, "images/a.img", document=VOLUME, power=None)
    other = FakeDriver()
    other.put(Kind.VOLUME, "images/a.img", document=VOLUME, power=None)
    other.put(Kind.DOMAIN, "db", document=USER)
    place = Address(Kind.VOLUME, "a.img", host, "images")
    removal = act("undefine", "images/a.img", Kind.VOLUME, address=place)
    outcome = only(walk.execute(removal, hosts={"hv0": other, "hv1": walk.driver}))
    assert ("Domain/db on hv0 uses it" in outcome.message) is refused
    assert outcome.result is (Result.FAILED if refused else Result.DONE)


LAN = "<network><name>lan</name></network>"
MARK = "<metadata><vr:owner xmlns:vr='urn:virt-reconcile:1' fleet='default' digest='d'/></metadata>"


def on_lan(marked: bool) -> str:
    nic = "<interface type='network'><source network='lan'/></interface>"
    return f"<domain><name>db</name>{MARK if marked else ''}<devices>{nic}</devices></domain>"


@pytest.mark.parametrize(
    ("verb", "power", "document", "message"),
    [
        ("stop", PowerState.STOPPED, on_lan(True), ""),
        ("stop", PowerState.RUNNING, on_lan(True), "uses it and runs"),
        ("stop", PowerState.STOPPED, on_lan(False), "uses it"),
        ("stop", PowerState.RUNNING, on_lan(False), "uses it and runs"),
        ("stop", PowerState.STOPPED, "<domain", "cannot be read and may use it"),
        ("restart", PowerState.RUNNING, on_lan(True), ""),
        ("restart", PowerState.RUNNING, on_lan(False), "uses it and runs"),
        ("restart", PowerState.STOPPED, on_lan(False), ""),
        ("restart", PowerState.RUNNING, "<domain", "cannot be read and may use it"),
        ("undefine", PowerState.STOPPED, on_lan(True), "uses it"),
        ("start", PowerState.RUNNING, on_lan(False), ""),
    ],
)
def test_whose_guest_it_is_and_whether_it_runs_decides(
    walk: Walk, verb: str, power: PowerState, document: str, message: str
) -> None:
    """A restart may interrupt the fleet's own guests, and nobody else's."""
    walk.driver.put(Kind.NETWORK, "lan", document=LAN, power=PowerState.INACTIVE)
    live = document if power is PowerState.RUNNING else None
    walk.driver.put(Kind.DOMAIN, "db", document=document, power=power, live=live)
    walk.driver.instead["stop lan"] = lambda: None
    outcome = only(walk.execute(act(verb, "lan", Kind.NETWORK)))
    if message:
        assert outcome.message == f"Domain/db on hv1 {message} (nothing was done to it)"
        assert walk.verbs == []
    else:
        assert outcome.result is Result.DONE, outcome.message


@pytest.mark.parametrize(
    ("family", "record", "ours"),
    [
        ("qemu", Record(Address(Kind.DOMAIN, "db"), "hv1", "db", "d", "r", "1"), False),
        ("esx", Record(Address(Kind.DOMAIN, "db"), "hv1", "db", "d", "r", "1"), True),
        ("esx", None, False),
    ],
)
def test_of_guests_that_can_hold_no_mark_the_record_tells(
    walk: Walk, family: str, record: Record | None, ours: bool
) -> None:
    walk.driver.put(Kind.NETWORK, "lan", document=LAN, power=PowerState.INACTIVE)
    walk.driver.put(Kind.DOMAIN, "db", document=on_lan(False))
    dialects = {"hv1": dialect_of(replace(walk.driver.capabilities(), family=family))}
    records = {record.address: record} if record else {}
    walk.driver.instead["stop lan"] = lambda: None
    outcome = only(walk.execute(act("stop", "lan", Kind.NETWORK), records=records, dialects=dialects))
    assert (outcome.result is Result.DONE) is ours, outcome.message


@pytest.mark.parametrize(
    ("verb", "refused"), [("define", True), ("stop", True), ("set-memory", True), ("adopt", False)]
)
@pytest.mark.parametrize("power", [PowerState.RUNNING, PowerState.STOPPED])
def test_a_guest_whose_disk_is_copied_by_now_is_left_alone(
    walk: Walk, verb: str, refused: bool, power: PowerState
) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=guest(), power=power)
    walk.driver.works["web"] = ("a copy of disk vda",)
    arguments = {"kib": "1024"} if verb == "set-memory" else {}
    outcome = only(walk.execute(act(verb, uuid=UUID, document=guest(), arguments=arguments)))
    told = "under way by now: a copy of disk vda" in outcome.message
    assert told is (refused and power is PowerState.RUNNING)
