"""A saved plan is executed exactly as it was shown, or refused with the name of what differs."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.cli import asking, converge
from reconciler.cli.plan import show
from reconciler.engine import look as looking
from reconciler.engine import round as rounds
from reconciler.engine.round import Planned
from reconciler.operations import Define, Effect, Start, Undefine
from reconciler.plan.model import Action, Plan, Refresh, Verdict
from reconciler.plan.model import Status as VerdictStatus
from reconciler.plan.sameness import differing
from specs.desired import Policy
from specs.identity import Address, Kind
from tests.reconciler.cli.lab import Lab, Said

HEAD = "apiVersion: virt-reconcile/v1\n"


class Saved:
    """A plan of an edit that was saved, and the attempts to have something else done by it."""

    def __init__(self, shop: Lab, *options: str) -> None:
        self.shop, self.file = shop, shop.path / "saved.json"
        said = shop("plan", "TREE", "--out", str(self.file), *options)
        assert said.code == 0, said.err

    def apply(self, *options: str) -> Said:
        return self.shop("apply", "--plan", str(self.file), "--yes", *options)

    def refused(self, *told: str) -> None:
        """Nothing happens, and the message names what differs."""
        before = (self.shop.path / "sim.db").read_bytes()
        said = self.apply()
        assert said.code == 1, said.out
        for text in told:
            assert text in said.err
        assert (self.shop.path / "sim.db").read_bytes() == before


@pytest.fixture
def edited(shop: Lab) -> Lab:
    """An applied shop whose web guest is to have more memory."""
    shop.applied()
    shop.guest("web", memory="2GiB")
    return shop


def guest(shop: Lab, more: str) -> None:
    shop.write(
        "web.yaml",
        f"{HEAD}kind: Domain\nmetadata: {{name: web}}\n"
        f"spec: {{memory: 2GiB, vcpus: 1, state: running, host: hv1{more}}}\n",
    )


# what was changed after it was shown


def test_another_host_by_the_same_name(edited: Lab) -> None:
    """hv1 is another machine now, with guests that look the same."""
    saved = Saved(edited, "--host", f"hv1={edited.uri()}")
    data = json.loads(saved.file.read_text())
    assert data["hosts"] == [f"hv1={edited.uri()}"]
    edited.fleet(hv1=edited.uri("hv9"))
    saved.refused("the files of the tree changed since")


def test_another_host_in_the_files(edited: Lab) -> None:
    saved = Saved(edited)
    edited.fleet(hv1=edited.uri() + "&delay=0ms")
    saved.refused("host hv1 changed since", "host hv1: its URI")


def test_another_machine_under_the_same_uri(edited: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = Saved(edited)

    def swapped(*arguments: Any) -> Any:
        observed = looking.look(*arguments)
        machines = {name: replace(i, identity="another") for name, i in observed.inventories.items()}
        return replace(observed, inventories=machines)

    monkeypatch.setattr(rounds, "look", swapped)
    saved.refused("host hv1", "host hv1: which machine it is")


def test_a_policy_that_restarts(edited: Lab) -> None:
    """Only `restart:` was added: the documents are the same."""
    saved = Saved(edited)
    guest(edited, ", restart: if-needed")
    saved.refused("Domain/web changed since", "Domain/web: its policy")


def test_a_stop_by_force(edited: Lab) -> None:
    guest(edited, ", restart: if-needed")
    saved = Saved(edited)
    guest(edited, ", restart: if-needed, stop: {force: true}")
    saved.refused("Domain/web changed since", "its arguments")


@pytest.mark.parametrize("at_first", ["open", "closed"])
def test_a_window_that_opened_or_closed(edited: Lab, monkeypatch: pytest.MonkeyPatch, at_first: str) -> None:
    guest(edited, ", restart: window, windows: [{days: [sat], from: '02:00', to: '04:00'}]")
    saturday, sunday = 1_764_382_800.0 + 0, 1_764_469_200.0  # 2025-11-29 02:20 and a day later, UTC
    times = {"open": (saturday, sunday), "closed": (sunday, saturday)}[at_first]

    def clock(now: float) -> None:
        monkeypatch.setattr(looking, "time", SimpleNamespace(time=lambda: now))

    clock(times[0])
    saved = Saved(edited)
    clock(times[1])
    saved.refused("Domain/web changed since", "what holds it back")
    clock(times[0])
    assert saved.apply().code == 0


def test_a_secret_from_another_command(lab: Lab) -> None:
    def secret(source: str) -> None:
        lab.write(
            "secret.yaml",
            f"{HEAD}kind: Secret\nmetadata: {{name: key}}\n"
            f"spec: {{usage: {{type: ceph, id: key}}, value: {source}}}\n",
        )

    ran = lab.path / "ran"
    (lab.path / "value").write_text("value")
    secret(f"{{file: {lab.path}/value}}")
    saved = Saved(lab)
    secret(f"{{command: [sh, -c, 'touch {ran}; echo value']}}")
    said = saved.apply()
    assert said.code == 1
    assert "Secret/key@hv1: where its value comes from" in said.err
    assert not lab.domains()


def image(lab: Lab, file: str = "disk.img") -> None:
    lab.write(
        "disk.yaml",
        f"{HEAD}kind: StoragePool\nmetadata: {{name: p}}\nspec: {{type: dir, target: /p}}\n---\n"
        f"{HEAD}kind: Volume\nmetadata: {{name: v}}\n"
        f"spec: {{pool: p, format: raw, capacity: 1MiB, source: {{file: {file}}}}}\n",
    )


def test_another_image_in_the_same_file(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(lab.path / "cache"))
    lab.write("disk.img", "the image that was reviewed" * 100)
    image(lab)
    saved = Saved(lab)
    lab.write("disk.img", "another one" * 100)
    said = saved.apply()
    assert said.code == 1
    assert "Volume/p/v@hv1 changed since" in said.err
    assert "Volume/p/v@hv1: its content" in said.err
    lab.write("disk.img", "the image that was reviewed" * 100)
    assert saved.apply().code == 0


def test_another_image_by_name(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(lab.path / "cache"))
    lab.write("disk.img", "same" * 100)
    lab.write("other.img", "same" * 100)
    image(lab)
    saved = Saved(lab)
    image(lab, "other.img")
    said = saved.apply()
    assert said.code == 1
    assert "Volume/p/v@hv1: what it is filled with" in said.err


def test_the_fleets_policy(edited: Lab) -> None:
    saved = Saved(edited)
    edited.fleet(most=500)
    saved.refused("the Fleet changed since", "the Fleet: its max_deletions")


def test_files_that_change_nothing_that_is_planned(edited: Lab) -> None:
    saved = Saved(edited)
    edited.write("web.yaml", (edited.tree / "web.yaml").read_text() + "# reviewed by nobody\n")
    saved.refused("the files of the tree changed since")


def test_another_commit_of_the_same_files(edited: Lab) -> None:
    from tests.reconciler.cli.test_run import git

    git(edited.tree, "init", "--quiet", "--initial-branch=main")
    git(edited.tree, "add", ".")
    git(edited.tree, "commit", "--quiet", "--message", "first")
    saved = Saved(edited)
    git(edited.tree, "commit", "--quiet", "--allow-empty", "--message", "second")
    saved.refused("changed since", "document")  # the commit is part of the mark


# what the comparison of plans sees

WEB = Address(Kind.DOMAIN, "web")


def plan(**values: Any) -> Plan:
    actions = (
        Action("define Domain/web", Define("", Effect.NEXT_BOOT), WEB, "hv1", "web"),
        Action("start Domain/web", Start(), WEB, "hv1", "web"),
    )
    whole = Plan(
        "shop", "/tree", 1.0, {"hv1": "sim:///a"}, (Verdict(WEB, "hv1", VerdictStatus.CHANGE),), actions,
        (Refresh(WEB, "hv1", "web", "<domain/>", "d"),), (), {}, (), {"Domain/web": "d"}, "c1",
    )  # fmt: skip
    return replace(whole, **values)


def named(now: Plan) -> set[str]:
    return {one.subject for one in differing(plan(), now)}


def test_a_plan_is_the_same_at_another_time() -> None:
    assert named(plan(created=2.0)) == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "x"),
        ("operation", Undefine()),
        ("address", Address(Kind.DOMAIN, "db")),
        ("host", "hv2"),
        ("native", "db"),
        ("operation", Define("", Effect.DESTROYS_DATA)),
        ("operation", Define("<domain/>", Effect.NEXT_BOOT)),
        ("operation", Define("", Effect.NEXT_BOOT, if_missing=True)),
        ("after", ("x",)),
        ("expects", "x"),
        ("deferred", "x"),
        ("reasons", ("x",)),
    ],
)
def test_every_field_of_an_action_counts(field: str, value: Any) -> None:
    first, second = plan().actions
    assert "Domain/web" in named(plan(actions=(replace(first, **{field: value}), second)))


def test_no_field_of_an_action_is_left_out() -> None:
    """A field that is added to Action is compared without anybody's doing; this test only counts them."""
    from dataclasses import fields

    first, second = plan().actions
    for field in fields(Action):
        value: Any = object() if field.name != "id" else "other"
        other = replace(first, **{field.name: value})
        try:
            assert named(plan(actions=(other, second))), field.name
        except AttributeError:
            pytest.fail(field.name)


