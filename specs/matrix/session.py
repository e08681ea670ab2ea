"""QEMU by a user's own libvirt (qemu:///session), which has no more rights than that user: what was seen to
be refused by libvirt 9.0, and where (src/qemu/qemu_validate.c, nwfilter_driver.c, bridge_driver.c)."""

from __future__ import annotations

from dataclasses import replace

from specs.identity import Kind
from specs.matrix.model import ALL_KINDS, Lack, lacks
from specs.matrix.qemu import QEMU

_GROUPS = "a user's session has no control groups; use qemu:///system, or leave it out"
_PRIVILEGE = "that takes privileges; use qemu:///system, or say user: true"

QEMU_SESSION = replace(
    QEMU,
    title="QEMU, a user's session",
    kinds=ALL_KINDS - {Kind.NETWORK_FILTER},
    lacks={
        Kind.DOMAIN: (
            *QEMU.lacks[Kind.DOMAIN],
            *(
                Lack(path, _GROUPS)
                for path in (
                    "cputune/shares",
                    "cputune/period",
                    "cputune/quota",
                    "cputune/emulator_quota",
                    "memtune",
                    "blkiotune",
                )
            ),
            Lack("devices/interface[@type='direct']", _PRIVILEGE),
            Lack("devices/interface/filterref", "it has no network filters"),
        ),
        Kind.NETWORK: lacks(
            *(
                Lack(f"forward[@mode='{mode}']", "it may make no bridge, and no rules of a firewall; use"
                     " qemu:///system, or user: true in the interface in place of a network")
                for mode in ("nat", "route", "open")
            )
        ),
    },
    proven="a real session of QEMU 7.2 with libvirt 9.0",
)  # fmt: skip
