"""15. Addresses are unambiguous, what is done to one resource has an order, sizes have limits."""

from __future__ import annotations

import sqlite3
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from drivers.dialects import dialect
from reconciler.compare import compare
from reconciler.plan import Options, Plan, make_plan
from reconciler.plan.model import Action
from specs.compiling.kept import load_cached
from specs.compiling.loader import load
from specs.compiling.work import ENOUGH
from specs.desired import Policy, PowerState, RestartPolicy
from specs.diagnostics import InvalidTree
from specs.documents.overlay import merge
from specs.guests import Ready
from specs.identity import Address, Kind
from specs.reading import files
from specs.reading import yaml as yaml_reader
from tests.reconciler.cli.lab import Lab
from tests.reconciler.plan.facts import declare, desire, domain_xml, marked, observe, record, world


@pytest.fixture
def lab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lab:
    lab = Lab(tmp_path, capsys)
    lab.fleet()
    return lab


_POWER = frozenset({"build", "start", "stop", "restart", "suspend", "resume", "migrate", "await"})
_LIVE = frozenset({"attach", "detach", "update", "set-memory", "set-vcpus", "tune",
                   "set-text"})  # fmt: skip
_OF_DEFINITION = frozenset({"define", "adopt", "fill", "undefine"})


def _order_matters(one: str, other: str) -> bool:
    both = {one, other}
    switching = both & (_POWER - {"await"})
    return bool(both <= _POWER or both & _OF_DEFINITION or (switching and both & _LIVE))


def unordered(plan: Plan) -> list[tuple[str, str]]:
    """Pairs of actions on one resource that may run at once though their order matters."""
    of = {action.id: action for action in plan.actions}

    def before(action: Action) -> set[str]:
        found: set[str] = set()
        waiting = list(action.after)
        while waiting:
            id_ = waiting.pop()
            if id_ not in found:
                found.add(id_)
                waiting.extend(of[id_].after)
        return found

    return [
        (one.id, other.id)
        for one, other in combinations([a for a in plan.actions if not a.deferred], 2)
        if one.address == other.address
        and _order_matters(one.verb, other.verb)
        and one.id not in before(other)
        and other.id not in before(one)
    ]


_GUESTS = st.sampled_from([PowerState.RUNNING, PowerState.PAUSED, PowerState.STOPPED])
_DISK = "<disk type='file' device='disk'><source file='/x'/><target dev='vdb' bus='virtio'/></disk>"


@given(
    wanted=_GUESTS,
    seen=_GUESTS,
    restart=st.sampled_from(list(RestartPolicy)),
    declared_memory=st.sampled_from([1048576, 2097152]),
    live_memory=st.sampled_from([1048576, 524288]),
    disk=st.sampled_from(["", _DISK]),
    ours=st.booleans(),
    recorded=st.booleans(),
    autostart=st.sampled_from([None, True]),
    ready=st.booleans(),
    destroy=st.booleans(),
)
def test_whatever_is_done_to_a_guest_is_done_in_an_order(
    wanted: PowerState,
    seen: PowerState,
    restart: RestartPolicy,
    declared_memory: int,
    live_memory: int,
    disk: str,
    ours: bool,
    recorded: bool,
    autostart: bool | None,
    ready: bool,
    destroy: bool,
) -> None:
    declared = declare(
        domain_xml(memory=declared_memory, extra=disk),
        power=wanted,
        autostart=autostart,
        policy=Policy(restart=restart),
        ready=Ready("agent", 0, 5.0) if ready else None,
    )
    uuid = declared.uuid
    document = domain_xml(uuid=uuid)
    persistent = marked(document, declared) if ours else document
    live = None if seen is PowerState.STOPPED else domain_xml(uuid=uuid, memory=live_memory)
    found = observe(persistent, power=seen, live=live)
    records = {record(declared, found): (document, persistent)} if recorded else None
    plan = make_plan(desire(declared), world(found, records=records), Options(destroy=destroy))
    assert unordered(plan) == []


def test_a_guest_restarts_before_it_pauses() -> None:
    declared = declare(
        domain_xml(memory=2097152), power=PowerState.PAUSED, policy=Policy(restart=RestartPolicy.IF_NEEDED)
    )
    document = marked(domain_xml(uuid=declared.uuid), declared)
    found = observe(document, power=PowerState.RUNNING, live=document)
    plan = make_plan(desire(declared), world(found), Options())
    assert [action.verb for action in plan.actions] == ["define", "restart", "suspend"]
    suspend = plan.actions[-1]
    assert "restart Domain/web" in suspend.after


@pytest.mark.parametrize("wanted", [PowerState.ACTIVE, PowerState.INACTIVE])
@pytest.mark.parametrize("seen", [PowerState.ACTIVE, PowerState.INACTIVE])
@pytest.mark.parametrize("kind", [Kind.NETWORK, Kind.STORAGE_POOL])
def test_networks_and_pools_too(kind: Kind, seen: PowerState, wanted: PowerState) -> None:
    from specs.desired import BuildPolicy

    tag = "network" if kind is Kind.NETWORK else "pool"
    declared = declare(
        f"<{tag}><name>lan</name></{tag}>",
        kind,
        "lan",
        power=wanted,
        autostart=True,
        policy=Policy(build=BuildPolicy.IF_MISSING),
    )
    found = observe(f"<{tag}><name>lan</name></{tag}>", kind, "lan", power=seen)
    plan = make_plan(desire(declared), world(found), Options())
    assert unordered(plan) == []
    verbs = [action.verb for action in plan.actions]
    if "build" in verbs:
        assert verbs.index("autostart") > verbs.index("start")


