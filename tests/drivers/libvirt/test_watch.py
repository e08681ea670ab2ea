"""A move under watch: its time, its end, and who else has work with the domain. No host is needed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import libvirt
import pytest

from drivers.base import Move, MoveProgress
from drivers.base.errors import Refused, Unreachable
from drivers.libvirt import migrate, watch
from drivers.libvirt.watch import Watch
from specs.guests import MigrationPolicy

AWAY = libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT
PREPARING = {"type": 2, "operation": AWAY, "data_total": 0, "data_remaining": 0}
SENDING = {"type": 2, "operation": AWAY, "data_total": 64, "data_remaining": 32}
NO_JOB = {"type": 0}
BACKUP = {"type": 2, "operation": libvirt.VIR_DOMAIN_JOB_OPERATION_BACKUP, "data_total": 64}
PATIENCE = 30.0
NOBODY: Any = object()
"""A connection that is not asked anything."""


class Domain:
    """What a watch asks of a domain; the last of what is said is said again and again."""

    def __init__(self, *says: Mapping[str, Any], fails: int = 0) -> None:
        self.says, self.fails = list(says), fails
        self.done: list[str] = []

    def jobStats(self) -> Mapping[str, Any]:
        self.done.append("look")
        return self.says.pop(0) if len(self.says) > 1 else self.says[0]

    def _do(self, what: str) -> None:
        self.done.append(what)
        if self.done.count(what) <= self.fails:
            raise failure(libvirt.VIR_ERR_OPERATION_INVALID)

    def abortJob(self) -> None:
        self._do("abort")

    def suspend(self) -> None:
        self._do("suspend")

    def migrateStartPostCopy(self) -> None:
        self._do("post-copy")

    def migrateSetMaxDowntime(self, downtime: int) -> None:
        self._do(f"downtime {downtime}")


def failure(code: int) -> libvirt.libvirtError:
    error = libvirt.libvirtError("it failed")
    error.err = (code, libvirt.VIR_FROM_QEMU, "it failed", 2, None, None, None, 0, 0)
    return error


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be done is looked at often, everything else almost never."""
    monkeypatch.setattr(watch, "_SOON", 0.01)
    monkeypatch.setattr(watch, "_POLL", PATIENCE * 2)


def watched(
    domain: Domain,
    policy: MigrationPolicy,
    until: Callable[[], bool],
    cancel: threading.Event | None = None,
) -> Watch:
    """Watches the domain until that is true."""
    steps: list[MoveProgress] = []
    watching = Watch(domain, policy, steps.append, cancel or threading.Event())
    deadline = time.monotonic() + PATIENCE
    with watching:
        while not until():
            assert time.monotonic() < deadline, domain.done
            time.sleep(0.005)
    return watching


def test_its_time_is_noticed_when_it_is_up() -> None:
    """Not at the next look after that, which may be too late."""
    domain = Domain(SENDING)
    assert watched(domain, MigrationPolicy(timeout=0.05), lambda: "abort" in domain.done).out_of_time


def test_an_abort_that_failed_is_repeated() -> None:
    domain = Domain(NO_JOB, SENDING, fails=3)
    watched(domain, MigrationPolicy(timeout=0.01), lambda: domain.done.count("abort") >= 4)


def test_an_abort_that_had_no_effect_is_repeated() -> None:
    domain = Domain(PREPARING, PREPARING, NO_JOB, SENDING)
    watched(domain, MigrationPolicy(timeout=0.01), lambda: domain.done.count("abort") >= 5)


def test_an_abort_of_one_who_stops_us_is_repeated() -> None:
    domain, cancel = Domain(SENDING, SENDING), threading.Event()
    cancel.set()
    said = watched(domain, MigrationPolicy(), lambda: domain.done.count("abort") >= 3, cancel)
    assert said.abandoned
    assert not said.out_of_time


def test_nobody_elses_job_is_aborted() -> None:
    domain = Domain(BACKUP)
    watched(domain, MigrationPolicy(timeout=0.01), lambda: domain.done.count("look") >= 5)
    assert set(domain.done) == {"look"}


@pytest.mark.parametrize(("policy", "deed"), [("force", "suspend"), ("post-copy", "post-copy")])
def test_it_is_hastened_once_it_is_sent_and_until_that_holds(policy: str, deed: str) -> None:
    domain = Domain(NO_JOB, PREPARING, SENDING, fails=2)
    chosen = MigrationPolicy(timeout=0.01, on_timeout=policy)
    said = watched(domain, chosen, lambda: domain.done.count(deed) >= 3)
    assert domain.done[:4] == ["look", "look", "look", deed]
    assert not said.abandoned


def test_without_a_time_limit_nothing_is_done() -> None:
    domain = Domain(SENDING)
    said = watched(domain, MigrationPolicy(downtime=300), lambda: "downtime 300" in domain.done)
    assert domain.done == ["look", "downtime 300"]
    assert not said.abandoned


@pytest.mark.parametrize(
    ("timeout", "expected"), [(0.001, Refused), (0.0, Unreachable)], ids=["out of time", "in time"]
)
def test_out_of_time_it_is_never_tried_again(
    timeout: float, expected: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when nobody can tell where the guest is: whatever is unreachable is tried again."""
    monkeypatch.setattr(migrate, "_active", lambda _connection, _name: True)
    watching = Watch(Domain(SENDING), MigrationPolicy(timeout=timeout), lambda _: None, threading.Event())
    time.sleep(0.01)
    with (
        pytest.raises(expected, match="nobody can tell yet"),
        migrate._honest(NOBODY, NOBODY, "web", watching),
    ):
        raise failure(libvirt.VIR_ERR_OPERATION_ABORTED)


def test_out_of_time_it_is_not_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """libvirt found the move unsafe, and when it is told that it is safe the time is up."""
    begun: list[int] = []

    def refuses(*_: object) -> None:
        begun.append(1)
        time.sleep(0.02)
        raise failure(libvirt.VIR_ERR_MIGRATE_UNSAFE)

    for name, value in (("_flags", 0), ("_parameters", {})):
        monkeypatch.setattr(migrate, name, lambda *_, value=value: value)
    monkeypatch.setattr(migrate, "_migrate", refuses)
    watching = Watch(Domain(NO_JOB), MigrationPolicy(timeout=0.01), lambda _: None, threading.Event())
    with pytest.raises(libvirt.libvirtError):
        migrate._move_live(object(), NOBODY, "", Move(live=True), watching)
    assert begun == [1]
