"""C12: an object that cannot be read is left alone, and everybody else goes on.

A host that lies answers for one object what it likes, for the others the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.base import NOTHING_KNOWN, Inventory, Knowledge, Observation
from drivers.simulated.facets.lifecycle import SimulatedLifecycle
from drivers.simulated.facets.observe import SimulatedObserver
from drivers.simulated.host import SimulatedHost
from specs.desired import PowerState
from specs.identity import Kind
from tests.reconciler.cli.lab import Lab

VIEWS = ("plan", "status", "diff")
NO_TEXT = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
VICTIMS = (
    (Kind.DOMAIN, "web"),
    (Kind.NETWORK, "lan"),
    (Kind.STORAGE_POOL, "images"),
    (Kind.VOLUME, "images/web.img"),
)
TREE = """
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
spec: {}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: images}
spec: {target: /srv/images}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: web.img}
spec: {pool: images, capacity: 1MiB, onDelete: delete}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec:
  memory: 1GiB
  disks: [{volume: {pool: images, name: web.img}}]
  interfaces: [{network: lan}]
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: spare.img}
spec: {pool: images, capacity: 1MiB, onDelete: delete}
---
"""


@dataclass
class Liar:
    """What the host says of objects instead of the truth."""

    lies: dict[tuple[Kind, str], Callable[[Observation], Any]] = field(default_factory=dict)

    def of(self, seen: Observation | None) -> Any:
        if seen is None or (seen.kind, seen.name) not in self.lies:
            return seen
        return self.lies[seen.kind, seen.name](seen)

    def document(self, kind: Kind, name: str, text: Any) -> None:
        self.lies[kind, name] = lambda seen: replace(seen, document=text, live=seen.live and text)


@pytest.fixture
def liar(monkeypatch: pytest.MonkeyPatch) -> Liar:
    liar = Liar()
    observe, observe_one = SimulatedObserver.inventory, SimulatedObserver.one

    def lying(driver: SimulatedObserver, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        inventory = observe(driver)
        return replace(inventory, objects={key: liar.of(seen) for key, seen in inventory.objects.items()})

    monkeypatch.setattr(SimulatedObserver, "inventory", lying)
    monkeypatch.setattr(SimulatedObserver, "one", lambda *a: liar.of(observe_one(*a)))
    return liar


@pytest.fixture
def lab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lab:
    (tmp_path / "tree").mkdir()
    return Lab(tmp_path, capsys)


@pytest.fixture
def shop(lab: Lab) -> Lab:
    """web with its volume and network, all applied; mail beside it."""
    lab.fleet()
    lab.write("all.yaml", TREE)
    lab.guest("mail")
    lab.applied()
    return lab


NESTED = "<domain><name>web</name><metadata>" + "<a>" * 400 + "</a>" * 400 + "</metadata></domain>"
BAD: dict[str, Any] = {
    "malformed": "<domain><name>web</na",
    "empty": "",
    "blank": " \n ",
    "text": "no such thing",
    "bomb": "<!DOCTYPE d [<!ENTITY a 'aaaa'>]><domain><name>&a;</name></domain>",
    "nested": NESTED,
    "huge text": f"<domain><name>web</name><description>{'x' * 11_000_000}</description></domain>",
    "huge": f"<domain><name>web</name>{'<a>xxxxxxxx</a>' * 1_200_000}</domain>",
    "devices twice": "<domain><name>web</name><devices/><devices/></domain>",
    "another root": "<cat><name>web</name></cat>",
    "another name": "<domain><name>else</name></domain><!-- -->",
    "zero byte": "<domain><name>web</name>\0</domain>",
    "half a character": "<domain><name>web</name><title>\ud800</title></domain>",
    "bytes": b"<domain/>",
    "nothing": None,
    "number": 7,
    "control": "<domain><name>web</name><title>\x1b[2J</title></domain>",
}


LARGE = ("huge", "huge text")
TRIED = [(victim, bad) for victim in VICTIMS for bad in BAD if bad not in LARGE or victim == VICTIMS[0]]


@pytest.mark.parametrize(
    ("victim", "bad"), TRIED, ids=lambda value: str(value[0] if value in VICTIMS else value)
)
def test_one_unreadable_object_is_left_alone_and_the_rest_goes_on(
    shop: Lab, liar: Liar, victim: tuple[Kind, str], bad: str
) -> None:
    kind, name = victim
    shop.guest("mail", memory="2GiB")  # something to do elsewhere
    shop.guest("new")
    liar.document(kind, name, BAD[bad])
    for view in VIEWS:
        said = shop(view, "TREE")
        assert "internal error" not in said.out + said.err, said.out + said.err
        assert said.code == 1  # somebody has to look at it
        if view == "plan":
            assert "unreadable: " in said.out
    said = shop("apply", "TREE", "--yes")
    assert "internal error" not in said.out + said.err
    assert said.code == 1  # somebody has to look at it
    assert shop.domains()["new"] == "running"
    assert "done      define Domain/mail" in said.err
    assert "done      define Domain/new" in said.err
    assert f"{kind}/" not in "".join(line for line in said.err.splitlines() if name.split("/")[-1] in line)


@pytest.mark.parametrize("bad", ["malformed", "half a character", "nothing", "another root"])
def test_nothing_unreadable_is_destroyed_and_nothing_that_it_may_use(shop: Lab, liar: Liar, bad: str) -> None:
    liar.document(Kind.DOMAIN, "web", BAD[bad])
    said = shop("destroy", "TREE", "--yes", "--allow-data-loss")
    assert "internal error" not in said.out + said.err
    assert "unreadable" in said.out
    assert "Domain/web on hv1 cannot be read and may use it" in said.out
    liar.lies.clear()
    left = shop.driver().observe.inventory().objects
    assert (Kind.DOMAIN, "web") in left
    assert (Kind.VOLUME, "images/web.img") in left
    assert (Kind.VOLUME, "images/spare.img") in left  # nobody can tell
    assert (Kind.DOMAIN, "mail") not in left


@pytest.mark.parametrize("bad", ["malformed", "nothing"])
def test_nothing_unreadable_is_pruned(shop: Lab, liar: Liar, bad: str) -> None:
    liar.document(Kind.DOMAIN, "web", BAD[bad])
    (shop.tree / "all.yaml").write_text(TREE.replace("metadata: {name: web}", "metadata: {name: other}"))
    said = shop("apply", "TREE", "--yes", "--prune")
    assert "internal error" not in said.out + said.err
    assert shop.domains()["web"] == "running"
    assert "unreadable" in said.out


@pytest.mark.parametrize("bad", ["malformed", "nothing", "half a character", "another root"])
def test_what_can_be_adopted_is_adopted(shop: Lab, liar: Liar, bad: str, tmp_path: Path) -> None:
    liar.document(Kind.DOMAIN, "web", BAD[bad])
    said = shop("adopt", "--host", shop.uri(), "--to", str(tmp_path / "files"))
    assert said.code == 0, said.err
    assert "left out: Domain/web" in said.err
    assert list((tmp_path / "files").rglob("mail.yaml"))
    assert not list((tmp_path / "files").rglob("web.*"))


def test_a_guest_that_cannot_be_read_on_another_host_is_not_started_a_second_time(
    shop: Lab, liar: Liar
) -> None:
    shop.fleet(hv1=shop.uri("hv1"), hv2=shop.uri("hv2"))
    text = TREE.replace("spec: {", "spec: {host: hv2, ").replace("host: hv2, }", "host: hv2}")
    (shop.tree / "all.yaml").write_text(text.replace("spec:\n  memory", "spec:\n  host: hv2\n  memory"))
    for bad in ("malformed", "nothing"):
        liar.document(Kind.DOMAIN, "web", BAD[bad])
        said = shop("apply", "TREE", "--yes")
        assert "internal error" not in said.out + said.err
        assert "hv1 holds one of this name that is unreadable" in said.out, said.out + said.err
        assert "web" not in shop.domains("hv2")


def odd(**values: Any) -> Callable[[Observation], Any]:
    return lambda seen: replace(seen, **values)


@pytest.mark.parametrize(
    "lie",
    [
        odd(name="else"),
        odd(name="a\nb"),
        odd(name=None),
        odd(name="\ud800"),
        odd(kind="Domain!"),
        odd(power="exploded"),
        odd(power=3),
        odd(autostart="yes"),
        odd(live=5),
        odd(live="<domain"),
        odd(live=b"x"),
        odd(persistent=None),
        lambda _: None,
        lambda _: "web",
    ],
)
def test_an_answer_that_makes_no_sense_is_one_objects_failure(
    shop: Lab, liar: Liar, lie: Callable[[Observation], Any]
) -> None:
    liar.lies[Kind.DOMAIN, "web"] = lie
    shop.guest("new")
    for command in (("plan", "TREE"), ("status", "TREE"), ("apply", "TREE", "--yes")):
        said = shop(*command)
        assert "internal error" not in said.out + said.err
    assert "unreadable" in said.out
    liar.lies.clear()
    assert shop.domains()["new"] == "running"


@pytest.mark.parametrize(
    "answer",
    [None, 5, Inventory("x", "v", None), ValueError("boom"), NO_TEXT],  # type: ignore[arg-type]
)
def test_a_host_that_answers_nonsense_is_not_reached_and_the_other_goes_on(
    shop: Lab, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    shop.fleet(hv1=shop.uri("hv1"), hv2=shop.uri("hv2"))
    (shop.tree / "all.yaml").unlink()
    shop.guest("new", host="hv2")
    truth = SimulatedObserver.inventory

    def lying(driver: SimulatedObserver, known: Knowledge = NOTHING_KNOWN) -> Any:
        if "host=hv1" not in driver._gate.settings.uri:
            return truth(driver)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(SimulatedObserver, "inventory", lying)
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert "hv1 cannot be reached" in said.out
    monkeypatch.undo()
    assert shop.domains("hv2") == {"new": "running"}


def test_a_host_whose_abilities_make_no_sense_is_not_reached(
    shop: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.guest("new")
    truth = SimulatedHost.capabilities
    senseless: dict[str, Any] = {"memory_kib": "lots"}
    monkeypatch.setattr(SimulatedHost, "capabilities", lambda d: replace(truth(d), **senseless))
    for command in ("plan", "hosts", "status"):
        said = shop(command, "TREE")
        assert said.code == 1
        assert "internal error" not in said.out + said.err
        assert "makes no sense" in said.out


@pytest.mark.parametrize(
    "error",
    [ValueError("boom"), KeyError("x"), RecursionError(), NO_TEXT],
)
def test_a_mishap_of_one_action_is_that_actions_failure(
    shop: Lab, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    shop.guest("first")
    shop.guest("second")
    truth = SimulatedLifecycle.define

    def define(driver: SimulatedLifecycle, kind: Kind, name: str, document: str) -> None:
        if name == "first":
            raise error
        truth(driver, kind, name, document)

    monkeypatch.setattr(SimulatedLifecycle, "define", define)
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert "failed    define Domain/first" in said.err
    assert shop.domains()["second"] == "running"
    assert "skipped   start Domain/first" in said.err


def test_an_object_that_becomes_unreadable_while_it_is_worked_on_fails_alone(
    shop: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.guest("first")
    shop.guest("second")
    truth = SimulatedObserver.one
    senseless: dict[str, Any] = {"document": "\ud800<", "live": b""}

    def observe_one(driver: SimulatedObserver, kind: Kind, name: str) -> Any:
        seen = truth(driver, kind, name)
        return replace(seen, **senseless) if seen and name == "first" else seen

    monkeypatch.setattr(SimulatedObserver, "one", observe_one)
    said = shop("apply", "TREE", "--yes")
    assert "internal error" not in said.out + said.err
    monkeypatch.undo()
    assert shop.domains()["second"] == "running"


HOSTILE_VALUES = (
    "9" * 5000,
    "²",
    "-1",
    "0x" + "f" * 9000,
    "1e999",
    "0-99999999999999999999",
    "0-4000000000",
    "3000000000",
    "\u202e",
    "NaN",
)
HOSTILE_DOCUMENTS = (
    "<domain type='kvm'><name>web</name><memory>X</memory><vcpu>X</vcpu></domain>",
    "<domain type='kvm'><name>web</name><memory unit='KiB'>1</memory>"
    "<currentMemory unit='KiB'>X</currentMemory><vcpu current='X'>X</vcpu>"
    "<cpu><numa><cell cpus='X' memory='X'/></numa></cpu><cputune><cachetune vcpus='X'/></cputune>"
    "<memtune><hard_limit>X</hard_limit></memtune></domain>",
    "<domain type='kvm'><name>web</name><devices><disk><target dev='vda'/><address bus='X' slot='X'/></disk>"
    "<memory><target><size>X</size></target></memory><redirfilter><usbdev version='X.X'/></redirfilter>"
    "</devices></domain>",
)


@pytest.mark.parametrize("value", HOSTILE_VALUES, ids=lambda value: ascii(value[:20]))
def test_values_that_are_no_numbers_harm_nobody(shop: Lab, liar: Liar, value: str) -> None:
    for document in HOSTILE_DOCUMENTS:
        liar.document(Kind.DOMAIN, "web", document.replace("X", value))
        for command in (("plan", "TREE"), ("status", "TREE", "-o", "wide"), ("diff", "TREE")):
            said = shop(*command)
            assert said.code in (0, 1)
            assert "internal error" not in said.out + said.err


def mutations(document: str) -> st.SearchStrategy[str]:
    """A document with bytes flipped, cut, doubled, nested or blown up."""
    place = st.integers(0, max(0, len(document) - 1))
    known = ["<", ">", "&", "'", "\0", "\ud800", "<a>", "</a>", "&#0;", "]]>", "9" * 500]
    some = st.one_of(st.characters(), st.sampled_from(known))
    return st.one_of(
        place.map(lambda at: document[:at]),
        st.tuples(place, some).map(lambda t: document[: t[0]] + t[1] + document[t[0] + 1 :]),
        st.tuples(place, some).map(lambda t: document[: t[0]] + t[1] + document[t[0] :]),
        st.tuples(place, place).map(lambda t: document[: max(t)] + document[min(t) :]),
        st.integers(2, 600).map(lambda n: "<a>" * n + document + "</a>" * n),
        st.integers(2, 600).map(
            lambda n: document.replace("</devices>", f"{'<a>' * n}{'</a>' * n}</devices>")
        ),
        st.text(),
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_mutated_document_stops_anything(shop: Lab, liar: Liar, data: st.DataObject) -> None:
    kind, name = data.draw(st.sampled_from(VICTIMS))
    liar.lies.clear()
    truth = shop.driver().observe.one(kind, name)
    assert truth is not None
    liar.document(kind, name, data.draw(mutations(truth.document)))
    for command in (("plan",), ("status", "-o", "wide"), ("diff",), ("plan", "--prune")):
        said = shop(command[0], "TREE", *command[1:])
        assert said.code in (0, 1), said.err
        assert "internal error" not in said.out + said.err
        assert "Domain/mail" not in said.err


def test_a_large_host_is_planned_all_the_same(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = SimulatedObserver.inventory
    many = {}
    for n in range(100_000):
        document = f"<domain><name>x{n}</name></domain>"
        seen = Observation(Kind.DOMAIN, f"x{n}", document, power=PowerState.STOPPED, autostart=False)
        many[Kind.DOMAIN, f"x{n}"] = seen

    def observe(driver: SimulatedObserver, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        inventory = truth(driver)
        return replace(inventory, objects={**many, **inventory.objects})

    monkeypatch.setattr(SimulatedObserver, "inventory", observe)
    shop.guest("mail", memory="2GiB")
    assert "1 to change" in shop("plan", "TREE").out


def test_a_plan_without_changes_parses_nothing(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from lxml import etree

    shop.assert_converged()  # the tree is compiled by now

    def parsed(*_: Any) -> Any:
        raise AssertionError("a document was parsed")

    monkeypatch.setattr(etree, "fromstring", parsed)
    shop.assert_converged()
