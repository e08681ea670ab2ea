"""What every command shares: usage errors, colour, pipes, the last resort, the cost of starting."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from dataclasses import fields

import click
import pytest

from reconciler.cli import commands
from reconciler.cli.group import app
from reconciler.cli.options import CommandOptions
from reconciler.engine import round as rounds
from reconciler.report.paint import paint_for
from tests.reconciler.cli.lab import Lab

COMMANDS_AND_LINES = tuple(commands.COMMANDS.items())


def command_of(name: str) -> click.Command:
    found = app.get_command(click.Context(app), name)
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "line"), COMMANDS_AND_LINES)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str, line: str) -> None:
    assert " ".join((command_of(name).help or "").split()).startswith(line)
    assert len(line) <= 64, "one line of a terminal"
    assert not line.endswith(".")


def test_an_option_that_commands_share_is_the_same_everywhere() -> None:
    shared = {field.name for field in fields(CommandOptions)}
    found: dict[str, set[tuple[object, ...]]] = {}
    for name in commands.COMMANDS:
        for option in command_of(name).params:
            if isinstance(option, click.Option) and option.name in shared:
                told = (tuple(option.opts), str(option.type), option.help, option.is_flag)
                found.setdefault(option.opts[0], set()).add(told)
    assert {name: told for name, told in found.items() if len(told) > 1} == {}
    assert {"--only", "--host", "--output", "--state", "--color"} <= found.keys()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("plna", "TREE"), "'plna'"),
        (("plan", "TREE", "--nope"), "--nope"),
        (("plan", "TREE", "two"), "two"),
        (("adopt",), "--host"),
        (("apply", "TREE", "--parallel", "many"), "--parallel"),
        (("apply", "TREE", "--parallel", "0"), "--parallel"),
        (("plan", "TREE", "--max-deletions", "-1"), "--max-deletions"),
        (("status", "TREE", "-o", "xml"), "allowed: text, wide, json, yaml, markdown"),
        (("plan", "TREE", "-o", "wide"), "allowed: text, json, yaml, markdown"),
        (("plan", "TREE", "-out=x.plan"), "there is no option '-out'; here: --out FILE"),
        (("token", "ann"), "view, operate"),
        (("explain",), "a kind is one of Domain, "),
        (("domblklist", "web"), "virt-reconcile status"),
        (("plan", "TREE", "--color", "blue"), "allowed: auto, always, never"),
        (("plan", "TREE", "--host", "nothing"), "write [NAME=]URI, such as qemu:///system"),
        (("plan", "TREE", "--only", "nothing"), "write KIND/NAME or LABEL=VALUE"),
        (("plan", "TREE", "--only", "Domian/web"), "did you mean 'Domain'"),
        (("plan", "TREE", "--state", "mysql://x"), "allowed: sqlite:///PATH"),
    ],
)
def test_usage_errors_are_one_line(shop: Lab, arguments: tuple[str, ...], told: str) -> None:
    said = shop(*arguments)
    assert (said.code, said.out) == (1, "")
    assert told in said.err
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1


def test_a_mistake_of_ours_shows_no_traceback(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(rounds, "plan", fails)
    said = shop("plan", "TREE")
    assert said.code == 1
    assert said.err == ("error: internal error (RuntimeError); --verbose shows where; please report it\n")


def test_an_interrupt_says_so(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rounds, "plan", interrupted)
    said = shop("plan", "TREE")
    assert (said.code, said.err) == (130, "interrupted\n")


@pytest.mark.parametrize(
    ("environment", "terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"CLICOLOR_FORCE": "0"}, False, False),
        ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, True, False),
        ({"CLICOLOR": "0"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_what_the_environment_says_of_colour(
    environment: dict[str, str], terminal: bool, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    assert paint_for("auto", stream).on is coloured
    assert paint_for("always", stream).on
    assert not paint_for("never", stream).on


@pytest.mark.parametrize(
    ("choice", "no_color", "terminal", "coloured"),
    [
        ("always", "1", False, True),
        ("auto", "", True, True),
    ],
)
def test_colour(shop: Lab, choice: str, no_color: str, terminal: bool, coloured: bool) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    if no_color:
        environment["NO_COLOR"] = no_color
    ours, theirs = pty.openpty()
    output = theirs if terminal else subprocess.PIPE
    process = shop.popen("plan", "TREE", "--color", choice, stdout=output, env=environment)
    os.close(theirs)
    if terminal:
        process.wait(timeout=60)
        shown = os.read(ours, 65536).decode()
    else:
        shown = process.communicate(timeout=60)[0]
    os.close(ours)
    assert "Domain/web" in shown
    assert ("\033[" in shown) is coloured


def test_a_pipe_that_closes_early_is_no_mishap(lab: Lab) -> None:
    for number in range(400):
        lab.guest(f"guest-{number}", state="stopped")
    lab("validate", "TREE")
    process = subprocess.run(
        f"{sys.executable} -m reconciler.cli.main plan {lab.tree} -v -o json | head -1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert process.stdout == "{\n"
    assert process.stderr == ""


def test_help_loads_no_command_and_nothing_slow() -> None:
    script = "from reconciler.cli.main import call; call(['--help']); import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = done.stdout.splitlines()[-1].split()
    ours = {name for name in loaded if name.split(".")[0] in ("reconciler", "drivers", "state", "specs")}
    assert ours == {
        "reconciler", "reconciler.cli", "reconciler.cli.main", "reconciler.cli.group",
        "reconciler.cli.commands", "reconciler.cli.ends",
        "reconciler.cli.out", "reconciler.faults",
        "reconciler.report", "reconciler.report.paint", "specs", "specs.plain",
    }  # fmt: skip
    assert not {"pydantic", "lxml", "yaml", "sqlite3"} & set(loaded)


SLOW = (
    "yaml",
    "tenacity",
    "rich",
    "jinja2",
    "watchdog",
    "asyncio",
    "libvirt",
    "specs.models.base",
    "specs.compiling.loader",
)


def test_planning_nothing_loads_no_more_than_it_needs(shop: Lab) -> None:
    shop.applied()
    shop.assert_converged()
    script = (
        "import sys; from reconciler.cli.main import call; code = call(sys.argv[1:]);"
        f" print([m for m in {SLOW} if m in sys.modules]); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "plan", str(shop.tree), "--detailed-exitcode"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_words_stand_in_any_order_and_the_tree_is_this_folder(
    shop: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is there is the tree; what reads as a resource selects."""
    monkeypatch.chdir(shop.tree)
    for words in (("Domain/web",), ("app=web", "."), (str(shop.tree), "domain/web"), ("--only", "Domain/w*")):
        addresses = [v["address"] for v in shop("plan", *words, "-o", "json").json["resources"]]
        assert addresses == ["Domain/web"], words
    shop.applied()
    assert shop("status").out.endswith("2 resources: 2 converged\n")
    assert shop("history", "Domain/web").out == shop("history", "TREE", "domain/web").out
    assert shop("suspend", ".", "Domain/web", "--reason", "a test").err.startswith("Domain/web is left alone")
    assert shop("resume", "Domain/web", ".").code == 0
    for words, told in (
        (
            ("web",),
            "there is no folder 'web'; a resource is written with its kind: virt-reconcile plan Domain/web",
        ),
        (("web.yaml",), "web.yaml is one file of a tree: give the folder ."),
        ((".", ".."), "cannot both be the tree"),
        (("Domian/web",), "did you mean 'Domain/web'?"),
    ):
        said = shop("plan", *words)
        assert (said.code, said.out, told in said.err) == (1, "", True), said.err


def test_a_saved_plan_given_as_an_argument_is_applied(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.tree)
    assert shop("plan", "--out", "plan.out").code == 0
    assert "knows its tree" in shop("apply", ".", "--plan", "plan.out").err
    assert shop("apply", "plan.out", "--yes").code == 0
    assert shop.domains() == {"web": "running", "db": "running"}
