"""What a host does not show afterwards has not happened: a driver that ignores its calls is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers.dialects import Dialect, dialect_of
from reconciler.compare import compare
from reconciler.compare.model import Cause, Difference, Effect
from reconciler.plan.model import Outcome, Result
from specs.desired import PowerState, digest
from specs.documents.said import field_at
from specs.identity import Address, Kind
from specs.secret_source import SecretSource
from state.records import Record
from tests.reconciler.execute.fake import HOST, VERSION, FakeDriver, Walk, act, refresh

WEB = Address(Kind.DOMAIN, "web")
CEPH = Address(Kind.SECRET, "ceph", HOST)


def domain(memory: int = 1, current: int = 1, vcpus: int = 1, title: str = "", devices: str = "") -> str:
    named = f"<title>{title}</title>" if title else ""
    return (
        f"<domain type='kvm'><name>web</name>{named}<memory unit='GiB'>{memory}</memory>"
        f"<currentMemory unit='GiB'>{current}</currentMemory><vcpu current='{vcpus}'>4</vcpu>"
        f"<cputune><shares>{memory * 100}</shares></cputune><devices>{devices}</devices></domain>"
    )


def disk(target: str, path: str = "/a") -> str:
    where = f"<source file='{path}'/><target dev='{target}' bus='sata'/>"
    return f"<disk type='file' device='cdrom'>{where}</disk>"


def changed(path: str, declared: str | None, observed: str | None) -> Difference:
    return Difference(path, declared, observed, Cause.EDITED, Effect.LIVE)


def known(driver: FakeDriver) -> dict[Address, Record]:
    """The record of a domain that we defined before."""
    seen = driver.of(Kind.DOMAIN, "web").document
    return {WEB: Record(WEB, HOST, "web", digest(seen), digest(seen), VERSION)}


def ignored(driver: FakeDriver, *calls: str) -> None:
    for call in calls:
        driver.instead[call] = lambda: None


def defined(walk: Walk, before: str, wanted: str, *reasons: Difference, recorded: bool) -> Outcome:
    walk.driver.put(Kind.DOMAIN, "web", document=before)
    define = act("define", document=wanted, reasons=reasons, expects=digest(before))
    records = known(walk.driver) if recorded else {}
    return walk.execute(define, records=records, refreshes=[refresh()])["define web"]


MEMORY = changed("memory", "2097152", "1048576")
TITLE = changed("title", "Web", None)


def test_a_definition_that_was_ignored_has_failed_and_is_not_recorded(walk: Walk) -> None:
    ignored(walk.driver, "define web")
    outcome = defined(walk, domain(), domain(memory=2), MEMORY, recorded=True)
    assert outcome.result is Result.FAILED
    assert outcome.message == "the hypervisor does not show it afterwards: memory.max"
    assert walk.store.records() == {}


def test_one_path_that_was_ignored_is_named_alone(walk: Walk) -> None:
    walk.driver.instead["define web"] = lambda: walk.driver.put(Kind.DOMAIN, "web", document=domain(memory=2))
    outcome = defined(walk, domain(), domain(memory=2, title="Web"), MEMORY, TITLE, recorded=True)
    assert outcome.result is Result.FAILED
    assert outcome.message.endswith(": title")


def test_a_new_attribute_that_is_dropped_is_told(walk: Walk) -> None:
    """It may say the default, which the hypervisor does not write: a failure would come back for ever."""
    walk.driver.instead["define web"] = lambda: walk.driver.put(Kind.DOMAIN, "web", document=domain(memory=2))
    dropped = changed("devices/graphics[vnc]/@autoport", "no", None)
    outcome = defined(walk, domain(), domain(memory=2), MEMORY, dropped, recorded=True)
    assert outcome.result is Result.DONE
    ignored(walk.driver, "define web")
    outcome = defined(walk, domain(), domain(memory=2), dropped, recorded=True)
    assert (outcome.result, outcome.message) == (
        Result.DONE,
        "the hypervisor does not keep devices/graphics[vnc]/@autoport",
    )
    outcome = defined(walk, domain(), domain(memory=2), MEMORY, dropped, recorded=True)
    assert outcome.message == "the hypervisor does not show it afterwards: memory.max"


def test_what_was_taken_is_done(walk: Walk) -> None:
    outcome = defined(walk, domain(), domain(memory=2, title="Web"), MEMORY, TITLE, recorded=True)
    assert (outcome.result, outcome.message) == (Result.DONE, "")


def test_at_the_first_sight_what_is_dropped_is_told(walk: Walk) -> None:
    """With no record of ours nobody knows what the hypervisor makes of it."""
    walk.driver.instead["define web"] = lambda: walk.driver.put(Kind.DOMAIN, "web", document=domain(memory=2))
    outcome = defined(walk, domain(), domain(memory=2, title="Web"), MEMORY, TITLE, recorded=False)
    assert (outcome.result, outcome.message) == (Result.DONE, "the hypervisor does not keep title")


def test_what_is_dropped_of_something_new_is_told(walk: Walk) -> None:
    walk.driver.instead["define web"] = lambda: walk.driver.put(Kind.DOMAIN, "web", document=domain())
    new = Difference("", domain(title="Web"), None, Cause.NEW)
    outcome = walk.execute(act("define", document=domain(title="Web"), reasons=(new,)))["define web"]
    assert (outcome.result, outcome.message) == (Result.DONE, "the hypervisor does not keep title")


def test_something_new_that_was_ignored_is_not_there(walk: Walk) -> None:
    ignored(walk.driver, "define web")
    new = Difference("", domain(), None, Cause.NEW)
    outcome = walk.execute(act("define", document=domain(), reasons=(new,)))["define web"]
    assert (outcome.result, outcome.message) == (Result.FAILED, "it is not there afterwards")


def test_what_runs_without_a_definition_after_all_is_told(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=domain(), persistent=False)
    ignored(walk.driver, "define web")
    lost = changed("persistent", "yes", "no")
    outcome = walk.execute(act("define", document=domain(), reasons=(lost,)))["define web"]
    assert (outcome.result, outcome.message) == (Result.FAILED, "it has no definition afterwards")


def test_what_the_hypervisor_puts_back_is_told(walk: Walk) -> None:
    ignored(walk.driver, "define web")
    added = changed("devices/video", None, "<video/>")
    outcome = defined(walk, domain(), domain(), added, recorded=True)
    assert (outcome.result, outcome.message) == (Result.DONE, "the hypervisor keeps devices/video")


LIVE: list[tuple[str, dict[str, str], str, str, Difference]] = [
    ("attach", {}, domain(devices=disk("sda")), domain(), changed("devices/disk[sda]", "<disk/>", None)),
    ("detach", {}, domain(), domain(devices=disk("sda")), changed("devices/disk[sda]", None, "<disk/>")),
    (
        "update",
        {},
        domain(devices=disk("sda", "/b")),
        domain(devices=disk("sda", "/a")),
        changed("devices/disk[sda]/source/@file", "/b", "/a"),
    ),
    (
        "set-memory",
        {"kib": "524288"},
        domain(memory=2),
        domain(memory=2, current=2),
        changed("currentMemory", "1048576", "2097152"),
    ),
    ("set-vcpus", {"count": "2"}, domain(vcpus=2), domain(), changed("vcpu/@current", "2", "1")),
    ("set-text", {"field": "title", "value": "Web"}, domain(title="Web"), domain(), TITLE),
    (
        "tune",
        {"path": "cputune/shares", "value": "100"},
        domain(),
        domain().replace("100", "700"),
        changed("cputune/shares", "100", "700"),
    ),
]


@pytest.mark.parametrize(
    ("verb", "arguments", "wanted", "runs", "reason"), LIVE, ids=[str(case[0]) for case in LIVE]
)
@pytest.mark.parametrize("obeys", [False, True], ids=["ignored", "done"])
def test_what_runs_shows_a_live_change(
    walk: Walk,
    verb: str,
    arguments: dict[str, str],
    wanted: str,
    runs: str,
    reason: Difference,
    obeys: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("reconciler.execute.afterwards._PAUSE", 0.0)
    walk.driver.put(Kind.DOMAIN, "web", document=wanted, live=runs, power=PowerState.RUNNING)
    action = act(verb, document="<disk/>", arguments=arguments, reasons=(reason,))
    original = walk.driver.called

    def called(call: str) -> bool:
        if obeys:
            walk.driver.put(Kind.DOMAIN, "web", live=wanted)
        return original(call)

    monkeypatch.setattr(walk.driver, "called", called)
    outcome = walk.execute(action)[f"{verb} web"]
    if obeys:
        assert (outcome.result, outcome.message) == (Result.DONE, "")
    else:
        assert outcome.result is Result.FAILED
        assert (
            outcome.message == f"what runs does not show it afterwards: {field_at(Kind.DOMAIN, reason.path)}"
        )


def test_a_device_that_was_changed_in_part_is_found_out(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One call changes the whole device, and only the first path is its reason."""
    monkeypatch.setattr("reconciler.execute.afterwards._PAUSE", 0.0)
    nic = (
        "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='{}'/>"
        "<link state='{}'/></interface>"
    )
    wanted = domain(devices=nic.format("lan", "down"))
    half = domain(devices=nic.format("old", "down"))
    walk.driver.put(Kind.DOMAIN, "web", document=wanted, live=half, power=PowerState.RUNNING)
    reason = changed("devices/interface[52:54:00:00:00:01]/link/@state", "down", "up")
    outcome = walk.execute(act("update", document="<interface/>", reasons=(reason,)))["update web"]
    assert outcome.result is Result.FAILED
    assert outcome.message.endswith("interfaces[52:54:00:00:00:01].network")


