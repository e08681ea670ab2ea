"""console: on a terminal and in a pipe, against the simulated host."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.terminal import escape_byte
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.reconciler.cli.lab import Lab
from tests.support.screen import screen

MUTE = "<domain type='kvm'><name>mute</name><memory>65536</memory><os><type>hvm</type></os></domain>"


@pytest.fixture
def talking(lab: Lab) -> Lab:
    """The guest web, running, with a console."""
    lab.guest("web")
    lab.applied()
    return lab


def test_what_is_typed_goes_to_the_guest_until_the_escape_character(talking: Lab) -> None:
    with screen("console", "web", str(talking.tree)) as terminal:
        terminal.shows("attached to web on hv1; ^] leaves")
        terminal.shows("web login: ")
        terminal.type(b"root\x03")
        terminal.shows("root\x03")
        terminal.type(b"more\x1d and this is not sent")
        assert terminal.ends() == 0
        assert "more" in terminal.shown
        assert "not sent" not in terminal.shown
        assert "left the console" in terminal.shown


def test_another_escape_character(talking: Lab) -> None:
    with screen("console", "web", str(talking.tree), "--escape", "^A") as terminal:
        terminal.shows("web login: ")
        terminal.type(b"\x1d")
        terminal.shows("\x1d")
        terminal.type(b"\x01")
        assert terminal.ends() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(talking: Lab, number: signal.Signals) -> None:
    with screen("console", "web", str(talking.tree)) as terminal:
        terminal.shows("web login: ")
        terminal.process.send_signal(number)
        assert terminal.ends() == (130 if number is signal.SIGINT else 128 + number)


def test_it_ends_with_the_guest(talking: Lab) -> None:
    with screen("console", "web", str(talking.tree)) as terminal:
        terminal.shows("web login: ")
        driver = talking.driver()
        driver.lifecycle.stop(Kind.DOMAIN, "web", StopPolicy(methods=(), force=True))
        driver.close()
        assert terminal.ends() == 0


def test_a_pipe_is_sent_as_it_is(talking: Lab) -> None:
    done = run(talking, "console", "web", "TREE", "--timeout", "3", given="ls\x1d -l\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("web login: ls\x1d -l\n")
    assert "attached to web" in done.stderr


def test_without_input_it_shows_until_the_time_is_over(talking: Lab) -> None:
    began = time.monotonic()
    done = run(talking, "console", "web", "TREE", "--timeout", "3", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "web login:" in done.stdout
    assert time.monotonic() - began >= 3


def test_the_tree_is_the_current_folder_by_default(talking: Lab) -> None:
    done = run(talking, "console", "web", "--timeout", "3", folder=talking.tree)
    assert "web login:" in done.stdout, done.stderr


def test_a_host_alone_needs_no_tree(talking: Lab, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    host = ("--host", talking.uri())
    done = run(talking, "console", "web", *host, "--timeout", "3", folder=tmp_path / "empty")
    assert "web login:" in done.stdout, done.stderr
    assert not list((tmp_path / "empty").iterdir())


def test_errors_say_what_is_wrong(talking: Lab) -> None:
    said = talking("console", "wep", "TREE")
    assert said.code == 1
    assert "declares no domain 'wep'; did you mean 'web'?" in said.err
    said = talking("console", "web", "TREE", "--device", "serial7")
    assert said.code == 1
    assert "Domain/web on hv1: 'web' has no console 'serial7'" in said.err
    said = talking("console", "web", "TREE", "--escape", "escape")
    assert said.code == 1
    assert "--escape: 'escape' is no escape character" in said.err
    talking.guest("web", state="stopped")
    talking("apply", "TREE", "--yes")
    said = talking("console", "web", "TREE")
    assert said.code == 1
    assert "not running" in said.err
    talking.fleet(hv1="sim:///nowhere/sim.db")
    said = talking("console", "web", "TREE")
    assert said.code == 1
    assert "host hv1 cannot be reached" in said.err


def test_a_guest_without_a_console(talking: Lab) -> None:
    talking.write("hv1/mute.xml", MUTE)
    talking.applied()
    driver = talking.driver()
    driver.lifecycle.start(Kind.DOMAIN, "mute")
    driver.close()
    said = talking("console", "mute", "TREE")
    assert said.code == 1
    assert "'mute' has no console" in said.err


@pytest.mark.parametrize(
    ("text", "byte"),
    [("^]", b"\x1d"), ("^a", b"\x01"), ("^[", b"\x1b"), ("~", b"~"), ("^", b"^"), ("none", b"")],
)
def test_escape_characters(text: str, byte: bytes) -> None:
    assert escape_byte(text) == byte


@pytest.mark.parametrize("text", ["", "^1x", "ab", "é", "^é"])
def test_what_is_no_escape_character(text: str) -> None:
    with pytest.raises(ValueError, match="no escape character"):
        escape_byte(text)


def run(
    lab: Lab, *arguments: str, given: str | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """The program with its input from a pipe, or without any."""
    command = [sys.executable, "-m", "reconciler.cli.main"]
    command += [str(lab.tree) if a == "TREE" else a for a in arguments]
    stdin: dict[str, Any] = {"input": given} if given is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run(
        command, **stdin, capture_output=True, text=True, timeout=60, cwd=folder, check=False
    )
