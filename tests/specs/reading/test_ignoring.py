"""Ignore files: git itself is asked what its rules say, and what is left out is no part of the tree."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from specs.compiling.kept import load_cached
from specs.reading.globs import ignore_pattern
from specs.reading.walking import TreeWalk, rules_of
from tests.specs.tree import HOST, domain, loaded, refused, write

_LINES = r"""
# a comment
\#hash
*.bak
!keep.bak
/anchored
deep/er/
**/cache
logs/**
a/**/z
 spaced
\!bang
[ab]?.yaml
[!x-z]1
[^c]2
[[:digit:]]3
[]]4
x/*.yml
!x/in.yml
only-folder/
no/such/../path
*a*a*b
[open
back\
/
//
é*
**
!**/
!*.*
!sub/**
"""

_PATHS = """
#hash old.bak keep.bak anchored sub/anchored deep/er/x deep/er deeper one/cache/x cache logs/a/b sub/logs/a
a/z a/b/z a/b/c/z a/zz/y spaced trailing sp !bang a1.yaml b2.yaml c1.yaml z1 y2 c2 73 ]4 x/in.yml x/out.yml
x/d/out.yml only-folder/file sub/only-folder caab [open back\\ étage sub/x.txt plain
"""


def test_the_rules_are_gits(tmp_path: Path) -> None:
    """Each line alone, the last four together behind all others, and all of them in a folder below."""
    paths = [*_PATHS.split(), " spaced", "trailing "]
    for path in paths:
        if not (tmp_path / path).exists():
            write(tmp_path, {path: ""})
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    lines = [*filter(None, _LINES.split("\n")), "trailing\\ ", "sp  "]
    cases = [("", line) for line in lines] + [("", "\r\n".join(lines)), ("sub", "\n".join(lines))]
    for folder, text in cases:
        for name in (".gitignore", ".virt-reconcile-ignore"):
            write(tmp_path, {f"{folder}/{name}".lstrip("/"): f"\ufeff{text}"})
        asked = ["git", "-C", str(tmp_path), "check-ignore", "--stdin", "-z", "--no-index"]
        told = subprocess.run(asked, input="\0".join(paths), capture_output=True, text=True, check=False)
        rules = rules_of(tmp_path)
        ours = {p for p in paths if rules.leave_out(p, folder=(tmp_path / p).is_dir())}
        assert ours == set(told.stdout.split("\0")) - {""}, text
        for name in (".gitignore", ".virt-reconcile-ignore"):
            (tmp_path / folder / name).unlink()


def test_no_pattern_takes_long() -> None:
    started = time.process_time()
    for text, path in (
        ("*a" * 60 + "b", ["a" * 255]),
        ("**/a/" * 30 + "b", ["a"] * 32),
        ("?*" * 80, ["x" * 255]),
    ):
        pattern = ignore_pattern(text, 1)
        assert pattern is not None
        pattern.matches(path, folder=False)
    assert time.process_time() - started < 2


def test_what_is_left_out_is_no_part_of_the_tree(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        ".virt-reconcile-ignore": "/k8s/\n*.tmpl.yaml\n!own.tmpl.yaml\n/broken.xml\n/link\n",
        "k8s/.virt-reconcile-ignore": "!*\n",
        "k8s/bad.yaml": "apiVersion: virt-reconcile/v1\nkind: Domian\n",
        "x.tmpl.yaml": "apiVersion: virt-reconcile/v1\nname: {{ .Values.x }}\n",
        "own.tmpl.yaml": domain("own"),
        "broken.xml": "<domain>",
        "node_modules/x/package.yaml": "apiVersion: virt-reconcile/v1\n",
        "env/pyvenv.cfg": "",
        "env/lib/x.xml": "<domain>",
    }
    (tmp_path / "link").symlink_to("/nowhere")
    desired = loaded(tmp_path, files)
    assert [address.name for address in desired.resources] == ["own"]
    assert desired.ignored == ("broken.xml", "k8s/", "link", "x.tmpl.yaml")
    assert (desired.warnings, desired.foreign) == ((), ())


def test_what_is_compiled_is_not_kept_past_an_ignore_file(tmp_path: Path) -> None:
    root, cache = tmp_path / "tree", tmp_path / "cache" / "tree.json"
    write(root, {"host.yaml": HOST, "a.yaml": domain("a"), "sub/b.yaml": domain("b")})
    assert len(load_cached(root, {}, cache).resources) == 2
    write(root, {"sub/.virt-reconcile-ignore": "b.yaml"})
    assert len(load_cached(root, {}, cache).resources) == 1
    write(root, {"sub/.virt-reconcile-ignore": "# b.yaml"})
    assert len(load_cached(root, {}, cache).resources) == 2


@pytest.mark.parametrize("content", [b"\xff", b"x\n" * 2001])
def test_an_ignore_file_that_cannot_be_read_leaves_nobody_in_doubt(tmp_path: Path, content: bytes) -> None:
    problems = refused(tmp_path, {".virt-reconcile-ignore": content, "a.yaml": domain()})
    assert problems[0].startswith(".virt-reconcile-ignore:1:1: ")


def test_a_linked_ignore_file_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"list": "*\n"})
    (tmp_path / ".virt-reconcile-ignore").symlink_to("list")
    assert any("cannot be read" in problem for problem in refused(tmp_path, {"a.yaml": domain()}))
    assert TreeWalk(tmp_path).rules.leave_out("a.yaml") == ""
