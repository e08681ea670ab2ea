"""Every call of a simulated host passes its gate under its own name: its faults, its connection, its file."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from drivers.base import (
    AddressSource,
    Host,
    Move,
    MoveProgress,
    NetworkChange,
    NetworkSection,
    SectionCommand,
    Text,
)
from drivers.base.errors import Refused, Unreachable, Unsupported
from drivers.base.tunables import CpuParameter, CpuTune
from drivers.contract.bench import FORCE, MARK, NAMES, Bench, Pieces, silent, whole
from drivers.contract.complete import open_complete
from drivers.simulated import faults, guest
from drivers.simulated.facets.observe import VERSION
from drivers.simulated.gate import CALLS
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.drivers.hosts import sim

SIMULATED = sim.HOST
DISK, SECRET = NAMES[Kind.VOLUME], NAMES[Kind.SECRET]
ENTRY = NetworkChange(NetworkSection.DHCP_HOST, SectionCommand.ADD, SIMULATED.samples.network_host, 0)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A host with one of everything, all of it running, and a spare domain."""
    with SIMULATED.ready(tmp_path) as connect:
        bench = Bench(connect(), SIMULATED, tmp_path)
        bench.volume()
        bench.define(Kind.SECRET)
        bench.define(Kind.NETWORK_FILTER)
        bench.talker()
        spare = bench.document(Kind.DOMAIN).replace("<name>contract<", "<name>spare<")
        bench.driver.lifecycle.define(Kind.DOMAIN, "spare", spare)
        volume = bench.sample("kept_volume")
        bench.driver.lifecycle.define(Kind.VOLUME, "contract/kept.qcow2", volume)
        kept = bench.sample("kept").replace("<name>contract<", "<name>kept<")
        bench.driver.lifecycle.define(Kind.DOMAIN, "kept", kept)
        bench.driver.snapshots.take("kept", "first", "")
        yield bench
        bench.driver.close()


def moved(bench: Bench) -> None:
    there = open_complete(f"sim://{bench.folder}/host.db?host=neighbour", host="there")
    with closing(there):
        if there.observe.one(Kind.NETWORK, "contract") is None:
            there.lifecycle.define(Kind.NETWORK, "contract", bench.sample("network"))
        there.lifecycle.start(Kind.NETWORK, "contract")
        bench.driver.move.move("contract", there, Move(live=True), lambda _: None, threading.Event())


def opened(bench: Bench) -> None:
    open_complete(bench.driver.uri, host="another").close()


def built(bench: Bench) -> None:
    bench.driver.lifecycle.stop(Kind.STORAGE_POOL, "contract", FORCE)
    bench.driver.lifecycle.build_pool("contract")


def resumed(bench: Bench) -> None:
    bench.driver.lifecycle.resume("contract")


def started(bench: Bench) -> None:
    bench.driver.lifecycle.start(Kind.DOMAIN, "contract")


