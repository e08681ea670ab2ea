"""What people do to a host behind the controller's back, and how one sees that it was set right."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import libvirt

from tests.support.guests import BOOT

Look = Callable[[libvirt.virConnect, str], bool]
Do = Callable[[libvirt.virConnect, str], object]

HEAD = "apiVersion: virt-reconcile/v1\n"
LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
NIC = "52:54:00:0d:00:{:02x}"
MEMORY, LESS = 256 << 10, 200 << 10


@dataclass(frozen=True, slots=True)
class Meddling:
    """One way: what is done to a guest, or to what is beside it, and when it is undone; whether libvirt tells
    of it."""

    name: str
    do: Do
    healed: Look
    told: bool = True


def tree(uri: str, guests: int, folder: Path) -> str:
    """A host with a network, a pool, and guests that boot Linux: each with a NIC, a console in a file, and a
    spare one that is stopped."""
    documents = [
        f"{HEAD}kind: Fleet\nmetadata: {{name: default}}\n"
        "spec: {uuid: 0b8f9a4e-6c1d-4e2f-8a3b-7d5c9e1f2a46, fights: {times: 1000}}\n",
        f'{HEAD}kind: Host\nmetadata: {{name: hv1}}\nspec: {{uri: "{uri}"}}\n',
        f"{HEAD}kind: Network\nmetadata: {{name: lan}}\nspec: {{ips: [{{address: 10.77.0.1/24}}]}}\n",
        f"{HEAD}kind: StoragePool\nmetadata: {{name: pool}}\nspec: {{target: {folder}/pool}}\n",
    ]
    for number in range(guests):
        documents += [_guest(number, folder), stopped(f"spare{number}")]
    return "---\n".join(documents)


def _guest(number: int, folder: Path) -> str:
    return f"""{HEAD}kind: Domain
metadata: {{name: guest{number}}}
spec:
  host: hv1
  type: qemu
  memory: {{size: 256MiB, max: 256MiB}}
  autostart: true
  interfaces: [{{network: lan, mac: "{NIC.format(number)}"}}]
  memballoon: {{model: virtio}}
  serial: [{{type: file, path: {folder}/guest{number}.console}}]
  xml: |
    <domain>{BOOT.os_xml()}<features><acpi/></features></domain>
"""


def stopped(name: str) -> str:
    """A guest that never runs."""
    spec = "{host: hv1, type: qemu, memory: 64MiB, state: stopped}"
    return f"{HEAD}kind: Domain\nmetadata: {{name: {name}}}\nspec: {spec}\n"


@contextmanager
def connected(uri: str) -> Iterator[libvirt.virConnect]:
    """A connection of somebody else's."""
    with closing(libvirt.open(uri)) as handle:
        yield handle


def _guest_of(handle: libvirt.virConnect, number: str) -> libvirt.virDomain:
    return handle.lookupByName(f"guest{number}")


def _document(handle: libvirt.virConnect, number: str, flags: int = 0) -> str:
    return str(_guest_of(handle, number).XMLDesc(flags))


def _runs(handle: libvirt.virConnect, number: str) -> bool:
    return bool(_guest_of(handle, number).state()[0] == libvirt.VIR_DOMAIN_RUNNING)


def _has_nic(flags: int) -> Look:
    return lambda handle, number: NIC.format(int(number)) in _document(handle, number, flags)


def _detach(flags: int) -> Do:
    def detach(handle: libvirt.virConnect, number: str) -> None:
        mac = f"<mac address='{NIC.format(int(number))}'/>"
        nic = f"<interface type='network'>{mac}<source network='lan'/></interface>"
        _guest_of(handle, number).detachDeviceFlags(nic, flags)

    return detach


def _memory(flags: int) -> Look:
    def look(handle: libvirt.virConnect, number: str) -> bool:
        document = _document(handle, number, flags)
        return f"<currentMemory unit='KiB'>{MEMORY}</currentMemory>" in document

    return look


def _take_memory(handle: libvirt.virConnect, number: str) -> None:
    """Until the guest has given it back, which QEMU tells once a second."""
    _guest_of(handle, number).setMemoryFlags(LESS, LIVE)
    until = time.monotonic() + 60
    while _memory(0)(handle, number):
        assert time.monotonic() < until, "the guest keeps its memory"
        time.sleep(0.002)


INACTIVE = libvirt.VIR_DOMAIN_XML_INACTIVE

WAYS = (
    Meddling("a guest is destroyed", lambda h, n: _guest_of(h, n).destroy(), _runs),
    Meddling("a guest is paused", lambda h, n: _guest_of(h, n).suspend(), _runs),
    Meddling(
        "a running guest is undefined",
        lambda h, n: _guest_of(h, n).undefine(),
        lambda h, n: bool(_guest_of(h, n).isPersistent()),
    ),
    Meddling(
        "a stopped guest is undefined",
        lambda h, n: h.lookupByName(f"spare{n}").undefine(),
        lambda h, n: f"spare{n}" in h.listDefinedDomains(),
    ),
    Meddling("a NIC is detached live", _detach(LIVE), _has_nic(0)),
    Meddling("memory is taken live", _take_memory, _memory(0)),
    Meddling(
        "a description is written",
        lambda h, n: _guest_of(h, n).setMetadata(0, "mine", None, None, CONFIG),
        lambda h, n: "mine" not in _document(h, n, INACTIVE),
    ),
    Meddling(
        "a network is stopped",
        lambda h, _: h.networkLookupByName("lan").destroy(),
        lambda h, _: bool(h.networkLookupByName("lan").isActive()),
    ),
    Meddling(
        "a pool is stopped",
        lambda h, _: h.storagePoolLookupByName("pool").destroy(),
        lambda h, _: bool(h.storagePoolLookupByName("pool").isActive()),
    ),
    Meddling("a NIC is detached in the definition", _detach(CONFIG), _has_nic(INACTIVE), told=False),
    Meddling(
        "memory is taken in the definition",
        lambda h, n: _guest_of(h, n).setMemoryFlags(LESS, CONFIG),
        _memory(INACTIVE),
        told=False,
    ),
    Meddling(
        "autostart is taken away",
        lambda h, n: _guest_of(h, n).setAutostart(0),
        lambda h, n: bool(_guest_of(h, n).autostart()),
        told=False,
    ),
)
