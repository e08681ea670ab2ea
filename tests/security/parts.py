"""Documents that several attacks begin with."""

from __future__ import annotations

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
THEIRS = "99999999-0000-4000-8000-000000000009"
"""The UUID of a stranger's object."""
