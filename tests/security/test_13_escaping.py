"""C13: nothing that files or hosts say reaches a terminal as anything but visible characters."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import NOTHING_KNOWN, Inventory, Knowledge
from drivers.simulated.facets.lifecycle import SimulatedLifecycle
from drivers.simulated.facets.observe import SimulatedObserver
from reconciler.report.paint import Paint, shown
from reconciler.report.table import table
from specs.plain import plain, plain_json, plain_lines, width
from tests.reconciler.cli.lab import Lab

ROOT = Path(__file__).parents[2]
HOSTILE = {
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "colour": "\x1b[32m",
    "backspace": "\b\b\b\x7f",
    "carriage return": "\rNo changes.",
    "line end": "\nNo changes.",
    "C1": "\x9b2J\x85",
    "right to left": "\u202egnp.exe\u202c\u2066\u2069\u200e\u200f\u061c",
    "zero width": "a\u200bb\u200c\u200d\ufeff\u2060\u00ad",
    "separators": "\u2028\u2029",
    "tags": "\U000e0041\U000e0001",
    "variation": "a\ufe0f\U000e0100",
    "filler": "\u3164\u115f\uffa0\u2800",
    "private": "\ue000\U000f0000",
    "unassigned": "\u0378",
    "heaped marks": "a" + "\u0301" * 40,
}
IN_XML = {name: text for name, text in HOSTILE.items() if not any(c < " " and c not in "\n\r" for c in text)}
GOOD = "Büro-Server 日本語 ❤ naïve"
OURS = re.compile(r"\x1b\[(?:\d|3\d)m")


def assert_plain(said: str, *, colours: bool = False) -> None:
    left = OURS.sub("", said) if colours else said
    bad = {c for c in left.replace("\n", "") if not c.isprintable()}
    assert not bad, ascii(bad)
    assert not re.search("[\ufe00-\ufe0f\u3164\u115f\uffa0\u2800\U000e0100-\U000e01ef]", left)


@given(st.text())
def test_plain_text_holds_visible_characters_only(text: str) -> None:
    told = plain(text)
    assert_plain(told)
    assert "\n" not in told
    assert plain(told) == told
    assert {unicodedata.category(c) for c in told} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} == set()


def test_what_people_write_stays_as_it_is() -> None:
    assert plain(GOOD) == GOOD
    assert plain("\x1b[2J\u202e\ud800\U000e0041\n") == r"\x1b[2J\u202e\ud800\U000e0041\n"
    assert len(plain("x" * 10**6)) < 30_000


@given(st.text(), st.booleans())
def test_only_our_own_colours_are_colours(text: str, on: bool) -> None:
    told = shown(f"{Paint(on)('red', text)} {text} \x1b[31m")
    assert_plain(told, colours=on)
    assert len(OURS.findall(told)) == (2 if on else 0)


@given(st.text())
def test_json_says_the_same_in_visible_characters(text: str) -> None:
    import json

    told = plain_json(json.dumps({"x": text, text: [text]}, ensure_ascii=False, indent=2))
    assert json.loads(told) == json.loads(json.dumps({"x": text, text: [text]}))
    assert_plain(told)


def test_columns_stay_columns_whatever_stands_in_them() -> None:
    lines = list(table(("A", "B"), [("日本", "x"), ("\x1b[2J", "y"), ("x" * 9999, "z")]))
    assert {width(line[: line.rindex(last)]) for line, last in zip(lines, "Bxyz", strict=True)} == {
        width(lines[0][: lines[0].rindex("B")])
    }
    assert max(map(len, lines)) < 400


def writers(tree: ast.AST) -> Iterator[int]:
    """Where something is written to standard output or error, or printed."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if re.fullmatch(r"click\.(echo|secho)|print|pprint|traceback\.print_\w+", called) or re.search(
            r"\b(stdout|stderr|__stdout__|__stderr__)(\.buffer)?\.write(lines)?$", called
        ):
            yield node.lineno


