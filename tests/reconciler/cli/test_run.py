"""run: the controller."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.base import Text
from drivers.simulated import faults
from tests.reconciler.cli.lab import UUID, Lab

PATIENCE = 30.0
"""More than a slow machine needs, and half of what the controller waits for a host that does not answer."""


class Controller:
    """`run` in a process of its own; what it logs can be waited for."""

    def __init__(self, lab: Lab, *arguments: str) -> None:
        self.process = lab.popen("run", "TREE", *arguments)
        self.log: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)

    def says(self, text: str) -> str:
        """The next line with that text."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"never said '{text}': {''.join(self.log)}")
            self.log.append(line)
            if text in line:
                return line

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends it, within our patience; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE)


@pytest.fixture
def started(shop: Lab) -> Iterator[Callable[..., Controller]]:
    """Starts controllers over the shop, and ends them."""
    running: list[Controller] = []

    def start(*arguments: str) -> Controller:
        running.append(Controller(shop, *arguments))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


Start = Callable[..., Controller]


def test_once_makes_one_round(shop: Lab) -> None:
    said = shop("run", "TREE", "--once")
    assert said.code == 0
    assert "Plan: 2 to create" in said.err
    assert shop.domains() == {"web": "running", "db": "running"}
    shop.assert_converged()


def test_once_fails_when_an_action_does(shop: Lab) -> None:
    faults.inject(shop.path / "sim.db", "hv1", "start", "web", "refused")
    said = shop("run", "TREE", "--once")
    assert said.code == 1
    assert "failed: start Domain/web" in said.err


def test_observe_changes_nothing(shop: Lab) -> None:
    said = shop("run", "TREE", "--once", "--observe")
    assert said.code == 0
    assert "+ Domain/web on hv1" in said.out
    assert not (shop.path / "sim.db").exists()
    assert shop("run", "TREE", "--once", "--observe", "-o", "json").json["changes"] == 4


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--interval", "garbage", "--interval: 'garbage' is no duration"),
        ("--interval", "0s", "longer than 0"),
        ("--only", "nothing", "selects nothing"),
        ("--host", "nothing", "is no URI"),
        ("--jitter", "7", "--jitter"),
    ],
)
def test_a_wrong_option_is_told_at_once(shop: Lab, option: str, value: str, told: str) -> None:
    said = shop("run", "TREE", option, value)
    assert said.code == 1
    assert told in said.err


def test_pull_needs_a_working_copy(shop: Lab) -> None:
    said = shop("run", "TREE", "--pull", "--once")
    assert said.code == 1
    assert "no git working copy" in said.err


def test_it_follows_the_files(shop: Lab, started: Start) -> None:
    """A change wakes it, a broken file leaves the last good tree in force, the mended one counts again."""
    controller = started("--interval", "1h")
    controller.says("Plan: 2 to create")
    controller.says("start Domain/")
    controller.says("start Domain/")
    shop.guest("third")
    controller.says("Plan: 1 to create")
    controller.says("done: start Domain/third")
    good = (shop.tree / "third.yaml").read_text()
    shop.write("third.yaml", "kind: [")
    assert "third.yaml:2:1" in controller.says("invalid:")
    controller.says("the last good tree stays in force")
    shop.write("third.yaml", good.replace("1GiB", "2GiB"))
    controller.says("Plan: 0 to create, 1 to change")
    assert controller.end() == 0


def test_many_files_at_once_are_one_round(shop: Lab, started: Start) -> None:
    controller = started("--interval", "1h")
    controller.says("Plan: 2 to create")
    controller.says("start Domain/")
    controller.says("start Domain/")
    time.sleep(0.3)
    for number in range(20):
        shop.guest(f"g{number}", state="stopped")
        time.sleep(0.01)
    assert "Plan: 20 to create" in controller.says("Plan:")


def test_drift_is_mended_at_intervals(shop: Lab, started: Start) -> None:
    controller = started("--interval", "300ms")
    controller.says("No changes.")
    driver = shop.driver()
    driver.live.set_text("web", Text.DESCRIPTION, "somebody was here")
    driver.close()
    controller.says("Plan: 0 to create, 1 to change")
    controller.says("No changes.")
    assert controller.end(signal.SIGINT) == 0
    shop.assert_converged()


