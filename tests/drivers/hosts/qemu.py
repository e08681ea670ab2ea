"""QEMU by a libvirtd of the tests' own. tests/real has moves between real hosts, tests/drivers/libvirt
firmware and its state."""

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
from tests.drivers.hosts.qemu_samples import KEPT_DISK, QEMU_SAMPLES, TALKER
from tests.drivers.hosts.qemu_specimens import QEMU_SPECIMENS
from tests.support.guests import BOOT, boot
from tests.support.session import session_host

REAL_QEMU_SAMPLES = replace(
    QEMU_SAMPLES,
    domain=f"""<domain type='qemu'><name>contract</name><memory unit='MiB'>256</memory>
      <vcpu current='1'>2</vcpu>{BOOT.os_xml()}<features><acpi/></features></domain>""",
    plugged=f"""<domain type='qemu'><name>contract</name><memory unit='MiB'>256</memory>
      {BOOT.os_xml()}<features><acpi/></features>
      <devices><interface type='network'><mac address='52:54:00:c0:00:02'/><source network='contract'/>
      <model type='virtio'/></interface></devices></domain>""",
    kept=f"""<domain type='qemu'><name>contract</name><memory unit='MiB'>32</memory>
      <os><type>hvm</type></os><features><acpi/></features>{KEPT_DISK}</domain>""",
    talker=f"""<domain type='qemu'><name>contract</name><memory unit='MiB'>256</memory>
      {BOOT.os_xml()}<features><acpi/></features>{TALKER}</domain>""",
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


HOST = ContractHost(
    "qemu",
    _real_qemu,
    REAL_QEMU_SAMPLES,
    frozenset(Feature)
    - {Feature.MOVE, Feature.STATE, Feature.FORMAT, Feature.NETWORK_METADATA, Feature.LIVE_EDIT},
    marks=(pytest.mark.real,),
    seen=Seen.REAL,
    specimens=QEMU_SPECIMENS,
    snapshot=_real_snapshot,
)