def test_an_entry_of_a_network_that_was_changed_in_part_is_found_out(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.execute.afterwards._PAUSE", 0.0)
    network = (
        "<network><name>lan</name><ip address='10.0.0.1' netmask='255.255.255.0'><dhcp>"
        "<host mac='52:54:00:00:00:01' ip='10.0.0.5'{}/></dhcp></ip></network>"
    )
    wanted, half = network.format(" name='web'"), network.format("")
    walk.driver.put(Kind.NETWORK, "lan", document=wanted, live=half, power=PowerState.ACTIVE)
    reason = changed("ip[10.0.0.1]/dhcp/host[52:54:00:00:00:01]/@ip", "10.0.0.5", "10.0.0.4")
    for command, result in (("modify", Result.FAILED), ("add", Result.FAILED), ("delete", Result.DONE)):
        arguments = {"section": "ip-dhcp-host", "command": command, "parent": "0"}
        action = act("update-network", "lan", Kind.NETWORK, arguments=arguments, reasons=(reason,))
        assert walk.execute(action)["update-network lan"].result is result


def test_a_guest_may_take_a_moment_to_follow(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.execute.afterwards._PAUSE", 0.0)
    walk.driver.put(Kind.DOMAIN, "web", document=domain(vcpus=2), live=domain(), power=PowerState.RUNNING)
    looks = []
    original: Callable[..., object] = walk.driver.observe.one

    def observe_one(kind: Kind, name: str) -> object:
        looks.append(name)
        if len(looks) == 3:
            walk.driver.put(Kind.DOMAIN, "web", live=domain(vcpus=2))
        return original(kind, name)

    monkeypatch.setattr(walk.driver, "one", observe_one)
    reason = changed("vcpu/@current", "2", "1")
    outcome = walk.execute(act("set-vcpus", arguments={"count": "2"}, reasons=(reason,)))
    assert outcome["set-vcpus web"].result is Result.DONE


def test_a_volume_that_did_not_grow(walk: Walk) -> None:
    walk.driver.put(
        Kind.VOLUME, "pool/disk", document="<volume><capacity unit='bytes'>512</capacity></volume>"
    )
    outcome = walk.execute(act("resize", "pool/disk", Kind.VOLUME, arguments={"capacity": "1024"}))
    assert outcome["resize pool/disk"].result is Result.FAILED
    assert outcome["resize pool/disk"].message == "its capacity is 512 bytes afterwards"


def test_a_mark_that_is_not_there(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document="<domain/>")
    ignored(walk.driver, "mark web")
    outcome = walk.execute(act("adopt", document="<owner digest='d'/>"))["adopt web"]
    assert outcome.message == "our mark is not in its metadata afterwards"
    assert outcome.result is Result.FAILED


def test_the_mark_of_another_declaration_is_not_ours(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document="<domain><owner digest='old'/></domain>")
    ignored(walk.driver, "mark web")
    outcome = walk.execute(act("adopt", document="<owner digest='d'/>"))["adopt web"]
    assert outcome.result is Result.FAILED


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ({"has_value": False}, "it has no value afterwards"),
        ({"has_value": None}, "it has another value afterwards (value)"),
    ],
)
def test_a_value_that_was_not_taken(walk: Walk, kept: dict[str, object], told: str) -> None:
    (walk.folder / "key").write_text("new")
    walk.driver.put(Kind.SECRET, "ceph", document="<secret/>", **kept)
    if kept["has_value"] is None:
        walk.driver.values["ceph"] = b"old"
    ignored(walk.driver, "value ceph")
    outcome = walk.execute(act("set-value", "ceph", Kind.SECRET), secrets={CEPH: SecretSource(file="key")})[
        "set-value ceph"
    ]
    assert (outcome.result, outcome.message) == (Result.FAILED, told)


