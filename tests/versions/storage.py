"""Volumes in a pool that is up: a daemon that looks anew does not see all that they were made with."""

from __future__ import annotations

from pathlib import Path

_STORAGE = """\
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: store}}
spec: {{target: {folder}}}
---
apiVersion: virt-reconcile/v1
kind: Secret
metadata: {{name: passphrase}}
spec: {{usage: {{type: volume, id: store}}, value: {{file: {passphrase}}}}}
"""
_VOLUME = """\
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: {name}}}
spec: {{pool: store, {spec}}}
"""
_VOLUMES = {
    "plain.img": "capacity: 2MiB",
    "sparse.qcow2": "capacity: 8MiB",
    "over.qcow2": "capacity: 8MiB, backing: sparse.qcow2",
    "vault.img": "capacity: 2MiB, encryption: {secret: passphrase}",
    "vault.qcow2": "capacity: 2MiB, format: qcow2, encryption: {secret: passphrase}",
    "old.qcow2": "capacity: 2MiB, format: qcow2,"
    ' xml: "<volume><target><compat>0.10</compat></target></volume>"',
    "lazy.qcow2": "capacity: 2MiB, format: qcow2,"
    ' xml: "<volume><target><features><lazy_refcounts/></features></target></volume>"',
    "kept.img": "capacity: 2MiB,"
    ' xml: "<volume><target><permissions><mode>0640</mode></permissions></target></volume>"',
}


def storage(folder: Path, scratch: Path) -> str:
    """The declaration of a pool on a folder of the host, with volumes of all kinds in it."""
    passphrase = scratch / "passphrase"
    passphrase.write_text("correct horse battery staple")
    head = _STORAGE.format(folder=folder, passphrase=passphrase)
    return head + "".join(_VOLUME.format(name=name, spec=spec) for name, spec in _VOLUMES.items())