@pytest.mark.parametrize(
    ("field", "value", "subject"),
    [
        ("fleet", "other", "the fleet's name"),
        ("hosts", {"hv1": "sim:///b"}, "host hv1"),
        ("verdicts", (), "Domain/web"),
        ("refreshes", (Refresh(WEB, "hv1", "web", "<domain/>", "d", Policy(protect=True)),), "Domain/web"),
        ("forget", (WEB,), "Domain/web"),
        ("unreachable", {"hv1": "away"}, "host hv1"),
        ("warnings", ("x",), "what was warned of"),
        ("seen", {"Domain/web": "e"}, "Domain/web"),
        ("commit", "c2", "the commit"),
        ("actions", plan().actions[::-1], "the order of the actions"),
        ("actions", plan().actions[:1], "Domain/web"),
        ("actions", (), "Domain/web"),
    ],
)
def test_every_field_of_a_plan_counts(field: str, value: Any, subject: str) -> None:
    assert named(plan(**{field: value})) == {subject}


# the file


@settings(deadline=None)  # the first one plans
@given(place=st.integers(0), bit=st.integers(0, 7))
def test_no_bit_of_the_file_can_be_changed(
    place: int, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from reconciler.cli.common import Common
    from reconciler.cli.saved import open_saved
    from reconciler.faults import Fault

    file, data = _a_file(tmp_path_factory)
    changed = bytearray(data)
    changed[place % len(data)] ^= 1 << bit
    file.write_bytes(changed)
    with pytest.raises(Fault) as caught:
        open_saved(file, Common(Path()))
    assert str(file) in str(caught.value)


_FILE: list[tuple[Path, bytes]] = []


def _a_file(factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A saved plan, made once."""
    if not _FILE:
        from reconciler.cli.main import call

        folder = factory.mktemp("bits")
        (folder / "tree").mkdir()
        (folder / "tree" / "a.yaml").write_text(
            f"{HEAD}kind: Host\nmetadata: {{name: hv1}}\nspec: {{uri: 'sim://{folder}/sim.db'}}\n---\n"
            f"{HEAD}kind: Domain\nmetadata: {{name: web}}\nspec: {{memory: 1GiB, vcpus: 1}}\n"
        )
        assert call(["plan", str(folder / "tree"), "--out", str(folder / "p"), "-q"]) == 0
        _FILE.append((folder / "p", (folder / "p").read_bytes()))
    return _FILE[0]


def test_edited_fields_destroy_nothing(edited: Lab) -> None:
    """Seen: three edited fields of a plan of two titles pruned everything."""
    saved = Saved(edited)
    data = json.loads(saved.file.read_text())
    data["options"] |= {"prune": True, "max_deletions": 500, "destroy": True}
    saved.file.write_text(json.dumps(data, indent=2) + "\n")
    saved.refused("was changed after it was saved; nothing was done")


def test_a_plan_of_another_state(edited: Lab) -> None:
    saved = Saved(edited)
    said = saved.apply("--state", f"sqlite:///{edited.path}/other.db")
    assert said.code == 1
    assert "was saved with another state than" in said.err
    (edited.tree / ".virt-reconcile" / "state.db.key").unlink()
    saved.refused("was saved with another state than")


def test_the_state_that_plan_was_given_has_to_be_given_again(shop: Lab) -> None:
    """The file cannot say itself whose key vouches for it."""
    state = f"sqlite:///{shop.path}/mine.db"
    said = shop("plan", "TREE", "--state", state, "--out", str(shop.path / "p"))
    assert f"apply --plan {shop.path}/p --state {state}" in said.err
    assert "--state" in shop("apply", "--plan", str(shop.path / "p"), "--yes").err
    assert shop.domains() == {}
    assert shop("apply", "--plan", str(shop.path / "p"), "--yes", "--state", state).code == 0


def test_a_forged_tree_with_a_key_that_others_may_write(edited: Lab) -> None:
    saved = Saved(edited)
    key = edited.tree / ".virt-reconcile" / "state.db.key"
    key.chmod(0o666)
    saved.refused("is not trusted", "others may write to it")
    key.chmod(0o644)
    saved.refused("others may read it")


def test_it_is_new_and_its_owners_alone(edited: Lab) -> None:
    os.umask(before := os.umask(0))
    saved = Saved(edited)
    os.umask(before)
    assert stat.S_IMODE(saved.file.stat().st_mode) == 0o600
    key = edited.tree / ".virt-reconcile" / "state.db.key"
    assert (stat.S_IMODE(key.stat().st_mode), key.stat().st_size) == (0o600, 32)


@pytest.mark.parametrize("kind", ["file", "link", "dangling", "link to a plan", "fifo", "folder"])
def test_nothing_else_is_written_over(edited: Lab, kind: str) -> None:
    precious = edited.path / "precious"
    precious.write_text("data of somebody")
    place = edited.path / "out"
    if kind == "file":
        place.write_text("notes")
    elif kind == "link":
        place.symlink_to(precious)
    elif kind == "dangling":
        place.symlink_to(edited.path / "made")
    elif kind == "link to a plan":
        place.symlink_to(Saved(edited).file)
    elif kind == "fifo":
        os.mkfifo(place)
    else:
        place.mkdir()
    said = edited("plan", "TREE", "--out", str(place))
    assert said.code == 1
    assert f"{place} exists, and is no saved plan of yours" in said.err
    assert precious.read_text() == "data of somebody"
    assert not (edited.path / "made").exists()


def test_a_plan_of_ours_gives_way_to_the_next(edited: Lab) -> None:
    Saved(edited)
    edited.guest("web", memory="3GiB")
    saved = Saved(edited)
    assert saved.apply().code == 0
    edited.assert_converged()
    assert not list(edited.path.glob(".saved.json*"))


def test_another_names_content_survives(edited: Lab) -> None:
    """A plan that is written over is replaced, not emptied: whoever has it by a second name keeps it."""
    saved = Saved(edited)
    second = edited.path / "second"
    second.hardlink_to(saved.file)
    before = second.read_bytes()
    Saved(edited)
    assert second.read_bytes() == before


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["fifo", "zero", "deep", "deep head", "huge", "folder", "link", "wide"])
def test_a_file_that_is_a_trap(edited: Lab, kind: str) -> None:
    saved = Saved(edited)
    good = saved.file.read_bytes()
    saved.file.unlink()
    if kind == "fifo":
        os.mkfifo(saved.file)
    elif kind == "zero":
        saved.file = Path("/dev/zero")
    elif kind == "deep":
        saved.file.write_bytes(good.replace(b'"options"', b'"x": ' + b"[" * 10**6 + b', "options"'))
    elif kind == "deep head":
        saved.file.write_bytes(b"[" * 10**7)
    elif kind == "huge":
        with saved.file.open("wb") as file:
            file.truncate(10**12)
    elif kind == "folder":
        saved.file.mkdir()
    elif kind == "link":
        (edited.path / "good").write_bytes(good)
        saved.file.symlink_to(edited.path / "good")
    else:
        saved.file.write_bytes(good + b"[]," * 10**7)
    saved.refused(str(saved.file))
    if kind == "fifo":
        saved.file.unlink()


@pytest.mark.parametrize("tree", ['"relative"', '"/a\\u0000b"', '"/\\ud800"', '"/\\x"', '""', '"/nowhere"'])
def test_a_trap_in_the_head(edited: Lab, tree: str) -> None:
    saved = Saved(edited)
    text = saved.file.read_text()
    saved.file.write_text(text.replace(json.dumps(str(edited.tree.resolve())), tree, 1))
    saved.refused(str(saved.file))


# what goes with it


@pytest.mark.parametrize(
    "options",
    [
        ("--only", "Domain/web"),
        ("--prune",),
        ("--no-prune",),
        ("--max-deletions", "5"),
        ("--host", "hv1=sim:///x"),
        ("--accept-host", "hv1"),
    ],
)
def test_options_that_would_change_it_are_an_error(edited: Lab, options: tuple[str, ...]) -> None:
    saved = Saved(edited)
    said = saved.apply(*options)
    assert said.code == 1
    assert "would change the plan, and --plan is executed as it was saved" in said.err
    assert options[0].replace("--no-prune", "--prune") in said.err


def test_it_is_executed_once(edited: Lab) -> None:
    """Also where the world looks the same again."""
    saved = Saved(edited)
    simulated, kept = edited.path / "sim.db", (edited.path / "sim.db").read_bytes()
    from state import open_state

    assert saved.apply().code == 0
    store = open_state(str(edited.tree / ".virt-reconcile" / "state.db"), fleet="shop")
    simulated.write_bytes(kept)
    for file in edited.path.glob("sim.db-*"):
        file.unlink()
    store.close()
    saved.refused("the saved plan is stale", "it was applied already, as run 2")


def test_it_holds_no_secret(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_VALUE", "s3cr3t-value-1")
    lab.write(
        "all.yaml",
        f"{HEAD}kind: Secret\nmetadata: {{name: key}}\n"
        "spec: {usage: {type: ceph, id: key}, value: {env: SHOP_VALUE}}\n---\n"
        f"{HEAD}kind: StoragePool\nmetadata: {{name: p}}\nspec: {{type: dir, target: /p}}\n---\n"
        f"{HEAD}kind: Volume\nmetadata: {{name: v}}\n"
        "spec: {pool: p, source: {url: 'https://u:s3cr3t-value-2@h/i?token=s3cr3t-value-3',"
        " checksum: {sha256: " + "a" * 64 + "}}}\n---\n"
        f"{HEAD}kind: Domain\nmetadata: {{name: web}}\n"
        "spec: {memory: 1GiB, vcpus: 1, cloudInit: {pool: p, userData: {inline: 's3cr3t-value-4'}}}\n",
    )
    said = lab("plan", "TREE", "--out", str(lab.path / "p"))
    assert said.code == 0, said.err
    assert "s3cr3t-value" not in (lab.path / "p").read_text()


def test_between_the_question_and_the_doing_nothing_is_planned(
    edited: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interactive apply executes the plan that it showed, though the files change at its question."""
    shown: list[Plan] = []
    done: list[Plan] = []

    def ask(*_: object) -> None:
        edited.guest("web", memory="9GiB")
        edited.guest("more")

    run = converge.run_plan

    def showing(common: Any, planned: Plan, *rest: Any, **more: Any) -> None:
        shown.append(planned)
        show(common, planned, *rest, **more)

    def executing(common: Any, planned: Planned, *rest: Any, **more: Any) -> Any:
        done.append(planned.plan)
        return run(common, planned, *rest, **more)

    monkeypatch.setattr(asking, "leave", ask)
    monkeypatch.setattr(converge, "show", showing)
    monkeypatch.setattr(converge, "run_plan", executing)
    assert edited("apply", "TREE").code == 0
    assert shown[0] is done[0]
    assert set(edited.domains()) == {"web", "db"}