def test_hosts_and_resources_with_an_at_sign_stay_apart(lab: Lab) -> None:
    head = "apiVersion: virt-reconcile/v1\nkind: "
    tree = (
        f"{head}Host\nmetadata: {{name: b@c}}\nspec: {{uri: 'sim://{lab.path}/b.db'}}\n---\n"
        f"{head}Host\nmetadata: {{name: c}}\nspec: {{uri: 'sim://{lab.path}/c.db'}}\n---\n"
        f"{head}Network\nmetadata: {{name: a}}\nspec: {{host: b@c}}\n---\n"
        f"{head}Network\nmetadata: {{name: a@b}}\nspec: {{host: c}}\n"
    )
    lab.write("hosts.yaml", tree)
    made = lab("apply", "TREE", "--yes")
    assert made.code == 0, made.err
    again = lab("plan", "TREE", "--detailed-exitcode")
    assert again.code == 0, again.out
    desired = load_cached(lab.path / "tree", {}, None)
    assert {Address(Kind.NETWORK, "a", "b@c"), Address(Kind.NETWORK, "a@b", "c")} <= desired.resources.keys()


HEAD = "apiVersion: virt-reconcile/v1\nkind: "
HOST = f"{HEAD}Host\nmetadata: {{name: hv1}}\nspec: {{uri: 'qemu:///system'}}\n"


def refused(folder: Path, *files: str) -> list[str]:
    for number, text in enumerate(files):
        (folder / f"{number}.yaml").write_text(text)
    with pytest.raises(InvalidTree) as told:
        load(folder)
    return [str(problem) for problem in told.value.problems]


def guest(name: str, spec: str) -> str:
    return f"---\n{HEAD}Domain\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def test_a_file_has_so_many_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "MAX_DOCUMENTS", 5)
    told = refused(tmp_path, HOST + "--- null\n" * 6)
    assert told == ["0.yaml:9:5: more than 5 documents in one file; split it"]


@pytest.mark.parametrize("limit", ["MAX_FILES", "MAX_TREE_BYTES"])
def test_a_tree_has_so_many_files_and_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(files, limit, 3)
    told = refused(tmp_path, *["# nothing\n"] * 5)
    assert any("nothing behind it was read" in one for one in told)


def test_templates_refine_each_other_so_many_times(tmp_path: Path) -> None:
    chain = "".join(
        f"---\n{HEAD}DomainTemplate\nmetadata: {{name: t{n}}}\nspec: {{memory: 1GiB, template: t{n + 1}}}\n"
        for n in range(40)
    )
    end = f"---\n{HEAD}DomainTemplate\nmetadata: {{name: t40}}\nspec: {{memory: 1GiB}}\n"
    told = refused(tmp_path, HOST + chain + end + guest("w", "{template: t0}"))
    assert any("more than 16 templates refine each other" in one for one in told)


def test_long_lists_are_not_matched_with_a_templates(tmp_path: Path) -> None:
    disks = "".join(f"{{file: /x{n}}}, " for n in range(1001))
    template = f"---\n{HEAD}DomainTemplate\nmetadata: {{name: t}}\nspec: {{memory: 1GiB, disks: [{disks}]}}\n"
    told = refused(tmp_path, HOST + template + guest("w", "{template: t, disks: [{file: /y}]}"))
    assert any("more than 1000 entries" in one for one in told)


def test_so_many_problems_are_found_and_then_no_more_are_looked_for(tmp_path: Path) -> None:
    nics = "".join(f"{{network: lan{n}}}, " for n in range(3000))
    told = refused(tmp_path, HOST + guest("w", f"{{memory: 1GiB, interfaces: [{nics}]}}"))
    assert len(told) == ENOUGH


@pytest.mark.parametrize("device", ["<watchdog/>", "<interface/>", "<disk><target dev='d{0}'/></disk>"])
def test_overlays_are_merged_in_one_pass(device: str) -> None:
    devices = "".join(device.format(n) for n in range(60_000))
    document = etree.fromstring("<domain><devices/></domain>")
    merge(document, f"<domain><devices>{devices}</devices></domain>")
    assert len(document[0]) == 60_000
    merge(document, f"<domain><devices>{devices}</devices></domain>")
    assert len(document[0]) == 60_000


def test_host_documents_with_many_devices_are_compared() -> None:
    disks = "".join(f"<disk><source file='/{n}'/><target dev='d{n}'/></disk>" for n in range(10_000))
    many = f"<domain type='kvm'><name>w</name><devices>{disks}</devices></domain>"
    few = "<domain type='kvm'><name>w</name><devices/></domain>"
    for one, other in ((many, few), (few, many)):
        found = compare(Kind.DOMAIN, one, other, None, dialect("qemu", {}, "x86_64"))
        assert len(found.differences) == 10_000


def test_a_document_has_so_many_tags(lab: Lab) -> None:
    """In an overlay it is refused where it stands; on the host it is left alone, and the others go on."""
    devices = "<hub/>" * 200_001
    lab.guest("web")
    lab.guest("db")
    lab.applied()
    driver = lab.driver()
    seen = driver.observe.one(Kind.DOMAIN, "web")
    driver.close()
    assert seen is not None
    with sqlite3.connect(lab.path / "sim.db") as host:
        large = seen.document.replace("</devices>", f"{devices}</devices>")
        host.execute("UPDATE objects SET document = ? WHERE kind = 'Domain' AND name = 'web'", (large,))
    lab.guest("db", memory="2GiB")
    said = lab("apply", "TREE", "--yes")
    assert said.code == 1
    assert "its document cannot be read (more than 200,000 tags" in said.out
    assert "done      define Domain/db" in said.err
    lab.write("big.xml", f"<domain><name>big</name><devices>{devices}</devices></domain>")
    said = lab("validate", "TREE")
    assert said.code == 3
    assert "big.xml:1:1: more than 200,000 tags" in said.out
