"""What LXC takes: typed specs that differ in one thing each, documents, and single edits."""

from __future__ import annotations

from pathlib import Path

from drivers.contract.specimens import Specimens
from tests.support.guests import lxc_domain

ROOT = "{source: '{folder}/root', target: /}"
RANGE = "[{start: 0, target: 100000, count: 65536}]"
MAPPED = f"{{users: {RANGE}, groups: {RANGE}}}"
RUN = "ramFilesystems: [{target: /run, size: 16MiB}]"
NIC = "{bridge: br0, mac: '52:54:00:c0:00:20'"

FIELDS = {
    "least": "title: None",
    "texts": "title: A title, description: 'é & <more>'",
    "arguments": "init: {path: /sbin/init, args: [--log, 'a b']}",
    "environment": "init: {path: /init, env: {container: lxc, EMPTY: ' '}}",
    "folder": "init: {path: /init, folder: /root}",
    "user": "init: {path: /init, user: nobody, group: nogroup}",
    "user-number": "init: {path: /init, user: '1000', group: '1000'}",
    "id-map": f"idMap: {MAPPED}",
    "id-map-two": (
        "idMap: {users: [{start: 0, target: 1000, count: 1}, {start: 1, target: 100000, count: 10}],"
        " groups: [{start: 0, target: 1000, count: 10}]}"
    ),
    "may-mknod": "capabilities: {policy: default, allow: [mknod]}",
    "may-nothing-but": "capabilities: {policy: deny, allow: [chown, setuid, setgid]}",
    "may-all-but": "capabilities: {policy: allow, deny: [sys_module, net_raw]}",
    "policy-alone": "capabilities: {policy: allow}",
    "shares": "shares: 512",
    "cpu-limit": "cpuLimit: {period: 100000, quota: 50000}",
    "memory-hard": "memoryLimits: {hard: 128MiB}",
    "memory-all": "memoryLimits: {hard: 128MiB, soft: 96MiB, swap: 256MiB}",
    "io-weight": "ioWeight: 500",
    "cpus": "vcpus: {count: 1, cpus: 0-1}",
    "more-cpus": "vcpus: 4",
    "two-folders": f"filesystems: [{ROOT}, {{source: /srv, target: /srv}}]",
    "readonly": f"filesystems: [{ROOT}, {{source: /srv, target: /srv, readonly: true}}]",
    "ram": RUN,
    "two-ram": "ramFilesystems: [{target: /run, size: 16MiB}, {target: /tmp, size: 1536KiB}]",
    "nic": f"interfaces: [{NIC}}}]",
    "nic-named": f"interfaces: [{NIC}, name: lan0}}]",
    "nic-down": f"interfaces: [{NIC}, link: down}}]",
    "nic-network": "interfaces: [{network: contract}]",
    "nic-direct": "interfaces: [{direct: {dev: eth0, mode: bridge}}]",
    "nic-limited": f"interfaces: [{NIC}, bandwidth: {{inbound: {{average: 1000}}}}}}]",
    "two-nics": f"interfaces: [{NIC}}}, {{network: contract, name: eth7}}]",
    "shared-network": "namespaces: {network: {type: netns, value: red}}",
    "shared-all": (
        "namespaces: {network: {type: name, value: other}, ipc: {type: pid, value: '1'},"
        " uts: {type: name, value: other}}"
    ),
    "two-consoles": "console: [pty, pty]",
    "on-crash": "onCrash: restart, onReboot: destroy",
    "clock": "clock: localtime",
    "labels": "userMetadata: [\"<app:owner xmlns:app='urn:example:app' team='web'>me</app:owner>\"]",
    "nodes": "numa: {nodes: 0, mode: strict}",
    "private-network": "xml: <domain><features><privnet/></features></domain>",
    "addresses": (
        "interfaces: [{bridge: br0}], xml: \"<domain><devices><interface type='bridge'>"
        "<ip address='192.0.2.9' family='ipv4' prefix='24'/></interface></devices></domain>\""
    ),
}
"""Beside the least that a container needs."""