NIC = SIMULATED.samples.nic
PLUGGED = NIC.replace("c0:00:03", "c0:00:02")
Ask = Callable[[Bench], object]
ASKED: dict[str, tuple[str, Ask]] = {
    "open": ("", opened),
    "observe": ("", lambda b: b.driver.observe.inventory()),
    "observe_one": ("contract", lambda b: b.driver.observe.one(Kind.DOMAIN, "contract")),
    "rename": ("spare", lambda b: b.driver.lifecycle.rename("spare", "renamed")),
    "lost_with": ("contract", lambda b: b.driver.observe.lost_with("contract")),
    "jobs": ("contract", lambda b: b.driver.observe.jobs("contract")),
    "capabilities": ("", lambda b: b.driver.capabilities()),
    "define": (
        "other",
        lambda b: b.driver.lifecycle.define(Kind.NETWORK_FILTER, "other", "<filter name='other'/>"),
    ),
    "undefine": (SECRET, lambda b: b.driver.lifecycle.undefine(Kind.SECRET, SECRET)),
    "start": ("contract", started),
    "stop": ("contract", lambda b: b.driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE)),
    "suspend": ("contract", lambda b: b.driver.lifecycle.suspend("contract")),
    "resume": ("contract", resumed),
    "set_autostart": ("contract", lambda b: b.driver.lifecycle.set_autostart(Kind.DOMAIN, "contract", True)),
    "set_metadata": ("contract", lambda b: b.driver.lifecycle.set_mark(Kind.DOMAIN, "contract", MARK)),
    "set_secret_value": (SECRET, lambda b: b.driver.lifecycle.set_secret_value(SECRET, b"x")),
    "secret_value": (SECRET, lambda b: b.driver.lifecycle.secret_value(SECRET)),
    "build_pool": ("contract", built),
    "refresh_pool": ("contract", lambda b: b.driver.lifecycle.refresh_pool("contract")),
    "attach_device": ("contract", lambda b: b.driver.live.attach("contract", NIC)),
    "detach_device": ("contract", lambda b: b.driver.live.detach("contract", PLUGGED)),
    "update_device": ("contract", lambda b: b.driver.live.update("contract", PLUGGED)),
    "set_memory": ("contract", lambda b: b.driver.live.set_memory("contract", 32768)),
    "set_vcpus": ("contract", lambda b: b.driver.live.set_vcpus("contract", 1)),
    "set_text": ("contract", lambda b: b.driver.live.set_text("contract", Text.TITLE, "Title")),
    "tune": ("contract", lambda b: b.driver.live.tune("contract", CpuTune(CpuParameter.SHARES, 5))),
    "update_network": ("contract", lambda b: b.driver.live.update_network("contract", ENTRY)),
    "resize_volume": (DISK, lambda b: b.driver.storage.resize(DISK, 16 << 20)),
    "upload_volume": (DISK, lambda b: b.driver.storage.upload(DISK, Pieces((b"x",)), silent)),
    "download_volume": (DISK, lambda b: whole(b.driver.storage.download(DISK))),
    "clone_volume": (
        "contract/copy.img",
        lambda b: b.driver.storage.clone(
            "contract/copy.img", b.sample("volume").replace("disk.img", "copy.img"), DISK
        ),
    ),
    "addresses": ("contract", lambda b: b.driver.guest.addresses("contract", AddressSource.LEASE)),
    "agent_answers": ("contract", lambda b: b.driver.guest.agent_answers("contract")),
    "console": ("contract", lambda b: b.driver.guest.console("contract")),
    "cpu_problem": ("", lambda b: b.driver.move.cpu_problem("<domain/>")),
    "snapshots": ("kept", lambda b: b.driver.snapshots.all("kept")),
    "take_snapshot": ("kept", lambda b: b.driver.snapshots.take("kept", "second", "")),
    "revert": ("kept", lambda b: b.driver.snapshots.revert("kept", "first")),
    "drop_snapshot": ("kept", lambda b: b.driver.snapshots.drop("kept", "first")),
    "move_domain": ("contract", moved),
    "arrive_domain": ("contract", moved),
    "watch": ("", lambda b: b.driver.watch.events(lambda _: None, lambda: None)()),
}


def everything(bench: Bench) -> object:
    with closing(open_complete(bench.driver.uri, host="sim")) as reader:
        return reader.observe.inventory().objects


