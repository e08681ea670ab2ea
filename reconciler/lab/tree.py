"""The tree that a lab begins with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from reconciler.lab.host import LabHost
from reconciler.lab.ticker import disk_image

_FLEET = """\
# A lab: several real hosts on this machine. Change these files and plan again.
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {{name: lab}}
spec: {{uuid: {uuid}, prune: true}}
"""
_HOST = """\
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: {name}, labels: {{rack: {rack}}}}}
spec:
  uri: "{uri}"
  migration: {{address: {address}}}   # where the other hosts reach it
"""
_INFRASTRUCTURE = """\
# The same on every host: a network, a folder that all hosts share, and one that each has for itself.
apiVersion: virt-reconcile/v1
kind: Network
metadata: {{name: lan}}
spec:
  hosts: all
  ips: [{{address: 192.168.150.1/24, dhcp: {{ranges: [{{start: 192.168.150.100, end: 192.168.150.199}}]}}}}]
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: shared}}
spec: {{hosts: all, shared: true, type: dir, target: {shared}}}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{hosts: all, type: dir, target: /var/lib/libvirt/images}}
"""
_GUEST = """\
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: {name}.img}}
spec: {{pool: {pool}, capacity: 1MiB, format: raw, source: ticker.img}}
---
# It counts, ten times a second, on its console and on its disk.
# See it: tail -f {console}
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}, labels: {{app: ticker}}}}
spec:
  host: {host}        # name another host, plan and apply: it moves while it runs
  type: qemu
  memory: 64MiB
  vcpus: 1
  disks: [{{target: vda, volume: {{pool: {pool}, name: {name}.img}}}}]
  interfaces: [{{network: lan}}]
  xml: |
    <domain><devices>
      <serial type='pty'><log file='{console}' append='on'/><target port='0'/></serial>
    </devices></domain>
"""


def tree_files(hosts: Sequence[LabHost], shared: Path, *, guests: bool) -> dict[str, bytes]:
    """The files, by name, of a tree that plans and applies as it is."""
    texts = {
        "fleet.yaml": _FLEET.format(uuid=uuid4()),
        "hosts.yaml": "---\n".join(
            _HOST.format(name=host.name, uri=host.qemu, address=host.address, rack="ab"[number % 2])
            for number, host in enumerate(hosts)
        ),
        "infrastructure.yaml": _INFRASTRUCTURE.format(shared=shared),
    }
    if guests:
        texts["guests.yaml"] = "---\n".join(
            _GUEST.format(name=name, host=hosts[0].name, pool=pool, console=shared / f"{name}.console")
            for name, pool in (("nomad", "shared"), ("settler", "images"))
        )
    disk = {"ticker.img": disk_image()} if guests else {}
    return {name: text.encode() for name, text in texts.items()} | disk


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Every file's digest."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def is_untouched(tree: Path, written: Mapping[str, str]) -> bool:
    """Whether a folder has nothing but files that were written so."""
    found = {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    return digests(found).items() <= written.items()
