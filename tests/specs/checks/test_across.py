"""What two resources claim: an error when both are to run, else a warning, for they can take turns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.specs.tree import document, domain, loaded, many, refused

TWIN = "disks: [{file: /images/a}], state: "
ADDRESS = "{ips: [{address: 10.0.0.1/24}], state: "
RAW = "<domain type='kvm'><name>raw</name><memory>1</memory><devices><disk type='file'>" \
    "<source file='/images/a'/><target dev='vda'/></disk></devices></domain>"  # fmt: skip


def warned(root: Path, files: dict[str, str | bytes]) -> list[str]:
    return [str(warning) for warning in loaded(root, files).warnings]


@pytest.mark.parametrize("states", [("stopped", "stopped"), ("running", "stopped"), ("stopped", "paused")])
def test_twins_that_take_turns_are_a_warning(tmp_path: Path, states: tuple[str, str]) -> None:
    twins = many(*(domain(name, TWIN + state) for name, state in zip("ab", states, strict=True)))
    (warning,) = warned(tmp_path, {"a.yaml": twins})
    assert warning.endswith("the disk /images/a is Domain/a's already (a.yaml:1:1); only one can run")


def test_twins_that_are_both_to_run_are_an_error_whoever_stands_between(tmp_path: Path) -> None:
    states = zip("abc", ("running", "stopped", "running"), strict=True)
    (problem,) = refused(tmp_path, {"a.yaml": many(*(domain(name, TWIN + state) for name, state in states))})
    assert "Domain/a's already" in str(problem)
    assert "both are to run: say state: stopped of one of them" in str(problem)


def test_a_document_that_leaves_the_power_as_it_is_is_not_meant_to_run(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.yaml": domain("a", TWIN + "running"), "raw.xml": RAW}
    (warning,) = warned(tmp_path, files)
    assert "disk /images/a" in warning


def test_networks_of_one_address(tmp_path: Path) -> None:
    networks = many(*(document("Network", name, ADDRESS + "inactive}") for name in "ab"))
    (warning,) = warned(tmp_path, {"a.yaml": networks})
    assert "the host address 10.0.0.1 is Network/a@h1's already" in warning
    (problem,) = refused(tmp_path / "on", {"a.yaml": networks.replace("inactive", "active")})
    assert "say state: inactive of one of them" in str(problem)


def test_what_is_read_only_is_nobodys_alone(tmp_path: Path) -> None:
    shared = "disks: [{file: /images/a, shareable: true}]"
    assert not warned(tmp_path, {"a.yaml": many(*(domain(name, shared) for name in "ab"))})
    mixed = many(domain("a", shared), domain("b", TWIN + "running"))
    assert "disk /images/a is Domain/a's" in str(refused(tmp_path / "mixed", {"a.yaml": mixed})[0])


def test_a_former_name_is_one_guests_alone(tmp_path: Path) -> None:
    def called(name: str, former: str) -> str:
        return domain(name).replace(f"{{name: {name}}}", f"{{name: {name}, formerly: {former}}}")

    (both,) = refused(tmp_path / "both", {"a.yaml": many(domain("web"), called("www", "web"))})
    assert "a.yaml:8:33: formerly: 'web' is declared (a.yaml:1:1), too" in both
    (two,) = refused(tmp_path / "two", {"a.yaml": many(called("www", "web"), called("w3", "web"))})
    assert "'web' is what www was called" in two
    network = document("Network", "lan", "{}").replace("{name: lan}", "{name: lan, formerly: net}")
    (kind,) = refused(tmp_path / "kind", {"a.yaml": network})
    assert "libvirt renames no Network" in kind


def test_one_nic_stands_in_for_another_of_its_mac_address(tmp_path: Path) -> None:
    mac = "<mac address='52:54:00:00:00:01'/>"
    pair = (
        f"<interface type='user'>{mac}<teaming type='persistent'/><alias name='ua-a'/></interface>"
        f"<interface type='user'>{mac}<teaming type='transient' persistent='ua-a'/></interface></devices>"
    )
    assert warned(tmp_path / "fine", {"raw.xml": RAW.replace("</devices>", pair)}) == []
    plain = pair.replace("<teaming type='transient' persistent='ua-a'/>", "")
    (problem,) = refused(tmp_path / "wrong", {"raw.xml": RAW.replace("</devices>", plain)})
    assert "the MAC address '52:54:00:00:00:01' is given twice" in str(problem)
