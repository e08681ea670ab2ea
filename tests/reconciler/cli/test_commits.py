"""pin, unpin, skip, approve and commits: what people decide about commits."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.base.errors import Unreachable
from reconciler.cli.common import Common
from reconciler.cli.foreseeing import foreseen_unapproved
from reconciler.cli.main import call
from reconciler.cli.source import keeper_of, placed
from reconciler.controller.trees import Tree, TreeKeeper
from reconciler.plan import Options
from specs.compiling.loader import load
from state import open_state
from state.commits import CommitNote, CommitStatus
from tests.reconciler.cli.lab import wait_until
from tests.specs.tree import HOST, document, many, write
from tests.support.repositories import Upstream

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Said:
    """What a command says: its exit code, result and messages."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("VIRT_RECONCILE_STATE", raising=False)

    def say(*arguments: str) -> tuple[int, str, str]:
        code = call(list(arguments))
        told = capsys.readouterr()
        return code, told.out, told.err

    return say


@dataclass
class Repository:
    """A repository that a keeper follows, with two commits."""

    upstream: Upstream
    first: str
    second: str
    common: Common
    keeper: TreeKeeper

    def in_force(self) -> str:
        with self.common.store(self.keeper.identity(0), readonly=False) as store:  # type: ignore[arg-type]
            found = self.keeper.refresh(time.time(), store)
        return found.commit if found else ""


@pytest.fixture
def repository(said: Said, tmp_path: Path) -> Repository:
    upstream = Upstream(tmp_path / "upstream")
    commits = [
        upstream.commit(
            {"a.yaml": many(HOST, document("Fleet", "f", "{approval: none}"))}, f"number {number}"
        )
        for number in range(2)
    ]
    common = placed(Common(), upstream.url)
    return Repository(upstream, commits[0], commits[1], common, keeper_of(common))


def test_a_pin_by_the_beginning_of_a_hash_and_its_end(said: Said, repository: Repository) -> None:
    url, first, second = repository.upstream.url, repository.first, repository.second
    assert repository.in_force() == second
    code, _, told = said("pin", first[:10], url, "--reason", "rollback", "--author", "ann", "--for", "2h")
    assert (code, f"pinned at {first} until" in told) == (0, True)
    assert repository.in_force() == first
    assert said("unpin", url)[0] == 0
    assert repository.in_force() == second
    code, _, told = said("unpin", url)
    assert (code, told) == (1, "error: the fleet is not pinned\n")


def test_a_skip_and_its_undoing(said: Said, repository: Repository) -> None:
    url, first, second = repository.upstream.url, repository.first, repository.second
    repository.in_force()
    said("pin", first, url, "--reason", "r")
    repository.in_force()
    said("unpin", url)
    assert said("skip", second[:8], url, "--reason", "bad") == (0, "", f"commit {second} is skipped\n")
    assert repository.in_force() == first
    assert said("skip", second[:8], url, "--undo")[0] == 0
    assert repository.in_force() == second
    assert said("skip", second[:8], url, "--undo")[2] == f"error: commit {second} is not skipped\n"


def test_an_approval_is_for_a_fleet_that_waits_for_it(said: Said, repository: Repository) -> None:
    repository.in_force()
    url = repository.upstream.url
    code, _, told = said("approve", repository.second[:8], url)
    assert (code, "waits for no approval" in told) == (0, True)
    upstream = repository.upstream
    upstream.commit({"a.yaml": many(HOST, document("Fleet", "f", "{approval: required}"))})
    approving = repository.in_force()
    waiting = upstream.commit({"b.yaml": "# more\n"})
    assert repository.in_force() == approving
    wait_until(lambda: bool(repository.in_force()) and "it would change nothing" in said("commits", url)[1])
    assert "approval" not in said("approve", waiting[:8], upstream.url)[2]
    assert repository.in_force() == waiting


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("main", "is no commit; give its hash"),
        ("abc", "first 4 or more"),
        ("0" * 40, "no commit in the history"),
    ],
)
def test_what_is_no_commit(said: Said, repository: Repository, text: str, message: str) -> None:
    code, _, told = said("pin", text, repository.upstream.url, "--reason", "r")
    assert (code, message in told) == (1, True)


