"""A lost state, another machine's, another controller's: the mark on the object says what the record said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drivers.simulated import faults, network
from drivers.simulated.domain import verbs
from drivers.simulated.domain.rewrite import rewrite
from drivers.simulated.gate import Gate
from drivers.simulated.xml import Element
from specs.identity import Kind
from tests.reconciler.cli.lab import Lab

LAN = """
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
spec: {host: hv1, forward: nat, ips: [{address: 192.168.77.1/24}]}
"""


@pytest.fixture
def odd(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A hypervisor that makes of two declared values what no rule knows of."""
    rewrite_network = network._rewrite

    def _rewrite(root: Element) -> None:
        rewrite(root)
        for element in root.iterfind("on_crash"):
            element.text = "restart"

    def _rewrite_network(root: Element, *others: object) -> None:
        rewrite_network(root, *others)  # type: ignore[arg-type]
        for element in root.iterfind("mtu"):
            element.set("size", "1400")

    monkeypatch.setattr(verbs, "rewrite", _rewrite)
    monkeypatch.setattr(network, "_rewrite", _rewrite_network)
    for name, state in (("web", "running"), ("db", "stopped")):
        lab.guest(name, state=state)
        text = (lab.tree / f"{name}.yaml").read_text().rstrip().removesuffix("}")
        lab.write(f"{name}.yaml", f'{text}, xml: "<domain><on_crash>preserve</on_crash></domain>"}}\n')
    lab.write(
        "lan.yaml", LAN.rstrip().removesuffix("}") + ", xml: \"<network><mtu size='9000'/></network>\"}\n"
    )
    return lab


def lose_state(lab: Lab) -> None:
    for file in (lab.tree / ".virt-reconcile").iterdir():
        file.unlink()


def documents(lab: Lab) -> dict[str, tuple[str, str | None]]:
    driver = lab.driver()
    seen = driver.observe.inventory().objects.values()
    driver.close()
    return {f"{o.kind}/{o.name}": (o.document, o.live) for o in seen}