def test_there_is_one_door_for_text() -> None:
    """The console shows a guest's own bytes; the reference and the matrix are programs of our own words;
    completion writes for a shell, a tab between a word and what it is, and no word that is not printable."""
    doors = {
        "reconciler/cli/completing.py",
        "reconciler/cli/out.py",
        "reconciler/cli/terminal.py",
        "specs/explain.py",
        "specs/matrix/__main__.py",
    }
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for room in ("specs", "drivers", "state", "reconciler")
        for file in (ROOT / room).rglob("*.py")
        if str(file.relative_to(ROOT)) not in doors
        for line in writers(ast.parse(file.read_text()))
    ]
    assert found == []


@pytest.fixture
def lab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lab:
    (tmp_path / "tree").mkdir()
    lab = Lab(tmp_path, capsys)
    lab.fleet()
    return lab


VIEWS = (
    ("validate", "TREE"),
    ("plan", "TREE"),
    ("plan", "TREE", "-o", "json"),
    ("plan", "TREE", "--verbose"),
    ("status", "TREE"),
    ("status", "TREE", "-o", "wide"),
    ("status", "TREE", "-o", "json"),
    ("diff", "TREE"),
    ("diff", "TREE", "-o", "json"),
    ("hosts", "TREE"),
    ("history", "TREE"),
    ("apply", "TREE", "--yes"),
    ("history", "TREE", "--run", "1"),
    ("run", "TREE", "--once"),
    ("run", "TREE", "--once", "--observe"),
    ("destroy", "TREE", "--yes"),
)


def try_all(lab: Lab, *more: str) -> None:
    for view in VIEWS:
        for choice in ("never", "always"):
            said = lab(*view, "--color", choice, *more)
            assert_plain(said.out + said.err, colours=choice == "always")
            assert "internal error" not in said.out + said.err


def quoted(text: str) -> str:
    """A YAML double-quoted scalar."""
    return '"' + "".join(f"\\U{ord(c):08x}" for c in text) + '"'


@pytest.mark.parametrize("name", HOSTILE)
def test_files(lab: Lab, name: str) -> None:
    """In a name, a label, a value, a key, a kind, a tag, a title, a host's URI."""
    evil = quoted("x" + HOSTILE[name])
    head = "apiVersion: virt-reconcile/v1\n"
    trees = {
        "name": f"{head}kind: Domain\nmetadata: {{name: {evil}}}\nspec: {{memory: 1GiB}}\n",
        "label": f"{head}kind: Domain\nmetadata: {{name: a, labels: {{app: {evil}}}}}\n"
        "spec: {memory: 1GiB}\n",
        "value": f"{head}kind: Domain\nmetadata: {{name: a}}\nspec: {{memory: {evil}}}\n",
        "literal": f"{head}kind: Domain\nmetadata: {{name: a}}\nspec: {{memory: 1GiB, state: {evil}}}\n",
        "key": f"{head}kind: Domain\nmetadata: {{name: a}}\nspec: {{memory: 1GiB, {evil}: 1}}\n",
        "kind": f"{head}kind: {evil}\nmetadata: {{name: a}}\n",
        "version": f"apiVersion: {evil}\nkind: Domain\nmetadata: {{name: a}}\n",
        "title": f"{head}kind: Domain\nmetadata: {{name: a}}\nspec: {{memory: 1GiB, title: {evil}}}\n",
        "network": f"{head}kind: Domain\nmetadata: {{name: a}}\nspec: {{memory: 1GiB, interfaces:"
        f" [{{network: {evil}}}]}}\n",
        "uri": f"{head}kind: Host\nmetadata: {{name: h}}\nspec: {{uri: {evil}}}\n",
        "raw": f"# {HOSTILE[name]}\nkind: Domain{HOSTILE[name]}\n",
        "tag": f"kind: !{HOSTILE[name]} x\n",
    }
    for content in trees.values():
        (lab.tree / "all.yaml").write_text(content)
        for view in (("validate", "TREE"), ("validate", "TREE", "-o", "json"), ("plan", "TREE")):
            said = lab(*view)
            assert_plain(said.out + said.err)
            assert "internal error" not in said.out + said.err


