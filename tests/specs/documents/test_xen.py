"""What files say of a guest on Xen, as libxl understands it; and what it cannot have, said offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from specs.checks.fitting import misfits, not_yet
from specs.compiling.loader import load
from specs.desired import Declared
from specs.documents.domain import render_domain
from specs.documents.references import Reference, references_in
from specs.documents.setting import Setting
from specs.identity import Kind
from specs.matrix import by_scheme
from specs.models.domain import Domain
from specs.xml import parse
from tests.specs.tree import document, many, write

HOST = "apiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {name: h1}\nspec: {uri: 'xen:///system'}\n"
POOL = document("StoragePool", "images", "{target: /srv/images}")
VOLUME = document("Volume", "web.qcow2", "{pool: images, capacity: 1MiB, format: qcow2}")


def rendered(**spec: Any) -> etree._Element:
    model = Domain.model_validate(
        {"apiVersion": "virt-reconcile/v1", "kind": "Domain", "metadata": {"name": "web"},
         "spec": {"memory": "64MiB", **spec}}
    )  # fmt: skip
    return render_domain(model, Setting("xen"))


def compiled(folder: Path, *documents: str) -> Declared:
    tree = load(write(folder, {"all.yaml": many(HOST, *documents)}))
    return next(each for address, each in tree.resources.items() if address.kind is Kind.DOMAIN)


def test_a_volume_is_its_file_and_is_still_referred_to(tmp_path: Path) -> None:
    web = document("Domain", "web", "{memory: 64MiB, disks: [{volume: {pool: images, name: web.qcow2}}]}")
    text = compiled(tmp_path, POOL, VOLUME, web).document
    disk = parse(text).find("devices/disk")
    assert disk is not None
    assert disk.get("type") == "file"
    assert {child.tag: dict(child.attrib) for child in disk} == {
        "driver": {"name": "qemu", "type": "qcow2"},  # else libxl takes it for raw
        "source": {"file": "/srv/images/web.qcow2"},
        "target": {"dev": "xvda", "bus": "xen"},
    }
    assert Reference(Kind.VOLUME, "", path="/srv/images/web.qcow2") in list(references_in(text))


def test_a_volume_of_a_pool_that_nobody_declared_is_refused() -> None:
    document = rendered(disks=[{"volume": {"pool": "images", "name": "web.qcow2"}}])
    (found,) = misfits(by_scheme("xen"), Kind.DOMAIN, document, "h1")
    assert found.field == "disks"
    assert "declare the pool" in found.problem
    assert "libxl-driver.log" in found.problem


@pytest.mark.parametrize(("guest", "target"), [("linux", "xen"), ("xenpvh", "xen"), ("hvm", "serial")])
def test_consoles_are_those_that_libxl_has(guest: str, target: str) -> None:
    found = rendered(osType=guest, console=["pty", "pty"]).findall("devices/console/target")
    assert [each.get("type") for each in found] == [target, target]


def test_raw_images_need_no_driver_named() -> None:
    (driver,) = rendered(disks=[{"file": "/srv/a.img"}]).findall("devices/disk/driver")
    assert driver.get("name") is None


CANNOT: list[tuple[dict[str, Any], str]] = [
    ({"clock": {"offset": "timezone", "timezone": "Europe/Vienna"}}, "clock"),
    ({"clock": {"offset": "absolute", "start": 1}}, "clock"),
    ({"agent": True}, "agent"),
    ({"channels": ["org.example.0"]}, "agent"),
    ({"firmware": "uefi"}, "firmware"),
]


@pytest.mark.parametrize(("spec", "field"), CANNOT)
def test_what_libxl_cannot_do_is_said_offline(spec: dict[str, Any], field: str) -> None:
    found = misfits(by_scheme("xen"), Kind.DOMAIN, rendered(**spec), "h1")
    assert [each.field for each in found] == [field]


def test_the_host_itself_is_not_to_be_declared() -> None:
    root = parse("<domain type='xen'><name>Domain-0</name></domain>")
    (found,) = misfits(by_scheme("xen"), Kind.DOMAIN, root, "h1")
    assert "the host itself" in found.problem


@pytest.mark.parametrize(
    ("guest", "clock"),
    [("hvm", "offset='utc' adjustment='reset'"), ("linux", "offset='variable' adjustment='5'")],
)
def test_what_xend_cannot_do_is_said_where_a_host_has_it(guest: str, clock: str) -> None:
    root = parse(f"<domain type='xen'><name>a</name><os><type>{guest}</type></os><clock {clock}/></domain>")
    row = by_scheme("xen")
    assert list(misfits(row, Kind.DOMAIN, root, "h1")) == []
    said = {
        release: [each.field for each in not_yet(row, Kind.DOMAIN, root, "h1", release)]
        for release in ((4, 2, 0), (9, 0, 0))
    }
    assert said == {(4, 2, 0): ["clock"], (9, 0, 0): []}
