"""init: a small commented tree that plans and applies as it is."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import click

from reconciler.cli import out
from reconciler.cli.options import PATH
from reconciler.faults import Fault
from specs.editors import SCHEMA_FILE, schema_text, with_modelines
from specs.uris import refusal
from state.folder import make_folder

_FILES = {
    "fleet.yaml": """\
# The fleet: its name and its UUID mark what it owns, so that nothing else is ever touched.
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {name: "FLEET"}
spec:
  uuid: NEW_UUID      # what tells it from another of its name: keep it, and never copy it
  prune: false        # true: what is declared no more is removed
  maxDeletions: 10    # and never more than this at once
---
# Where it runs. sim: is a hypervisor in a file, to try things on; qemu:///system is this machine's libvirt.
apiVersion: virt-reconcile/v1
kind: Host
metadata: {name: hv1}
spec: {uri: URI}
""",
    "infrastructure.yaml": """\
# A network with DHCP, and a folder for disks.
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
spec:
  forward: nat
  ips:
    - address: 192.168.150.1/24
      dhcp: {ranges: [{start: 192.168.150.100, end: 192.168.150.199}]}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: guests}
spec: {type: dir, target: /var/lib/libvirt/guests}
""",
    "web.yaml": """\
# A virtual machine and its disk.
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: web.qcow2}
spec: {pool: guests, capacity: 10GiB}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web, labels: {app: web}}
spec:
  state: running      # or stopped, paused
  memory: 1GiB        # change it and plan again
  vcpus: 2
  disks:
    - volume: {pool: guests, name: web.qcow2}
  interfaces:
    - network: lan
  restart: never      # a change that needs a restart waits for one
""",
}


def fleet_name(directory: Path) -> str:
    """What the fleet of a new tree is called: as its folder."""
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in directory.resolve().name)
    return name[:200] or "default"


def _simulated(directory: Path) -> str:
    """A host in a file of the tree, wherever that is cloned to."""
    make_folder((directory / ".virt-reconcile").resolve())
    return "sim:.virt-reconcile/hv1.db"


@click.command()
@click.argument("directory", metavar="[DIR]", type=PATH, default=Path(), help="Where to.")
@click.option("--host", "uri", metavar="URI", default="", help="Its host: qemu:///system; sim: by default.")
def command(directory: Path, uri: str) -> None:
    """Writes a small commented tree that plans and applies as it is."""
    refused = refusal(uri) if uri else ""
    if refused:
        raise Fault(f"--host {uri}: {refused}; nothing was written")
    existing = [name for name in _FILES if (directory / name).exists()]
    if existing:
        raise Fault(f"{directory / existing[0]} exists already; nothing was written")
    directory.mkdir(parents=True, exist_ok=True)
    quoted = json.dumps(uri or _simulated(directory))
    given = {"FLEET": fleet_name(directory), "NEW_UUID": str(uuid4()), "URI": quoted}
    for name, content in _FILES.items():
        for word, value in given.items():
            content = content.replace(word, value)
        (directory / name).write_text(with_modelines(content, name), encoding="utf-8")
        out.say(f"wrote {directory / name}")
    (directory / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")
    out.say(f"wrote {directory / SCHEMA_FILE}, by which editors complete and check the others")
    out.say()
    out.say(f"Now: virt-reconcile plan {directory}")
