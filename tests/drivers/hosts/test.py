"""libvirt's own test driver: every connection is a host of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.contract.complete import CompleteHost, open_complete
from drivers.contract.features import Feature
from drivers.contract.host import Connect, ContractHost
from drivers.contract.seen import Seen
from tests.drivers.hosts.qemu_samples import QEMU_SAMPLES


@contextmanager
def _test_driver(folder: Path) -> Iterator[Connect]:
    pytest.importorskip("libvirt")
    node = folder / "node.xml"
    node.write_text("<node/>")

    def connect(readonly: bool = False) -> CompleteHost:
        return open_complete(f"test://{node}", host="test", readonly=readonly)

    yield connect


HOST = ContractHost(
    "test",
    _test_driver,
    replace(
        QEMU_SAMPLES,
        domain="""<domain type='test'><name>contract</name><memory unit='MiB'>64</memory>
      <vcpu current='1'>2</vcpu><os><type>hvm</type></os></domain>""",
    ),
    frozenset(
        {
            Feature.WATCH,
            Feature.LIVE,
            Feature.STORAGE,
            Feature.GUEST,
            Feature.MOVER,
            Feature.UUID,
            Feature.TWO_DOCUMENTS,
            Feature.DOMAIN,
            Feature.NETWORK,
            Feature.POOL,
            Feature.VOLUME,
            Feature.START_DOMAIN,
            Feature.START_NETWORK,
            Feature.START_POOL,
            Feature.NETWORK_AUTOSTART,
            Feature.POOL_AUTOSTART,
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
    seen=Seen.SIMULATOR,
)
