"""One spelling for each value, by libvirt's schema: what two documents mean can then be compared.

`LIBVIRT` are the rules that all families share, `QEMU`, `XEN`, `XEND` and `LXC` have some more of their own.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.dialects.model import Platform, Rule
from drivers.dialects.normalise.clock import all_are_variable, reset_is_usual
from drivers.dialects.normalise.containers import normalise_container
from drivers.dialects.normalise.devices import normalise_devices
from drivers.dialects.normalise.domain import normalise_domain
from drivers.dialects.normalise.inert import mark_inert
from drivers.dialects.normalise.network import normalise_network
from drivers.dialects.normalise.numa import fill_first_cell
from drivers.dialects.normalise.nwfilter import normalise_filter
from drivers.dialects.normalise.own import know_own_iommu
from drivers.dialects.normalise.pools import normalise_pool
from drivers.dialects.normalise.storage import normalise_volume
from drivers.dialects.normalise.unknown import mark_unknown
from specs.documents.tree import Node
from specs.documents.values import normalise_values
from specs.identity import MANAGED_KINDS, Kind


def _values(root: Node, _: Platform) -> None:
    normalise_values(root)


_OWN: Mapping[Kind, tuple[Rule, ...]] = {
    Kind.DOMAIN: (normalise_domain, normalise_devices, mark_inert),
    Kind.NETWORK: (normalise_network,),
    Kind.STORAGE_POOL: (normalise_pool,),
    Kind.VOLUME: (normalise_volume,),
    Kind.NETWORK_FILTER: (normalise_filter,),
}
"""Kinds of which more is spelt in several ways than single values."""

LIBVIRT: Mapping[Kind, tuple[Rule, ...]] = {
    kind: (_values, mark_unknown, *_OWN.get(kind, ())) for kind in MANAGED_KINDS
}
"""Kind of document → what is done to its tree, in this order."""

QEMU: Mapping[Kind, tuple[Rule, ...]] = {
    **LIBVIRT,
    Kind.DOMAIN: (*LIBVIRT[Kind.DOMAIN], fill_first_cell, know_own_iommu),
}

XEN: Mapping[Kind, tuple[Rule, ...]] = {
    **LIBVIRT,
    Kind.DOMAIN: (*LIBVIRT[Kind.DOMAIN], reset_is_usual),
}

XEND: Mapping[Kind, tuple[Rule, ...]] = {
    **XEN,
    Kind.DOMAIN: (*XEN[Kind.DOMAIN], all_are_variable),
}

LXC: Mapping[Kind, tuple[Rule, ...]] = {
    **LIBVIRT,
    Kind.DOMAIN: (*LIBVIRT[Kind.DOMAIN], normalise_container),
}
