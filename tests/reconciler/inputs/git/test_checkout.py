"""Folders of commits: whole, shared, and nothing in them that a tree must not have."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reconciler.inputs.git.checkout import Checkouts
from reconciler.inputs.git.listing import files_of
from reconciler.inputs.git.mirror import Mirror
from reconciler.inputs.git.repository import Repository
from reconciler.inputs.sources import SourceError
from specs.reading.files import MAX_BYTES
from specs.reading.ignoring import IgnoreRules
from tests.support.repositories import Upstream


@pytest.fixture
def checkouts(mirror: Mirror, tmp_path: Path) -> Checkouts:
    return Checkouts(tmp_path / "keep" / "commits", mirror, "site")


def found(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_a_commit_s_folder_holds_its_files(mirror: Mirror, checkouts: Checkouts) -> None:
    folder = checkouts.of(mirror.fetch())
    assert found(folder) == {"a.yaml": "a: 1\n", "b.yaml": "b: 1\n"}
    assert folder.stat().st_mode & 0o77 == 0


def test_what_did_not_change_is_the_same_file(
    upstream: Upstream, mirror: Mirror, checkouts: Checkouts
) -> None:
    first = mirror.fetch()
    before = checkouts.of(first)
    upstream.commit({"site/a.yaml": "a: 2\n", "site/c/d.yaml": "b: 1\n"})
    after = checkouts.of(mirror.fetch(), like=first)
    assert found(after) == {"a.yaml": "a: 2\n", "b.yaml": "b: 1\n", "c/d.yaml": "b: 1\n"}
    assert (before / "b.yaml").samefile(after / "b.yaml")
    assert found(before)["a.yaml"] == "a: 1\n"


@pytest.mark.parametrize("harm", ["cut", "gone", "more", "link"])
def test_a_folder_that_is_not_whole_is_written_anew(
    mirror: Mirror, checkouts: Checkouts, tmp_path: Path, harm: str
) -> None:
    tip = mirror.fetch()
    file = checkouts.of(tip) / "a.yaml"
    file.unlink()
    if harm == "cut":
        file.write_text("a:\n")
    elif harm == "more":
        file.write_text("a: 1\n")
        file.with_name("z.yaml").write_text("z: 1\n")
    elif harm == "link":
        file.symlink_to(file.with_name("b.yaml"))
    again = Checkouts(tmp_path / "keep" / "commits", mirror, "site").of(tip)
    assert found(again) == {"a.yaml": "a: 1\n", "b.yaml": "b: 1\n"}


def test_two_processes_may_write_the_same_commit(
    mirror: Mirror, checkouts: Checkouts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = mirror.fetch()
    other = Checkouts(tmp_path / "keep" / "commits", mirror, "site")
    rename = Path.rename

    def late(new: Path, place: Path) -> Path:
        monkeypatch.setattr(Path, "rename", rename)
        other.of(tip)
        return rename(new, place)

    monkeypatch.setattr(Path, "rename", late)
    assert found(checkouts.of(tip)) == {"a.yaml": "a: 1\n", "b.yaml": "b: 1\n"}
    assert [path.name for path in (tmp_path / "keep" / "commits").iterdir()] == [tip]


def test_old_folders_are_removed(
    upstream: Upstream, mirror: Mirror, checkouts: Checkouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = mirror.fetch()
    checkouts.of(first)
    upstream.commit({"site/a.yaml": "a: 2\n"})
    second = checkouts.of(mirror.fetch(), like=first)
    (second.parent / ".new-left").mkdir()
    checkouts.keep_only([second.name])
    assert len(list(second.parent.iterdir())) == 3
    monkeypatch.setattr("reconciler.inputs.git.checkout._SPARED", -60.0)
    checkouts.keep_only([second.name])
    assert [path.name for path in second.parent.iterdir()] == [second.name]
    assert found(checkouts.of(first))["a.yaml"] == "a: 1\n"


def test_links_and_submodules_are_refused_before_anything_is_read(
    upstream: Upstream, mirror: Mirror, checkouts: Checkouts
) -> None:
    (upstream.folder / "site" / "link.yaml").symlink_to("/etc/passwd")
    (upstream.folder / "site" / ".editor").symlink_to("nowhere")
    upstream.git("update-index", "--add", "--cacheinfo", f"160000,{upstream.head},site/sub")
    upstream.git("add", "site/link.yaml", "site/.editor")
    upstream.git("commit", "--quiet", "-m", "links")
    with pytest.raises(SourceError) as caught:
        checkouts.of(mirror.fetch())
    assert str(caught.value).splitlines() == [
        "link.yaml: this is a link, and none is taken from git: put the file itself here",
        "sub: this is a submodule, and none is followed: put the files themselves here",
    ]
    assert not (mirror.folder.parent / "commits").exists()


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (f"100644 blob {'a' * 40} {MAX_BYTES + 1}\tbig.img", "larger than 16 MiB"),
        (f"100644 blob {'a' * 40} 1\ta//b", "no file may be called so"),
        (f"100600 blob {'a' * 40} 1\tx.yaml", "no regular file"),
        (f"100644 blob {'a' * 40} 1\t{'d/' * 40}x", "deeper than 32"),
    ],
)
def test_what_a_tree_must_not_have(entry: str, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        files_of(entry.encode() + b"\0", IgnoreRules())


def test_what_an_ignore_file_leaves_out_may_be_a_link_or_a_submodule() -> None:
    rules = IgnoreRules()
    rules.add("", "/sub/\n*.lnk\n")
    listed = f"160000 commit {'a' * 40} -\tsub\x00120000 blob {'b' * 40} 3\tx.lnk\0"
    assert files_of(listed.encode(), rules) == ()
    with pytest.raises(SourceError, match=r"x\.lnk: this is a link"):
        files_of(listed.encode(), IgnoreRules())


def test_an_ignore_file_of_a_commit_counts_before_anything_is_refused(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    (origin / ".virt-reconcile-ignore").write_text("/current\n")
    (origin / "a.yaml").write_text("")
    (origin / "current").symlink_to("a.yaml")
    for command in (
        ("init", "-q"),
        ("add", "-A"),
        ("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", "-C", str(origin), *command], check=True)
    found = Repository(origin / ".git")
    assert {file.path for file in found.files(found.resolve("HEAD"))} == {".virt-reconcile-ignore", "a.yaml"}


@pytest.mark.parametrize("path", ["../up.yaml", "a/../../up.yaml", "a/.GIT/config", "./a"])
def test_names_that_would_lead_elsewhere_are_left_out(path: str) -> None:
    assert files_of(f"100644 blob {'a' * 40} 1\t{path}\0".encode(), IgnoreRules()) == ()


def test_what_commands_keep_in_a_tree_does_not_come_from_git() -> None:
    listed = f"100644 blob {'a' * 40} 7\t.virt-reconcile/state.db\x00100755 blob {'b' * 40} 3\tbin/x\0"
    (file,) = files_of(listed.encode(), IgnoreRules())
    assert (file.path, file.size, file.runs) == ("bin/x", 3, True)


def test_a_folder_that_a_commit_lacks_is_told(mirror: Mirror, tmp_path: Path) -> None:
    tip = mirror.fetch()
    with pytest.raises(SourceError, match="no folder 'none'"):
        Checkouts(tmp_path / "keep" / "commits", mirror, "none").of(tip)


def test_contents_are_those_of_their_files(upstream: Upstream, mirror: Mirror) -> None:
    texts = {f"site/{number}": "x\n" * number for number in range(300)}
    upstream.commit(texts)
    read = {
        f"site/{file.path}": data.decode()
        for file, data in mirror.contents(mirror.files(mirror.fetch(), "site"))
    }
    assert {name: read[name] for name in texts} == texts
