"""A tree as a whole: what refers to what, raw XML, hosts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from specs.compiling.loader import load
from specs.diagnostics import InvalidTree
from specs.identity import Address, Kind
from tests.specs.tree import HOST, document, domain, loaded, many, refused, write

POOL = document("StoragePool", "p", "{target: /p}")
XML = "<domain type='kvm'><name>raw</name><memory>1</memory></domain>"


def _requires(root: Path, files: dict[str, str | bytes], kind: Kind, name: str) -> set[str]:
    desired = loaded(root, files)
    (found,) = (d for a, d in desired.resources.items() if (a.kind, a.name) == (kind, name))
    return {str(address) for address in found.requires}


def test_a_domain_requires_what_it_names(tmp_path: Path) -> None:
    tree = many(
        domain(more="disks: [{volume: {pool: p, name: v}}], interfaces: [{network: lan, filter: f}]"),
        POOL,
        document("Volume", "v", "{pool: p, capacity: 1GiB}"),
        document("Network", "lan", "{}"),
        document("NetworkFilter", "f", "{}"),
    )
    assert _requires(tmp_path, {"a.yaml": tree}, Kind.DOMAIN, "web") == {
        "StoragePool/p@h1",
        "Volume/p/v@h1",
        "Network/lan@h1",
        "NetworkFilter/f@h1",
    }


def test_a_path_is_the_volume_that_lies_there(tmp_path: Path) -> None:
    tree = many(
        domain(more="disks: [{file: /p/v}]"), POOL, document("Volume", "v", "{pool: p, capacity: 1GiB}")
    )
    assert _requires(tmp_path, {"a.yaml": tree}, Kind.DOMAIN, "web") == {"Volume/p/v@h1"}


def test_a_disk_requires_the_secret_whose_usage_it_is_given(tmp_path: Path) -> None:
    disk = "{network: {protocol: rbd, name: a/b, hosts: [{name: m}], user: u, secret: s}}"
    tree = many(
        domain(more=f"disks: [{disk}]"), document("Secret", "s", "{usage: {type: ceph, id: client.a}}")
    )
    desired = loaded(tmp_path, {"a.yaml": tree})
    found = desired.resources[Address(Kind.DOMAIN, "web")]
    assert 'usage="client.a"' in found.document
    assert [str(address) for address in found.requires] == ["Secret/s@h1"]
    assert desired.resources[found.requires[0]].native == "ceph:client.a"


def test_a_pool_requires_the_secret_whose_usage_it_is_given(tmp_path: Path) -> None:
    auth = "auth: {type: ceph, user: u, secret: s}"
    tree = many(
        document("StoragePool", "r", f"{{type: rbd, source: {{name: r, hosts: [{{name: m}}], {auth}}}}}"),
        document("Secret", "s", "{usage: {type: ceph, id: client.a}}"),
    )
    assert _requires(tmp_path, {"a.yaml": tree}, Kind.STORAGE_POOL, "r") == {"Secret/s@h1"}


def test_a_secret_of_another_usage_is_no_help(tmp_path: Path) -> None:
    disk = "{network: {protocol: rbd, name: a/b, hosts: [{name: m}], user: u, secret: s}}"
    tree = many(domain(more=f"disks: [{disk}]"), document("Secret", "s", "{usage: {type: tls, id: s}}"))
    (problem,) = refused(tmp_path, {"a.yaml": tree})
    assert problem.startswith("a.yaml:4:")
    assert "{type: ceph, id: s}" in problem


@pytest.mark.parametrize("kind", ["networks", "pools", "filters", "secrets"])
def test_what_is_external_need_not_be_declared(tmp_path: Path, kind: str) -> None:
    uses = {
        "networks": "interfaces: [{network: x}]",
        "pools": "disks: [{volume: {pool: x, name: v}}]",
        "filters": "interfaces: [{bridge: b, filter: x}]",
        "secrets": "disks: [{network: {protocol: rbd, name: a, hosts: [{name: m}], user: u, secret: x}}]",
    }
    fleet = document("Fleet", "f", f"{{external: {{{kind}: [x]}}}}")
    assert loaded(tmp_path, {"a.yaml": many(fleet, domain(more=uses[kind]))}).resources


def test_raw_xml_is_on_the_host_of_its_folder(tmp_path: Path) -> None:
    hosts = many(HOST, HOST.replace("h1", "h2"))
    root = write(tmp_path, {"host.yaml": hosts, "h2/deep/raw.xml": XML})
    assert load(root).resources[Address(Kind.DOMAIN, "raw")].host == "h2"
    write(root, {"raw2.xml": XML.replace("raw", "raw2")})
    with pytest.raises(InvalidTree, match=r"raw2\.xml:1:1: which host\?.*h1, h2"):
        load(root)


def test_raw_xml_says_no_power_state_but_new_networks_and_pools_start(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "d.xml": XML,
        "n.xml": "<network><name>n</name></network>",
        "p.xml": "<pool type='dir'><name>p</name><target><path>/p</path></target></pool>",
    }
    found = {a.name: (d.power, d.start_new) for a, d in loaded(tmp_path, files).resources.items()}
    assert found == {"raw": (None, False), "n": (None, True), "p": (None, True)}


def test_raw_xml_may_refer_to_what_nobody_declares(tmp_path: Path) -> None:
    xml = XML.replace(
        "</domain>",
        "<devices><interface type='network'><source network='lan'/></interface></devices></domain>",
    )
    (warning,) = loaded(tmp_path, {"d.xml": xml}).warnings
    assert "no Network 'lan'" in warning.message


def test_an_xml_file_that_yaml_starts_from_is_no_resource_of_its_own(tmp_path: Path) -> None:
    tree = document("Domain", "raw", "{xmlFile: raw.xml, state: stopped}")
    desired = loaded(tmp_path, {"d/a.yaml": tree, "d/raw.xml": XML})
    (found,) = desired.resources.values()
    assert (found.origin.file, found.power) == ("d/a.yaml", "stopped")


def test_dot_names_and_other_suffixes_are_skipped(tmp_path: Path) -> None:
    tree = {".git/a.yaml": "[", ".b.yaml": "[", "c.txt": "[", "d.yaml": domain(), "README.md": "["}
    assert len(loaded(tmp_path, tree).resources) == 1


def test_hosts_given_on_the_command_line(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.yaml": domain()})
    assert load(root, {"": "sim:///x"}).resources[Address(Kind.DOMAIN, "web")].host == "default"
    assert load(root, {"b": "sim:///x"}).hosts["b"].uri == "sim:///x"
    write(root, {"host.yaml": HOST})
    assert load(root, {"": "sim:///other"}).hosts["h1"].uri == "sim:///other"


def test_an_empty_tree_loads_with_a_warning(tmp_path: Path) -> None:
    (warning,) = loaded(tmp_path, {}).warnings
    assert "declares no resources" in warning.message


def test_importing_specs_takes_neither_yaml_nor_pydantic_along() -> None:
    code = "import sys, specs.compiling.kept; assert not {'yaml', 'pydantic', 'lxml'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_guest_whose_firmware_tells_a_uuid_has_that(tmp_path: Path) -> None:
    told = "C04EF1F9-4B3D-5B1C-8B0C-7A8F1D2A3B4D"
    tables = f"<sysinfo type='{{}}'><system><entry name='uuid'>{told}</entry></system></sysinfo>"
    for kind, same in (("smbios", True), ("fwcfg", False)):
        text = XML.replace("</domain>", f"{tables.format(kind)}</domain>")
        (found,) = loaded(tmp_path, {"h1/raw.xml": text}).resources.values()
        assert (found.uuid == told.lower()) is same
    own = XML.replace("<memory>", f"<uuid>{told[:-1]}E</uuid><memory>")
    (found,) = loaded(tmp_path, {"h1/raw.xml": own}).resources.values()
    assert found.uuid == f"{told[:-1]}e".lower()
