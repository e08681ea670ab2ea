"""apply."""

from __future__ import annotations

import os
import pty
import signal
import time

import pytest

from drivers.simulated import faults
from tests.reconciler.cli.lab import Lab, wait_until


def test_twice_in_a_row_the_second_does_nothing(shop: Lab) -> None:
    first = shop.applied()
    assert "Applied: 4 done." in first.out
    assert "done      define Domain/web" in first.err
    second = shop.applied()
    assert second.out.strip() == "No changes. 2 resources match."
    assert len(shop("history", "TREE", "-o", "json").json["runs"]) == 1


def test_without_a_terminal_it_has_to_be_told_yes(shop: Lab) -> None:
    process = shop.popen("apply", "TREE")
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "needs --yes" in err
    assert shop.domains() == {}


@pytest.mark.parametrize(
    ("answer", "code", "guests"),
    [("yes\n", 0, 2), ("no\n", 1, 0), ("y\n", 1, 0), ("\n", 1, 0), ("\x04", 1, 0)],
)
def test_on_a_terminal_it_asks(shop: Lab, answer: str, code: int, guests: int) -> None:
    ours, theirs = pty.openpty()
    process = shop.popen("apply", "TREE", stdin=theirs)
    os.close(theirs)
    os.write(ours, answer.encode())
    out, err = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == code, out + err
    assert "Do this?" in err
    assert len(shop.domains()) == guests
    if code:
        assert "nothing was done" in err


def test_nothing_to_do_asks_nobody(shop: Lab) -> None:
    shop.applied()
    process = shop.popen("apply", "TREE")
    _out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


def test_json_is_one_document_of_outcomes(shop: Lab) -> None:
    said = shop("apply", "TREE", "--yes", "-o", "json", "--quiet")
    assert (said.code, said.err) == (0, "")
    assert said.json["format_version"] == 1
    assert {(o["action"], o["result"]) for o in said.json["outcomes"]} == {
        (f"{verb} Domain/{name}", "done") for verb in ("define", "start") for name in ("web", "db")
    }


def test_what_fails_stops_only_what_needs_it(shop: Lab) -> None:
    faults.inject(shop.path / "sim.db", "hv1", "define", "web", "refused")
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert shop.domains() == {"db": "running"}
    assert "failed    define Domain/web" in said.err
    assert "skipped   start Domain/web: 'define Domain/web' failed" in said.err
    assert "Applied: 2 done, 1 failed, 1 skipped." in said.out
    shop.applied()
    shop.assert_converged()


def test_a_transient_fault_is_no_failure(shop: Lab) -> None:
    faults.inject(shop.path / "sim.db", "hv1", "define", "web", "transient")
    shop.applied()
    assert shop.domains() == {"db": "running", "web": "running"}


def test_the_lock_names_its_holder(shop: Lab) -> None:
    shop.fleet(hv1=shop.uri() + "&delay=1s")
    first = shop.popen("apply", "TREE", "--yes")
    try:
        lock = shop.tree / ".virt-reconcile" / "state.db.lock"
        wait_until(lambda: lock.exists() and lock.stat().st_size > 0)
        said = shop("apply", "TREE", "--yes")
        assert said.code == 1
        assert str(first.pid) in said.err
        assert f"apply {shop.tree}" in said.err
        assert shop("plan", "TREE").code == 0
    finally:
        first.communicate(timeout=60)
    assert first.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_half_way_the_next_apply_ends_it(shop: Lab, number: signal.Signals) -> None:
    shop.fleet(hv1=shop.uri() + "&delay=300ms")
    process = shop.popen("apply", "TREE", "--yes", "--parallel", "1")
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith("done")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "stopping when the running actions have ended" in err
    assert "stopped before it began" in err
    shop.fleet()
    runs = shop("history", "TREE", "-o", "json").json["runs"]
    assert runs[0]["status"] == "interrupted"
    shop.applied()
    shop.assert_converged()


def test_interrupted_twice_it_ends_at_once(shop: Lab) -> None:
    shop.hang("start", "web")
    process = shop.popen("apply", "TREE", "--yes", "--parallel", "1", "--only", "Domain/web")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("done")
    shop.wait_until_it_hangs()  # a start that has not begun is skipped, and nothing hangs
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline().startswith("stopping")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)  # it would hang for ever
    assert process.returncode == 130
    faults.clear(shop.path / "sim.db")
    shop.applied()
    shop.assert_converged()


def test_parallel_one_does_one_at_a_time(lab: Lab) -> None:
    for number in range(6):
        lab.guest(f"g{number}", state="stopped")
    lab.fleet(hv1=lab.uri() + "&delay=100ms")
    one, many = (_seconds(lab, n, number) for n, number in (("1", 1), ("6", 2)))
    assert many < one, (one, many)


def _seconds(lab: Lab, parallel: str, memory: int) -> float:
    for number in range(6):
        lab.guest(f"g{number}", state="stopped", memory=f"{memory}GiB")
    begun = time.monotonic()
    assert lab("apply", "TREE", "--yes", "--parallel", parallel).code == 0
    return time.monotonic() - begun
