"""The POWER Hypervisor behind a Hardware Management Console (`drivers/hmc`).

Sources: IBM's "HMC REST APIs" (https://www.ibm.com/docs/en/power10?topic=hmc-rest-apis), and IBM's client
pypowervm for what the documentation leaves open. How each place is written stands in
drivers/hmc/documents.py."""

from __future__ import annotations

import re

from specs.identity import Kind
from specs.matrix.allowing import AllowList, Spelt, anything
from specs.matrix.model import Ability, Bounds, Hypervisor, NameRule, Span, Usual, WhileRunning

_NUMBER = Spelt(re.compile(r"\d+"), "a number")
_WEIGHT = Spelt(re.compile(r"\d{1,2}|1\d\d|2[0-4]\d|25[0-5]"), "0 to 255")
_VLAN = Spelt(re.compile(r"[1-9]\d{0,2}|[1-3]\d{3}|40[0-8]\d|409[0-4]"), "1 to 4094")
_TARGET = Spelt(re.compile("sd[a-z]{1,2}"), "sda, sdb, … sdzz")

_DOMAIN = AllowList(
    {
        "@type": ("phyp",),
        **anything("name", "uuid", "memory", "memory/@unit", "currentMemory", "currentMemory/@unit"),
        "vcpu": _NUMBER,
        "vcpu/@current": _NUMBER,
        "vcpu/@placement": ("static",),
        "os/type": ("hvm",),
        "os/type/@arch": ("ppc64",),
        "os/type/@machine": ("ibmi",),
        "features/kvm/hint-dedicated/@state": ("on",),
        "cputune/shares": _WEIGHT,
        "cputune/global_period": _NUMBER,
        "cputune/global_quota": _NUMBER,
        "devices/disk/@type": ("volume",),
        "devices/disk[@device=cdrom]/@type": ("volume", "file"),
        "devices/disk/@device": ("disk", "cdrom"),
        "devices/disk/source/@pool": None,
        "devices/disk/source/@volume": None,
        "devices/disk/target/@dev": _TARGET,
        "devices/disk/target/@bus": ("scsi",),
        "devices/disk[@device=cdrom]/readonly": None,
        "devices/disk[@device=disk]/readonly": (),
        "devices/disk/driver/@type": ("raw",),
        "devices/interface/@type": ("network", "bridge"),
        "devices/interface/mac/@address": None,
        "devices/interface/source/@network": None,
        "devices/interface/source/@bridge": None,
        "devices/interface/link/@state": ("up",),
        "devices/interface/vlan/@trunk": ("yes",),
        "devices/interface/vlan/tag/@id": _VLAN,
    }
)
_NETWORK = AllowList(
    {
        **anything("name", "uuid", "bridge/@name"),
        "forward/@mode": ("bridge",),
        "vlan/tag/@id": _VLAN,
    }
)
_POOL = AllowList(
    {
        **anything("name", "uuid", "source/name", "target/path"),
        **anything(
            *(f"{size}{unit}" for size in ("capacity", "allocation", "available") for unit in ("", "/@unit"))
        ),
        "@type": ("logical", "scsi", "dir"),
    }
)
_VOLUME = AllowList(
    {
        **anything("name", "key", "capacity", "capacity/@unit", "allocation", "allocation/@unit"),
        "@type": ("block", "file"),
        "target/format/@type": ("raw", "iso"),
    }
)

HMC = Hypervisor(
    family="hmc",
    title="POWER Hypervisor (HMC)",
    schemes=("hmc",),
    types=("phyp",),
    kinds=frozenset({Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME}),
    can=frozenset(
        {
            Ability.EVENTS,
            Ability.DEFINE,
            Ability.START,
            Ability.RENAME,
            Ability.AUTOSTART,
            Ability.GROW,
            Ability.MOVE_LIVE,
            Ability.MOVE_STOPPED,
        }
    ),
    live=frozenset(
        {
            WhileRunning.MEMORY,
            WhileRunning.VCPUS,
            WhileRunning.SHARES,
            WhileRunning.DISKS,
            WhileRunning.INTERFACES,
            WhileRunning.MEDIA,
            WhileRunning.LINKS,  # the adapter is replaced, in its slot
        }
    ),
    allows={
        Kind.DOMAIN: _DOMAIN,
        Kind.NETWORK: _NETWORK,
        Kind.STORAGE_POOL: _POOL,
        Kind.VOLUME: _VOLUME,
    },
    bounds=Bounds(
        # whole memory regions, of which the smallest is 16 MiB; which a system has it tells itself
        memory=Span(least=128 << 10, step=16 << 10),
        vcpus=Span(least=1, most=256),
        names={
            # util.sanitize_partition_name_for_api
            Kind.DOMAIN: NameRule(
                re.compile(r"(?:(?![()\\<>*$&?|\[\]'\"`])[ -~])+"),
                "plain characters but none of ( ) \\ < > * $ & ? | [ ] ' \" `",
                31,
            ),
        },
    ),
    usual=Usual(type="phyp", bus="scsi"),
    proven="a console of our own, on recorded replies of real ones; no real HMC",
)
