"""Live Partition Mobility: validated first, followed, given up, and put in order afterwards."""

from __future__ import annotations

import threading

import pytest

from drivers.base import Move, MoveProgress
from drivers.base.errors import NotFound, Refused, Unreachable, Unsupported
from drivers.base.registry import open_host
from drivers.hmc.facets.move import HmcMover
from specs.desired import PowerState
from specs.guests import MigrationPolicy
from specs.identity import Kind
from tests.drivers.hmc.conftest import Power, powered

GO = threading.Event()


def _operations(power: Power) -> list[str]:
    return [name for name, _ in power.console.jobs.asked if "Migrate" in name]


def test_a_partition_goes_while_it_runs_and_tells_how_far_it_is(power: Power) -> None:
    power.define()
    power.host.lifecycle.start(Kind.DOMAIN, "web")
    before, there, told = power.see(), power.open("server2"), list[MoveProgress]()
    power.console.jobs.looks = 3
    power.host.move.move("web", there, Move(live=True), told.append, GO)
    arrived = there.observe.one(Kind.DOMAIN, "web")
    assert arrived is not None
    assert (arrived.uuid, arrived.power) == (before.uuid, PowerState.RUNNING)
    assert power.host.observe.one(Kind.DOMAIN, "web") is None
    assert told
    assert told[0] == MoveProgress(1024 << 20, 4096 << 20)
    assert _operations(power) == ["MigrateValidate", "Migrate"]
    assert power.console.jobs.asked[-1][1] == {"TargetManagedSystemName": "server2"}
    with pytest.raises(NotFound):
        power.host.move.move("web", there, Move(live=True), told.append, GO)
    there.close()


def test_what_is_given_up_is_aborted_and_put_in_order(power: Power) -> None:
    power.define()
    power.host.lifecycle.start(Kind.DOMAIN, "web")
    there, cancel = power.open("server2"), threading.Event()
    power.console.jobs.stuck = {"Migrate"}
    cancel.set()
    with pytest.raises(Refused, match="cancelled"):
        power.host.move.move("web", there, Move(live=True), lambda _: None, cancel)
    assert _operations(power) == ["MigrateValidate", "Migrate", "MigrateAbort", "MigrateRecover"]
    quick = Move(live=True, policy=MigrationPolicy(timeout=0.1))
    with pytest.raises(Refused, match="in time"):
        power.host.move.move("web", there, quick, lambda _: None, GO)
    assert power.see().power is PowerState.RUNNING
    assert there.observe.one(Kind.DOMAIN, "web") is None
    there.close()


def test_what_does_not_validate_is_not_tried(power: Power) -> None:
    power.define()
    there = power.open("server2")
    power.console.jobs.problems["MigrateValidate"] = "HSCLA2CF the partition has a physical I/O adapter"
    with pytest.raises(Refused, match="HSCLA2CF"):
        power.host.move.move("web", there, Move(live=False), lambda _: None, GO)
    assert _operations(power) == ["MigrateValidate"]
    power.console.jobs.problems = {"Migrate": "HSCLA29A the migration failed"}
    with pytest.raises(Refused, match="it is where it was"):
        power.host.move.move("web", there, Move(live=False), lambda _: None, GO)
    assert _operations(power)[-1] == "MigrateRecover"
    with pytest.raises(Refused, match="run plan again"):
        power.host.move.move("web", there, Move(live=True), lambda _: None, GO)
    there.close()


def test_a_lost_reply_is_no_verdict(power: Power) -> None:
    power.define()
    there = power.open("server2")
    power.console.fault("GET .*/jobs/", "cut-before", times=9)
    with pytest.raises(Unreachable):
        power.host.move.move("web", there, Move(live=False), lambda _: None, GO)
    there.close()


def test_another_console_is_named_and_another_kind_refused(power: Power, tmp_path: object) -> None:
    power.define()
    with powered() as other:
        mover, theirs = power.host.move, other.host.move
        assert isinstance(mover, HmcMover)
        assert isinstance(theirs, HmcMover)
        from drivers.hmc.system import SystemView

        given = mover._parameters(theirs, SystemView(theirs._client, theirs._system))
        assert given == {
            "TargetManagedSystemName": "server1",
            "TargetRemoteHMCIPAddress": "127.0.0.1",
            "TargetRemoteHMCUserID": "hscroot",
        }
    simulated = open_host(f"sim://{tmp_path}/x.db", host="sim")
    with pytest.raises(Unsupported):
        power.host.move.move("web", simulated, Move(live=False), lambda _: None, GO)
