"""A host in maintenance is drained, whoever interrupts it; afterwards its guests return."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter

import pytest

from reconciler.cli.main import call
from tests.real.fleet import Fleet, wait_for_tick

pytestmark = pytest.mark.real

_GUESTS = tuple(f"g{number}" for number in range(10))
_MAINTENANCE = ", maintenance: true"


def declare(fleet: Fleet, *, bandwidth: str = "") -> None:
    """Ten guests that belong on hv1 and may be anywhere."""
    migration = f"{{bandwidth: {bandwidth}}}" if bandwidth else "{}"
    for name in _GUESTS:
        fleet.declare(name, "hv1", migration=migration, placement="{hosts: all}")


def hosts_of(fleet: Fleet) -> Counter[str]:
    """How many guests run on each host; none is anywhere else, or anything but running."""
    found = Counter[str]()
    for name in _GUESTS:
        ((host, state),) = fleet.where(name).items()
        assert state == "running"
        found[host] += 1
    return found


def expect_all_unbroken(fleet: Fleet) -> None:
    for name in _GUESTS:
        fleet.expect_unbroken(name)


def test_ten_guests_leave_and_return(fleet: Fleet) -> None:
    declare(fleet)
    fleet.shell.apply()
    for name in _GUESTS:
        wait_for_tick(fleet, name, 2)
    assert hosts_of(fleet) == {"hv1": 10}
    fleet.declare_hosts(hv1=_MAINTENANCE)
    fleet.shell.apply()
    away = hosts_of(fleet)
    assert away["hv1"] == 0
    assert {away["hv2"], away["hv3"]} <= {4, 5, 6}
    fleet.shell.expect_nothing_to_do()
    fleet.declare_hosts()
    fleet.shell.apply()
    assert hosts_of(fleet) == {"hv1": 10}
    fleet.shell.expect_nothing_to_do()
    expect_all_unbroken(fleet)


def test_a_drain_is_cancelled_half_way_and_finished_later(fleet: Fleet) -> None:
    fleet.fill_memory()
    declare(fleet, bandwidth="8MiB")  # four seconds each, two at a time
    fleet.shell.apply()
    for name in _GUESTS:
        wait_for_tick(fleet, name, 2)
    fleet.declare_hosts(hv1=_MAINTENANCE)
    process = os.fork()
    if not process:
        sys.stdout = sys.stderr = (fleet.shared / "apply.log").open("w")
        code = call(["apply", "--yes", str(fleet.shell.tree)])
        sys.stdout.flush()
        os._exit(code)
    until = time.monotonic() + 120
    while hosts_of_some(fleet)["hv1"] > 7:
        assert time.monotonic() < until
        time.sleep(0.1)
    os.kill(process, signal.SIGINT)
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 130, (fleet.shared / "apply.log").read_text()
    half = hosts_of(fleet)
    assert 0 < half["hv1"] < 10
    declare(fleet)
    fleet.shell.apply()
    assert hosts_of(fleet)["hv1"] == 0
    fleet.shell.expect_nothing_to_do()
    expect_all_unbroken(fleet)


def hosts_of_some(fleet: Fleet) -> Counter[str]:
    """Which hosts have how many domains, while some are on their way."""
    listed = {name: host.virsh("list", "--name").split() for name, host in fleet.hosts.items()}
    return Counter({name: len(domains) for name, domains in listed.items()})