def test_every_call_is_asked_here() -> None:
    assert set(ASKED) == set(CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_every_call_can_fail_before_it_does_anything(bench: Bench, call: str) -> None:
    name, ask = ASKED[call]
    if call == "build_pool":
        bench.driver.lifecycle.stop(Kind.STORAGE_POOL, "contract", FORCE)
    before = everything(bench)
    faults.inject(bench.folder / "host.db", "default", call, name or "", "refused")
    with pytest.raises(Refused) as said:
        ask(bench)
    assert str(said.value) == f"injected fault: {call} {name}".rstrip()
    assert everything(bench) == before
    assert faults.pending(bench.folder / "host.db") == ()
    ask(bench)


@pytest.mark.parametrize("call", [call for call in CALLS if call != "arrive_domain"])
def test_every_reply_can_get_lost(bench: Bench, call: str) -> None:
    name, ask = ASKED[call]
    faults.inject(bench.folder / "host.db", "default", call, name, "lost-reply")
    with pytest.raises(Unreachable) as said:
        ask(bench)
    assert str(said.value) == f"injected fault: the reply to {call} {name} was lost"
    assert faults.pending(bench.folder / "host.db") == ()


@pytest.mark.parametrize("call", [call for call in CALLS if call not in ("open", "arrive_domain")])
def test_nothing_is_asked_over_a_closed_connection(bench: Bench, call: str) -> None:
    before = everything(bench)
    bench.driver.close()
    with pytest.raises(Unreachable) as said:
        ASKED[call][1](bench)
    assert str(said.value) == f"the connection to {bench.driver.uri} is closed (open it again)"
    assert everything(bench) == before


def test_a_console_lasts_as_long_as_its_connection(bench: Bench) -> None:
    console = bench.driver.guest.console("contract")
    assert console.read()
    threading.Timer(4 * guest._POLL, console.write, [b"typed"]).start()
    assert console.read() == b"typed", "it waits while its guest runs"
    bench.driver.close()
    while console.read():
        pass
    with pytest.raises(Unreachable):
        console.write(b"late")


CHANGING = {
    call: ask
    for call, (_, ask) in ASKED.items()
    if call
    not in (
        *(
            "open",
            "observe",
            "observe_one",
            "lost_with",
            "jobs",
            "snapshots",
            "capabilities",
            "secret_value",
            "download_volume",
        ),
        *("addresses", "agent_answers", "cpu_problem", "arrive_domain", "watch"),
    )
}


@pytest.mark.parametrize("call", CHANGING)
def test_a_read_only_connection_names_what_it_will_not_do(bench: Bench, call: str) -> None:
    before = everything(bench)
    reader = open_complete(bench.driver.uri, host="sim", readonly=True)
    bench.driver, writer = reader, bench.driver
    ask = CHANGING[call] if call != "build_pool" else lambda b: b.driver.lifecycle.build_pool("contract")
    with pytest.raises(Refused) as said:
        ask(bench)
    assert str(said.value) == f"{call} {ASKED[call][0]}: the connection is read-only"
    reader.close()
    with pytest.raises(Unreachable, match="is closed"):
        ask(bench)
    bench.driver = writer
    assert everything(bench) == before


def test_every_call_takes_its_time(tmp_path: Path) -> None:
    with closing(open_complete(f"sim://{tmp_path}/host.db?delay=60ms", host="sim")) as driver:
        began = time.monotonic()
        driver.observe.inventory()
        driver.capabilities()
        assert 0.12 <= time.monotonic() - began < 30


@pytest.mark.parametrize(("call", "name"), [("set_memory", "contract"), ("capabilities", "")])
def test_a_document_that_somebody_wrote_by_hand_is_refused(bench: Bench, call: str, name: str) -> None:
    """As a hypervisor refuses it: nobody has to be told what went wrong inside."""
    nonsense = "<domain><memory>lots</memory></domain>"
    with closing(sqlite3.connect(bench.folder / "host.db")) as file, file:
        file.execute("UPDATE objects SET live = ? WHERE kind = 'Domain'", (nonsense,))
    with pytest.raises(Refused) as said:
        ASKED[call][1](bench)
    assert str(said.value) == (
        f"{call} {name}: a document in the simulated host's file makes no sense"
        " (somebody wrote it by hand; define the object anew)"
    )


# what a host shows


def test_nothing_is_there_before_there_is_a_file(tmp_path: Path) -> None:
    with closing(open_complete(f"sim://{tmp_path}/host.db", host="called so")) as driver:
        before = driver.observe.inventory()
        assert (before.host, before.version, before.objects, before.failures) == (
            "called so",
            VERSION,
            {},
            {},
        )
        assert driver.observe.one(Kind.DOMAIN, "web") is None
        with pytest.raises(Exception, match="no secret 'ceph:none'"):
            driver.lifecycle.secret_value("ceph:none")
        assert not (tmp_path / "host.db").exists()
        driver.lifecycle.define(Kind.NETWORK_FILTER, "other", "<filter name='other'/>")
        assert driver.observe.inventory().identity == before.identity != ""


def test_each_host_of_a_file_is_a_machine_of_its_own(tmp_path: Path) -> None:
    seen: list[str] = []
    for host in ("one", "two", "one"):
        with closing(open_complete(f"sim://{tmp_path}/host.db?host={host}", host="x")) as driver:
            if len(seen) < 2:
                driver.lifecycle.define(Kind.NETWORK_FILTER, "other", "<filter name='other'/>")
            seen.append(driver.observe.inventory().identity)
    assert seen[0] == seen[2] != seen[1]


def test_what_an_object_has_of_power_autostart_and_value(bench: Bench) -> None:
    bench.driver.lifecycle.set_autostart(Kind.DOMAIN, "contract", True)
    bench.driver.lifecycle.set_secret_value(SECRET, b"x")
    seen = bench.driver.observe.inventory().objects
    told = {key: (one.power, one.autostart, one.has_value, one.live is not None) for key, one in seen.items()}
    assert told == {
        (Kind.DOMAIN, "contract"): (PowerState.RUNNING, True, None, True),
        (Kind.DOMAIN, "spare"): (PowerState.STOPPED, False, None, False),
        (Kind.DOMAIN, "kept"): (PowerState.STOPPED, False, None, False),
        (Kind.NETWORK, "contract"): (PowerState.ACTIVE, False, None, True),
        (Kind.STORAGE_POOL, "contract"): (PowerState.ACTIVE, False, None, False),
        (Kind.VOLUME, DISK): (None, None, None, False),
        (Kind.VOLUME, "contract/kept.qcow2"): (None, None, None, False),
        (Kind.SECRET, SECRET): (None, None, True, False),
        (Kind.NETWORK_FILTER, "contract"): (None, None, None, False),
    }
    for kind, name in seen:
        one = bench.driver.observe.one(kind, name)
        assert one == seen[kind, name]
    for kind, name in ((Kind.VOLUME, "contract/none"), (Kind.VOLUME, "none/disk.img"), (Kind.DOMAIN, "x")):
        assert bench.driver.observe.one(kind, name) is None


# stopping and moving


def test_a_guest_that_is_not_asked_is_forced_or_left(bench: Bench) -> None:
    began = time.monotonic()
    with pytest.raises(Refused) as said:
        bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", StopPolicy((), 30.0, False))
    assert str(said.value) == (
        "the guest 'contract' did not shut down within 30 s (it runs on; allow force, or a longer deadline,"
        " in its stop policy)"
    )
    bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", StopPolicy((), 30.0, True))
    assert time.monotonic() - began < 20
    assert bench.see(Kind.DOMAIN).power is PowerState.STOPPED


def test_a_connection_that_is_closed_waits_for_no_guest(bench: Bench) -> None:
    faults.inject(bench.folder / "host.db", "default", "stop", "contract", "ignores-shutdown")
    threading.Timer(0.2, bench.driver.close).start()
    began = time.monotonic()
    with pytest.raises(Unreachable):
        bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", StopPolicy(("acpi",), 60.0, True))
    assert time.monotonic() - began < 30
    assert cast(Any, everything(bench))[Kind.DOMAIN, "contract"].power is PowerState.RUNNING


@pytest.mark.parametrize("kind", [Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL])
def test_an_objects_uuid_is_compared_in_any_case(bench: Bench, kind: Kind) -> None:
    other = "99999999-2222-4333-8444-555555555555"
    uuid = bench.see(kind).uuid
    calls: list[Callable[[str], None]] = [
        lambda given: bench.driver.lifecycle.stop(kind, "contract", FORCE, uuid=given),
        lambda given: bench.driver.lifecycle.undefine(kind, "contract", uuid=given),
    ]
    for call in calls:
        with pytest.raises(Refused) as said:
            call(other)
        assert str(said.value) == f"'contract' is another {kind} by now (UUID {uuid}) (run plan again)"
        call(uuid)
    assert bench.look(kind) is None


def test_a_move_is_told_may_be_cancelled_and_leaves_nothing_behind(tmp_path: Path) -> None:
    uri = f"sim://{tmp_path}/host.db?move=400ms&host="
    here, there = (open_complete(uri + name, host=name) for name in ("here", "there"))
    with closing(here), closing(there):
        here.lifecycle.define(Kind.DOMAIN, "contract", SIMULATED.samples.domain)
        here.lifecycle.start(Kind.DOMAIN, "contract")
        steps: list[MoveProgress] = []
        cancel = threading.Event()

        def stop_half_way(step: MoveProgress) -> None:
            steps.append(step)
            if step.remaining * 2 <= step.total:
                cancel.set()

        with pytest.raises(Refused, match="the move was cancelled"):
            here.move.move("contract", there, Move(live=True), stop_half_way, cancel)
        assert steps[0] == MoveProgress(64 << 30, 64 << 30)
        assert steps[-1].remaining > 0
        assert there.observe.one(Kind.DOMAIN, "contract") is None
        assert here.observe.one(Kind.DOMAIN, "contract") is not None
        steps.clear()
        here.move.move("contract", there, Move(live=True), steps.append, threading.Event())
        assert steps[-1] == MoveProgress(0, 64 << 30)
        there.lifecycle.stop(Kind.DOMAIN, "contract", FORCE)
        steps.clear()
        there.move.move("contract", here, Move(live=False), steps.append, threading.Event())
        assert steps == []


def test_what_was_known_at_the_destination_stays_known(bench: Bench) -> None:
    there = open_complete(f"sim://{bench.folder}/host.db?host=neighbour", host="there")
    with closing(there):
        document = bench.see(Kind.DOMAIN).document
        there.lifecycle.define(Kind.DOMAIN, "contract", document)
        faults.inject(bench.folder / "host.db", "default", "arrive_domain", "contract", "refused")
        with pytest.raises(Refused):
            moved(bench)
        assert there.observe.one(Kind.DOMAIN, "contract") is not None


def test_nothing_moves_to_a_host_of_another_kind(bench: Bench) -> None:
    other = cast(Host, SimpleNamespace(uri="other://host", move=None))
    with pytest.raises(Unsupported) as said:
        bench.driver.move.move("contract", other, Move(live=True), lambda _: None, threading.Event())
    assert str(said.value) == f"a domain cannot move from {bench.driver.uri} to other://host"
