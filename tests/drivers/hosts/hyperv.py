"""Hyper-V: our scripts, run by the tests' own interpreter upon a model of the cmdlets (tests/support/hyperv).

With HYPERV_OVER_PSRP=1 each call goes over PowerShell remoting, TLS and a login to a WinRM endpoint of
psrpcore's; that takes ten times as long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast
from unittest.mock import patch

from drivers.contract.complete import CompleteHost, open_complete
from drivers.contract.features import Feature
from drivers.contract.host import Connect, ContractHost, Samples
from drivers.contract.seen import Seen
from tests.support.hyperv.specimens import specimens

if TYPE_CHECKING:
    from tests.support.hyperv.farm import HyperVFarm

_MACHINE = """<domain type='hyperv'><name>contract</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>
  <os firmware='efi'><type arch='x86_64'>hvm</type></os>{devices}</domain>"""
_NIC = """<devices><interface type='network'><mac address='00:15:5d:c0:00:02'/><source network='contract'/>
  </interface></devices>"""

SAMPLES = Samples(
    domain=_MACHINE.format(devices=""),
    plugged=_MACHINE.format(devices=_NIC),
    talker=_MACHINE.format(devices=_NIC),
    network="<network><name>contract</name></network>",
    pool=r"<pool type='dir'><name>contract</name><target><path>D:\contract</path></target></pool>",
    volume="""<volume><name>disk.vhdx</name><capacity unit='MiB'>8</capacity>
      <target><format type='vhdx'/></target></volume>""",
)


def _farm() -> HyperVFarm:
    """Made, and what it needs imported, when a test asks for it."""
    from tests.support.hyperv.farm import session_farm

    return session_farm()


@contextmanager
def _ready(_folder: Path) -> Iterator[Connect]:
    from tests.support.hyperv.shell import open_model

    farm = _farm()
    farm.clear()

    def connect(readonly: bool = False, neighbour: bool = False) -> CompleteHost:
        model = farm.neighbour.model if neighbour else farm.host.model
        return cast(CompleteHost, open_model(model, readonly=readonly))

    with patch("drivers.hyperv.host.shell_opener", lambda _address, _login: farm.host_shell):
        yield connect


@contextmanager
def _over_the_wire(_folder: Path) -> Iterator[Connect]:
    farm = _farm()
    farm.clear()

    def connect(readonly: bool = False, neighbour: bool = False) -> CompleteHost:
        endpoint = farm.neighbour if neighbour else farm.host
        return open_complete(endpoint.uri, host="hv", readonly=readonly, credentials=endpoint.credentials)

    with patch.dict(os.environ, farm.host.environment):
        yield connect


def _starts(name: str) -> int:
    return next(each.starts for each in _farm().host.model.machines if each.name == name)


def _snapshot(_folder: Path, name: str) -> None:
    (machine,) = (each for each in _farm().host.model.machines if each.name == name)
    machine.checkpoints.append("1")


HOST = ContractHost(
    "hyperv",
    _over_the_wire if os.environ.get("HYPERV_OVER_PSRP") else _ready,
    SAMPLES,
    frozenset(
        {
            Feature.STORAGE,
            Feature.GUEST,
            Feature.MOVER,
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
            Feature.NETWORK_METADATA,
            Feature.GROW,
            Feature.MOVE,
            Feature.SNAPSHOT,
            Feature.RENAME,
            Feature.SHARED,
            Feature.SETTLE,
            Feature.EDIT,
            Feature.LIVE_EDIT,
        }
    ),
    snapshot=_snapshot,
    specimens=specimens(_starts),
    seen=Seen.DOCUMENTS,
)
