"""What a host does not show afterwards has not happened: a driver that ignores its calls is found out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.compare.model import Cause, Difference, Effect
from reconciler.plan.model import Outcome, Result
from specs.desired import PowerState, digest
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
    assert outcome.message == "the hypervisor does not show it afterwards: memory"
    assert walk.store.records() == {}


def test_one_path_that_was_ignored_is_named_alone(walk: Walk) -> None:
    walk.driver.instead["define web"] = lambda: walk.driver.put(Kind.DOMAIN, "web", document=domain(memory=2))
    outcome = defined(walk, domain(), domain(memory=2, title="Web"), MEMORY, TITLE, recorded=True)
    assert outcome.result is Result.FAILED
    assert outcome.message.endswith(": title")


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
        assert outcome.message == f"what runs does not show it afterwards: {reason.path}"


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
    assert outcome.message.endswith("devices/interface[52:54:00:00:00:01]/source/@network")


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
