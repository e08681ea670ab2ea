"""17: what a git repository elsewhere holds is data; it stays within bounds, and runs nothing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.inputs.git.checkout import Checkouts
from reconciler.inputs.git.mirror import Mirror
from reconciler.inputs.git.remote import Remote
from reconciler.inputs.sources import SourceError
from tests.security.test_13_escaping import HOSTILE, assert_plain
from tests.support.repositories import Upstream

HARMLESS = "apiVersion: virt-reconcile/v1\nkind: Fleet\nmetadata: {name: shop}\nspec: {}\n"
SECONDS = 20.0
"""Nothing below may take longer, on the busiest machine."""


class Crafted:
    """A repository whose objects are written byte by byte, as no honest git would write them."""

    def __init__(self, folder: Path) -> None:
        self.upstream = Upstream(folder / "upstream")
        self.upstream.commit({"fleet.yaml": HARMLESS}, "good")
        self.folder = folder
        self.mirror = Mirror(folder / "keep/mirror.git", Remote(self.upstream.url, "main"))
        self.checkouts = Checkouts(folder / "keep/commits", self.mirror)

    def blob(self, data: bytes = HARMLESS.encode()) -> str:
        return self._write("blob", data)

    def tree(self, *entries: tuple[str, bytes, str]) -> str:
        """Entries as mode, name, hash; in the order given."""
        data = b"".join(f"{mode} ".encode() + name + b"\0" + bytes.fromhex(at) for mode, name, at in entries)
        return self._write("tree", data)

    def commit(self, tree: str, message: bytes = b"crafted\n", author: bytes = b"A <a@b>") -> None:
        """Puts a commit of that tree on the branch."""
        who = author + b" 1700000000 +0000\n"
        head = f"tree {tree}\nparent {self.upstream.git('rev-parse', 'refs/heads/main')}\n".encode()
        made = self._write("commit", head + b"author " + who + b"committer " + who + b"\n" + message)
        self.upstream.git("update-ref", "refs/heads/main", made)

    def read(self) -> Path:
        """What a controller does with it: fetch, then a folder of its files."""
        return self.checkouts.of(self.mirror.fetch())

    def outside(self) -> set[Path]:
        """All files that lie somewhere else than in what is kept."""
        kept = (self.folder / "keep", self.upstream.folder)
        paths = (path for path in self.folder.rglob("*") if path.is_file() or path.is_symlink())
        return {path for path in paths if not any(path.is_relative_to(place) for place in kept)}

    def _write(self, kind: str, data: bytes) -> str:
        done = subprocess.run(
            ["git", "hash-object", "-t", kind, "-w", "--stdin", "--literally"],
            input=data,
            cwd=self.upstream.folder,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()


@pytest.fixture
def crafted(tmp_path: Path) -> Crafted:
    return Crafted(tmp_path)


def _file(name: bytes, mode: str = "100644") -> Callable[[Crafted], str]:
    return lambda crafted: crafted.tree((mode, name, crafted.blob()))


def _linked(crafted: Crafted) -> str:
    return crafted.tree(("120000", b"all.yaml", crafted.blob(b"/etc/shadow")))


def _linked_folder(crafted: Crafted) -> str:
    """A link, and a folder of its name whose files would be written through it."""
    below = crafted.tree(("100644", b"passwd", crafted.blob()))
    return crafted.tree(("120000", b"a", crafted.blob(b"/tmp")), ("40000", b"a", below))


def _submodule(crafted: Crafted) -> str:
    given = b'[submodule "x"]\n\tpath = x\n\turl = -u./payload\n\tupdate = !touch owned\n'
    return crafted.tree(
        ("100644", b".gitmodules", crafted.blob(given)), ("160000", b"x", crafted.upstream.head)
    )


def _twice(crafted: Crafted) -> str:
    entry = ("100644", b"a.yaml", crafted.blob())
    return crafted.tree(entry, entry)


def _huge(crafted: Crafted) -> str:
    return crafted.tree(("100644", b"a.yaml", crafted.blob(bytes(17 * 2**20))))


def _bomb(crafted: Crafted) -> str:
    """Ten folders in ten folders …, ten deep: ten thousand million files in eleven objects."""
    at = crafted.blob()
    mode = "100644"
    for _ in range(10):
        at = crafted.tree(*((mode, f"d{n}".encode(), at) for n in range(10)))
        mode = "40000"
    return at


def _deep(crafted: Crafted) -> str:
    at = crafted.tree(("100644", b"a.yaml", crafted.blob()))
    for _ in range(200):
        at = crafted.tree(("40000", b"d", at))
    return at


def _missing(crafted: Crafted) -> str:
    return crafted.tree(("100644", b"a.yaml", hashlib.sha1(b"nothing").hexdigest()))


REFUSED: dict[str, Callable[[Crafted], str]] = {
    "a link": _linked,
    "a folder behind a link": _linked_folder,
    "a submodule with a command": _submodule,
    "a name twice": _twice,
    "..": _file(b".."),
    ".git": _file(b".git"),
    ".GIT": _file(b".GiT"),
    "git~1": _file(b"git~1"),
    "a slash": _file(b"a/../../up.yaml"),
    "an absolute name": _file(b"/etc/cron.d/x"),
    "no name": _file(b""),
    "a device": _file(b"a.yaml", "020666"),
    "a huge file": _huge,
    "a bomb of folders": _bomb,
    "too deep": _deep,
    "an object that is missing": _missing,
}


@pytest.mark.parametrize("which", REFUSED)
def test_a_malformed_commit_is_refused_within_bounds(which: str, crafted: Crafted) -> None:
    """Nothing is written anywhere; the good commit is there still."""
    good = crafted.read()
    crafted.commit(REFUSED[which](crafted))
    before = crafted.outside()
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        crafted.read()
    assert time.monotonic() - began < SECONDS
    assert 0 < len(str(caught.value)) < 20_000
    assert crafted.outside() == before
    assert crafted.checkouts.of(good.name) == good
    assert (good / "fleet.yaml").read_text() == HARMLESS
    assert [path.name for path in good.parent.iterdir()] == [good.name]


ODD = (b"-rf.yaml", b"\xff\xfe.yaml", b"a\\b.yaml", b"$(id).yaml", b"a b;c|d.yaml", b"*")


def test_names_of_files_stay_within_the_folder(crafted: Crafted) -> None:
    """Whatever they are, they are names; what shows them knows how."""
    names = sorted([*ODD, *(text.replace("/", "").encode() + b".yaml" for text in HOSTILE.values())])
    blob = crafted.blob()
    crafted.commit(crafted.tree(*(("100644", name, blob) for name in names)))
    there = crafted.read()
    assert sorted(os.fsencode(path.name) for path in there.iterdir()) == names
    assert {path.parent for path in there.iterdir()} == {there}


def test_what_a_commit_says_of_itself_may_be_shown(crafted: Crafted) -> None:
    tree = crafted.tree(("100644", b"a.yaml", crafted.blob()))
    for text in HOSTILE.values():
        said = text.replace("\n", " ").encode()
        crafted.commit(tree, said + b" <b>title\n", said + b" <a@b>")
    tip = crafted.mirror.fetch()
    commits = crafted.mirror.told("rev-list", f"--max-count={len(HOSTILE)}", tip).output.decode().split()
    for commit in commits:
        facts = crafted.mirror.facts(commit)
        assert_plain(facts.title + facts.author)
        assert "\n" not in facts.title + facts.author
        assert "title" in facts.title


def test_a_message_without_end_is_cut(crafted: Crafted) -> None:
    crafted.commit(crafted.tree(("100644", b"a.yaml", crafted.blob())), b"x" * 8_000_000)
    commit = crafted.mirror.fetch()
    began = time.process_time()
    assert len(crafted.mirror.facts(commit).title) <= 200
    assert time.process_time() - began < 1


def test_nobody_becomes_anybody_by_a_mode(crafted: Crafted) -> None:
    """git itself knows no other modes than plain and executable."""
    crafted.commit(crafted.tree(("106777", b"a.sh", crafted.blob())))
    assert (crafted.read() / "a.sh").stat().st_mode & 0o7777 == 0o500


def test_nothing_that_the_repository_names_is_run(crafted: Crafted) -> None:
    """Hooks, filters, attributes and settings, of the repository elsewhere and in its files."""
    owned = crafted.folder / "owned"
    attributes = b"* filter=evil diff=evil ident export-subst export-ignore working-tree-encoding=UTF-16\n"
    settings = f'[filter "evil"]\n\tsmudge = touch {owned}\n[core]\n\tfsmonitor = touch {owned}\n'.encode()
    content = b"spec: $Id$ $Format:%H$\r\n"
    crafted.commit(
        crafted.tree(
            ("100644", b".gitattributes", crafted.blob(attributes)),
            ("100644", b".gitconfig", crafted.blob(settings)),
            ("100644", b"a.yaml", crafted.blob(content)),
        )
    )
    hook = crafted.upstream.folder / ".git/hooks"
    hook.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (hook / name).write_text(f"#!/bin/sh\ntouch {owned}\n")
        (hook / name).chmod(0o755)
    there = crafted.read()
    assert not owned.exists()
    assert (there / "a.yaml").read_bytes() == content


def test_other_objects_do_not_take_the_place_of_a_commits_own(crafted: Crafted) -> None:
    """refs/replace stays where it is, and says nothing here."""
    crafted.upstream.commit({"fleet.yaml": HARMLESS.replace("shop", "theirs")}, "theirs")
    theirs = crafted.upstream.head
    crafted.upstream.commit({"fleet.yaml": HARMLESS.replace("shop", "ours")}, "ours")
    crafted.upstream.git("replace", crafted.upstream.head, theirs)
    assert "ours" in (crafted.read() / "fleet.yaml").read_text()


@pytest.mark.parametrize("kind", ["tree", "blob", "tag of a tag of a blob"])
def test_a_ref_that_is_no_commit(kind: str, crafted: Crafted) -> None:
    git, blob = crafted.upstream.git, crafted.blob()
    if kind.startswith("tag"):
        git("tag", "-a", "-m", "x", "one", blob)
        git("tag", "-a", "-m", "x", "two", "one")
    at = {"tree": f"{crafted.upstream.head}^{{tree}}", "blob": blob}.get(kind, "two")
    git("update-ref", "refs/odd/ref", git("rev-parse", at).strip())
    mirror = Mirror(crafted.folder / "keep/odd.git", Remote(crafted.upstream.url, "refs/odd/ref"))
    with pytest.raises(SourceError):
        mirror.fetch()
