"""Documents that several attacks begin with."""

from __future__ import annotations

from drivers.contract.complete import CompleteHost
from tests.reconciler.cli.lab import Lab

NETWORK_AND_POOL = """
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
spec: {bridge: virbr77}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: data}
spec: {target: /data}
"""
VOLUME = """---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: shop.img}
spec: {pool: data, capacity: 1MiB, onDelete: delete}
"""


def replace_the_volume(lab: Lab) -> None:
    """A volume that was filled from one image, and is declared to be replaced by another."""
    for name, content in (("one.img", "1"), ("two.img", "2")):
        lab.write(name, content * 512)
    tree = f"""{NETWORK_AND_POOL}---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: shop.img}}
spec: {{pool: data, source: SOURCE, format: raw, onSourceChange: replace}}
"""
    lab.write("volumes.yaml", tree.replace("SOURCE", "one.img"))
    lab.applied()
    lab.write("volumes.yaml", tree.replace("SOURCE", "two.img"))


def content_of(driver: CompleteHost, name: str) -> bytes:
    """What a volume holds, without its holes."""
    return b"".join(piece for piece in driver.storage.download(name) if isinstance(piece, bytes))
