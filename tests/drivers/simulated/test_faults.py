"""Faults on demand: each error, used up by the call that it matches and by no other."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.contract.complete import CompleteHost, open_complete
from drivers.simulated import faults, gate
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind

DOMAIN = "<domain type='qemu'><name>web</name><memory>65536</memory><os><type>hvm</type></os></domain>"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "host.db"


@pytest.fixture
def driver(path: Path) -> CompleteHost:
    return open_complete(f"sim://{path}", host="hv")


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        ("transient", Transient),
        ("refused", Refused),
        ("unreachable", Unreachable),
        ("not-found", NotFound),
        ("unsupported", Unsupported),
    ],
)
def test_an_error_is_raised_as_often_as_asked_and_nothing_happens(
    path: Path, driver: CompleteHost, error: str, raised: type[DriverError]
) -> None:
    faults.inject(path, "default", "define", "w*", error, times=2)
    for _ in range(2):
        with pytest.raises(raised, match="injected"):
            driver.lifecycle.define(Kind.DOMAIN, "web", DOMAIN)
        assert driver.observe.one(Kind.DOMAIN, "web") is None
    driver.lifecycle.define(Kind.DOMAIN, "web", DOMAIN)
    assert faults.pending(path) == ()


@pytest.mark.parametrize(
    ("host", "verb", "name"), [("other", "*", "*"), ("*", "start", "*"), ("*", "*", "db")]
)
def test_a_fault_waits_for_its_own_call(
    path: Path, driver: CompleteHost, host: str, verb: str, name: str
) -> None:
    faults.inject(path, host, verb, name, "refused")
    driver.lifecycle.define(Kind.DOMAIN, "web", DOMAIN)
    assert [(f.host, f.verb, f.name) for f in faults.pending(path)] == [(host, verb, name)]


def test_a_lasting_fault_lasts_until_it_is_cleared(path: Path, driver: CompleteHost) -> None:
    faults.inject(path, "*", "*", "*", "unreachable", times=-1)
    for _ in range(3):
        with pytest.raises(Unreachable):
            driver.observe.inventory()
    faults.clear(path)
    assert driver.observe.inventory().objects == {}


def test_a_host_may_refuse_to_open(path: Path) -> None:
    faults.inject(path, "default", "open", "*", "unreachable")
    with pytest.raises(Unreachable):
        open_complete(f"sim://{path}", host="hv")
    open_complete(f"sim://{path}", host="hv").close()


def test_a_read_only_connection_uses_faults_up_too(path: Path, driver: CompleteHost) -> None:
    driver.lifecycle.define(Kind.DOMAIN, "web", DOMAIN)
    reader = open_complete(f"sim://{path}", host="hv", readonly=True)
    faults.inject(path, "default", "observe", "*", "transient")
    with pytest.raises(Transient):
        reader.observe.inventory()
    assert (Kind.DOMAIN, "web") in reader.observe.inventory().objects


def test_a_lost_reply_comes_after_the_effect(path: Path, driver: CompleteHost) -> None:
    faults.inject(path, "default", "define", "web", "lost-reply")
    with pytest.raises(Unreachable):
        driver.lifecycle.define(Kind.DOMAIN, "web", DOMAIN)
    assert driver.observe.one(Kind.DOMAIN, "web") is not None


@pytest.mark.parametrize(("error", "there"), [("crash-before", False), ("crash-after", True)])
def test_a_crash_kills_its_own_process_on_either_side_of_the_effect(
    path: Path, driver: CompleteHost, error: str, there: bool
) -> None:
    faults.inject(path, "default", "define", "web", error)
    program = (
        "from drivers.base.registry import open_host; from specs.identity import Kind;"
        f"open_host('sim://{path}', host='hv').lifecycle.define(Kind.DOMAIN, 'web', {DOMAIN!r})"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert (driver.observe.one(Kind.DOMAIN, "web") is not None) is there
    assert faults.pending(path) == ()


def test_a_hanging_call_ends_with_its_connection(path: Path, driver: CompleteHost) -> None:
    faults.inject(path, "default", "observe", "*", "hang")
    ended: list[str] = []

    def call() -> None:
        try:
            driver.observe.inventory()
        except Unreachable:
            ended.append("unreachable")

    thread = threading.Thread(target=call)
    thread.start()
    while faults.pending(path):
        time.sleep(0.01)
    assert thread.is_alive()
    driver.close()
    thread.join(60)
    assert ended == ["unreachable"]


def test_a_guest_that_ignores_shutdown_runs_on_past_the_deadline(path: Path, driver: CompleteHost) -> None:
    driver.lifecycle.define(Kind.DOMAIN, "web", DOMAIN)
    driver.lifecycle.start(Kind.DOMAIN, "web")
    faults.inject(path, "default", "stop", "web", "ignores-shutdown", times=2)
    with pytest.raises(Refused, match=r"0\.05 s"):
        driver.lifecycle.stop(Kind.DOMAIN, "web", StopPolicy(deadline=0.05))
    seen = driver.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    assert seen.power is PowerState.RUNNING
    driver.lifecycle.stop(Kind.DOMAIN, "web", StopPolicy(deadline=0.05, force=True))
    seen = driver.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    assert seen.power is PowerState.STOPPED


@pytest.mark.parametrize(("error", "times"), [("transiant", 1), ("transient", 0)])
def test_a_fault_that_makes_no_sense_is_an_error(path: Path, error: str, times: int) -> None:
    with pytest.raises(ValueError, match=r"did you mean 'transient'|at least"):
        faults.inject(path, "*", "*", "*", error, times=times)
    assert not path.exists()


def test_faults_can_be_asked_of_every_call() -> None:
    source = "".join(path.read_text() for path in Path(gate.__file__).parent.rglob("*.py"))
    passed = set(re.findall(r"_gate\.(?:look|change|enter)\(\s*\"(\w+)\"", source))
    assert passed == set(gate.CALLS)
