"""What a POWER Hypervisor takes: every form of memory, processors, networks and disks that a partition can
have."""

from __future__ import annotations

from itertools import product

from drivers.contract.specimens import Specimens

_LEAST = "memory: 512MiB, vcpus: 1"
_QUOTA = (
    "<domain><cputune><global_period>100000</global_period><global_quota>{}</global_quota></cputune></domain>"
)
_NIC = "interfaces: [{{network: {}, mac: '52:54:00:aa:00:01'}}]"
_DISK = "disks: [{{volume: {{pool: vios1.datavg, name: {}}}}}]"
_CD = "{device: cdrom, volume: {pool: vios1.media-repository, name: bg_7f81628b_thorst_config.iso}}"
_MEMORY = ("memory: 512MiB", "memory: {size: 256MiB, max: 2GiB}")
_VCPUS = (", vcpus: 1", ", vcpus: {count: 1, max: 4}", ", vcpus: {count: 2, max: 2}")
_PROCESSORS = (
    "",
    ", shares: 0",
    ", shares: 255",
    f', xml: "{_QUOTA.format(90000)}"',
    ", kvm: {hintDedicated: true}",
)
_ROOM = "memory: {size: 512MiB, max: 2GiB}, vcpus: {count: 1, max: 4}, shares: 64"

_DOCUMENT = """<domain type='phyp'><name>{}</name><memory unit='MiB'>1024</memory><vcpu>{}</vcpu>
  <os><type arch='ppc64'>hvm</type></os>{}</domain>"""


def _volumes(*names: str) -> str:
    return "".join(
        "---\napiVersion: virt-reconcile/v1\nkind: Volume\n"
        f"metadata: {{name: {name}}}\nspec: {{host: contract, pool: vios1.datavg, capacity: 64MiB}}\n"
        for name in names
    )


_GROUND = """\
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
spec: {host: contract, vlan: 213, forward: {mode: bridge}}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: dmz}
spec: {host: contract, vlan: 7}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: flat}
spec: {host: contract, vlan: 1, bridge: 'ETHERNET0(Default)'}
""" + _volumes("one", "two", "three", "four")

SPECIMENS = Specimens(
    fleet="external: {pools: [vios1.datavg, vios1.physical-volumes, vios1.media-repository]}",
    host="credentials: {password: {env: VR_HMC}}",
    ground=_GROUND,
    documents={
        "plain": _DOCUMENT.format("plain", 2, ""),
        "shares": _DOCUMENT.format("shares", 2, "<cputune><shares>9</shares></cputune>"),
    },
    specs={
        **{f"v{at}": "".join(form) for at, form in enumerate(product(_MEMORY, _VCPUS, _PROCESSORS))},
        "nic": f"{_LEAST}, interfaces: [{{network: lan}}]",
        "nics": f"{_LEAST}, interfaces: [{{network: lan}}, {{network: dmz, mac: '52:54:00:aa:00:02'}}]",
        "trunk": f"{_LEAST}, interfaces: [{{network: flat, vlan: {{tags: [5, 6], trunk: true}}}}]",
        "disk": f"{_LEAST}, {_DISK.format('one')}",
        "cd": f"{_LEAST}, disks: [{_CD}]",
        "physical": f"{_LEAST}, disks: [{{volume: {{pool: vios1.physical-volumes, name: hdisk4}}}}]",
        "ibmi": f"{_LEAST}, machine: ibmi",
        "starts": f"{_LEAST}, autostart: true",
        "all": f"memory: 8GiB, vcpus: {{count: 8, max: 16}}, shares: 7, {_NIC.format('lan')}",
    },
    edits={
        "e-memory": (_ROOM, _ROOM.replace("2GiB", "4GiB")),
        "e-vcpus": (_ROOM, _ROOM.replace("max: 4", "max: 8")),
        "e-processors": (_ROOM, _ROOM.replace("shares: 64", "kvm: {hintDedicated: true}")),
    },
    live={
        "l-memory": (_ROOM, _ROOM.replace("512MiB", "1GiB")),
        "l-vcpus": (_ROOM, _ROOM.replace("count: 1", "count: 3")),
        "l-shares": (_ROOM, _ROOM.replace("64", "200")),
        "l-quota": (_ROOM, f'{_ROOM}, xml: "{_QUOTA.format(70000)}"'),
        "l-nic": (_ROOM, f"{_ROOM}, {_NIC.format('dmz')}"),
        "l-disk": (_ROOM, f"{_ROOM}, {_DISK.format('two')}"),
        "l-cd": (_ROOM, f"{_ROOM}, disks: [{_CD}]"),
    },
)  # fmt: skip
