"""Pools and volumes as libvirt 9.0.0 keeps them."""

from __future__ import annotations

import pytest

from drivers.base.errors import NotFound, Refused
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.drivers.simulated.conftest import Lab

OFF = StopPolicy()


@pytest.mark.parametrize(
    ("document", "path", "kept"),
    [
        (
            "<pool type='dir'><name>p</name><target><path>/srv//p/</path></target></pool>",
            "target/path",
            "/srv/p",
        ),
        ("<pool type='logical'><name>p</name></pool>", "target/path", "/dev/p"),
        ("<pool type='logical'><name>p</name></pool>", "source/name", "p"),
        ("<pool type='zfs'><name>p</name></pool>", "target/path", "/dev/zvol/p"),
        ("<pool type='dir'><name>p</name><target><path>/p</path></target></pool>", "capacity", "0"),
    ],
)
def test_pools_are_completed(lab: Lab, document: str, path: str, kept: str) -> None:
    assert lab.define(Kind.STORAGE_POOL, "p", document).findtext(path) == kept


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<pool type='dir'><name>p</name></pool>", "target path"),
        ("<pool type='heap'><name>p</name></pool>", "unknown storage pool type"),
        ("<pool type='dir'><name>q</name><target><path>/p</path></target></pool>", "not 'p'"),
        ("<pool type='dir'><target><path>/p</path></target></pool>", "missing name"),
        ("<pool type='dir'><name>p</name><target><path>/taken/</path></target></pool>", "conflict"),
    ],
)
def test_pools_that_libvirt_refuses(lab: Lab, document: str, reason: str) -> None:
    lab.define(
        Kind.STORAGE_POOL,
        "first",
        "<pool type='dir'><name>first</name><target><path>/taken</path></target></pool>",
    )
    with pytest.raises(Refused, match=reason):
        lab.driver.lifecycle.define(Kind.STORAGE_POOL, "p", document)


def test_only_what_was_never_built_cannot_start(lab: Lab) -> None:
    for name, path in (("p", "/var/lib/libvirt/images"), ("q", "/elsewhere")):
        document = f"<pool type='dir'><name>{name}</name><target><path>{path}</path></target></pool>"
        lab.define(Kind.STORAGE_POOL, name, document)
    lab.driver.lifecycle.start(Kind.STORAGE_POOL, "p")
    with pytest.raises(Refused, match="No such file"):
        lab.driver.lifecycle.start(Kind.STORAGE_POOL, "q")


def test_formatting_again_destroys_volumes_and_has_to_be_asked_for(lab: Lab) -> None:
    lab.pool(kind="fs")
    lab.volume("p/v")
    with pytest.raises(Refused, match="already active"):
        lab.driver.lifecycle.build_pool("p")
    lab.driver.lifecycle.stop(Kind.STORAGE_POOL, "p", OFF)
    with pytest.raises(Refused, match="already formatted"):
        lab.driver.lifecycle.build_pool("p")
    lab.driver.lifecycle.build_pool("p", overwrite=True)
    lab.driver.lifecycle.start(Kind.STORAGE_POOL, "p")
    assert lab.driver.observe.one(Kind.VOLUME, "p/v") is None


def test_building_a_folder_again_keeps_its_volumes(lab: Lab) -> None:
    lab.pool()
    lab.volume("p/v")
    lab.driver.lifecycle.stop(Kind.STORAGE_POOL, "p", OFF)
    lab.driver.lifecycle.build_pool("p")
    lab.driver.lifecycle.start(Kind.STORAGE_POOL, "p")
    assert lab.driver.observe.one(Kind.VOLUME, "p/v") is not None


@pytest.mark.parametrize(
    ("inner", "path", "kept"),
    [
        ("<capacity unit='MB'>1</capacity>", "capacity", "1000000"),
        ("<capacity>1000</capacity>", "allocation", "1000"),
        ("<capacity>1000</capacity><allocation>10</allocation>", "allocation", "10"),
        ("<capacity>1000</capacity>", "target/path", "/srv/p/v"),
        ("<capacity>1000</capacity>", "key", "/srv/p/v"),
        ("<capacity>1000</capacity>", "target/permissions/mode", "0600"),
        ("<capacity>1</capacity><target><permissions><mode>755</mode></permissions></target>",
         "target/permissions/mode", "0755"),
        ("<capacity unit='GB'>1</capacity><target><format type='qcow2'/></target>", "capacity", "1000000512"),
    ],
)  # fmt: skip
def test_volumes_are_completed(lab: Lab, inner: str, path: str, kept: str) -> None:
    lab.pool()
    root = lab.volume("p/v", inner)
    assert root.findtext(path) == kept
    assert root.get("type") == "file"
    assert root.findtext("target/timestamps/mtime")


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("", "missing capacity"),
        ("<capacity unit='XB'>1</capacity>", "unknown unit"),
        ("<capacity>1</capacity><backingStore><path>/srv/p/none</path></backingStore>", "backing file"),
        ("<capacity>1</capacity><target><permissions><mode>0999</mode></permissions></target>", "octal"),
        ("<capacity>1</capacity><target><encryption format='luks'><secret type='passphrase'"
         " uuid='6f1d9d5a-2f0b-5c0e-9b57-6f2a3c1d8e40'/></encryption></target>", "secret"),
    ],
)  # fmt: skip
def test_volumes_that_libvirt_refuses(lab: Lab, inner: str, reason: str) -> None:
    lab.pool()
    with pytest.raises(Refused, match=reason):
        lab.volume("p/v", inner)
    assert lab.driver.observe.one(Kind.VOLUME, "p/v") is None


def test_a_volume_backs_another(lab: Lab) -> None:
    lab.pool()
    lab.volume("p/base")
    inner = "<capacity>9</capacity><backingStore><path>/srv/p/base</path></backingStore>"
    assert lab.volume("p/v", inner).findtext("backingStore/path") == "/srv/p/base"


def test_volumes_of_an_unknown_pool_are_not_found(lab: Lab) -> None:
    for verb in (
        lambda: lab.volume("q/v"),
        lambda: lab.driver.lifecycle.undefine(Kind.VOLUME, "q/v"),
        lambda: lab.driver.storage.resize("q/v", 5),
        lambda: lab.driver.lifecycle.build_pool("q"),
        lambda: lab.driver.lifecycle.refresh_pool("q"),
    ):
        with pytest.raises(NotFound):
            verb()
