"""A simulated host in a temporary file, and short words for what tests do to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from drivers.contract.complete import CompleteHost, open_complete
from specs.identity import Kind


class Lab:
    """A driver, with documents as elements."""

    def __init__(self, driver: CompleteHost) -> None:
        self.driver = driver

    def define(self, kind: Kind, name: str, document: str) -> etree._Element:
        self.driver.lifecycle.define(kind, name, document)
        return self.document(kind, name)

    def document(self, kind: Kind, name: str) -> etree._Element:
        seen = self.driver.observe.one(kind, name)
        assert seen is not None
        return etree.fromstring(seen.document)

    def live(self, name: str, kind: Kind = Kind.DOMAIN) -> etree._Element:
        seen = self.driver.observe.one(kind, name)
        assert seen is not None
        assert seen.live is not None
        return etree.fromstring(seen.live)

    def pool(self, name: str = "p", kind: str = "dir") -> None:
        self.driver.lifecycle.define(
            Kind.STORAGE_POOL,
            name,
            f"<pool type='{kind}'><name>{name}</name><source><device path='/dev/x'/></source>"
            f"<target><path>/srv/{name}</path></target></pool>",
        )
        self.driver.lifecycle.build_pool(name)
        self.driver.lifecycle.start(Kind.STORAGE_POOL, name)

    def volume(self, path: str, inner: str = "<capacity>1000</capacity>") -> etree._Element:
        name = path.partition("/")[2]
        return self.define(Kind.VOLUME, path, f"<volume><name>{name}</name>{inner}</volume>")

    def domain(self, name: str = "d", devices: str = "", machine: str = "q35") -> etree._Element:
        return self.define(
            Kind.DOMAIN,
            name,
            f"<domain type='qemu'><name>{name}</name><memory>65536</memory><vcpu current='1'>2</vcpu>"
            f"<os><type machine='{machine}'>hvm</type></os><devices>{devices}</devices></domain>",
        )

    def running(self, name: str = "d", devices: str = "", machine: str = "pc") -> etree._Element:
        self.domain(name, devices, machine)
        self.driver.lifecycle.start(Kind.DOMAIN, name)
        return self.live(name)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(open_complete(f"sim://{tmp_path}/host.db", host="hv"))
