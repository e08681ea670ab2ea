"""A pool that two hosts share: what is made in it through one of them is found by the other."""

from __future__ import annotations

import pytest

from drivers.base.errors import Refused
from drivers.contract.complete import open_complete
from specs.identity import Kind
from tests.support.daemons import HostFleet
from tests.support.ticker import disk_image, ticker_domain

POOL = "<pool type='dir'><name>shared</name><target><path>{folder}</path></target></pool>"
VOLUME = "<volume><name>{name}</name><capacity unit='MiB'>8</capacity></volume>"
DISK = """<disk type='volume' device='disk'><driver name='qemu' type='raw'/>
  <source pool='shared' volume='{name}'/><target dev='vdb' bus='virtio'/>
  <address type='pci' domain='0x0000' bus='0x00' slot='{slot}' function='0x0'/></disk>"""


@pytest.mark.parametrize("slot", ["0x09", "0x01"], ids=["free", "taken"])
def test_a_disk_made_through_another_host_is_attached(hosts3: HostFleet, slot: str) -> None:
    here, there = (open_complete(host.qemu, host=host.name) for host in hosts3.hosts[:2])
    try:
        for driver in (here, there):
            driver.lifecycle.define(Kind.STORAGE_POOL, "shared", POOL.format(folder=hosts3.shared))
            driver.lifecycle.start(Kind.STORAGE_POOL, "shared")
        disk = hosts3.shared / "ticker.img"
        disk.write_bytes(disk_image())
        here.lifecycle.define(Kind.DOMAIN, "web", ticker_domain("web", disk, hosts3.shared / "console"))
        here.lifecycle.start(Kind.DOMAIN, "web")
        there.lifecycle.define(Kind.VOLUME, "shared/data.img", VOLUME.format(name="data.img"))
        here.live.attach("web", DISK.format(name="data.img", slot=slot))
        seen = here.observe.one(Kind.DOMAIN, "web")
        assert seen is not None
        assert "data.img" in str(seen.live)
        with pytest.raises(Refused, match=r"none\.img"):
            here.live.attach("web", DISK.format(name="none.img", slot=slot))
    finally:
        here.close()
        there.close()
