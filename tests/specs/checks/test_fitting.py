"""What a hypervisor cannot have is said offline: where, which field, which host, and what is allowed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from specs.checks.fitting import misfits, not_yet
from specs.compiling.loader import load
from specs.diagnostics import InvalidTree
from specs.identity import Kind
from specs.matrix import by_scheme
from specs.matrix.allowing import AllowList, Spelt, anything
from specs.matrix.model import Bounds, Hypervisor, Lack, NameRule, Span
from tests.specs.tree import HOST, write

DOMAIN = AllowList(
    {
        **anything(
            "name", "currentMemory", "uuid", "memory", "memory/@unit", "metadata/**", "vcpu", "vcpu/@current"
        ),
        "devices/disk/source/@file": None,
        "@type": ("thin",),
        "devices/disk/@type": ("file",),
        "devices/disk/@device": ("disk", "cdrom"),
        "devices/disk/target/@dev": Spelt(re.compile("sd[a-z]"), "sda to sdz"),
        "devices/disk/target/@bus": ("sata", "scsi"),
        "devices/disk[@device=cdrom]/target/@bus": ("sata",),
        "devices/disk/readonly": None,
        "devices/disk[@device=disk]/readonly": (),
    }
)
THIN = Hypervisor(
    family="thin",
    title="Thin",
    schemes=("thin",),
    types=("thin",),
    kinds=frozenset({Kind.DOMAIN, Kind.VOLUME}),
    allows={Kind.DOMAIN: DOMAIN},
    bounds=Bounds(
        memory=Span(4 << 10, 1 << 20, 4 << 10),
        vcpus=Span(1, 8),
        capacity=Span(512, step=512),
        names={Kind.DOMAIN: NameRule(re.compile("[a-z]+"), "small letters", 8)},
    ),
)


def said(row: Hypervisor, xml: str, kind: Kind = Kind.DOMAIN) -> list[str]:
    return [each.problem for each in misfits(row, kind, etree.fromstring(xml), "")]


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
def test_what_a_family_lacks(scheme: str, xml: str, fields: list[str]) -> None:
    found = misfits(by_scheme(scheme), Kind.DOMAIN, etree.fromstring(xml), "hv1")
    assert sorted(each.field for each in found) == fields


def test_what_is_not_on_the_list_is_said_with_what_is() -> None:
    fine = """<domain type='thin'><name>web</name><metadata><x a='b'><y/></x></metadata>
      <memory unit='MiB'>8</memory><vcpu>2</vcpu><devices><disk type='file' device='cdrom'>
      <source file='/x'/><target dev='sda' bus='sata'/><readonly/></disk></devices></domain>"""
    assert said(THIN, fine) == []
    wrong = """<domain type='thin'><name>web</name><devices><tpm model='x'/>
      <disk type='file' device='disk' sgio='x'><target dev='vda' bus='ide'/><readonly/></disk>
      <disk type='file' device='cdrom'><target dev='sda' bus='scsi'/></disk></devices></domain>"""
    found = list(misfits(THIN, Kind.DOMAIN, etree.fromstring(wrong), "hv1"))
    assert [(each.path, each.field) for each in found] == [
        ("devices/tpm", "tpm"),
        ("devices/disk/@sgio", "disks (@sgio)"),
        ("devices/disk/target/@dev", "disks.target"),
        ("devices/disk/target/@bus", "disks.bus"),
        ("devices/disk/readonly", "disks.readonly"),
        ("devices/disk/target/@bus", "disks.bus"),
    ]
    assert found[0].problem == "hv1 (Thin) cannot give a domain tpm; allowed: disks"
    assert found[1].problem.endswith(
        "; allowed: disks.bus, disks.device, disks.file, disks.readonly, disks.target"
    )
    assert found[2].problem == "hv1 (Thin) cannot give a domain disks.target 'vda'; allowed: sda to sdz"
    assert found[3].problem == "hv1 (Thin) cannot give a domain disks.bus 'ide'; allowed: sata, scsi"
    assert found[5].problem.endswith("disks.bus 'scsi'; allowed: sata")


@pytest.mark.parametrize(
    ("kind", "xml", "told"),
    [
        (
            Kind.DOMAIN,
            "<domain><memory unit='MiB'>257</memory></domain>",
            "a domain memory 257 MiB; allowed: 4 MiB to 1 GiB, in steps of 4 MiB",
        ),
        (
            Kind.DOMAIN,
            "<domain><memory>5</memory><currentMemory>5</currentMemory></domain>",
            "a domain memory 5 KiB; allowed: 4 MiB to 1 GiB, in steps of 4 MiB",
        ),
        (Kind.DOMAIN, "<domain><vcpu current='2'>9</vcpu></domain>", "9 vcpus; allowed: 1 to 8"),
        (
            Kind.DOMAIN,
            "<domain><name>Web</name></domain>",
            "'Web'; allowed: small letters, at most 8 characters",
        ),
        (
            Kind.VOLUME,
            "<volume><capacity>5</capacity></volume>",
            "5 B; allowed: 512 B or more, in steps of 512 B",
        ),
        (Kind.NETWORK, "<network/>", "a thin host cannot hold networks; it holds volumes, domains"),
    ],
)
def test_sizes_numbers_names_and_kinds(kind: Kind, xml: str, told: str) -> None:
    (found,) = said(THIN, xml, kind)
    assert found.endswith(told)


def test_what_has_a_namespace_is_called_as_files_call_it() -> None:
    container = """<domain xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>
      <lxc:namespace><lxc:shareuts type='name' value='x'/></lxc:namespace></domain>"""
    assert said(by_scheme("qemu"), container) == ["a qemu host cannot give a domain namespaces"]


def test_an_open_list_looks_at_what_it_lists_alone() -> None:
    bhyve = """<domain type='bhyve'><cpu mode='x'/><devices><disk type='block'><driver name='x'/>
      <target bus='ide' dev='hda'/></disk><input type='mouse' bus='usb'/><memballoon/></devices></domain>"""
    found = misfits(by_scheme("bhyve"), Kind.DOMAIN, etree.fromstring(bhyve), "hv1")
    assert [each.path for each in found] == [
        "devices/disk/@type",
        "devices/disk/target/@bus",
        "devices/input/@type",
    ]


def test_what_a_release_of_libvirt_can_is_no_problem_offline() -> None:
    lack = Lack("devices/tpm", "it came later", until=(10, 0, 0))
    row = replace(THIN, allows={}, lacks={Kind.DOMAIN: (lack,)})
    document = etree.fromstring("<domain><devices><tpm/></devices></domain>")
    assert list(misfits(row, Kind.DOMAIN, document, "hv1")) == []
    (found,) = not_yet(row, Kind.DOMAIN, document, "hv1", (9, 0, 0))
    words = "hv1 (Thin) cannot give a domain tpm: it came later; it can since libvirt 10.0.0"
    assert found.problem == words
    assert list(not_yet(row, Kind.DOMAIN, document, "hv1", (10, 0, 0))) == []


@pytest.mark.parametrize(("uri", "filled"), [("vmwareplayer:///session", False), ("qemu:///system", True)])
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
    (told,) = map(str, caught.value.problems)
    assert told.endswith("(VMware Desktop, through libvirt) cannot fill, read, copy or grow volumes")


def test_a_problem_stands_where_the_files_say_the_value(tmp_path: Path) -> None:
    host = HOST.replace("sim:///nowhere/sim.db", "xen:///system")
    domain = """apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec:
  memory: 1GiB
  watchdog: {model: i6300esb}
  disks:
    - file: /a.img
    - file: /b.img
      iops: 5
  xml: <domain><devices><tpm model='tpm-tis'/></devices></domain>
