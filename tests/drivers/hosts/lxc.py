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


HOST = ContractHost(
    "lxc",
    _real_lxc,
    replace(
        QEMU_SAMPLES,
        domain=lxc_domain("contract", Path("{folder}/root")),
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
            Feature.SHARED,
            Feature.CONSOLE,
        }
    ),
    marks=(pytest.mark.real,),
    seen=Seen.REAL,
    hears_after=5.0,
)
