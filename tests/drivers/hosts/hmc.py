"""A managed system of a console of our own, fed from recorded replies of real ones (tests/drivers/hmc)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.contract.complete import CompleteHost, open_complete
from drivers.contract.features import Feature
from drivers.contract.host import Connect, ContractHost, Samples
from drivers.contract.seen import Seen
from tests.drivers.hosts.hmc_specimens import SPECIMENS

_DOMAIN = """<domain type='phyp'><name>contract</name><memory unit='MiB'>1024</memory>
  <currentMemory unit='MiB'>512</currentMemory><vcpu
  current='1'>2</vcpu><os><type>hvm</type></os>{}</domain>"""
_NIC = (
    """<interface type='network'><mac address='52:54:00:c0:00:02'/><source network='contract'/></interface>"""
)

SAMPLES = Samples(
    domain=_DOMAIN.format(""),
    plugged=_DOMAIN.format(f"<devices>{_NIC}</devices>"),
    network="""<network><name>contract</name><vlan><tag id='213'/></vlan></network>""",
)


@contextmanager
def _replayed(folder: Path) -> Iterator[Connect]:
    from tests.drivers.hmc.console import PASSWORD, USER, running  # it takes long to load what they read

    os.environ["VR_HMC"] = PASSWORD  # as the specimens' Host says
    with running() as (_, address):

        def connect(readonly: bool = False, neighbour: bool = False) -> CompleteHost:
            system = "server2" if neighbour else "server1"
            return open_complete(
                f"hmc://{USER}@{address}/{system}?transport=http",
                host="power",
                readonly=readonly,
                credentials={"passphrase": PASSWORD},
            )

        yield connect


HOST = ContractHost(
    "hmc",
    _replayed,
    SAMPLES,
    frozenset(
        {
            Feature.WATCH,
            Feature.STORAGE,
            Feature.MOVER,
            Feature.DOMAIN,
            Feature.NETWORK,
            Feature.START_DOMAIN,
            Feature.GRACEFUL_STOP,
            Feature.DOMAIN_AUTOSTART,
            Feature.MOVE,
            Feature.RENAME,
            Feature.SHARED,
            Feature.SETTLE,
            Feature.EDIT,
            Feature.LIVE_EDIT,
        }
    ),
    seen=Seen.RECORDED,
    specimens=SPECIMENS,
)
