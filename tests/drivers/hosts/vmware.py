"""VMware's desktop products: our driver upon a stand-in of their programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.contract.complete import CompleteHost, open_complete
from drivers.contract.features import Feature
from drivers.contract.host import Connect, ContractHost, Samples
from drivers.contract.seen import Seen
from tests.drivers.hosts.vmware_specimens import VMWARE_SPECIMENS
from tests.support.vmware import vmware_desktop

_DOMAIN = """<domain type='vmware'><name>contract</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64'>hvm</type></os>{devices}</domain>"""
_TALKER = """<devices><interface type='user'><mac address='00:50:56:00:00:02'/></interface></devices>"""

SAMPLES = Samples(
    domain=_DOMAIN.format(devices=""),
    talker=_DOMAIN.format(devices=_TALKER),
    pool="<pool type='dir'><name>contract</name><target><path>{folder}/pool</path></target></pool>",
    volume="""<volume><name>disk.img</name><capacity unit='MiB'>8</capacity>
      <target><format type='raw'/></target></volume>""",
)


@contextmanager
def _stand_in(folder: Path) -> Iterator[Connect]:
    with vmware_desktop(folder / "vmware") as desk:

        def connect(readonly: bool = False) -> CompleteHost:
            return open_complete(f"vmware://{desk.machines}", host="desk", readonly=readonly)

        yield connect


def _suspended(folder: Path, name: str) -> None:
    """A snapshot, as VMware writes it down."""
    stem = folder / "vmware" / "machines" / name / name
    stem.with_suffix(".vmsd").write_text('snapshot.numSnapshots = "1"\nsnapshot0.displayName = "1"\n')


HOST = ContractHost(
    "vmware",
    _stand_in,
    SAMPLES,
    frozenset(
        {
            Feature.STORAGE,
            Feature.GUEST,
            Feature.UUID,
            Feature.DOMAIN,
            Feature.POOL,
            Feature.VOLUME,
            Feature.START_DOMAIN,
            Feature.GRACEFUL_STOP,
            Feature.SUSPEND,
            Feature.METADATA,
            Feature.GROW,
            Feature.CONTENT,
            Feature.IMAGES,
            Feature.SNAPSHOT,
            Feature.RENAME,
            Feature.AGENT,
            Feature.SHARED,
        }
    ),
    seen=Seen.DOCUMENTS,
    snapshot=_suspended,
    specimens=VMWARE_SPECIMENS,
)
