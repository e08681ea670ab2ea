"""The state is believed only where nobody but its user could have written it; git runs nothing for us."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.inputs.sources import SourceError, commit_of, pull
from specs.compiling import kept as compiled
from state import OpenState, StateError, open_state
from state.location import StateSaid, find, inside_of, outside_of
from state.sqlite.moving import bring
from tests.reconciler.cli.lab import Lab
from tests.reconciler.cli.test_run import git
from tests.state.samples import DOCUMENTS, WEB, record


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's state home and cache, for one test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "home"


def repository(shop: Lab) -> Path:
    """The tree in git, as a clone of an origin that others push to."""
    origin = shop.path / "origin"
    shutil.copytree(shop.tree, origin, ignore=shutil.ignore_patterns(".virt-reconcile"))
    git(origin, "init", "--quiet", "--initial-branch=main")
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "--message", "first")
    shutil.rmtree(shop.tree)
    git(shop.path, "clone", "--quiet", str(origin), str(shop.tree))
    return origin


def forged_state(folder: Path) -> None:
    """A state that says that the fleet owns a network of somebody else."""
    from specs.desired import digest
    from specs.identity import Address, Kind

    store = open_state(str(folder / ".virt-reconcile" / "state.db"), fleet="shop")
    address = Address(Kind.NETWORK, "theirs", "hv1")
    store.put(record(address, native="theirs", readback_digest=digest("")), DOCUMENTS)
    store.close()


def with_their_network(shop: Lab) -> None:
    from specs.identity import Kind

    driver = shop.driver()
    driver.lifecycle.define(Kind.NETWORK, "theirs", "<network><name>theirs</name></network>")
    driver.close()


def networks(shop: Lab) -> list[str]:
    from specs.identity import Kind

    driver = shop.driver()
    seen = [o.name for o in driver.observe.inventory().objects.values() if o.kind is Kind.NETWORK]
    driver.close()
    return seen


NAMES = ("state.db", "state.db-wal", "state.db.lock", "state.db.key")

# a state that came with the tree


def pushed(origin: Path, *names: str) -> None:
    git(origin, "add", "--force", *names)
    git(origin, "commit", "--quiet", "--message", "Fix a typo")


def test_a_pull_request_with_a_state_prunes_nothing(shop: Lab) -> None:
    """Seen: `run --pull` deleted another fleet's volume."""
    with_their_network(shop)
    shop.fleet(prune=True)
    origin = repository(shop)
    assert shop("run", "TREE", "--pull", "--once").code == 0
    forged_state(origin)
    pushed(origin, ".virt-reconcile/state.db")
    said = shop("run", "TREE", "--pull", "--once")
    assert (shop.tree / ".virt-reconcile" / "state.db").exists()
    assert said.code == 0, said.err
    assert networks(shop) == ["theirs"]
    again = shop("plan", "TREE", "--prune")
    assert "state.db is not used: the state of this tree is" in again.err
    assert "theirs" not in again.out


@pytest.mark.parametrize("command", [("run", "TREE", "--once"), ("apply", "TREE", "--yes"), ("plan", "TREE")])
@pytest.mark.parametrize("name", NAMES)
def test_what_git_tracks_is_not_trusted(shop: Lab, command: tuple[str, ...], name: str) -> None:
    with_their_network(shop)
    shop.fleet(prune=True)
    origin = repository(shop)
    forged_state(origin)
    if name != "state.db":
        (origin / ".virt-reconcile" / name).write_bytes(b"x" * 32)
    pushed(origin, f".virt-reconcile/{name}")
    if name != "state.db":
        forged_state(shop.tree)
        (shop.tree / ".virt-reconcile" / "state.db.lock").unlink(missing_ok=True)
    git(shop.tree, "pull", "--quiet")
    (shop.tree / ".virt-reconcile").chmod(0o700)
    said = shop(*command)
    looking = command[0] == "plan"
    assert said.code == (0 if looking else 1)
    assert ("looked at without it" in said.err) is looking
    assert f".virt-reconcile/{name}: git tracks it" in said.err
    assert "theirs" not in said.out
    assert networks(shop) == ["theirs"]