# how it is told


def test_of_many_paths_the_first_are_named(walk: Walk) -> None:
    ignored(walk.driver, "define web")
    paths = ("currentMemory", "vcpu/@current", "title", "devices/disk[sda]", "devices/disk[sdb]")
    for count, told in ((3, "memory, vcpus, title"), (4, "memory, vcpus, title and 1 more")):
        reasons = [changed(path, "new", "old") for path in paths[:count]]
        outcome = defined(walk, domain(), domain(memory=2), *reasons, recorded=True)
        assert outcome.message == f"the hypervisor does not show it afterwards: {told}"
    five = [changed(path, "new", "old") for path in paths]
    assert defined(walk, domain(), domain(memory=2), *five, recorded=True).message.endswith(
        "title and 2 more"
    )


def test_what_does_not_follow_is_looked_at_a_few_times(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("reconciler.execute.afterwards.time.sleep", pauses.append)
    walk.driver.put(Kind.DOMAIN, "web", document=domain(vcpus=2), live=domain(), power=PowerState.RUNNING)
    reason = changed("vcpu/@current", "2", "1")
    outcome = walk.execute(act("set-vcpus", arguments={"count": "2"}, reasons=(reason,)))["set-vcpus web"]
    assert outcome.result is Result.FAILED
    assert pauses == [0.25] * 3


def test_what_is_so_at_once_or_never_is_looked_at_once(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.execute.afterwards.time.sleep", lambda _: pytest.fail("it waits"))
    ignored(walk.driver, "start web")
    walk.driver.put(Kind.DOMAIN, "web")
    assert walk.execute(act("start"))["start web"].result is Result.FAILED


def test_a_guest_that_ended_meanwhile_shows_no_device(walk: Walk) -> None:
    """What was to be unplugged is; what was to be changed is not."""
    walk.driver.put(Kind.DOMAIN, "web", document=domain(), power=PowerState.STOPPED)
    reason = changed("devices/disk[sda]", None, "<disk/>")
    detached = walk.execute(act("detach", document="<disk/>", reasons=(reason,)))["detach web"]
    assert detached.result is Result.DONE
    attached = walk.execute(act("attach", document="<disk/>"))["attach web"]
    assert (attached.result, attached.message) == (Result.FAILED, "it does not run any more")


@pytest.mark.parametrize(
    ("capacity", "result"), [(1023, Result.FAILED), (1024, Result.DONE), (1025, Result.DONE)]
)
def test_a_volume_that_is_as_large_or_larger_has_grown(walk: Walk, capacity: int, result: Result) -> None:
    sized = f"<volume><capacity unit='bytes'>{capacity}</capacity></volume>"
    walk.driver.put(Kind.VOLUME, "pool/disk", document=sized)
    outcome = walk.execute(act("resize", "pool/disk", Kind.VOLUME, arguments={"capacity": "1024"}))
    assert outcome["resize pool/disk"].result is result


def test_a_volume_that_vanished_has_not_grown(walk: Walk) -> None:
    outcome = walk.execute(act("resize", "pool/disk", Kind.VOLUME, arguments={"capacity": "1"}))
    assert outcome["resize pool/disk"].message == "it is not there afterwards"


def test_a_definition_that_reads_back_as_nonsense_has_failed(walk: Walk) -> None:
    walk.driver.instead["define web"] = lambda: walk.driver.put(Kind.DOMAIN, "web", document="<domain")
    outcome = walk.execute(act("define", document=domain()))["define web"]
    assert (outcome.result, outcome.message) == (Result.FAILED, "its document cannot be read afterwards")


def test_a_volume_may_be_described_in_any_way(walk: Walk) -> None:
    made = lambda: walk.driver.put(Kind.VOLUME, "pool/disk", document="no document")  # noqa: E731
    walk.driver.instead["define pool/disk"] = made
    outcome = walk.execute(act("define", "pool/disk", Kind.VOLUME))["define pool/disk"]
    assert (outcome.result, outcome.message) == (Result.DONE, "")


def test_what_changed_at_once_to_something_else_is_told(walk: Walk) -> None:
    """A value that the hypervisor moves is not one that it ignores."""
    walk.driver.instead["define web"] = lambda: walk.driver.put(Kind.DOMAIN, "web", document=domain(memory=3))
    outcome = defined(walk, domain(), domain(memory=2), MEMORY, recorded=True)
    assert (outcome.result, outcome.message) == (Result.DONE, "")


@pytest.mark.parametrize("known", [True, False])
def test_documents_are_compared_in_their_hosts_way(
    walk: Walk, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Dialect] = []

    def noting(*given: Any) -> Any:
        asked.append(given[-1])
        return compare(*given)

    monkeypatch.setattr("reconciler.execute.afterwards.compare", noting)
    walk.driver.instead["define web"] = lambda: walk.driver.put(Kind.DOMAIN, "web", document=domain(memory=3))
    walk.driver.put(Kind.DOMAIN, "web", document=domain())
    other = dialect_of(replace(walk.driver.capabilities(), family="xen"))
    assert other != dialect_of(None)
    dialects = {HOST: other} if known else {"hv9": other}
    walk.execute(act("define", document=domain(memory=2), reasons=(MEMORY,)), dialects=dialects)
    assert asked == [other if known else dialect_of(None)]


def test_what_runs_may_show_it_in_another_spelling(walk: Walk) -> None:
    """Sizes in another unit, and what every start adds."""
    runs = domain(memory=2).replace("<currentMemory unit='GiB'>1<", "<currentMemory>1048576<")
    walk.driver.put(Kind.DOMAIN, "web", document=domain(memory=2), live=runs, power=PowerState.RUNNING)
    reason = changed("currentMemory", "1048576", "2097152")
    outcome = walk.execute(act("set-memory", arguments={"kib": "1048576"}, reasons=(reason,)))
    assert outcome["set-memory web"].result is Result.DONE


def test_what_was_just_looked_at_is_not_read_again_for_its_record(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    original: Callable[..., object] = walk.driver.observe.one

    def observe_one(kind: Kind, name: str) -> object:
        looks.append(name)
        return original(kind, name)

    monkeypatch.setattr(walk.driver, "one", observe_one)
    walk.execute(act("define"), refreshes=[refresh()])
    assert looks == ["web"]
    assert walk.store.records()[WEB].readback_digest == digest("<web/>")
