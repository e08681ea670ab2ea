"""libvirt's own test driver: no daemon, no root; what it lacks is left out or done another way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.base import Text
from drivers.base.errors import DriverError
from drivers.contract.complete import CompleteHost, open_complete
from specs.desired import PowerState, StopPolicy
from specs.documents.marks import beside_mark
from specs.identity import Kind

NODE = """<node>
  <domain type='test'><name>given</name><memory>65536</memory><os><type>hvm</type></os></domain>
  <network><name>lan</name><ip address='10.9.0.1' prefix='24'/></network>
</node>"""
MARK = "<vr:owner xmlns:vr='urn:virt-reconcile:1' fleet='f' digest='d'/>"


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[CompleteHost]:
    """A test driver over a file that describes its host."""
    pytest.importorskip("libvirt")
    (tmp_path / "node.xml").write_text(NODE)
    opened = open_complete(f"test://{tmp_path}/node.xml", host="t")
    yield opened
    opened.close()


def power(driver: CompleteHost, name: str) -> PowerState | None:
    observation = driver.observe.one(Kind.DOMAIN, name)
    assert observation is not None
    return observation.power


def test_only_the_kinds_that_it_has(driver: CompleteHost) -> None:
    kinds = driver.capabilities().kinds
    assert {Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME} <= kinds
    assert Kind.NETWORK_FILTER not in kinds
    inventory = driver.observe.inventory()
    assert {(Kind.DOMAIN, "given"), (Kind.NETWORK, "lan")} <= set(inventory.objects)
    assert not inventory.failures
    assert driver.capabilities().domain_types == ("test",)


def test_a_domain_from_definition_to_removal(driver: CompleteHost) -> None:
    driver.lifecycle.define(
        Kind.DOMAIN,
        "new",
        "<domain type='test'><name>new</name><memory>65536</memory><os><type>hvm</type></os></domain>",
    )
    driver.lifecycle.start(Kind.DOMAIN, "new", paused=True)
    assert power(driver, "new") is PowerState.PAUSED
    driver.lifecycle.resume("new")
    driver.lifecycle.set_autostart(Kind.DOMAIN, "new", True)
    driver.lifecycle.set_mark(Kind.DOMAIN, "new", MARK)
    driver.live.set_text("new", Text.TITLE, "in process")
    driver.lifecycle.stop(Kind.DOMAIN, "new", StopPolicy())
    observation = driver.observe.one(Kind.DOMAIN, "new")
    assert observation is not None
    assert observation.power is PowerState.STOPPED
    assert observation.autostart is True
    assert "urn:virt-reconcile:1" in observation.document
    driver.lifecycle.undefine(Kind.DOMAIN, "new")
    assert driver.observe.one(Kind.DOMAIN, "new") is None


def test_a_network_without_a_place_for_a_mark_stays_as_it_is(driver: CompleteHost) -> None:
    """libvirt before 9.7 drops it; `drivers.dialects` knows, and nobody asks for it."""
    before = driver.observe.one(Kind.NETWORK, "lan")
    driver.lifecycle.set_mark(Kind.NETWORK, "lan", MARK)
    after = driver.observe.one(Kind.NETWORK, "lan")
    assert before is not None
    assert after is not None
    assert beside_mark(after.document) == beside_mark(before.document)


def test_a_kind_that_it_lacks_is_an_error_in_our_terms(driver: CompleteHost) -> None:
    with pytest.raises(DriverError, match="not supported"):
        driver.lifecycle.define(Kind.NETWORK_FILTER, "f", "<filter name='f'/>")
    with pytest.raises(DriverError, match="not supported"):
        driver.observe.one(Kind.NETWORK_FILTER, "f")