def test_commits_are_listed_with_what_is_wrong_with_them(said: Said, repository: Repository) -> None:
    assert said("commits", repository.upstream.url)[2] == "no commit was seen yet: `run` notes them\n"
    repository.in_force()
    bad = repository.upstream.commit({"b.yaml": "kind: ["}, "bad\x1b[31m")
    repository.in_force()
    code, out, _ = said("commits", repository.upstream.url)
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["COMMIT", "STATUS", "SEEN", "TITLE", "AUTHOR"]
    assert lines[1].startswith(f"{bad[:12]}  refused ")
    assert lines[2].startswith("    b.yaml:2:")
    assert "\x1b" not in out
    document = json.loads(said("commits", repository.upstream.url, "-o", "json")[1])
    assert [each["status"] for each in document["commits"]] == ["refused", "in-force"]


def test_states_of_a_folder_can_be_pinned_once_they_were_seen(said: Said, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.yaml").write_text(HOST)
    url = str(tmp_path / "state.db")
    with closing(open_state(url)) as store:
        for name in ("abcd1" + "0" * 59, "abcd2" + "0" * 59):
            store.note_commit(CommitNote(name, CommitStatus.IN_FORCE, 1.0))
    assert said("pin", "abcd1", str(tree), "--state", url, "--reason", "r")[0] == 0
    assert "may be any of abcd1" in said("pin", "abcd", str(tree), "--state", url, "--reason", "r")[2]
    assert "is known as 'ffff'" in said("pin", "ffff", str(tree), "--state", url, "--reason", "r")[2]


def test_what_is_for_a_repository_is_refused_for_a_folder(said: Said, tmp_path: Path) -> None:
    for given in (("--ref", "main"), ("--path", "x"), ("--ssh-key", "k"), ("--token", "env:T")):
        code, _, told = said("unpin", str(tmp_path), *given)
        assert (code, "is for the URL of a git repository" in told) == (1, True)


def test_what_looks_at_a_fleet_takes_its_repository_too(said: Said, repository: Repository) -> None:
    url = repository.upstream.url
    repository.in_force()
    assert said("suspend", "Fleet", url, "--reason", "work", "--author", "ann")[0] == 0
    assert "Fleet" in said("decisions", url)[1]
    assert said("resume", "Fleet", url)[0] == 0
    assert said("history", url)[0] == 0
    for command in ("status", "diff", "hosts"):
        code, _, told = said(command, url)
        assert (code, "no such folder" in told) == (1, False)  # for its host is nowhere
    assert "is no folder; git repositories are taken by run" in said("validate", url)[2]


def test_for_a_commit_that_nobody_approved_no_new_host_is_asked_and_no_secret_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trees(name: str, uri: str, more: str = "") -> Tree:
        folder = tmp_path / name
        host = document("Host", "h1", f'{{uri: "{uri}"{more}}}')
        fleet = document("Fleet", "f", "{}")
        return Tree(name, load(write(folder, {"a.yaml": many(host, fleet)})), Options())

    asked: list[str] = []

    def ask(uri: str, **_: object) -> None:
        asked.append(uri)
        raise Unreachable("not here")

    monkeypatch.setattr("reconciler.engine.hosts.open_host", ask)
    common = Common(state=str(tmp_path / "state.db"))
    in_force = trees("in-force", "test:///default")
    evil = trees("evil", "qemu+tcp://evil.example.org/system", ", credentials: {username: me}")
    made = foreseen_unapproved(common, evil, in_force)
    assert "once that is in force" in made.unreachable["h1"]
    assert asked == []
    foreseen_unapproved(common, trees("same", "test:///default"), in_force)
    assert asked == ["test:///default"]
