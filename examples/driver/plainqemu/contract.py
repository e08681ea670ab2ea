"""This driver's host for the contract of drivers: `pytest --pyargs drivers.contract reconciler.contract`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.contract.complete import CompleteHost, open_complete
from drivers.contract.features import Feature
from drivers.contract.host import Connect, ContractHost, Samples
from drivers.contract.seen import Seen
from drivers.contract.specimens import Specimens
from plainqemu import process

LEAST = "memory: 64MiB, vcpus: 1"
DISK = "{target: vda, file: /srv/contract.img, format: raw"


@contextmanager
def _ready(folder: Path) -> Iterator[Connect]:
    """An empty folder; whatever still runs there afterwards is ended."""
    machines = folder / "machines"
    machines.mkdir()

    def connect(readonly: bool = False) -> CompleteHost:
        return open_complete(f"plainqemu://{machines}", host="plain", readonly=readonly)

    try:
        yield connect
    finally:
        for file in machines.glob("*.pid"):
            process.end(machines, file.stem)


HOST = ContractHost(
    "plainqemu",
    _ready,
    Samples(
        domain="""<domain type='qemu'><name>contract</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
          <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>"""
    ),
    frozenset(
        {
            Feature.DOMAIN,
            Feature.UUID,
            Feature.TWO_DOCUMENTS,
            Feature.START_DOMAIN,
            Feature.PAUSED_START,
            Feature.SUSPEND,
            Feature.METADATA,
            Feature.RENAME,
            Feature.SHARED,
            Feature.SETTLE,
            Feature.EDIT,
        }
    ),
    seen=Seen.REAL,
    specimens=Specimens(
        specs={
            "least": LEAST,
            "texts": f"{LEAST}, title: A title, description: 'é & <more>'",
            "large": "memory: 1GiB, vcpus: 4",
            "pc": f"{LEAST}, machine: pc",
            "disk": f"{LEAST}, disks: [{DISK}}}]",
            "disks": f"{LEAST}, disks: [{DISK}, readonly: true}}, {{target: vdb, file: /b, format: raw}}]",
            "nic": f"{LEAST}, interfaces: [{{user: true}}]",
            "nics": f"{LEAST}, interfaces: [{{user: true, model: e1000}}, {{user: true}}]",
        },
        edits={
            "memory": (LEAST, "memory: 128MiB, vcpus: 1"),
            "vcpus": (LEAST, "memory: 64MiB, vcpus: 2"),
            "title": (f"{LEAST}, title: One", f"{LEAST}, title: Two"),
            "title-gone": (f"{LEAST}, title: One", LEAST),
            "description": (LEAST, f"{LEAST}, description: Some"),
            "disk-new": (LEAST, f"{LEAST}, disks: [{DISK}}}]"),
            "disk-gone": (f"{LEAST}, disks: [{DISK}}}]", LEAST),
            "disk-format": (f"{LEAST}, disks: [{DISK}}}]", f"{LEAST}, disks: [{DISK[:-3]}qcow2}}]"),
            "nic-new": (LEAST, f"{LEAST}, interfaces: [{{user: true}}]"),
            "nic-model": (
                f"{LEAST}, interfaces: [{{user: true, mac: '52:54:00:00:00:01'}}]",
                f"{LEAST}, interfaces: [{{user: true, mac: '52:54:00:00:00:01', model: e1000}}]",
            ),
        },
    ),
)
