"""The hosts that the contract suite runs against, and what each can do.

To add one: an entry in HOSTS. `ready` prepares the host in a temporary folder and gives a function that
opens connections to it; `samples` are documents that the host takes as they are; `features` say which
tests apply. A real host carries `marks=(pytest.mark.real,)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path

import pytest

from drivers.simulated.domain.verbs import snapshots_of, state_of
from drivers.simulated.store import Store
from tests.support.complete import CompleteHost, open_complete
from tests.support.guests import BOOT, boot, container_root, lxc_domain
from tests.support.session import session_host

Connect = Callable[..., CompleteHost]
"""`connect(readonly=False)` opens one more connection to the host, `connect(neighbour=True)` one to a host
that domains can move to."""


class Feature(Enum):
    """What a test needs of a host."""

    DOMAIN = auto()
    NETWORK = auto()
    POOL = auto()
    VOLUME = auto()
    SECRET = auto()
    FILTER = auto()
    START_DOMAIN = auto()
    GRACEFUL_STOP = auto()
    SUSPEND = auto()
    PAUSED_START = auto()
    DOMAIN_AUTOSTART = auto()
    METADATA = auto()
    NETWORK_METADATA = auto()
    """Networks keep metadata, as libvirt's do since 9.7."""
    DISK_HOTPLUG = auto()
    NIC_HOTPLUG = auto()
    NIC_UPDATE = auto()
    COLD_DEVICE = auto()
    MEMORY = auto()
    VCPUS = auto()
    TEXT = auto()
    TUNE = auto()
    SECTIONS = auto()
    BUILD = auto()
    GROW = auto()
    CONTENT = auto()
    """Volumes are filled, read and cloned."""
    SECRET_VALUE = auto()
    LEASE = auto()
    AGENT = auto()
    CONSOLE = auto()
    MOVE = auto()
    """There is another host that domains can move to."""
    STATE = auto()
    SNAPSHOT = auto()
    RENAME = auto()
    """Whether a guest has left something in its firmware can be told."""
    FORMAT = auto()
    """A pool can be formatted."""
    SHARED = auto()
    """A second connection sees the same host."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Documents of a host's family; each names its object 'contract…', gives no UUID, and takes nothing
    from the others unless it says so.

    `domain` is the smallest that starts. `plugged` is a domain with the same name and the network's NIC
    and a free PCI slot, started once `network` is. Devices are as `attach_device` takes them. `talker` is
    `plugged` with an agent and a console that says something and takes input. The pool's
    folder is `{folder}`, a folder of the test's own.
    """

    domain: str = ""
    plugged: str = ""
    network: str = ""
    network_host: str = "<host mac='52:54:00:c0:00:01' name='first' ip='192.168.213.9'/>"
    pool: str = ""
    volume: str = ""
    secret: str = ""
    filter: str = ""
    disk: str = ""
    nic: str = ""
    cold_device: str = ""
    talker: str = ""
    stateful: str = ""
    formatted: str = ""


@dataclass(frozen=True, slots=True)
class ContractHost:
    """One host that the suite runs against."""

    name: str
    ready: Callable[[Path], AbstractContextManager[Connect]]
    samples: Samples
    features: frozenset[Feature]
    marks: tuple[pytest.MarkDecorator, ...] = field(default=())
    has_state: Callable[[Path, str], bool] = lambda _folder, _name: False
    """Whether there is something that a guest of that name wrote into its firmware."""
    snapshot: Callable[[Path, str], object] = lambda _folder, _name: None
    """Takes a snapshot, called '1', of a guest of that name."""
    hears_after: float = 0.0
    """Seconds after its start from which on the guest is sure to hear that it shall stop: a signal to a first
    process that has not said yet what it does with signals is lost."""


@contextmanager
def _simulated(folder: Path) -> Iterator[Connect]:
    def connect(readonly: bool = False, neighbour: bool = False) -> CompleteHost:
        uri = f"sim://{folder}/host.db" + ("?host=neighbour" if neighbour else "")
        return open_complete(uri, host="sim", readonly=readonly)

    yield connect


def _simulated_state(folder: Path, name: str) -> bool:
    with Store(folder / "host.db", "default", readonly=True).read() as host:
        return host is not None and bool(host.number(state_of(name)))


def _simulated_snapshot(folder: Path, name: str) -> None:
    with Store(folder / "host.db", "default").write() as host:
        host.keep_number(snapshots_of(name), 1)


_TALKER = """<devices><interface type='network'><mac address='52:54:00:C0:00:02'/>
  <source network='contract'/><model type='virtio'/></interface><console type='pty'/>
  <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices>"""

QEMU_SAMPLES = Samples(
    domain="""<domain type='qemu'><name>contract</name><memory unit='MiB'>64</memory>
      <vcpu current='1'>2</vcpu><os><type machine='q35'>hvm</type></os><features><acpi/></features>
      </domain>""",
    plugged="""<domain type='qemu'><name>contract</name><memory unit='MiB'>64</memory>
      <vcpu current='1'>2</vcpu><os><type machine='q35'>hvm</type></os><features><acpi/></features>
      <devices><interface type='network'><mac address='52:54:00:c0:00:02'/><source network='contract'/>
      <model type='virtio'/></interface></devices></domain>""",
    network="""<network><name>contract</name><ip address='192.168.213.1' netmask='255.255.255.0'>
      <dhcp><range start='192.168.213.100' end='192.168.213.200'/></dhcp></ip></network>""",
    pool="<pool type='dir'><name>contract</name><target><path>{folder}/pool</path></target></pool>",
    volume="""<volume><name>disk.img</name><capacity unit='MiB'>8</capacity>
      <target><format type='raw'/></target></volume>""",
    secret="<secret><usage type='ceph'><name>contract secret</name></usage></secret>",
    filter="""<filter name='contract'><rule action='drop' direction='in'><mac/></rule></filter>""",
    disk="""<disk type='file' device='disk'><driver name='qemu' type='raw'/>
      <source file='{folder}/pool/disk.img'/><target dev='vdb' bus='virtio'/></disk>""",
    nic="""<interface type='network'><mac address='52:54:00:c0:00:03'/><source network='contract'/>
      <model type='virtio'/></interface>""",
    cold_device="<sound model='ich9'/>",
    talker=f"""<domain type='qemu'><name>contract</name><memory unit='MiB'>64</memory>
      <os><type machine='q35'>hvm</type></os><features><acpi/></features>{_TALKER}</domain>""",
)

