"""The file: created by the first change, shared, private, and whole after every death."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from drivers.base.errors import DriverError, Refused, Unreachable, Unsupported
from drivers.contract.complete import open_complete
from drivers.simulated.store import Store
from specs.identity import Kind

FILTER = "<filter name='{0}'><rule action='drop' direction='in'><mac/></rule></filter>"


def filters(uri: str) -> set[str]:
    driver = open_complete(uri, host="hv", readonly=True)
    names = {name for kind, name in driver.observe.inventory().objects if kind is Kind.NETWORK_FILTER}
    driver.close()
    return names


@pytest.mark.parametrize("readonly", [True, False])
def test_looking_at_a_missing_file_shows_an_empty_host_and_creates_nothing(
    tmp_path: Path, readonly: bool
) -> None:
    driver = open_complete(f"sim://{tmp_path}/host.db", host="hv", readonly=readonly)
    assert driver.observe.inventory().objects == {}
    assert driver.observe.one(Kind.DOMAIN, "web") is None
    driver.capabilities()
    driver.close()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_that_is_ours_in_a_tree_is_made_with_the_file(tmp_path: Path) -> None:
    uri = f"sim://{tmp_path}/.virt-reconcile/host.db"
    assert filters(uri) == set()
    assert list(tmp_path.iterdir()) == []
    driver = open_complete(uri, host="hv")
    driver.lifecycle.define(Kind.NETWORK_FILTER, "f", FILTER.format("f"))
    driver.close()
    assert filters(uri) == {"f"}
    assert (tmp_path / ".virt-reconcile").stat().st_mode & 0o777 == 0o700


def test_a_refused_first_change_leaves_an_empty_host(tmp_path: Path) -> None:
    driver = open_complete(f"sim://{tmp_path}/host.db", host="hv")
    with pytest.raises(Refused):
        driver.lifecycle.define(Kind.DOMAIN, "web", "<domain/>")
    assert driver.observe.inventory().objects == {}


def test_the_file_is_one_and_private(tmp_path: Path) -> None:
    driver = open_complete(f"sim://{tmp_path}/host.db", host="hv")
    driver.lifecycle.define(Kind.NETWORK_FILTER, "a", FILTER.format("a"))
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())
    driver.close()
    assert [path.name for path in tmp_path.iterdir()] == ["host.db"]


def test_hosts_share_a_file_and_nothing_in_it(tmp_path: Path) -> None:
    uri = f"sim://{tmp_path}/fleet.db"
    for host in ("one", "two"):
        driver = open_complete(f"{uri}?host={host}", host=host)
        driver.lifecycle.define(Kind.NETWORK_FILTER, host, FILTER.format(host))
        driver.close()
    assert filters(f"{uri}?host=one") == {"one"}
    assert filters(f"{uri}?host=two") == {"two"}
    assert filters(uri) == set()


def test_a_missing_folder_is_unreachable_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as raised:
        open_complete(f"sim://{tmp_path}/none/host.db", host="hv")
    assert str(tmp_path / "none") in raised.value.hint


def test_another_kind_of_file_is_unreachable_and_untouched(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be taken for one" * 50)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    newer = tmp_path / "newer.db"
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for path in (text, other, newer, tmp_path):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(Unreachable):
            open_complete(f"sim://{path}", host="hv", readonly=True).observe.inventory()
        with pytest.raises(Unreachable):
            open_complete(f"sim://{path}", host="hv").lifecycle.define(
                Kind.NETWORK_FILTER, "a", FILTER.format("a")
            )
        assert not path.is_file() or path.read_bytes() == before


@pytest.mark.parametrize(
    "query", ["hots=x", "delay=soon", "memory=64", "memory=64XB", "cpus=many", "delay=-1s"]
)
def test_a_uri_that_says_something_unknown_is_unsupported(tmp_path: Path, query: str) -> None:
    with pytest.raises(Unsupported):
        open_complete(f"sim://{tmp_path}/host.db?{query}", host="hv")


def test_the_uri_says_what_the_host_offers_and_how_slow_it_is(tmp_path: Path) -> None:
    driver = open_complete(f"sim://{tmp_path}/host.db?cpus=8&memory=2GiB&delay=30ms", host="hv")
    began = time.monotonic()
    capabilities = driver.capabilities()
    assert time.monotonic() - began >= 0.03
    assert (capabilities.cpus, capabilities.memory_kib) == (8, 2 << 20)


def test_threads_and_processes_write_at_once_and_lose_nothing(tmp_path: Path) -> None:
    uri = f"sim://{tmp_path}/host.db"
    program = (
        "import sys; from drivers.base.registry import open_host; from specs.identity import Kind\n"
        f"d = open_host({uri!r}, host='hv')\n"
        "for i in range(20):\n"
        "    name = sys.argv[1] + str(i)\n"
        f"    d.lifecycle.define(Kind.NETWORK_FILTER, name, {FILTER!r}.format(name))\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program, letter]) for letter in "ab"]
    driver = open_complete(uri, host="hv")
    problems: list[DriverError] = []

    def write(letter: str) -> None:
        try:
            for index in range(20):
                name = f"{letter}{index}"
                driver.lifecycle.define(Kind.NETWORK_FILTER, name, FILTER.format(name))
                driver.observe.inventory()
        except DriverError as error:
            problems.append(error)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "cd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(60) for process in processes] == [0, 0]
    assert problems == []
    assert filters(uri) == {f"{letter}{index}" for letter in "abcd" for index in range(20)}


def test_a_killed_writer_leaves_whole_transactions(tmp_path: Path) -> None:
    uri = f"sim://{tmp_path}/host.db"
    program = (
        "from drivers.base.registry import open_host; from specs.identity import Kind\n"
        f"d = open_host({uri!r}, host='hv')\n"
        "for i in range(100000):\n"
        f"    d.lifecycle.define(Kind.NETWORK_FILTER, str(i), {FILTER!r}.format(i)); print(i, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [process.stdout.readline().strip() for _ in range(30)]
    os.kill(process.pid, signal.SIGKILL)
    said += process.stdout.read().split()
    process.wait()
    process.stdout.close()
    assert set(said) <= filters(uri)


def test_a_change_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "host.db", "default")

    def half() -> None:
        with store.write() as host:
            host.make_place("/half")
            raise Refused("no")

    with pytest.raises(Refused):
        half()
    with store.write() as host:
        assert not host.place_exists("/half")
    store.close()


def test_ten_thousand_objects_are_observed_in_about_a_second(tmp_path: Path) -> None:
    uri = f"sim://{tmp_path}/host.db"
    driver = open_complete(uri, host="hv")
    driver.lifecycle.define(
        Kind.DOMAIN,
        "d",
        "<domain type='qemu'><name>d</name><memory>65536</memory><os><type>hvm</type></os></domain>",
    )
    driver.lifecycle.start(Kind.DOMAIN, "d")
    driver.close()
    with sqlite3.connect(tmp_path / "host.db") as connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
            " INSERT INTO objects SELECT host, kind, 'd' || i, i, document, live, power, autostart, value,"
            " place FROM objects, n"
        )
    connection.close()
    began = time.process_time()
    seen = open_complete(uri, host="hv", readonly=True).observe.inventory()
    assert len(seen.objects) == 10001
    assert time.process_time() - began < 2
