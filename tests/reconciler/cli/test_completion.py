"""Completion in the shells themselves, and the manual page as man shows it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.commands import COMMANDS
from reconciler.cli.completing import candidates
from reconciler.cli.completion import SHELLS, place_of, script_of
from reconciler.cli.declared import as_json, declared_commands
from reconciler.cli.manual import manual
from reconciler.cli.treenames import names_in
from tests.reconciler.cli.lab import Lab

BASH = """
eval "$(virt-reconcile completion bash)"
try() {
    COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
    read -ra COMP_WORDS <<< "$1"
    _virt_reconcile
    echo "${COMPREPLY[*]}"
}
while read -r line; do try "${line%.}"; done
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What commands take is found out once for all tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def typed(shop: Lab, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """In the tree, with the program on the PATH."""
    program = shop.path / "bin" / "virt-reconcile"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler.cli.main "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.chdir(shop.tree)
    return shop


def run(*command: str, given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def found(*words: str) -> set[str]:
    return {word for word, _ in candidates(words)}


def test_what_may_come(typed: Lab) -> None:
    """The same for all shells."""
    assert found("") == {*COMMANDS, "help"}
    assert found("pl") == {"plan"}
    assert found("plan", "--de") == {"--detailed-exitcode"}
    assert found("plan", "-o", "") == {"text", "wide", "json", "yaml", "markdown"}
    assert found("plan", "--only", "Dom") == {"Domain/web", "Domain/db"}
    assert found("plan", "--only=app=w") == {"--only=app=web"}
    assert found("status", "") == {"Domain/web", "Domain/db", "app=web", "app=db", ":folders"}
    assert found("stop", "w") == {"web", ":folders"}
    assert found("suspend", "H") == {"Host/hv1", ":folders"}
    assert found("plan", "--host", "") == {"hv1=", ":nospace"}
    assert found("lab", "u") == {"up"}
    assert {"StoragePool", "StoragePool.target"} <= found("explain", "StoragePool")
    assert found("token", "anna", "--role", "") == {"view", "operate"}
    assert found("plan", "--out", "") == {":files"}
    assert found("help", "pi") == {"pin"}
    assert found("nonsense", "") == set()


def test_in_bash(typed: Lab) -> None:
    lines = ("pl.", "plan --det.", "status app=w.", "status --only Domain/d.", "console .")
    shown = run("bash", "--norc", "-c", BASH, given="".join(f"virt-reconcile {line}\n" for line in lines))
    assert shown.splitlines() == ["plan", "--detailed-exitcode", "web", "Domain/db", "db web"]


def test_in_fish_and_zsh(typed: Lab) -> None:
    fish = "virt-reconcile completion fish | source; complete -C 'virt-reconcile status Domain/'"
    assert [line.split("\t")[0] for line in run("fish", "--no-config", "-c", fish).splitlines()] == [
        "Domain/db",
        "Domain/web",
    ]
    zsh = """
    compdef() { }
    _files() { }
    _describe() { print -l -- "${candidates[@]}" }
    eval "$(virt-reconcile completion zsh)"
    words=(virt-reconcile status app=); CURRENT=3; _virt_reconcile
    """
    assert run("zsh", "-f", "-c", zsh).splitlines() == ["app=db:a label", "app=web:a label"]


def test_a_wrong_tree_disturbs_nobody(typed: Lab) -> None:
    typed.write("broken.yaml", "apiVersion: virt-reconcile/v1\nkind: [\nmetadata: {name: \x1b[31m}\n\0")
    typed.write("other.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: pod}\n")
    (typed.tree / "gone.yaml").symlink_to("nowhere")
    assert found("status", "Domain/") == {"Domain/web", "Domain/db", ":folders"}
    shown = run("virt-reconcile", "__complete", "fish", "status", "")
    assert all(part.isprintable() for line in shown.splitlines() for part in line.split("\t"))
    assert run("virt-reconcile", "__complete", "bash") == ""
    assert run("virt-reconcile", "__complete", "tcsh", "plan", "--only", "Pod") == ""


def test_what_commands_take_is_looked_up_once(typed: Lab, cache: Path) -> None:
    """Then no command is loaded any more, and click neither."""
    assert found("plan", "--onl") == {"--only"}
    (kept,) = (cache / "virt-reconcile" / "commands").iterdir()
    assert json.loads(kept.read_text()) == as_json(declared_commands())
    script = (
        "import sys; sys.argv = ['', '__complete', 'zsh', 'status', 'Dom']\n"
        "from reconciler.cli.main import main; main()\n"
        "print({'click', 'yaml', 'specs.models', 'reconciler.cli.plan'} & set(sys.modules))"
    )
    assert run(sys.executable, "-c", script).splitlines()[-1] == "set()"


def test_names_are_found_however_they_are_written(tmp_path: Path) -> None:
    documents = (
        "kind: Domain\nmetadata:\n  labels:\n    app: shop\n    tier: 'web'\n  name: \"a b\"\n",
        "kind: Domain\nmetadata: {labels: {name: odd}, name: flow}\n",
        "kind: Volume\nmetadata: {name: v.img}\nspec:\n  capacity: 1GiB\n  pool: big\n",
        "kind: Volume\nmetadata: {name: w.img}\nspec: {pool: big}\n",
        "kind: Host\nmetadata: {name: hv1}\n",
        "kind: Fleet\nmetadata: {name: fleet}\n",
        "metadata: {name: turned}\nkind: Network\n",
    )
    text = "---\n".join(f"apiVersion: virt-reconcile/v1\n{document}" for document in documents)
    (tmp_path / "all.yaml").write_text(text)
    (tmp_path / "old.xml").write_text("<?xml version='1.0'?>\n<pool type='dir'><name>old</name></pool>")
    names = names_in(tmp_path)
    assert names.resources == [
        "Domain/a b", "Domain/flow", "Network/turned", "StoragePool/old",
        "Volume/big/v.img", "Volume/big/w.img",
    ]  # fmt: skip
    assert (names.hosts, names.labels) == (["hv1"], ["app=shop", "name=odd", "tier=web"])


@pytest.mark.parametrize("shell", SHELLS)
def test_one_line_installs_it(lab: Lab, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(lab.path))
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    said = lab("completion", "--install")
    assert (said.code, said.out.splitlines()[0]) == (0, f"wrote {place_of(shell)}")
    assert place_of(shell).is_relative_to(lab.path)
    assert place_of(shell).read_text() == script_of(shell) == lab("completion", shell).out
    assert lab("completion", "tcsh").err == "error: 'tcsh' is not known here: write bash, zsh, fish\n"


def test_the_manual_page_is_shown_without_a_warning(tmp_path: Path) -> None:
    page = manual("1.2.3")
    for name in COMMANDS:
        assert re.search(rf"^\.SS {name} ", page, re.MULTILINE), name
    assert page.isascii()
    file = tmp_path / "virt-reconcile.1"
    file.write_text(page)
    checked = subprocess.run(
        ["groff", "-ww", "-man", "-Tutf8", "-rLL=80n", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert checked.stderr == ""
    shown = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", checked.stdout)
    assert "EXIT STATUS" in shown
    assert "virt-reconcile status 'Domain/*' -o wide" in shown
    assert max(map(len, shown.splitlines())) <= 100
    assert shutil.which("man") is None or "VIRT-RECONCILE(1)" in run("man", "--warnings", "-l", str(file))