"""
    raw = "<domain type='xen'>\n<name>raw</name><memory>1</memory>\n<devices>\n<watchdog/></devices></domain>"
    with pytest.raises(InvalidTree) as caught:
        load(write(tmp_path, {"host.yaml": host, "web.yaml": domain, "raw.xml": raw}))
    assert [str(each).partition(" (Xen) cannot give a domain ")[::2] for each in caught.value.problems] == [
        ("raw.xml:4:1: h1", "watchdog"),
        ("web.yaml:6:13: h1", "watchdog"),
        ("web.yaml:9:7: h1", "disks (iotune)"),
        ("web.yaml:11:8: h1", "tpm"),
    ]


def test_what_is_asked_for_and_cannot_be_done_at_all(tmp_path: Path) -> None:
    host = HOST.replace("sim:///nowhere/sim.db", "vz:///system")
    domain = """apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web, formerly: old}
spec: {memory: 1GiB, autostart: true, agent: true, ready: agent, state: paused}
"""
    with pytest.raises(InvalidTree) as caught:
        load(write(tmp_path, {"host.yaml": host, "web.yaml": domain}))
    assert [str(each).partition("(Virtuozzo) ")[2] for each in caught.value.problems] == [
        "cannot rename a domain; rename it there by hand, or keep the name",
        "cannot start a domain with itself; leave autostart out",
        "cannot give a domain agent",
        "cannot ask a guest's agent; let ready be told by another method",
    ]


def test_snapshots_for_safety_are_wanted_only_where_they_can_be_taken(tmp_path: Path) -> None:
    """By the Domain, or by the Fleet for all."""
    fleet = "apiVersion: virt-reconcile/v1\nkind: Fleet\nmetadata: {name: shop}\n"
    fleet += "spec: {defaults: {safetySnapshot: true}}\n"
    domain = "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: NAME}\nspec: {memory: 1GiB}\n"
    files = {
        "fleet.yaml": fleet,
        "host.yaml": HOST.replace("sim:///nowhere/sim.db", "xen:///system"),
        "a.yaml": domain.replace("NAME", "a").replace("1GiB", "1GiB, safetySnapshot: true"),
        "b.yaml": domain.replace("NAME", "b"),
        "c.yaml": domain.replace("NAME", "c").replace("1GiB", "1GiB, safetySnapshot: if-possible"),
    }
    with pytest.raises(InvalidTree) as caught:
        load(write(tmp_path, files))
    assert [str(each).partition(" (Xen) ")[::2] for each in caught.value.problems] == [
        (f"{place}: h1", UNSAFE) for place in ("a.yaml:4:38", "b.yaml:4:7")
    ]


UNSAFE = (
    "cannot take snapshots of guests by virt-reconcile, or revert to them, so that what is disruptive would"
    " wait for ever: safetySnapshot: if-possible goes on without"
)