SIMULATED_SAMPLES = replace(
    QEMU_SAMPLES,
    stateful="""<domain type='qemu'><name>contract</name><memory unit='MiB'>64</memory>
      <os><type machine='q35'>hvm</type><loader readonly='yes' type='pflash'>/f.fd</loader>
      <nvram>/contract.fd</nvram></os><features><acpi/></features></domain>""",
    formatted="""<pool type='fs'><name>contract</name><source><device path='/dev/contract'/></source>
      <target><path>{folder}/pool</path></target></pool>""",
)

REAL_QEMU_SAMPLES = replace(
    QEMU_SAMPLES,
    domain=f"""<domain type='qemu'><name>contract</name><memory unit='MiB'>256</memory>
      <vcpu current='1'>2</vcpu>{BOOT.os_xml()}<features><acpi/></features></domain>""",
    plugged=f"""<domain type='qemu'><name>contract</name><memory unit='MiB'>256</memory>
      {BOOT.os_xml()}<features><acpi/></features>
      <devices><interface type='network'><mac address='52:54:00:c0:00:02'/><source network='contract'/>
      <model type='virtio'/></interface></devices></domain>""",
    talker=f"""<domain type='qemu'><name>contract</name><memory unit='MiB'>256</memory>
      {BOOT.os_xml()}<features><acpi/></features>{_TALKER}</domain>""",
)


@contextmanager
def _real_qemu(folder: Path) -> Iterator[Connect]:
    host = session_host()
    boot()
    host.clear()

    def connect(readonly: bool = False) -> CompleteHost:
        return open_complete(host.qemu, host=host.name, readonly=readonly)

    try:
        yield connect
    finally:
        host.clear()


def _real_snapshot(folder: Path, name: str) -> None:
    document, host = folder / "snapshot.xml", session_host()
    document.write_text(
        "<domainsnapshot><name>1</name><state>shutoff</state><creationTime>1</creationTime>"
        f"{host.virsh('dumpxml', '--inactive', name)}</domainsnapshot>"
    )
    host.virsh("snapshot-create", name, str(document), "--redefine")


@contextmanager
def _real_lxc(folder: Path) -> Iterator[Connect]:
    host = session_host()
    host.clear()
    container_root(folder / "root")

    def connect(readonly: bool = False) -> CompleteHost:
        return open_complete(host.lxc, host=host.name, readonly=readonly)

    try:
        yield connect
    finally:
        host.clear()


@contextmanager
def _test_driver(folder: Path) -> Iterator[Connect]:
    pytest.importorskip("libvirt")
    node = folder / "node.xml"
    node.write_text("<node/>")

    def connect(readonly: bool = False) -> CompleteHost:
        return open_complete(f"test://{node}", host="test", readonly=readonly)

    yield connect


HOSTS: list[ContractHost] = [
    ContractHost(
        "sim",
        _simulated,
        SIMULATED_SAMPLES,
        frozenset(Feature),
        has_state=_simulated_state,
        snapshot=_simulated_snapshot,
    ),
    ContractHost(
        "test",  # libvirt's own; every connection is a host of its own
        _test_driver,
        replace(
            QEMU_SAMPLES,
            domain="""<domain type='test'><name>contract</name><memory unit='MiB'>64</memory>
              <vcpu current='1'>2</vcpu><os><type>hvm</type></os></domain>""",
        ),
        frozenset(
            {
                Feature.DOMAIN,
                Feature.NETWORK,
                Feature.POOL,
                Feature.VOLUME,
                Feature.START_DOMAIN,
                Feature.GRACEFUL_STOP,
                Feature.SUSPEND,
                Feature.PAUSED_START,
                Feature.DOMAIN_AUTOSTART,
                Feature.METADATA,
                Feature.MEMORY,
                Feature.VCPUS,
                Feature.TEXT,
            }
        ),
    ),
    ContractHost(
        "qemu",  # tests/real has moves between real hosts, tests/drivers/libvirt firmware and its state
        _real_qemu,
        REAL_QEMU_SAMPLES,
        frozenset(Feature) - {Feature.MOVE, Feature.STATE, Feature.FORMAT, Feature.NETWORK_METADATA},
        marks=(pytest.mark.real,),
        snapshot=_real_snapshot,
    ),
    ContractHost(
        "lxc",
        _real_lxc,
        replace(
            QEMU_SAMPLES,
            domain=lxc_domain("contract", Path("{folder}/root")),
            talker=lxc_domain("contract", Path("{folder}/root")),
        ),
        frozenset(
            {
                Feature.DOMAIN,
                Feature.START_DOMAIN,
                Feature.GRACEFUL_STOP,
                Feature.SUSPEND,
                Feature.PAUSED_START,
                Feature.DOMAIN_AUTOSTART,
                Feature.METADATA,
                Feature.MEMORY,
                Feature.TEXT,
                Feature.SHARED,
                Feature.CONSOLE,
            }
        ),
        marks=(pytest.mark.real,),
        hears_after=5.0,
    ),
]
