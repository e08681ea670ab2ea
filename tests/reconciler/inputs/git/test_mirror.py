"""The mirror follows a ref, and holds what is needed of it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from reconciler.inputs.git.mirror import Mirror
from reconciler.inputs.git.remote import Remote
from reconciler.inputs.sources import SourceError
from tests.support.repositories import Upstream


def at(mirror: Mirror, ref: str) -> Mirror:
    return Mirror(mirror.folder, Remote(mirror.remote.url, ref))


def test_it_follows_its_branch(upstream: Upstream, mirror: Mirror) -> None:
    assert mirror.tip == ""
    assert mirror.fetch() == upstream.head == mirror.tip
    upstream.commit({"site/a.yaml": "a: 2\n"}, "sec\u202eond\x1b[31m", None)
    assert mirror.fetch() == upstream.head
    facts = mirror.facts(upstream.head)
    assert facts.title == "sec�ond�[31m"
    assert facts.author == "Test <test@example.org>"
    assert facts.made > 0


def test_it_has_no_work_tree_no_hooks_and_is_the_user_s_alone(upstream: Upstream, mirror: Mirror) -> None:
    mirror.fetch()
    assert not (mirror.folder / "hooks").exists()
    assert not (mirror.folder / "site").exists()
    assert mirror.folder.parent.stat().st_mode & 0o77 == 0


def test_a_tag_that_has_a_branch_s_name_does_not_take_its_place(upstream: Upstream, mirror: Mirror) -> None:
    main = upstream.head
    upstream.git("checkout", "--quiet", "-b", "other")
    upstream.commit({"site/a.yaml": "evil: 1\n"})
    upstream.git("tag", "main")
    assert mirror.fetch() == main


def test_an_annotated_tag_means_its_commit(upstream: Upstream, mirror: Mirror) -> None:
    upstream.git("tag", "--annotate", "-m", "release", "v1")
    tagged = at(mirror, "v1")
    assert tagged.fetch() == upstream.head
    assert tagged.fetch() == upstream.head


def test_a_ref_that_is_not_there(mirror: Mirror) -> None:
    with pytest.raises(SourceError, match="no branch or tag 'none'"):
        at(mirror, "none").fetch()


def test_a_remote_that_is_away_is_told_and_the_tip_is_known_still(upstream: Upstream, mirror: Mirror) -> None:
    tip = mirror.fetch()
    upstream.folder.rename(upstream.folder.with_name("gone"))
    with pytest.raises(SourceError, match=f"{upstream.url} cannot be fetched: git ls-remote: .*not"):
        mirror.fetch()
    assert mirror.tip == tip


def test_history_is_fetched_when_it_is_asked_for(
    upstream: Upstream, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.inputs.git.mirror._DEPTH", 3)
    first = upstream.head
    for number in range(6):
        upstream.git("commit", "--quiet", "--allow-empty", "-m", str(number))
    tip = mirror.fetch()
    assert mirror.resolve(first) == ""
    assert mirror.find(first[:12]) == first
    assert len(mirror.between(first, tip)) == 6
    upstream.commit({"site/a.yaml": "a: 3\n"})
    assert mirror.fetch() == upstream.head
    assert mirror.resolve(first) == first


def test_only_commits_of_the_ref_s_history_are_found(upstream: Upstream, mirror: Mirror) -> None:
    upstream.git("checkout", "--quiet", "-b", "other")
    other = upstream.commit({"site/a.yaml": "a: 9\n"})
    mirror.fetch()
    assert mirror.find(other) == ""
    assert mirror.find("--all") == mirror.find("") == mirror.find("0" * 40) == ""


def test_what_was_kept_stays_when_history_is_rewritten(upstream: Upstream, mirror: Mirror) -> None:
    old = upstream.commit({"site/a.yaml": "a: 2\n"})
    mirror.fetch()
    mirror.keep(old)
    upstream.git("commit", "--quiet", "--amend", "-m", "other")
    tip = mirror.fetch()
    mirror.git("gc", "--prune=now", "--quiet")
    assert tip != old
    assert not mirror.descends(tip, old)
    assert mirror.find(old) == old


def test_a_good_commit_is_asked_for_by_another_mirror(upstream: Upstream, tmp_path: Path) -> None:
    old = upstream.commit({"site/a.yaml": "a: 2\n"})
    upstream.git("commit", "--quiet", "--amend", "-m", "other")
    upstream.git("config", "uploadpack.allowAnySHA1InWant", "true")
    other = Mirror(tmp_path / "other" / "mirror.git", Remote(upstream.url))
    other.fetch()
    assert other.recover(old)
    assert other.files(old)
    assert not other.recover("1" * 40)


def test_settings_of_the_user_do_not_count(
    upstream: Upstream, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, home = upstream.head, tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f'[url "file:///nowhere/"]\n\tinsteadOf = {upstream.url}\n')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert mirror.fetch() == head


def test_a_fetch_can_be_stopped(upstream: Upstream, mirror: Mirror) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(SourceError, match="was stopped"):
        Mirror(mirror.folder, mirror.remote, stop).fetch()


def test_a_mirror_that_others_may_write_is_not_used(mirror: Mirror) -> None:
    mirror.folder.parent.mkdir(mode=0o700)
    mirror.folder.parent.chmod(0o777)
    with pytest.raises(SourceError, match="not trusted"):
        mirror.fetch()


def test_what_is_too_large_is_not_fetched_and_leaves_nothing_behind(
    upstream: Upstream, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.inputs.git.mirror._LARGEST", 100_000)
    tip = mirror.fetch()
    upstream.commit({"large": os.urandom(200_000).hex()})
    with pytest.raises(SourceError, match="larger than"):
        mirror.fetch()
    assert mirror.tip == tip
    assert not list(mirror.folder.glob("objects/pack/tmp_*"))


def test_what_a_git_that_was_killed_left_behind_stops_nobody(upstream: Upstream, mirror: Mirror) -> None:
    mirror.fetch()
    for left in (
        "shallow.lock",
        "packed-refs.lock",
        "refs/tip.lock",
        "refs/seen/x.lock",
        "objects/pack/tmp_x",
    ):
        (mirror.folder / left).parent.mkdir(exist_ok=True)
        (mirror.folder / left).write_text("")
    upstream.commit({"site/a.yaml": "a: 2\n"})
    assert mirror.fetch() == upstream.head
    mirror.keep(upstream.head)
    assert not list(mirror.folder.glob("**/*.lock"))


def test_a_git_that_outlives_whoever_started_it_holds_the_lock(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.fetch()
    (tmp_path / "git").write_text("#!/bin/sh\nreadlink /proc/$$/fd/*\nexit 0\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    lock = str(mirror.folder.with_name("lock"))
    assert lock not in mirror.told("x").output.decode()
    with mirror._alone():
        assert lock in mirror.told("x").output.decode()
