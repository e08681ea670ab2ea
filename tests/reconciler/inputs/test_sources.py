"""Folders and git working copies."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from reconciler.inputs.sources import SourceError, commit_of, in_git, pull


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with one commit, whose tree is a folder of it."""
    folder = tmp_path / "origin"
    (folder / "tree").mkdir(parents=True)
    (folder / "tree" / "a.yaml").write_text("a: 1\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


@pytest.fixture
def copy(origin: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "--quiet", str(origin), str(tmp_path / "copy"))
    return tmp_path / "copy"


def commit(folder: Path, text: str) -> str:
    (folder / "tree" / "a.yaml").write_text(text)
    git(folder, "commit", "--quiet", "--all", "--message", text.strip())
    return git(folder, "rev-parse", "HEAD")


def test_a_plain_folder_has_no_commit(tmp_path: Path) -> None:
    assert not in_git(tmp_path)
    assert commit_of(tmp_path) == ""
    with pytest.raises(SourceError):
        pull(tmp_path)


def test_the_commit_says_when_files_were_changed_since(copy: Path) -> None:
    head = git(copy, "rev-parse", "HEAD")
    assert commit_of(copy) == head
    assert commit_of(copy / "tree") == head
    (copy / "outside").write_text("x")
    assert commit_of(copy / "tree") == head
    (copy / "tree" / "a.yaml").write_text("a: 2\n")
    assert commit_of(copy / "tree") == head + "+"


def test_a_repository_without_commits_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert commit_of(tmp_path) == ""


def test_pull_goes_forward(origin: Path, copy: Path) -> None:
    second = commit(origin, "a: 2\n")
    assert pull(copy / "tree") == second
    assert (copy / "tree" / "a.yaml").read_text() == "a: 2\n"
    assert pull(copy) == second


def test_pull_never_throws_work_away(origin: Path, copy: Path) -> None:
    commit(origin, "a: 2\n")
    ours = commit(copy, "a: 3\n")
    with pytest.raises(SourceError, match="git pull: "):
        pull(copy)
    assert commit_of(copy) == ours


def test_an_origin_that_is_gone_is_told(origin: Path, copy: Path) -> None:
    origin.rename(origin.with_name("gone"))
    with pytest.raises(SourceError, match="does not"):
        pull(copy)


def fake_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def test_credentials_are_not_repeated(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(tmp_path, monkeypatch, "echo 'no access to https://me:pass@example.org/x.git' >&2; exit 1")
    with pytest.raises(SourceError) as caught:
        pull(copy)
    assert str(caught.value) == "git pull: no access to https://example.org/x.git"


def test_a_git_that_hangs_is_ended(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specs.reading.git._TIMEOUT", 0.3)
    fake_git(tmp_path, monkeypatch, "exec sleep 60")
    with pytest.raises(SourceError, match="did not end within"):
        pull(copy)


def test_without_git_installed(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert commit_of(copy) == ""
    with pytest.raises(SourceError, match="not installed"):
        pull(copy)
