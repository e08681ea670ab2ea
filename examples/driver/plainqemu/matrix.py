"""What can be declared of a host: exactly what `description` writes."""

from __future__ import annotations

import re

from specs.identity import Kind
from specs.matrix.allowing import AllowList, anything
from specs.matrix.model import Ability, Bounds, Hypervisor, NameRule, Span, Usual

MIB = 1024
ROW = Hypervisor(
    family="plainqemu",
    title="plain QEMU",
    schemes=("plainqemu",),
    types=("qemu",),
    kinds=frozenset({Kind.DOMAIN}),
    can=frozenset({Ability.DEFINE, Ability.START, Ability.PAUSE, Ability.RENAME, Ability.MARK}),
    allows={
        Kind.DOMAIN: AllowList(
            {
                "@type": ("qemu",),
                **anything("name", "uuid", "title", "description", "metadata/**"),
                **anything("memory", "memory/@unit", "currentMemory", "currentMemory/@unit"),
                **anything("vcpu", "vcpu/@current"),
                "vcpu/@placement": ("static",),
                "os/type": ("hvm",),
                "os/type/@arch": ("x86_64",),
                "os/type/@machine": ("q35", "pc", "microvm"),
                "devices/disk/@type": ("file",),
                "devices/disk/@device": ("disk",),
                "devices/disk/driver/@type": ("raw", "qcow2"),
                "devices/disk/target/@bus": ("virtio",),
                **anything("devices/disk/source/@file", "devices/disk/target/@dev", "devices/disk/readonly"),
                "devices/interface/@type": ("user",),
                "devices/interface/model/@type": ("virtio", "e1000"),
                "devices/interface/link/@state": ("up",),
                **anything("devices/interface/mac/@address"),
            }
        )
    },
    bounds=Bounds(
        memory=Span(1 * MIB, 0, MIB),
        vcpus=Span(1, 255),
        names={
            Kind.DOMAIN: NameRule(
                re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*"), "letters, digits, '_', '.' and '-'", 60
            )
        },
    ),
    usual=Usual(type="qemu", bus="virtio", nic="virtio"),
    proven="the contract, on QEMU",
)
