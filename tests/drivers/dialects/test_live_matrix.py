"""What the matrix says can be changed while it runs is what the rows of effects make live, and no more."""

from __future__ import annotations

import pytest
from lxml import etree

from drivers.dialects.effects import Effects
from specs.documents.tree import Node, to_node
from specs.effect import Effect
from specs.identity import Kind
from specs.matrix import ROWS
from specs.matrix.model import Hypervisor, WhileRunning

_DISK = "<disk device='disk'><target dev='vdb' bus='virtio'/></disk>"
_CD = "<disk device='cdrom'><source file='/x'/><target dev='sda' bus='sata'/></disk>"
_DOMAIN = "<domain><memory>64</memory><currentMemory>64</currentMemory></domain>"
_NIC = "<interface type='network'><source network='n'/><link state='up'/></interface>"
_SAMPLES: tuple[tuple[WhileRunning, Kind, str, str], ...] = (
    (WhileRunning.MEMORY, Kind.DOMAIN, "currentMemory", _DOMAIN),
    (WhileRunning.VCPUS, Kind.DOMAIN, "vcpu/@current", ""),
    (WhileRunning.DISKS, Kind.DOMAIN, "devices/disk", _DISK),
    (WhileRunning.DISKS, Kind.DOMAIN, "devices/disk", _DISK.replace("virtio", "xen")),
    (WhileRunning.DISKS, Kind.DOMAIN, "devices/disk", _DISK.replace("virtio", "scsi")),
    (WhileRunning.DISKS, Kind.DOMAIN, "devices/disk", _DISK.replace("virtio", "sata")),
    (WhileRunning.INTERFACES, Kind.DOMAIN, "devices/interface", _NIC),
    (WhileRunning.MEDIA, Kind.DOMAIN, "devices/disk/source/@file", _CD),
    (WhileRunning.LINKS, Kind.DOMAIN, "devices/interface/link/@state", _NIC),
    (WhileRunning.SHARES, Kind.DOMAIN, "cputune/shares", ""),
    (WhileRunning.SHARES, Kind.DOMAIN, "cputune/quota", ""),
    (WhileRunning.TEXTS, Kind.DOMAIN, "title", ""),
    (WhileRunning.NETWORKS, Kind.NETWORK, "ip/dhcp/host", ""),
)


def _device(text: str) -> Node | None:
    return to_node(etree.fromstring(text)) if text else None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.family)
def test_what_is_live_is_told_by_both(row: Hypervisor) -> None:
    effects = Effects.of_family(row.family)
    live = set()
    for change, kind, path, device in _SAMPLES:
        found = effects.row(kind, path, _device(device))
        if found and (found.effect is Effect.LIVE or (found.effect is Effect.NONE and found.way)):
            live.add(change)
    # Texts cost nothing where a definition is all that there is: whether they are told so is all the same.
    texts = {WhileRunning.TEXTS} if effects.one_document else set()
    assert live - texts == row.live - texts