@pytest.mark.parametrize("name", IN_XML)
def test_hosts(lab: Lab, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """In documents, names, failures and versions of a host."""
    evil = HOSTILE[name]
    lab.guest("web")
    lab.guest("mail")
    lab.applied()
    truth = SimulatedObserver.inventory

    def observe(driver: SimulatedObserver, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        inventory = truth(driver)
        changed = {}
        for (kind, native), seen in inventory.objects.items():
            document = seen.document.replace("<memory", f"<title>{evil}</title><memory", 1)
            document = document.replace("<devices>", f"<devices><disk><target dev='{evil}'/></disk>", 1)
            own = f"{native}{evil}" if native == "mail" else native
            changed[kind, own] = replace(seen, name=own, document=document)
        failures = dict.fromkeys(list(changed)[:1], f"it is broken: {evil}")
        return replace(inventory, objects=changed, version=evil, failures=failures)

    monkeypatch.setattr(SimulatedObserver, "inventory", observe)
    try_all(lab)
    said = lab("adopt", "--host", lab.uri(), "--to", str(lab.path / f"files{evil}"))
    assert_plain(said.out + said.err)


@pytest.mark.parametrize("name", HOSTILE)
def test_errors_of_hosts(lab: Lab, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from drivers.base.errors import Refused

    def refuse(*_: object, **__: object) -> None:
        raise Refused(f"no: {HOSTILE[name]}", HOSTILE[name])

    lab.guest("web")
    command: tuple[str, ...]
    with monkeypatch.context() as patch:
        patch.setattr(SimulatedLifecycle, "define", refuse)
        for command in (
            ("apply", "TREE", "--yes"),
            ("run", "TREE", "--once"),
            ("history", "TREE", "--run", "1"),
        ):
            said = lab(*command)
            assert_plain(said.out + said.err)
    with monkeypatch.context() as patch:
        patch.setattr(SimulatedObserver, "inventory", refuse)
        for command in (
            ("plan", "TREE"),
            ("status", "TREE"),
            ("hosts", "TREE"),
            ("adopt", "--host", lab.uri()),
        ):
            said = lab(*command)
            assert_plain(said.out + said.err)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_command_line_itself(lab: Lab, name: str) -> None:
    evil = HOSTILE[name]
    for command in (
        ("plan", f"TREE{evil}"),
        ("plan", "TREE", "--only", evil),
        ("plan", "TREE", "--output", evil),
        ("plan", "TREE", "--host", evil),
        ("plan", "TREE", "--state", f"{evil}://x"),
        ("plan", "TREE", f"--{evil}"),
        (f"plan{evil}",),
        ("explain", evil),
        ("console", evil, "TREE"),
        ("run", "TREE", "--interval", evil, "--verbose"),
        ("lab", "status", evil),
        ("init", str(lab.path / f"new{evil}")),
    ):
        said = lab(*command)
        assert_plain(said.out + said.err)


FILES = (b"\xff\xfe.yaml", b"\x1b[2J.yaml", "\u202e.yaml".encode(), b"a\nb.yaml", b"\xe9.xml")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_names_of_files_and_narrow_terminals(lab: Lab, file: bytes, encoding: str) -> None:
    """Whatever a file is called, in whatever encoding its name is printed."""
    Path(os.fsdecode(os.fsencode(lab.tree) + b"/" + file)).write_text(
        f"apiVersion: virt-reconcile/v1\nkind: {GOOD}\n"
    )
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": "C"}
    command = [sys.executable, "-m", "reconciler.cli.main", "validate", str(lab.tree)]
    process = subprocess.run(command, capture_output=True, env=environment, check=False)
    said = (process.stdout + process.stderr).decode(encoding)
    assert process.returncode == 3, said
    assert "internal error" not in said
    assert "Traceback" not in said
    assert_plain(said)


@pytest.mark.parametrize("file", FILES)
def test_what_such_a_file_declares_is_applied(lab: Lab, file: bytes) -> None:
    head = "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: a}\n"
    raw = "<domain type='kvm'><name>a</name><memory>65536</memory><os><type>hvm</type></os></domain>"
    path = Path(os.fsdecode(os.fsencode(lab.tree) + b"/" + file))
    path.write_text(raw if file.endswith(b"xml") else f"{head}spec: {{memory: 1GiB}}\n")
    try_all(lab)


def test_lines_of_a_text_stay_lines() -> None:
    assert plain_lines("a\nb\x1b\n") == "a\nb\\x1b\n"
