"""A console with short words for what tests do to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drivers.base import Observation
from drivers.contract.complete import CompleteHost, open_complete
from specs.identity import Kind
from tests.drivers.hmc.console import PASSWORD, USER, Console, running

NETWORK = "<network><name>lan</name><forward mode='bridge'/><vlan><tag id='213'/></vlan></network>"
VOLUME = "<volume><name>root</name><capacity unit='MiB'>64</capacity></volume>"
NIC = "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='lan'/></interface>"
DISK = """<disk type='volume' device='disk'><source pool='vios1.datavg' volume='root'/>
  <target dev='sda' bus='scsi'/></disk>"""
PHYSICAL = """<disk type='volume' device='disk'><source pool='vios1.physical-volumes' volume='hdisk3'/>
  <target dev='sdc' bus='scsi'/></disk>"""
DRIVE = "<disk type='file' device='cdrom'><target dev='sdb' bus='scsi'/></disk>"


class Power:
    """One console with its first system."""

    def __init__(self, console: Console, address: str) -> None:
        self.console, self.address = console, address
        self.host = self.open()

    def uri(self, system: str = "server1") -> str:
        return f"hmc://{USER}@{self.address}/{system}?transport=http"

    def open(self, system: str = "server1", password: str = PASSWORD) -> CompleteHost:
        return open_complete(self.uri(system), host="power", credentials={"passphrase": password})

    def define(
        self, devices: str = "", *, memory: int = 1024, more: str = "", vcpu: str = "<vcpu>2</vcpu>"
    ) -> str:
        """Makes the domain 'web', or changes it; its document before."""
        seen = self.host.observe.one(Kind.DOMAIN, "web")
        uuid = f"<uuid>{seen.uuid}</uuid>" if seen else ""
        self.host.lifecycle.define(
            Kind.DOMAIN,
            "web",
            f"<domain type='phyp'><name>web</name>{uuid}<memory unit='MiB'>{memory}</memory>{vcpu}{more}"
            f"<os><type>hvm</type></os><devices>{devices}</devices></domain>",
        )
        return seen.document if seen else ""

    def shared(self) -> None:
        """The network and the volume."""
        self.host.lifecycle.define(Kind.NETWORK, "lan", NETWORK)
        self.host.lifecycle.define(Kind.VOLUME, "vios1.datavg/root", VOLUME)

    def see(self, kind: Kind = Kind.DOMAIN, name: str = "web") -> Observation:
        seen = self.host.observe.one(kind, name)
        assert seen is not None
        return seen


@contextmanager
def powered() -> Iterator[Power]:
    with running() as (console, address):
        power = Power(console, address)
        yield power
        power.host.close()


@pytest.fixture
def power() -> Iterator[Power]:
    with powered() as power:
        yield power