def test_a_submodule_in_its_place(shop: Lab) -> None:
    other = shop.path / "other"
    forged_state(other)
    shutil.copy(other / ".virt-reconcile" / "state.db", other / "state.db")
    git(other, "init", "--quiet")
    git(other, "add", "state.db")
    git(other, "commit", "--quiet", "--message", "state")
    origin = repository(shop)
    local = ("-c", "protocol.file.allow=always", "submodule")
    git(origin, *local, "add", "--quiet", str(other), ".virt-reconcile")
    git(origin, "commit", "--quiet", "--message", "a submodule")
    git(shop.tree, "pull", "--quiet")
    git(shop.tree, *local, "update", "--init", "--quiet")
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert "git tracks it" in said.err


def test_a_state_of_ones_own_in_a_working_copy_is_fine(shop: Lab) -> None:
    repository(shop)
    shop.applied()
    shop.assert_converged()
    assert inside_of(shop.tree).exists()


def test_where_git_cannot_say(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(shop)
    shop.applied()
    monkeypatch.setenv("PATH", "")
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert "git cannot say whether it tracks it" in said.err


@pytest.mark.parametrize(
    "what", [".virt-reconcile", "state.db", "state.db.lock", "state.db-wal", "state.db.key"]
)
def test_a_link_is_not_followed(shop: Lab, what: str) -> None:
    """Seen: a committed link `state.db.lock` emptied a file elsewhere."""
    precious = shop.path / "precious"
    folder = shop.tree / ".virt-reconcile"
    if what == ".virt-reconcile":
        forged_state(shop.path)
        folder.symlink_to(shop.path / ".virt-reconcile")
    else:
        folder.mkdir(mode=0o700)
        precious.write_text("data of somebody")
        (folder / what).symlink_to(precious)
    for command in (("apply", "TREE", "--yes"), ("run", "TREE", "--once")):
        said = shop(*command)
        if what == "state.db" or what == ".virt-reconcile":
            assert said.code == 1
        if said.code:
            assert "it is a link" in said.err
    assert shop("apply", "TREE", "--yes", "--state", str(folder / "state.db")).code == 1
    assert what == ".virt-reconcile" or precious.read_text() == "data of somebody"


@pytest.mark.parametrize("what", ["", "state.db", "state.db.lock", "state.db.key", "state.db-shm"])
@pytest.mark.parametrize("mode", [0o666, 0o620])
def test_what_others_may_write_to(shop: Lab, what: str, mode: int) -> None:
    shop.applied()
    path = shop.tree / ".virt-reconcile" / what
    if not path.exists():
        path.touch()
    os.chown(path, -1, 12345)
    path.chmod(mode | (0o111 if not what else 0))
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert f"{str(path).rstrip('/')}: others may write to it" in said.err


@pytest.mark.parametrize("what", ["", "state.db", "state.db.lock"])
def test_what_belongs_to_another(shop: Lab, what: str) -> None:
    shop.applied()
    path = shop.tree / ".virt-reconcile" / what
    os.chown(path, 12345, -1)
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert "it belongs to user 12345" in said.err


def test_a_folder_where_others_lay_files_beside_it(shop: Lab) -> None:
    """As in /tmp: they cannot take ours away, but their state.db-wal would be read."""
    shared = shop.path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    said = shop("apply", "TREE", "--yes", "--state", str(shared / "state.db"))
    assert said.code == 1
    assert f"{shared}: others may write to it (mode 1777)" in said.err
    assert not list(shared.iterdir())


# where it is


def test_run_keeps_it_outside_and_all_commands_find_it(shop: Lab) -> None:
    assert shop("run", "TREE", "--once").code == 0
    assert outside_of(shop.tree).exists()
    assert not inside_of(shop.tree).exists()
    shop.assert_converged()
    assert len(shop("history", "TREE", "-o", "json").json["runs"]) == 1
    shop.guest("web", memory="2GiB")
    assert shop("apply", "TREE", "--yes").code == 0
    assert not inside_of(shop.tree).exists()
    assert len(shop("history", "TREE", "-o", "json").json["runs"]) == 2


def test_run_takes_along_what_was_in_the_tree(shop: Lab) -> None:
    shop.applied()
    shop.guest("web", memory="2GiB")
    assert shop("plan", "TREE", "--out", str(shop.path / "p")).code == 0
    said = shop("run", "TREE", "--once", "--only", "Domain/none")
    assert said.code == 0, said.err
    assert f"the state was moved from {inside_of(shop.tree)} to {outside_of(shop.tree)}" in said.err
    assert not inside_of(shop.tree).exists()
    assert shop("apply", "--plan", str(shop.path / "p"), "--yes").code == 0  # the key came along
    assert [run["id"] for run in shop("history", "TREE", "-o", "json").json["runs"]] == [2, 1]


def test_looking_moves_nothing(shop: Lab) -> None:
    shop.applied()
    assert shop("run", "TREE", "--once", "--observe").code == 0
    assert inside_of(shop.tree).exists()
    assert not outside_of(shop.tree).exists()


def test_a_damaged_one_is_not_moved(shop: Lab) -> None:
    shop.applied()
    inside_of(shop.tree).write_bytes(b"no database" * 1000)
    said = shop("run", "TREE", "--once")
    assert said.code == 1
    assert "move it away" in said.err
    assert inside_of(shop.tree).exists()
    assert not outside_of(shop.tree).exists()


def test_whoever_has_it_open_while_it_is_moved_writes_nothing(shop: Lab) -> None:
    shop.applied()
    inside = inside_of(shop.tree)
    store = open_state(str(inside), fleet="shop")
    assert bring(inside, outside_of(shop.tree), "run")
    with pytest.raises(StateError, match="was moved away meanwhile"), store.writer("apply"):
        pytest.fail("two states")
    store.close()
    assert not inside.exists()
    assert not bring(inside, outside_of(shop.tree), "run")


def test_two_of_them_are_told(shop: Lab) -> None:
    assert shop("run", "TREE", "--once").code == 0
    forged_state(shop.tree)
    said = shop("status", "TREE")
    assert said.err.count("is not used: the state of this tree is") == 1


def test_another_user_is_told_where_it_is(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shop("run", "TREE", "--once").code == 0
    kept = outside_of(shop.tree)
    monkeypatch.setenv("XDG_STATE_HOME", str(shop.path / "home of another"))
    for command in (("plan", "TREE"), ("apply", "TREE", "--yes"), ("run", "TREE", "--once")):
        said = shop(*command)
        assert said.code == (0 if command[0] == "plan" else 1)
        assert f"the state of this tree is at {str(kept)!r}" in said.err
    assert shop("plan", "TREE", "--state", str(kept), "--detailed-exitcode").code == 0


def test_a_state_that_run_was_given_is_told_to_the_others(shop: Lab) -> None:
    state = f"sqlite:///{shop.path}/mine.db"
    assert shop("run", "TREE", "--once", "--state", state).code == 0
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert f"the state of this tree is at '{shop.path}/mine.db'" in said.err
    assert shop("plan", "TREE", "--state", state, "--detailed-exitcode").code == 0
    assert shop("run", "TREE", "--once").code == 1
    (shop.tree / ".virt-reconcile" / "state.elsewhere").unlink()
    assert shop("plan", "TREE").code == 0


def test_a_tree_that_was_moved_is_told(shop: Lab) -> None:
    assert shop("run", "TREE", "--once").code == 0
    moved = shop.path / "elsewhere"
    shop.tree.rename(moved)
    said = shop("apply", str(moved), "--yes")
    assert said.code == 1
    assert f"move its folder to {outside_of(moved).parent}" in said.err
    outside_of(shop.tree).parent.rename(outside_of(moved).parent)
    assert shop("plan", str(moved), "--detailed-exitcode").code == 0
    assert shop("run", str(moved), "--once").code == 0
    note = moved / ".virt-reconcile" / "state.elsewhere"
    assert note.read_text() == f"{outside_of(moved)}\n"


def test_a_lost_state_is_lost_and_nothing_more(shop: Lab) -> None:
    assert shop("run", "TREE", "--once").code == 0
    shutil.rmtree(outside_of(shop.tree).parent)
    shop.assert_converged()
    shop.applied()


def test_a_note_that_came_with_the_tree_is_not_believed(shop: Lab) -> None:
    origin = repository(shop)
    (origin / ".virt-reconcile").mkdir()
    (origin / ".virt-reconcile" / "state.elsewhere").write_text("/etc/passwd\n")
    pushed(origin, ".virt-reconcile/state.elsewhere")
    git(shop.tree, "pull", "--quiet")
    (shop.tree / ".virt-reconcile").chmod(0o700)
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert "state.elsewhere is not trusted: git tracks it" in said.err
    assert "/etc/passwd" not in said.err


def test_what_is_given_counts(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find(shop.tree, StateSaid("x.db")).url == "x.db"
    monkeypatch.setenv("VIRT_RECONCILE_STATE", f"sqlite:///{shop.path}/mine/state.db")
    shop.applied()
    assert (shop.path / "mine" / "state.db").exists()
    assert not inside_of(shop.tree).exists()
    assert find(shop.tree, StateSaid("x.db")).url == "x.db"


def test_a_folder_of_anothers_is_left_alone(shop: Lab) -> None:
    """As after `init` by a user and `apply` by root: the state goes where only root writes."""
    folder = shop.tree / ".virt-reconcile"
    folder.mkdir()
    os.chown(folder, 12345, -1)
    shop.applied()
    assert outside_of(shop.tree).exists()
    assert [file.name for file in folder.iterdir()] == ["state.elsewhere"]  # for that user
    shop.assert_converged()


# the compiled tree


def test_a_compiled_tree_from_the_tree_is_not_read(shop: Lab) -> None:
    """A forged `.virt-reconcile/tree.json` with the right key, as a pull request could bring it."""
    shop("validate", "TREE")
    shop("plan", "TREE")
    cache = compiled.cache_of(shop.tree)
    assert cache is not None
    assert not cache.is_relative_to(shop.tree)
    known = json.loads(cache.read_text())
    known["tree"]["resources"] = []
    known["tree"]["fleet"]["prune"] = True
    (shop.tree / ".virt-reconcile").mkdir(mode=0o700)
    (shop.tree / ".virt-reconcile" / "tree.json").write_text(json.dumps(known))
    assert "2 to create" in shop("plan", "TREE").out


@pytest.mark.parametrize("how", ["file mode", "folder mode", "owner", "link", "fifo", "deep"])
def test_a_compiled_tree_that_others_could_write(shop: Lab, how: str) -> None:
    shop("plan", "TREE")
    cache = compiled.cache_of(shop.tree)
    assert cache is not None
    known = json.loads(cache.read_text())
    known["tree"]["resources"] = []
    cache.write_text(json.dumps(known))
    assert "2 to create" not in shop("plan", "TREE").out  # it would be believed
    if how == "file mode":
        cache.chmod(0o666)
    elif how == "folder mode":
        cache.parent.chmod(0o777)
    elif how == "owner":
        os.chown(cache, 12345, -1)
    elif how == "link":
        cache.rename(shop.path / "real.json")
        cache.symlink_to(shop.path / "real.json")
    elif how == "fifo":
        cache.unlink()
        os.mkfifo(cache)
    else:
        cache.write_text("[" * 10**6)
    assert "2 to create" in shop("plan", "TREE").out


# damage


def spoil(sql: str, *values: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            connection.execute(sql, values)

    return change


def without_not_null(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE records RENAME TO old")
        connection.execute("CREATE TABLE records AS SELECT * FROM old")
        connection.execute("UPDATE records SET host = NULL, policy = NULL")


DAMAGE: dict[str, Callable[[Path], None]] = {
    "unknown kind": spoil("UPDATE records SET address = 'Gadget/' || rowid"),
    "no address": spoil("UPDATE records SET address = rowid"),
    "bad policy": spoil("UPDATE records SET policy = '{'"),
    "policy of another type": spoil("UPDATE records SET policy = '[]'"),
    "policy with wrong types": spoil("UPDATE records SET policy = replace(policy, 'false', '\"no\"')"),
    "deep policy": spoil("UPDATE records SET policy = ?", "[" * 10**6),
    "nulls": without_not_null,
    "bytes": spoil("UPDATE records SET native = x'ff00'"),
    "not UTF-8": spoil("UPDATE records SET native = CAST(x'ff' AS TEXT)"),
    "unknown power": spoil("UPDATE records SET power = 'flying'"),
    "autostart": spoil("UPDATE records SET autostart = 'maybe'"),
    "huge row": spoil("UPDATE records SET version = CAST(zeroblob(100000000) AS TEXT)"),
    "no table": spoil("DROP TABLE records"),
    "no column": spoil("ALTER TABLE records DROP COLUMN content"),
    "version below zero": spoil("PRAGMA user_version = -3"),
    "version 0 with tables": spoil("PRAGMA user_version = 0"),
    "last outcomes": spoil("UPDATE latest SET started = 'yesterday', address = '5' || address"),
    "last outcomes in the far future": spoil("UPDATE latest SET started = 1e300"),
    "runs": spoil("UPDATE runs SET started = -1e300, status = x'00'"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_says_what_to_move_away(shop: Lab, kind: str) -> None:
    shop.applied()
    path = inside_of(shop.tree)
    DAMAGE[kind](path)
    said = [
        shop(*c)
        for c in (("plan", "TREE"), ("status", "TREE"), ("history", "TREE"), ("apply", "TREE", "--yes"))
    ]
    assert any(one.code == 1 for one in said)
    for one in said:
        assert "internal error" not in one.err
        if one.code:
            assert f"the state {path}" in one.err
            assert "move it away" in one.err


DAMAGED_RUN: dict[str, Callable[[Path], None]] = {
    "actions": spoil("UPDATE actions SET started = 'yesterday', address = 5"),
    "far future": spoil("UPDATE actions SET started = 1e300"),
}


@pytest.mark.parametrize("kind", DAMAGED_RUN)
def test_damage_of_one_run_is_told_where_it_is_shown(shop: Lab, kind: str) -> None:
    shop.applied()
    path = inside_of(shop.tree)
    DAMAGED_RUN[kind](path)
    said = shop("history", "TREE", "--run", "1")
    assert said.code == 1
    assert "internal error" not in said.err
    assert f"the state {path}" in said.err
    assert "move it away" in said.err
    shop.assert_converged()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["fifo", "folder", "socket"])
def test_what_is_no_file(shop: Lab, name: str, kind: str) -> None:
    import socket

    path = shop.tree / ".virt-reconcile" / name
    path.parent.mkdir(mode=0o700)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as one:
            here = Path.cwd()
            os.chdir(path.parent)  # a socket's path is short
            one.bind(name)
            os.chdir(here)
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert f"{path}: it is {'a folder' if kind == 'folder' else 'no regular file'}" in said.err
    assert "move it away" in said.err


@pytest.mark.parametrize(
    "junk",
    [
        b"\xff" * 100,
        b"[" * 60000,
        b'{"pid": "x", "machine": 5, "user": null, "command": [], "since": "never"}',
        b'{"pid": 1, "machine": "m", "user": "u", "command": "\\u001b[2J", "since": 1}',
        b'{"pid": 1, "machine": "m", "user": "u", "command": "c", "since": 1e300}',
        b'{"pid": 1, "machine": "m", "user": "u", "command": "c", "since": NaN}',
    ],
)
def test_junk_in_the_lock_file(shop: Lab, junk: bytes) -> None:
    shop.applied()
    path = inside_of(shop.tree)
    store: OpenState = open_state(str(path), fleet="shop")
    with store.writer("somebody"):
        (path.parent / "state.db.lock").write_bytes(junk)
        said = shop("apply", "TREE", "--yes")
    store.close()
    assert said.code == 1
    assert "another process holds the state's lock" in said.err
    shop.applied()


def test_a_lock_file_with_a_second_name(shop: Lab) -> None:
    precious = shop.path / "precious"
    precious.write_text("data of somebody")
    (shop.tree / ".virt-reconcile").mkdir(mode=0o700)
    (shop.tree / ".virt-reconcile" / "state.db.lock").hardlink_to(precious)
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert "it has another name as well" in said.err
    assert precious.read_text() == "data of somebody"


def test_a_record_survives_the_move(shop: Lab, home: Path) -> None:
    old, new = shop.path / "a" / "state.db", home / "b" / "state.db"
    store = open_state(str(old))
    store.put(record(), DOCUMENTS)
    assert bring(old, new, "run")
    store.close()
    moved = open_state(str(new), readonly=True)
    assert moved.records() == {WEB: record()}
    moved.close()
    assert [file.name for file in old.parent.glob("state.db*")] == ["state.db.lock"]


# git runs nothing


def script(shop: Lab, name: str) -> tuple[Path, Path]:
    """A program, and what it leaves when it is run."""
    program, ran = shop.path / f"{name}.sh", shop.path / f"{name}.ran"
    program.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    program.chmod(0o755)
    return program, ran


SETTINGS = (
    "core.fsmonitor",
    "filter.any.clean",
    "filter.any.process",
    "filter.any.smudge",
    "filter.a=b.clean",
    "core.sshCommand",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "core.askPass",
    "credential.helper",
    "diff.external",
    "core.editor",
    "core.pager",
)


@pytest.mark.parametrize("setting", SETTINGS)
def test_looking_at_a_tree_runs_no_program_of_its_repository(shop: Lab, setting: str) -> None:
    repository(shop)
    program, ran = script(shop, "evil")
    shop.write(".gitattributes", "*.yaml filter=any\nweb.yaml filter=a=b diff=any\n")
    git(shop.tree, "config", setting, str(program))
    git(shop.tree, "config", "filter.any.required", "true")
    shop.write("web.yaml", (shop.tree / "web.yaml").read_text() + "# edited\n")
    assert commit_of(shop.tree).endswith("+")
    assert shop("plan", "TREE").code == 0
    assert shop("status", "TREE").code == 0
    assert not ran.exists()


@pytest.mark.parametrize(
    "hook", ["post-index-change", "post-merge", "post-checkout", "reference-transaction"]
)
def test_no_hook_is_run(shop: Lab, hook: str) -> None:
    origin = repository(shop)
    program, ran = script(shop, "hook")
    shutil.copy(program, shop.tree / ".git" / "hooks" / hook)
    os.utime(shop.tree / "web.yaml", (1, 1))
    commit_of(shop.tree)
    (origin / "web.yaml").write_text((origin / "web.yaml").read_text() + "# more\n")
    git(origin, "commit", "--quiet", "--all", "--message", "second")
    assert pull(shop.tree) == git(origin, "rev-parse", "HEAD")
    assert not ran.exists()


def test_a_pull_runs_no_filter_of_the_repository(shop: Lab) -> None:
    origin = repository(shop)
    program, ran = script(shop, "smudge")
    git(shop.tree, "config", "filter.any.smudge", str(program))
    git(shop.tree, "config", "core.fsmonitor", str(program))
    (origin / ".gitattributes").write_text("*.yaml filter=any\n")
    (origin / "web.yaml").write_text((origin / "web.yaml").read_text() + "# more\n")
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "--message", "second")
    pull(shop.tree)
    assert "# more" in (shop.tree / "web.yaml").read_text()
    assert not ran.exists()


def test_settings_that_others_may_write_are_not_pulled_with(shop: Lab) -> None:
    repository(shop)
    (shop.tree / ".git" / "config").chmod(0o666)
    with pytest.raises(SourceError, match=r"others may write to .*config"):
        pull(shop.tree)


def test_a_remote_that_is_a_command(shop: Lab) -> None:
    repository(shop)
    program, ran = script(shop, "ext")
    git(shop.tree, "config", "remote.origin.url", f"ext::{program}")
    git(shop.tree, "config", "protocol.ext.allow", "always")
    with pytest.raises(SourceError):
        pull(shop.tree)
    assert not ran.exists()


def test_a_repository_inside_of_the_tree_is_none(shop: Lab) -> None:
    """Files of the tree that look like a bare repository, with settings."""
    repository(shop)
    program, ran = script(shop, "bare")
    inner = shop.tree / "inner"
    subprocess.run(["git", "init", "--quiet", "--bare", str(inner)], check=True)
    git(inner, "config", "core.bare", "false")
    git(inner, "config", "core.worktree", str(inner))
    git(inner, "config", "core.fsmonitor", str(program))
    (inner / "a.yaml").write_text("")
    commit_of(inner)
    shop("plan", str(inner), "--host", shop.uri())
    assert not ran.exists()


def test_anothers_repository_runs_nothing(shop: Lab) -> None:
    repository(shop)
    program, ran = script(shop, "other")
    git(shop.tree, "config", "core.fsmonitor", str(program))
    shop.applied()
    os.chown(shop.tree, 12345, -1)
    os.chown(shop.tree / ".git", 12345, -1)
    shop.assert_converged()
    assert not ran.exists()


def test_a_hooks_environment_does_not_mislead(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = repository(shop)
    head = git(shop.tree, "rev-parse", "HEAD")
    git(origin, "commit", "--quiet", "--allow-empty", "--message", "another")
    monkeypatch.setenv("GIT_DIR", str(origin / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(origin))
    assert commit_of(shop.tree) == head
