"""All commands, walked through: each tells of itself with examples that are right, in 80 columns, and says in
one line what it lacks where there is nothing."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from reconciler.cli.commands import COMMANDS, GROUPS
from reconciler.cli.declared import whole_context
from reconciler.cli.examples import EXAMPLES
from reconciler.cli.group import app
from reconciler.cli.habits import COMMANDS as HABITS
from reconciler.cli.habits import OPTIONS
from reconciler.cli.options import FORMS
from tests.reconciler.cli.lab import Lab
from tests.reconciler.cli.test_forms import WIDE

SHOWS = {
    "plan", "diff", "status", "hosts", "history", "commits", "decisions", "validate", "rebalance", "apply",
    "destroy", "release", "adopt", "run", "start", "stop", "restart", "snapshot", "snapshots", "revert",
    "explain", "token",
}  # fmt: skip
NEEDS_NOTHING = {"init", "schema", "lab", "completion"}
"""Those that have something to do in an empty folder; `lab` alone tells of its commands."""


def command_of(name: str) -> click.Command:
    found = app.get_command(whole_context(), name)
    assert found is not None
    return found


def parsed(typed: str) -> None:
    """As far as the shell's own words: parsed, and nothing is done."""
    words = shlex.split(re.split(r"[|>]", typed)[0])
    command: click.Command = app
    context = whole_context()
    while isinstance(command, click.Group):
        name, *words = words
        found = command.get_command(context, name)
        assert found is not None, typed
        command = found
    command.make_context(name, words, parent=context)


def test_every_command_has_examples_and_each_is_right() -> None:
    assert EXAMPLES.keys() == COMMANDS.keys()
    for name, examples in EXAMPLES.items():
        assert examples, name
        for wanted, typed in examples:
            assert typed.split()[0] == name, typed
            assert len(wanted) < 70, wanted
            parsed(typed)


def test_help_is_read_in_80_columns(lab: Lab) -> None:
    told = lab()
    assert [title for title in GROUPS if f"\n{title}:\n" not in told.out] == []
    assert lab("help").out == told.out
    for name in COMMANDS:
        said = lab("help", name)
        assert (said.code, said.err) == (0, ""), name
        assert said.out == lab(name, "--help").out
        assert "Examples:\n" in said.out
        assert max(map(len, said.out.splitlines())) <= 80, name
    assert "no command 'get'" in lab("help", "get").err


def test_whoever_shows_something_shows_it_in_all_forms(lab: Lab) -> None:
    """The forms themselves: test_forms."""
    for name in COMMANDS:
        params = {param.name: param for param in command_of(name).params}
        assert ("output" in params) is (name in SHOWS), name
        words = {"token": ("anna", "--role", "view"), "explain": ("Domain",)}.get(name, ())
        words = ("web",) if name in ("start", "stop", "restart", "snapshot", "revert") else words
        if name in SHOWS:
            forms = ", ".join(form for form in FORMS if form != "wide" or name in WIDE)
            assert f"allowed: {forms}" in lab(name, *words, "-o", "html").err


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - NEEDS_NOTHING))
def test_where_there_is_nothing_a_bare_call_says_what_is_missing(
    lab: Lab, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    said = lab(name, *(("--once",) if name == "run" else ()))
    assert "Traceback" not in said.out + said.err
    assert "internal error" not in said.err
    assert said.code in (0, 1, 3)
    assert len((said.out + said.err).splitlines()) <= 4, said


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("get domains", "no command 'get'; status shows what there is: virt-reconcile status"),
        ("Describe web", "status shows what there is"),
        ("plna", "did you mean 'virt-reconcile plan'?"),
        ("dumxpml web", "diff shows the XML"),
        ("frobnicate", "--help lists the commands"),
        ("destroy web", "switched off by virt-reconcile stop web"),
        ("apply -auto-approve", "apply has no option '-auto-approve'; here: --yes"),
        ("apply -target=Domain/web", "has no option '-target'; here: --only"),
        ("plan --onyl Domain/web", "did you mean '--only'?"),
        ("apply -f web.yaml", "the folder itself is the argument"),
        ("-v plan", "options come after it: virt-reconcile COMMAND -v"),
        ("pin abcd", "missing option '--reason' (virt-reconcile pin --help tells more)"),
        ("lab stauts", "lab has no command 'stauts'; did you mean 'status'?"),
        ("apply TREE -o", "(virt-reconcile apply --help tells more)"),
        ("apply web.plan", "there is no folder and no saved plan 'web.plan'"),
        ("plan --color blue", "allowed: auto, always, never"),
    ],
)
def test_habits_are_answered_with_the_right_command(shop: Lab, typed: str, told: str) -> None:
    said = shop(*typed.split())
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert told in said.err


def test_what_habits_are_answered_with_is_there() -> None:
    options = {
        option
        for name in COMMANDS
        for param in command_of(name).params
        for option in (*param.opts, *param.secondary_opts)
    } | {"--help", "--version"}
    assert not HABITS.keys() & COMMANDS.keys()
    for answer in (*HABITS.values(), *OPTIONS.values()):
        for command in re.findall(r"virt-reconcile ([a-z]+)", answer):
            assert command in COMMANDS, answer
        assert set(re.findall(r"(?<!\S)--[a-z-]+", answer)) <= options, answer


def test_version_is_what_a_report_begins_with(lab: Lab) -> None:
    said = lab("--version")
    ours, python, libvirt = said.out.splitlines()
    assert said.code == 0
    assert re.fullmatch(r"virt-reconcile \d\S*( \(commit [0-9a-f]{12}\))?", ours)
    assert python.startswith("Python 3.")
    assert libvirt.startswith("libvirt ")
