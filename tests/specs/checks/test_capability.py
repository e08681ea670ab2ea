"""What a hypervisor cannot do is said offline."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from specs.checks.capability import cannot
from specs.compiling.loader import load
from specs.diagnostics import InvalidTree
from tests.specs.tree import HOST, write


@pytest.mark.parametrize(
    ("scheme", "xml", "fields"),
    [
        ("lxc", "<domain><os firmware='efi'/><devices><tpm/></devices></domain>", ["firmware", "tpm"]),
        ("lxc", "<domain type='lxc'><os><init>/bin/sh</init></os></domain>", []),
        ("qemu", "<domain type='xen'/>", ["type"]),
        ("qemu", "<domain type='kvm'><os><init>/bin/sh</init></os></domain>", ["init"]),
        ("xen", "<domain><devices><watchdog/></devices></domain>", ["watchdog"]),
        ("unheard-of", "<domain type='kvm'/>", []),
    ],
)
def test_cannot(scheme: str, xml: str, fields: list[str]) -> None:
    assert sorted(field for field, _ in cannot(etree.fromstring(xml), scheme)) == fields


@pytest.mark.parametrize(("uri", "filled"), [("vbox:///session", False), ("qemu:///system", True)])
def test_a_volume_is_not_filled_where_the_hypervisor_cannot(tmp_path: Path, uri: str, filled: bool) -> None:
    host = HOST.replace("sim:///nowhere/sim.db", uri)
    pool = "apiVersion: virt-reconcile/v1\nkind: StoragePool\nmetadata: {name: p}\nspec: {target: /p}\n"
    volume = "apiVersion: virt-reconcile/v1\nkind: Volume\nmetadata: {name: d.img}\n"
    volume += "spec: {pool: p, capacity: 1MiB, source: base.img}\n"
    tree = {"host.yaml": host, "pool.yaml": pool, "volume.yaml": volume, "base.img": "bytes"}
    if filled:
        load(write(tmp_path, tree))
        return
    with pytest.raises(InvalidTree) as caught:
        load(write(tmp_path, tree))
    (said,) = map(str, caught.value.problems)
    assert said.endswith("a vbox host cannot fill, read, copy or grow volumes")