def _whole(fields: str) -> str:
    """The least that a container needs, but for what it says itself."""
    least = {
        "type": "lxc",
        "memory": "64MiB",
        "vcpus": "1",
        "init": "/init",
        "filesystems": f"[{ROOT}]",
    }
    missing = (f"{name}: {value}" for name, value in least.items() if not fields.startswith(f"{name}:"))
    return ", ".join((*missing, fields))


EDITS = {
    f"e-{name}": (_whole(before), _whole(after))
    for name, before, after in (
        ("memory", "memoryLimits: {hard: 64MiB}", "memoryLimits: {hard: 96MiB}"),
        ("title", "title: One", "title: Two"),
        ("init", "init: {path: /init, args: [a]}", "init: {path: /init, args: [a, b]}"),
        ("environment", "init: {path: /init, env: {A: b}}", "init: {path: /init, env: {A: c}}"),
        ("user", "init: {path: /init, user: root}", "init: {path: /init, user: nobody}"),
        ("id-map", f"idMap: {MAPPED}", f"idMap: {MAPPED.replace('65536', '1000')}"),
        ("id-map-gone", f"idMap: {MAPPED}", "title: None"),
        ("may", "capabilities: {allow: [mknod]}", "capabilities: {deny: [mknod]}"),
        ("policy", "capabilities: {policy: allow}", "capabilities: {policy: deny}"),
        ("may-gone", "capabilities: {allow: [mknod]}", "title: None"),
        ("shares", "shares: 512", "shares: 256"),
        ("quota", "cpuLimit: {period: 100000, quota: 50000}", "cpuLimit: {period: 100000, quota: 20000}"),
        ("io", "ioWeight: 500", "ioWeight: 200"),
        (
            "ram",
            RUN,
            RUN.replace("16", "8"),
        ),
        ("ram-gone", RUN, "title: None"),
        ("nic", f"interfaces: [{NIC}}}]", f"interfaces: [{NIC.replace('br0', 'br1')}}}]"),
        ("nic-name", f"interfaces: [{NIC}, name: a}}]", f"interfaces: [{NIC}, name: b}}]"),
        ("shared", "namespaces: {uts: {type: name, value: a}}", "namespaces: {uts: {type: name, value: b}}"),
        ("shared-gone", "namespaces: {uts: {type: name, value: a}}", "title: None"),
        (
            "readonly",
            f"filesystems: [{ROOT}, {{source: /srv, target: /srv}}]",
            f"filesystems: [{ROOT}, {{source: /srv, target: /srv, readonly: true}}]",
        ),
    )
}

LIVE = {
    f"l-{name}": (_whole(before), _whole(after))
    for name, before, after in (
        ("title", "title: One", "title: Two"),
        ("description", "description: One", "description: Two"),
        ("hard", "memoryLimits: {hard: 96MiB}", "memoryLimits: {hard: 128MiB}"),
        ("shares", "shares: 512", "shares: 256"),
        ("quota", "cpuLimit: {period: 100000, quota: 50000}", "cpuLimit: {period: 100000, quota: 20000}"),
    )
}

LXC_SPECIMENS = Specimens(
    ground="""
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: contract}
spec: {host: contract, state: inactive, ips: [{address: 192.168.213.1/24}]}
""",
    documents={
        f"d-{name}": lxc_domain(f"d-{name}", Path("{folder}/root")).replace("</devices>", f"{more}</devices>")
        for name, more in {
            "least": "",
            "bind": "<filesystem type='bind'><source dir='/srv'/><target dir='/srv'/></filesystem>",
            "ram": "<filesystem type='ram'><source usage='1024' units='KiB'/><target dir='/r'/></filesystem>",
            "block": "<filesystem type='block'><source dev='/dev/loop7'/><target dir='/b'/></filesystem>",
            "file": "<filesystem type='file'><driver type='loop' format='raw'/><source file='/x.img'/>"
            "<target dir='/f'/></filesystem>",
            "hostdev": "<hostdev mode='capabilities' type='misc'>"
            "<source><char>/dev/null</char></source></hostdev>",
        }.items()
    },
    specs={f"s-{name}": _whole(fields) for name, fields in FIELDS.items()},
    edits=EDITS,
    live=LIVE,
)
