"""One spelling for each value, by libvirt's schema: what two documents mean can then be compared."""

from __future__ import annotations

from reconciler.compare.model import Dialect
from reconciler.compare.normalise.devices import normalise_devices
from reconciler.compare.normalise.domain import normalise_domain
from reconciler.compare.normalise.network import normalise_network
from reconciler.compare.normalise.storage import normalise_pool, normalise_volume
from reconciler.compare.normalise.values import normalise_values
from reconciler.compare.tree import Node
from specs.identity import Kind


def normalise(kind: Kind, root: Node, dialect: Dialect) -> Node:
    """Normalises the tree in place and returns it."""
    normalise_values(root)
    if kind is Kind.DOMAIN:
        normalise_domain(root, dialect)
        normalise_devices(root, dialect)
    elif kind is Kind.NETWORK:
        normalise_network(root)
    elif kind is Kind.STORAGE_POOL:
        normalise_pool(root)
    elif kind is Kind.VOLUME:
        normalise_volume(root)
    return root