def test_the_last_good_tree_does_its_work_while_files_are_broken(shop: Lab, started: Start) -> None:
    controller = started("--interval", "300ms")
    controller.says("No changes.")
    shop.write("web.yaml", "kind: [")
    controller.says("the last good tree stays in force")
    driver = shop.driver()
    driver.live.set_text("web", Text.DESCRIPTION, "somebody was here")
    driver.close()
    controller.says("1 to change")
    controller.says("No changes.")


def test_it_starts_with_a_broken_tree_and_waits(shop: Lab, started: Start) -> None:
    good = (shop.tree / "web.yaml").read_text()
    shop.write("web.yaml", "kind: [")
    controller = started("--interval", "1h")
    controller.says("invalid: web.yaml:2:1")
    time.sleep(0.3)
    assert shop.domains() == {}
    shop.write("web.yaml", good)
    controller.says("Plan: 2 to create")


def test_it_goes_on_while_a_host_is_away(shop: Lab, started: Start) -> None:
    faults.inject(shop.path / "sim.db", "hv1", "open", "*", "unreachable", times=-1)
    controller = started("--interval", "300ms")
    controller.says("host hv1 cannot be reached")
    faults.clear(shop.path / "sim.db")
    controller.says("Plan: 2 to create")


def test_it_goes_on_while_another_holds_the_state(shop: Lab, started: Start) -> None:
    from state import open_state

    shop.applied()
    store = open_state(str(shop.tree / ".virt-reconcile" / "state.db"), fleet="shop", uuid=UUID)
    with store.writer("apply by hand"):
        controller = started("--interval", "300ms")
        controller.says("apply by hand")
    store.close()
    controller.says("No changes.")
    assert controller.process.poll() is None


def test_it_goes_on_when_the_state_cannot_be_used(shop: Lab, started: Start) -> None:
    shop.write(".virt-reconcile/state.db", "no database " * 100)
    controller = started("--interval", "300ms")
    controller.says("error: the state")
    (shop.tree / ".virt-reconcile" / "state.db").unlink()
    controller.says("No changes.")


def test_a_host_that_hangs_does_not_hinder_its_end(shop: Lab, started: Start) -> None:
    shop.hang("observe", "*")
    controller = started("--interval", "1h")
    shop.wait_until_it_hangs()
    assert controller.end() == 0


def test_the_running_action_ends_before_it_stops(shop: Lab, started: Start) -> None:
    shop.fleet(hv1=shop.uri() + "&delay=400ms")
    controller = started("--interval", "1h", "--parallel", "1")
    controller.says("done: define")
    assert controller.end() == 0
    shop.fleet()
    shop.applied()
    shop.assert_converged()


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_pull_follows_its_branch_and_records_the_commit(shop: Lab, started: Start) -> None:
    origin = shop.path / "origin"
    shop.tree.rename(origin)
    git(origin, "init", "--quiet", "--initial-branch=main")
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "--message", "first")
    git(shop.path, "clone", "--quiet", str(origin), str(shop.tree))
    first = git(origin, "rev-parse", "HEAD")
    controller = started("--interval", "300ms", "--pull")
    controller.says("Plan: 2 to create")
    controller.says("No changes.")
    (origin / "web.yaml").write_text((origin / "web.yaml").read_text().replace("1GiB", "2GiB"))
    git(origin, "commit", "--quiet", "--all", "--message", "second")
    second = git(origin, "rev-parse", "HEAD")
    controller.says("1 to change")
    controller.says("No changes.")
    origin.rename(shop.path / "gone")
    controller.says("not up to date: git pull:")
    controller.says("the last good tree stays in force")
    controller.end()
    runs = shop("history", "TREE", "-o", "json").json["runs"]
    assert [run["commit"] for run in runs] == [second, first]


def test_what_is_not_installed_is_said_with_what_to_do(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "reconciler.server.app", None)  # as when what it needs is not there
    said = shop("run", "TREE", "--listen", "127.0.0.1:0")
    assert said.code == 1
    assert "pip install 'virt-reconcile[server]'" in said.err
