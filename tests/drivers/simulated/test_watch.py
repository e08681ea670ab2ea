"""Changes of a simulated host: told across processes, hosts and files, cheaply."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from drivers.base import Change, Happening
from drivers.contract.bench import FORCE
from drivers.contract.complete import CompleteHost, open_complete
from drivers.contract.heard import Heard
from drivers.simulated import changes
from specs.identity import Kind
from tests.drivers.hosts.sim import SIMULATED_SAMPLES

FILTER = "<filter name='{}'/>"


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[CompleteHost]:
    with closing(open_complete(f"sim://{tmp_path}/host.db", host="sim")) as driver:
        yield driver


def define(driver: CompleteHost, name: str = "x") -> None:
    driver.lifecycle.define(Kind.NETWORK_FILTER, name, FILTER.format(name))


def test_other_processes_are_heard(driver: CompleteHost, tmp_path: Path) -> None:
    """Before there is a file, too."""
    heard = Heard(driver.watch)
    script = (
        "import sys; from drivers.base.registry import open_host; from specs.identity import Kind\n"
        "host = open_host(sys.argv[1], host='x')\n"
        "host.lifecycle.define(Kind.NETWORK_FILTER, 'x', sys.argv[2])"
    )
    subprocess.run([sys.executable, "-c", script, driver.uri, FILTER.format("x")], check=True)
    heard.wait(lambda: bool(heard.changes))
    assert heard.changes == [Change(Kind.NETWORK_FILTER, "x", Happening.DEFINED, "defined")]


def test_each_change_has_its_word(driver: CompleteHost) -> None:
    heard = Heard(driver.watch)
    lifecycle = driver.lifecycle
    lifecycle.define(Kind.DOMAIN, "contract", SIMULATED_SAMPLES.domain)
    lifecycle.start(Kind.DOMAIN, "contract")
    driver.live.set_memory("contract", 32 << 10)
    lifecycle.suspend("contract")
    lifecycle.resume("contract")
    lifecycle.set_autostart(Kind.DOMAIN, "contract", True)
    lifecycle.stop(Kind.DOMAIN, "contract", FORCE)
    lifecycle.undefine(Kind.DOMAIN, "contract")
    define(driver, "last")
    heard.wait(lambda: heard.changes[-1:] != [] and heard.changes[-1].name == "last")
    assert heard.of(Kind.DOMAIN, "contract") == [
        Happening.DEFINED,
        Happening.STARTED,
        Happening.DEVICES,
        Happening.PAUSED,
        Happening.RESUMED,
        Happening.DEFINED,
        Happening.STOPPED,
        Happening.REMOVED,
    ]


def test_volumes_are_told_by_their_kind(driver: CompleteHost, tmp_path: Path) -> None:
    pool = SIMULATED_SAMPLES.pool.format(folder=tmp_path)
    driver.lifecycle.define(Kind.STORAGE_POOL, "contract", pool)
    driver.lifecycle.build_pool("contract")
    driver.lifecycle.start(Kind.STORAGE_POOL, "contract")
    heard = Heard(driver.watch)
    driver.lifecycle.define(Kind.VOLUME, "contract/disk.img", SIMULATED_SAMPLES.volume)
    driver.lifecycle.undefine(Kind.VOLUME, "contract/disk.img")
    heard.wait(lambda: len(heard.changes) == 2)
    assert heard.of(Kind.VOLUME, "") == [Happening.DEFINED, Happening.REMOVED]


def test_each_host_of_a_file_hears_of_itself_and_one_thread_serves_all(tmp_path: Path) -> None:
    names = [f"h{number}" for number in range(200)]
    with ExitStack() as opened:
        hosts = [
            opened.enter_context(closing(open_complete(f"sim://{tmp_path}/host.db?host={name}", host=name)))
            for name in names
        ]
        before = threading.active_count()
        heard = [Heard(host.watch) for host in hosts]
        assert threading.active_count() <= before + 1
        for host, name in zip(hosts, names, strict=True):
            define(host, name)
        for each, name in zip(heard, names, strict=True):
            each.wait_for(Happening.DEFINED, Kind.NETWORK_FILTER, name)
            assert [change.name for change in each.changes] == [name]


def test_a_file_that_takes_the_place_of_another_is_a_loss(driver: CompleteHost, tmp_path: Path) -> None:
    define(driver)
    heard = Heard(driver.watch)
    with closing(open_complete(f"sim://{tmp_path}/new.db", host="new")) as new:
        define(new)
    (tmp_path / "new.db").rename(tmp_path / "host.db")
    heard.wait(lambda: heard.lost == 1)
    again = Heard(driver.watch)
    define(driver, "y")
    again.wait(lambda: bool(again.changes))
    assert (heard.changes, heard.lost, again.lost) == ([], 1, 0)


def test_whoever_is_too_far_behind_has_lost(driver: CompleteHost, monkeypatch: pytest.MonkeyPatch) -> None:
    define(driver)
    monkeypatch.setattr(changes, "ring", lambda _: None)
    heard = Heard(driver.watch)
    for number in range(3):
        define(driver, f"x{number}")
    store = driver.watch._gate.store  # type: ignore[attr-defined]
    with store.write() as rows:
        rows.connection.execute("DELETE FROM changes WHERE name = 'x0'")
    monkeypatch.undo()
    define(driver, "last")
    heard.wait(lambda: heard.lost == 1)
    assert heard.changes == []
