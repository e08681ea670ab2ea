"""VirtualBox, for real: two hosts in a root of Debian's packages, without a kernel module; teleports too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.contract.complete import CompleteHost
from drivers.contract.features import Feature
from drivers.contract.host import Connect, ContractHost, Samples
from drivers.contract.seen import Seen
from tests.hypervisors.vbox.hosts import NAMES, RUNNING, VBoxHosts
from tests.hypervisors.vbox.root import virtualbox_root

LONG = ("tests/hypervisors/vbox/long.py",)


def prepare(cache: Path) -> None:
    """Makes the root, unless it is there."""
    virtualbox_root(cache)


@contextmanager
def started(cache: Path) -> Iterator[ContractHost]:
    """Both hosts, of which the suite sees the first."""
    hosts = VBoxHosts(virtualbox_root(cache))
    RUNNING.append(hosts)
    try:
        yield contract_host(hosts)
    finally:
        RUNNING.remove(hosts)
        hosts.close()


def contract_host(hosts: VBoxHosts) -> ContractHost:
    """The first host, for the suite."""

    @contextmanager
    def ready(folder: Path) -> Iterator[Connect]:
        hosts.clear()

        def connect(readonly: bool = False, neighbour: bool = False) -> CompleteHost:
            return hosts.open(NAMES[int(neighbour)], readonly=readonly)

        yield connect

    def snapshot(_folder: Path, name: str) -> None:
        hosts.manage(NAMES[0], "snapshot", name, "take", "1")

    documents = samples(hosts.boot, hosts.own(NAMES[0]) / "boot.img")
    return ContractHost("vbox", ready, documents, FEATURES, snapshot=snapshot, seen=Seen.REAL)


FEATURES = frozenset(
    {
        Feature.STORAGE, Feature.MOVER, Feature.UUID, Feature.DOMAIN, Feature.NETWORK, Feature.POOL,
        Feature.VOLUME, Feature.IMAGES, Feature.START_DOMAIN, Feature.START_NETWORK, Feature.START_POOL,
        Feature.GRACEFUL_STOP, Feature.SUSPEND, Feature.PAUSED_START, Feature.POOL_AUTOSTART,
        Feature.METADATA, Feature.BUILD, Feature.GROW, Feature.CONTENT, Feature.MOVE, Feature.SNAPSHOT,
        Feature.RENAME, Feature.SHARED,
    }
)  # fmt: skip
"""Machines start with their host only where an autostart database is: `long` has that."""


def samples(boot: Path, own: Path) -> Samples:
    """Documents that VirtualBox takes as they are; the guest is one sector of a floppy disk. `plugged` has
    it where no other host sees it: without its module VirtualBox runs no guest in a NAT network."""
    machine = """<domain type='vbox'><name>contract</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>
      <os><type>hvm</type><boot dev='fd'/></os><features><acpi/></features><devices>
      <disk type='file' device='floppy'><source file='%s'/><target dev='fda' bus='fdc'/></disk>
      <controller type='sata' index='0'/></devices></domain>"""
    return Samples(
        domain=machine % boot,
        plugged=machine % own,
        network="""<network><name>contract</name><forward mode='nat'/>
          <ip address='192.168.213.1' netmask='255.255.255.0'><dhcp>
          <range start='192.168.213.100' end='192.168.213.200'/></dhcp></ip></network>""",
        pool="<pool type='dir'><name>contract</name><target><path>{folder}/pool</path></target></pool>",
        volume="""<volume><name>disk.img</name><capacity unit='MiB'>8</capacity>
          <target><format type='raw'/></target></volume>""",
    )