def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls by which a host is changed from now on."""
    calls: list[str] = []
    enter = Gate.enter

    def noting(gate: Gate, verb: str, name: str) -> str:
        calls.append(f"{verb} {name}")
        return enter(gate, verb, name)

    monkeypatch.setattr(Gate, "enter", noting)
    return calls


def test_with_the_state_deleted_nothing_is_to_be_done_and_nothing_is_written(
    odd: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd.applied()
    odd.assert_converged()
    before = documents(odd)
    assert all(
        before[name][0].count('readback="') == 1 for name in ("Domain/web", "Domain/db", "Network/lan")
    )
    lose_state(odd)
    odd.assert_converged()
    calls = written(monkeypatch)
    assert "No changes" in odd.applied().out
    assert calls == []
    assert documents(odd) == before
    odd.assert_converged()  # by the record again


def test_without_the_mark_the_rules_decide_and_these_know_it_not(odd: Lab) -> None:
    odd.applied()
    lose_state(odd)
    driver = odd.driver()
    for document, _ in documents(odd).values():
        name = re.search(r"<name>(web)</name>", document)
        if name:
            older = re.sub(r' (readback|document)="[^"]*"', "", document)
            driver.lifecycle.define(Kind.DOMAIN, name[1], older)
    driver.close()
    assert "onCrash" in odd("plan", "TREE").out


def test_the_state_of_another_machine_is_as_good(odd: Lab, tmp_path: Path) -> None:
    """Both apply in turn; whoever comes later has an older record of what the other did."""
    odd.applied()
    mine, theirs = f"sqlite:///{tmp_path}/mine.db", f"sqlite:///{tmp_path}/theirs.db"
    assert odd("apply", "TREE", "--yes", "--state", mine).code == 0
    text = (odd.tree / "web.yaml").read_text()
    odd.write("web.yaml", text.replace("1GiB", "2GiB"))
    assert odd("apply", "TREE", "--yes", "--state", theirs).code == 0
    for state in (mine, theirs):
        said = odd("plan", "TREE", "--detailed-exitcode", "--state", state)
        assert said.code == 0, said.out


def test_what_drifts_while_the_state_is_lost_is_put_right(odd: Lab) -> None:
    odd.applied()
    lose_state(odd)
    driver = odd.driver()
    document, _ = documents(odd)["Domain/db"]
    driver.lifecycle.define(Kind.DOMAIN, "db", document.replace("1048576", "524288"))
    driver.close()
    said = odd("plan", "TREE")
    assert "memory" in said.out
    odd.applied()
    odd.assert_converged()
    assert "524288" not in documents(odd)["Domain/db"][0]


def test_a_network_whose_state_is_lost_is_pruned_by_its_mark(odd: Lab) -> None:
    odd.applied()
    lose_state(odd)
    (odd.tree / "lan.yaml").unlink()
    assert odd("apply", "TREE", "--yes").code == 0
    assert "Network/lan" in documents(odd)
    said = odd("apply", "TREE", "--yes", "--prune")
    assert said.code == 0, said.out + said.err
    assert "Network/lan" not in documents(odd)


def test_another_fleets_network_is_left_alone(odd: Lab) -> None:
    odd.applied()
    lose_state(odd)
    before = documents(odd)["Network/lan"]
    odd.fleet(name="other", uuid="22222222-2222-4222-8222-222222222222")
    said = odd("apply", "TREE", "--yes")
    assert said.code == 1
    assert "Network/lan" in said.out
    assert "belongs to the fleet 'shop'" in said.out
    assert documents(odd)["Network/lan"] == before


def test_a_network_of_before_marks_gets_one_when_it_is_next_looked_at(odd: Lab) -> None:
    odd.applied()
    driver = odd.driver()
    document, _ = documents(odd)["Network/lan"]
    driver.lifecycle.define(Kind.NETWORK, "lan", re.sub(r"(?s)<metadata>.*?</metadata>", "", document))
    driver.close()
    odd.applied()
    odd.assert_converged()
    assert 'readback="' in documents(odd)["Network/lan"][0]


def test_an_older_mark_vouches_after_the_next_apply(shop: Lab) -> None:
    """Nothing is to be done, and the record is lost with nothing on the host to tell it by."""
    shop.applied()
    driver = shop.driver()
    document, _ = documents(shop)["Domain/db"]
    older = re.sub(r' (readback|document)="[^"]*"', "", document)
    driver.lifecycle.define(Kind.DOMAIN, "db", older)
    driver.close()
    assert documents(shop)["Domain/db"][0] == older
    assert "No changes" in shop.applied().out
    assert documents(shop)["Domain/db"][0] == document
    shop.assert_converged()


def test_nobody_finds_a_digest_of_a_secret_in_a_mark(shop: Lab) -> None:
    """By its own key each controller would make another of it, and both would write theirs for ever."""
    shop.write("word", "hunter2")
    shop.write(
        "secret.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Secret\nmetadata: {name: word}\n"
        "spec: {usage: {type: ceph, id: word}, value: {file: word}}\n",
    )
    text = (shop.tree / "db.yaml").read_text().rstrip().removesuffix("}")
    shop.write("db.yaml", f'{text}, kernel: {{image: /vmlinuz, cmdline: "password=${{secret:word}}"}}}}\n')
    shop.applied()
    first = documents(shop)
    assert "readback" in first["Domain/web"][0]
    assert "readback" not in first["Domain/db"][0]
    lose_state(shop)
    shop.applied()
    shop.assert_converged()
    assert documents(shop)["Domain/db"] == first["Domain/db"]


def test_a_network_is_destroyed_and_compared_without_its_mark(odd: Lab) -> None:
    odd.applied()
    lose_state(odd)
    lan = (odd.tree / "lan.yaml").read_text()
    odd.write("lan.yaml", lan.replace("192.168.77.1", "192.168.77.2"))
    said = odd("diff", "TREE").out
    assert "192.168.77.2" in said
    assert "urn:virt-reconcile" not in said
    odd.write("lan.yaml", lan)
    said_at_last = odd("destroy", "TREE", "--yes")
    assert said_at_last.code == 0, said_at_last.out + said_at_last.err
    assert documents(odd) == {}


def test_a_mark_that_cannot_be_written_costs_nothing_but_its_word(odd: Lab) -> None:
    faults.inject(odd.path / "sim.db", "hv1", "set_metadata", "*", "refused", times=-1)
    odd.applied()
    odd.assert_converged()
    assert 'readback="' not in documents(odd)["Domain/web"][0]
    faults.clear(odd.path / "sim.db")
    lose_state(odd)
    odd.applied()
    odd.assert_converged()
    lose_state(odd)
    odd.assert_converged()
