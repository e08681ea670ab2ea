"""When a guest counts as ready, and after which others it is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.desired import Declared
from specs.guests import Ready
from specs.identity import Address, Kind
from tests.specs.tree import document, domain, loaded, many, refused


def _declared(root: Path, more: str) -> Declared:
    return loaded(root, {"a.yaml": domain(more=more)}).resources[Address(Kind.DOMAIN, "web")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("ready: agent, agent: true", Ready("agent")),
        ("ready: {method: agent, timeout: 90s}, agent: true", Ready("agent", timeout=90)),
        ("ready: lease", Ready("lease")),
        ("ready: {tcp: 22}", Ready("tcp", 22)),
        ("ready: {tcp: 443, timeout: 2m}", Ready("tcp", 443, 120)),
        ("ready: none", None),
        ("ready: {method: none, timeout: 2m}", None),
        ("state: running", None),
    ],
)
def test_ready(tmp_path: Path, said: str, expected: Ready | None) -> None:
    assert _declared(tmp_path, said).ready == expected


def test_the_agents_channel_may_come_from_xml(tmp_path: Path) -> None:
    xml = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
    more = f'ready: agent, xml: "<domain><devices>{xml}</devices></domain>"'
    assert _declared(tmp_path, more).ready == Ready("agent")


@pytest.mark.parametrize("said", ["after: db", "after: [db]", "after: [db, lone]"])
def test_after(tmp_path: Path, said: str) -> None:
    tree = many(domain(more=said), domain("db"), domain("lone"))
    found = loaded(tmp_path, {"a.yaml": tree}).resources[Address(Kind.DOMAIN, "web")]
    assert found.after == tuple(
        Address(Kind.DOMAIN, name) for name in ("db", "lone")[: 2 if "lone" in said else 1]
    )
    assert not found.requires


def test_after_a_domain_that_is_raw_xml(tmp_path: Path) -> None:
    raw = "<domain type='kvm'><name>raw</name><memory>1</memory></domain>"
    desired = loaded(tmp_path, {"a.yaml": domain(more="after: raw"), "raw.xml": raw})
    assert desired.resources[Address(Kind.DOMAIN, "web")].after == (Address(Kind.DOMAIN, "raw"),)


@pytest.mark.parametrize(
    ("template", "spec", "expected"),
    [
        ("agent", "{timeout: 1m}", Ready("agent", timeout=60)),
        ("{method: agent, timeout: 1m}", "lease", Ready("lease", timeout=60)),
        ("{method: agent, timeout: 1m}", "{tcp: 22}", Ready("tcp", 22, 60)),
        ("{tcp: 22}", "none", None),
        ("{tcp: 22}", "{tcp: 23}", Ready("tcp", 23)),
    ],
)
def test_a_domain_refines_its_templates_readiness(
    tmp_path: Path, template: str, spec: str, expected: Ready | None
) -> None:
    tree = many(
        document("DomainTemplate", "t", f"{{memory: 1GiB, agent: true, ready: {template}}}"),
        document("Domain", "web", f"{{template: t, ready: {spec}}}"),
    )
    assert loaded(tmp_path, {"a.yaml": tree}).resources[Address(Kind.DOMAIN, "web")].ready == expected


@pytest.mark.parametrize(
    ("said", "at", "words"),
    [
        ("ready: agent", "29", ("agent: true",)),
        ("ready: soon", "29", ("'soon' is not allowed", "lease")),
        ("ready: {}", "29", ("exactly one of method and tcp",)),
        ("ready: {method: lease, tcp: 22}", "29", ("exactly one of method and tcp",)),
        ("ready: {tcp: 0}", "35", ("greater than or equal to 1",)),
        ("ready: {tcp: 65536}", "35", ("less than or equal to 65535",)),
        ("ready: {tcp: 22, timeout: soon}", "48", ("'soon' is no duration",)),
        ("ready: {tcp: 22, timeout: 0}", "29", ("timeout of 0",)),
        ("after: [db, dbb]", "30", ("no Domain 'db'", "did you mean 'db2'")),
        ("after: web", "", ("in a circle", "Domain/web → Domain/web")),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    tmp_path: Path, said: str, at: str, words: tuple[str, ...]
) -> None:
    problem = refused(tmp_path, {"a.yaml": many(domain(more=said), domain("db2"))})[0]
    assert problem.startswith(f"a.yaml:4:{at}: " if at else "a.yaml:1:1: "), problem
    assert all(word in problem for word in words), problem


def test_domains_after_each_other(tmp_path: Path) -> None:
    tree = many(domain("a", "after: b"), domain("b", "after: [c]"), domain("c", "after: a"))
    (problem,) = refused(tmp_path, {"a.yaml": tree})
    assert "in a circle" in problem


def test_after_a_broken_domain_is_no_problem_besides(tmp_path: Path) -> None:
    tree = many(domain(more="after: b"), domain("b", "vcpus: none"))
    (problem,) = refused(tmp_path, {"a.yaml": tree})
    assert "vcpus" in problem
