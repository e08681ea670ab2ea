"""A git repository as the source: what is in force, through good and bad commits, restarts and decisions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from reconciler.controller.gittree import GitKeeper
from reconciler.controller.trees import Tree, TreeLoading
from reconciler.inputs.git.keep import RepositoryKeep
from reconciler.inputs.git.remote import Remote
from reconciler.plan import Options
from specs.compiling.loader import load
from specs.desired import Desired
from specs.guard import Guard, SignedCommits
from state import OpenState, open_state
from state.commits import CommitStatus
from state.decisions import Verb
from tests.specs.tree import HOST, document, many
from tests.support.repositories import Key, SshKey, Upstream

BROKEN = "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: web}\nspec: {memory: much}\n"


def tree(memory: str = "1GiB", fleet: str = "") -> str:
    return many(
        HOST, document("Fleet", "f", f"{{{fleet}}}"), document("Domain", "web", f"{{memory: {memory}}}")
    )


@dataclass
class World:
    """A repository, a state, and a keeper that can be started anew."""

    path: Path
    upstream: Upstream
    store: OpenState
    guard: Guard = Guard()
    now: float = 4e9
    trusted: str = ""
    loads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.path / "keep"
        self.restart()

    def restart(self) -> None:
        loading = TreeLoading(self._load, lambda _: Options(), lambda: self.guard)
        keep = RepositoryKeep(self.home, Remote(self.upstream.url, "main", "site"))
        self.keeper = GitKeeper(keep, loading, self.trusted)

    def _load(self, root: Path) -> Desired:
        self.loads.append(root.name)
        return load(root, None, self.guard)

    def commit(self, text: str, sign: Key | None = None, *, signers: str = "", more: str = "") -> str:
        named = {"site/signers": signers, "site/b.yaml": more, "site/a.yaml": text}
        return self.upstream.commit(named, "change", sign)

    def refresh(self) -> Tree | None:
        self.now += 60
        return self.keeper.refresh(self.now, self.store)

    def in_force(self) -> str:
        found = self.refresh()
        return found.commit if found else ""

    def memory(self) -> str:
        found = self.refresh()
        assert found is not None
        (declared,) = found.desired.resources.values()
        return declared.document.partition("</memory>")[0].rpartition(">")[2]

    def status(self, commit: str) -> CommitStatus | None:
        return next((note.status for note in self.store.commits() if note.commit == commit), None)

    def problems(self, commit: str) -> tuple[str, ...]:
        return next(note.problems for note in self.store.commits() if note.commit == commit)

    def decide(self, verb: Verb, commit: str) -> None:
        self.store.decide(verb, commit, "ann", "because")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(open_state(str(tmp_path / "state.db"), fleet="f")) as store:
        yield World(tmp_path, Upstream(tmp_path / "upstream"), store)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SshKey]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: SshKey(folder, name) for name in ("ann", "eve")}


def test_the_newest_commit_is_in_force(world: World) -> None:
    first = world.commit(tree())
    identity = world.keeper.identity(world.now)
    assert identity is not None
    assert identity.fleet.name == "f"
    found = world.refresh()
    assert found is not None
    assert (found.commit, found.options.commit, found.waiting) == (first, first, None)
    assert world.refresh() is found
    second = world.commit(tree("2GiB"))
    assert world.in_force() == second
    assert world.loads.count(first) == 2
    assert world.loads.count(second) == 1
    assert [(note.commit, note.status) for note in world.store.commits()] == [
        (second, CommitStatus.IN_FORCE),
        (first, CommitStatus.PAST),
    ]
    note = world.store.commits()[0]
    assert (note.title, note.author) == ("change", "Test <test@example.org>")
    assert note.source == f"{world.upstream.url} main site"


def test_a_broken_commit_leaves_the_last_good_one_in_force_and_is_told(world: World) -> None:
    good = world.commit(tree())
    assert world.in_force() == good
    bad = world.commit(tree(), more=BROKEN)
    assert world.in_force() == good
    assert world.status(bad) is CommitStatus.REFUSED
    (problem,) = world.problems(bad)
    assert problem.startswith("b.yaml:4:")
    assert world.keeper.problems == (f"commit {bad[:12]}: {problem}",)
    loads = len(world.loads)
    assert world.in_force() == good
    assert len(world.loads) == loads
    fixed = world.commit(tree("2GiB"))
    assert world.in_force() == fixed
    assert not world.keeper.problems


def test_the_last_good_one_is_in_force_after_a_restart_too(world: World) -> None:
    good = world.commit(tree())
    world.in_force()
    world.commit("kind: [")
    world.restart()
    identity = world.keeper.identity(world.now)
    assert identity is not None
    assert world.in_force() == good


def test_another_controller_s_last_good_one_is_found_by_the_state(world: World) -> None:
    good = world.commit(tree())
    world.in_force()
    world.commit("kind: [")
    world.home = world.path / "other"
    world.restart()
    identity = world.keeper.identity(world.now)
    assert identity is not None
    assert world.in_force() == good


def test_git_away_changes_nothing(world: World) -> None:
    good = world.commit(tree())
    found = world.refresh()
    world.upstream.folder.rename(world.path / "gone")
    assert world.refresh() is found
    assert "cannot be fetched" in world.keeper.problems[0]
    world.restart()
    assert world.keeper.identity(world.now) is not None
    assert world.in_force() == good


def test_a_controller_that_is_new_while_git_is_away_goes_on_when_it_is_back(world: World) -> None:
    good = world.commit(tree())
    world.in_force()
    gone = world.upstream.folder.rename(world.path / "gone")
    world.home = world.path / "other"
    world.restart()
    assert world.keeper.identity(world.now) is None
    assert world.in_force() == ""
    gone.rename(world.upstream.folder)
    assert world.in_force() == good
    assert not world.keeper.problems


def test_without_any_good_commit_there_is_none(world: World) -> None:
    bad = world.commit("kind: [")
    assert world.keeper.identity(world.now) is None
    assert bad[:12] in world.keeper.problems[0]
    assert world.refresh() is None
    assert world.status(bad) is CommitStatus.REFUSED
    good = world.commit(tree())
    assert world.in_force() == good


def test_a_pin_is_a_rollback_that_lasts(world: World) -> None:
    first = world.commit(tree())
    world.in_force()
    world.commit(tree("2GiB"))
    world.in_force()
    world.decide(Verb.PIN, first)
    assert world.in_force() == first
    third = world.commit(tree("3GiB"))
    assert world.in_force() == first
    assert world.status(third) is CommitStatus.WAITING
    assert world.problems(third) == (f"the fleet is pinned at {first[:12]} by ann: because",)
    world.restart()
    assert world.in_force() == first
    world.store.end_decision(Verb.PIN, "", "ann")
    assert world.in_force() == third


def test_a_pin_to_what_never_was_in_force_is_no_newer_than_what_was(world: World) -> None:
    old = world.commit(tree())
    new = world.commit(tree("2GiB"))
    world.in_force()
    world.decide(Verb.PIN, old)
    assert world.in_force() == old
    assert [note.commit for note in world.store.commits()] == [new, old]


def test_a_pin_to_a_commit_of_no_history_is_told_and_nothing_changes(world: World) -> None:
    good = world.commit(tree())
    world.in_force()
    world.decide(Verb.PIN, "1" * 40)
    assert world.in_force() == good
    assert "not of the history" in world.keeper.problems[0]


def test_what_is_skipped_does_not_come_in_force(world: World) -> None:
    first = world.commit(tree())
    world.in_force()
    second = world.commit(tree("2GiB"))
    world.in_force()
    world.decide(Verb.SKIP, second)
    assert world.in_force() == first
    third = world.commit(tree("3GiB"))
    world.decide(Verb.SKIP, third)
    assert world.in_force() == first
    assert (world.status(second), world.status(third)) == (CommitStatus.PAST, CommitStatus.SKIPPED)
    fourth = world.commit(tree("4GiB"))
    assert world.in_force() == fourth


def test_a_commit_waits_for_approval_with_its_tree_while_the_last_one_is_in_force(world: World) -> None:
    first = world.commit(tree(fleet="approval: required"))
    assert world.in_force() == ""
    assert world.status(first) is CommitStatus.WAITING
    world.decide(Verb.APPROVE, first)
    assert world.in_force() == first
    # A commit cannot let itself in.
    second = world.commit(tree("2GiB"))
    found = world.refresh()
    assert found is not None
    assert found.waiting is not None
    assert (found.commit, found.waiting.commit) == (first, second)
    assert world.refresh() is found
    gone = world.upstream.folder.rename(world.path / "gone")
    assert world.in_force() == first
    assert world.status(second) is CommitStatus.WAITING
    gone.rename(world.upstream.folder)
    bad = world.commit("kind: [")
    assert world.in_force() == first
    assert world.status(bad) is CommitStatus.REFUSED
    assert world.status(second) is CommitStatus.WAITING
    third = world.commit(tree("3GiB"))
    world.in_force()
    assert world.status(second) is CommitStatus.SKIPPED
    world.decide(Verb.APPROVE, third)
    assert world.in_force() == third


def signed_tree(memory: str = "1GiB", more: str = "") -> str:
    return tree(memory, f"signatures: {{allowedSigners: signers{more}}}")


@dataclass
class SignedWorld:
    world: World
    ann: SshKey
    eve: SshKey

    def begin(self, more: str = "") -> str:
        """A first commit that asks for signatures, vouched for by whoever runs the controller."""
        first = self.world.commit(signed_tree(more=more), self.ann, signers=self.ann.public)
        self.world.trusted = first
        self.world.restart()
        assert self.world.in_force() == first
        self.world.trusted = ""
        self.world.restart()
        return first


@pytest.fixture
def signed(world: World, keys: dict[str, SshKey]) -> SignedWorld:
    return SignedWorld(world, keys["ann"], keys["eve"])


@pytest.mark.parametrize("by", ["nobody", "eve"])
def test_a_commit_of_a_stranger_is_refused(signed: SignedWorld, by: str) -> None:
    world = signed.world
    first = signed.begin()
    key = signed.eve if by == "eve" else None
    # Neither its own signers nor a Fleet that asks for none let it in.
    for text in (signed_tree("2GiB"), tree("2GiB")):
        bad = world.commit(text, key, signers=signed.eve.public)
        assert world.in_force() == first
        assert world.status(bad) is CommitStatus.REFUSED
        assert (
            f"is not signed by any of signers, as the last good commit {first[:12]}" in world.problems(bad)[0]
        )
    good = world.commit(signed_tree("3GiB"), signed.ann, signers=signed.ann.public)
    assert world.in_force() == good


def test_signers_are_changed_by_those_who_were_before(signed: SignedWorld) -> None:
    world = signed.world
    signed.begin()
    handed_over = world.commit(signed_tree("2GiB"), signed.ann, signers=signed.eve.public)
    assert world.in_force() == handed_over
    late = world.commit(signed_tree("3GiB"), signed.ann, signers=signed.eve.public)
    assert world.in_force() == handed_over
    assert world.status(late) is CommitStatus.REFUSED
    new = world.commit(signed_tree("4GiB"), signed.eve, signers=signed.eve.public)
    assert world.in_force() == new


def test_every_commit_in_between_has_to_be_signed_where_the_fleet_says_so(signed: SignedWorld) -> None:
    world = signed.world
    first = signed.begin(", scope: every")
    hidden = world.commit(signed_tree("2GiB", ", scope: every"), None, signers=signed.ann.public)
    tip = world.commit(signed_tree("3GiB"), signed.ann, signers=signed.ann.public)
    assert world.in_force() == first
    assert f"commit {hidden[:12]} is not signed" in world.problems(tip)[0]


def test_with_the_tip_alone_those_in_between_need_not(signed: SignedWorld) -> None:
    world = signed.world
    signed.begin()
    world.commit(signed_tree("2GiB"), None, signers=signed.ann.public)
    tip = world.commit(signed_tree("3GiB"), signed.ann, signers=signed.ann.public)
    assert world.in_force() == tip


def test_nobody_vouches_for_the_first_commit_unless_told_so(signed: SignedWorld) -> None:
    world = signed.world
    first = world.commit(signed_tree(), signed.ann, signers=signed.ann.public)
    assert world.in_force() == ""
    assert f"say --trust {first}" in world.problems(first)[0]
    signers = world.path / "signers"
    signers.write_text(signed.ann.public)
    world.guard = replace(Guard(), signed=(SignedCommits(str(signers)),))
    assert world.in_force() == first


def test_the_policy_s_signers_count_for_every_commit(signed: SignedWorld) -> None:
    world = signed.world
    signers = world.path / "signers"
    signers.write_text(signed.ann.public)
    world.guard = replace(Guard(), signed=(SignedCommits(str(signers), ("f",)),))
    good = world.commit(tree(), signed.ann)
    assert world.in_force() == good
    # Another name of the fleet is no way round it.
    bad = world.commit(tree("2GiB").replace("{name: f}", "{name: g}"))
    assert world.in_force() == good
    assert "signedCommits" in world.problems(bad)[0]


def test_neither_a_pin_nor_another_state_is_a_way_round_the_signers(signed: SignedWorld) -> None:
    world = signed.world
    before = world.commit(tree())
    assert world.in_force() == before
    asks = world.commit(signed_tree(), None, signers=signed.ann.public)
    assert world.in_force() == asks
    world.decide(Verb.PIN, before)
    assert world.in_force() == before
    bad = world.commit(tree("2GiB"))
    world.store.end_decision(Verb.PIN, "", "ann")
    assert world.in_force() == before
    assert world.status(bad) is CommitStatus.REFUSED
    with closing(open_state(str(world.path / "other.db"), fleet="f")) as other:
        world.store = other
        world.restart()
        assert world.in_force() == ""
        assert world.status(bad) is CommitStatus.REFUSED


def test_a_fleet_gets_another_name_by_those_who_may_sign(signed: SignedWorld) -> None:
    world = signed.world
    signed.begin()
    text = signed_tree("2GiB").replace("{name: f}", "{name: g}")
    renamed = world.commit(text, signed.ann, signers=signed.eve.public)
    assert world.in_force() == renamed
    with closing(open_state(str(world.path / "g.db"), fleet="g")) as other:
        world.store = other
        world.restart()
        identity = world.keeper.identity(world.now)
        assert identity is not None
        assert identity.fleet.name == "g"
        assert world.in_force() == renamed


def test_when_the_last_good_one_is_lost_nothing_newer_is_taken_unless_told_so(signed: SignedWorld) -> None:
    world = signed.world
    signed.begin()
    world.upstream.git("checkout", "--quiet", "--orphan", "other")
    tip = world.commit(tree("2GiB"))
    world.upstream.git("branch", "--force", "main")
    world.upstream.git("reflog", "expire", "--expire=now", "--all")
    world.upstream.git("gc", "--quiet", "--prune=now")
    world.home = world.path / "fresh"
    world.restart()
    assert world.in_force() == ""
    assert any("--trust COMMIT" in problem for problem in world.keeper.problems)
    world.trusted = tip
    world.restart()
    assert world.in_force() == tip


def test_folders_of_commits_long_past_are_removed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.inputs.git.checkout._SPARED", -60.0)
    for number in range(5):
        world.commit(tree(f"{number + 1}GiB"))
        world.in_force()
    assert len(list((world.home / "commits").iterdir())) == 3
