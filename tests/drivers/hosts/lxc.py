"""Containers by a libvirtd of the tests' own."""

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
from tests.drivers.hosts.lxc_specimens import LXC_SPECIMENS
from tests.drivers.hosts.qemu_samples import QEMU_SAMPLES
from tests.support.guests import container_root, lxc_domain
from tests.support.session import session_host


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


_NIC = """<interface type='network'><mac address='52:54:00:c0:00:02'/><source network='contract'/>
  </interface></devices>"""


def _first_process(_folder: Path, name: str) -> object:
    """The container's own number, which is new with each start."""
    return session_host().virsh("domid", name, uri=session_host().lxc)


HOST = ContractHost(
    "lxc",
    _real_lxc,
    replace(
        QEMU_SAMPLES,
        domain=lxc_domain("contract", Path("{folder}/root")),
        plugged=lxc_domain("contract", Path("{folder}/root")).replace("</devices>", _NIC),
        nic="""<interface type='network'><mac address='52:54:00:c0:00:03'/><source network='contract'/>
      </interface>""",
        cold_device="<filesystem type='ram'><source usage='1048576'/><target dir='/srv'/></filesystem>",
        talker=lxc_domain("contract", Path("{folder}/root")),
    ),
    frozenset(
        {
            Feature.WATCH,
            Feature.LIVE,
            Feature.STORAGE,
            Feature.GUEST,
            Feature.UUID,
            Feature.TWO_DOCUMENTS,
            Feature.DOMAIN,
            Feature.START_DOMAIN,
            Feature.GRACEFUL_STOP,
            Feature.SUSPEND,
            Feature.PAUSED_START,
            Feature.DOMAIN_AUTOSTART,
            Feature.METADATA,
            Feature.MEMORY,
            Feature.TEXT,
            Feature.NIC_HOTPLUG,
            Feature.NETWORK,
            Feature.POOL,
            Feature.VOLUME,
            Feature.SECRET,
            Feature.FILTER,
            Feature.START_NETWORK,
            Feature.START_POOL,
            Feature.NETWORK_AUTOSTART,
            Feature.POOL_AUTOSTART,
            Feature.BUILD,
            Feature.GROW,
            Feature.CONTENT,
            Feature.SECRET_VALUE,
            Feature.COLD_DEVICE,
            Feature.SHARED,
            Feature.CONSOLE,
            Feature.MOVER,
            Feature.SETTLE,
            Feature.EDIT,
            Feature.LIVE_EDIT,
        }
    ),
    marks=(pytest.mark.real,),
    seen=Seen.REAL,
    hears_after=5.0,
    specimens=replace(LXC_SPECIMENS, incarnation=_first_process),
)
