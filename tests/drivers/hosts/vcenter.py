"""A vCenter of govmomi's simulator: a datacenter with one cluster of two hosts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from drivers.contract.complete import CompleteHost
from drivers.contract.features import Feature
from drivers.contract.host import Connect, ContractHost, Samples
from drivers.contract.seen import Seen
from tests.support.vsphere import VsphereServer

_DOMAIN = """<domain type='vmware'><name>contract</name><memory unit='MiB'>64</memory>
  <vcpu>2</vcpu><os><type>hvm</type></os>{}</domain>"""
_NIC = """<interface type='network'><mac address='00:50:56:00:00:0{}'/><source network='contract'/>
  <model type='vmxnet3'/></interface>"""

SAMPLES = Samples(
    domain=_DOMAIN.format(""),
    plugged=_DOMAIN.format(f"<devices>{_NIC.format(2)}</devices>"),
    network="""<network><name>contract</name><forward mode='bridge'/><bridge name='vSwitch0'/>
      <vlan><tag id='7'/></vlan></network>""",
    pool="",
    volume="""<volume><name>disk.vmdk</name><capacity unit='MiB'>8</capacity>
      <target><format type='vmdk'/></target></volume>""",
    talker=_DOMAIN.format(f"<devices>{_NIC.format(2)}</devices>"),
)

FEATURES = frozenset(
    {
        Feature.WATCH,
        Feature.STORAGE,
        Feature.GUEST,
        Feature.MOVER,
        Feature.UUID,
        Feature.DOMAIN,
        Feature.START_DOMAIN,
        Feature.GRACEFUL_STOP,
        Feature.SUSPEND,
        Feature.METADATA,
        Feature.RENAME,
        Feature.SHARED,
        Feature.NETWORK,
        Feature.VOLUME,
        Feature.GROW,
        Feature.CONTENT,
    }
)


@contextmanager
def served(_folder: Path, *, esx: bool) -> Iterator[Connect]:
    """A server for one test."""
    with VsphereServer(esx=esx, datastore="contract") as server:

        def connect(readonly: bool = False, neighbour: bool = False) -> CompleteHost:
            query = "" if esx else f"?host=DC0_C0_H{int(neighbour)}"
            return cast(CompleteHost, server.open(query, readonly=readonly))

        yield connect


HOST = ContractHost(
    "vcenter",
    partial(served, esx=False),
    SAMPLES,
    FEATURES | {Feature.MOVE},
    marks=(pytest.mark.real,),
    seen=Seen.SIMULATOR,
)
