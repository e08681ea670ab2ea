"""What a host can do: the row of its family, as far as the host itself does not say less."""

from __future__ import annotations

from dataclasses import replace

from drivers.base import Capabilities, Host
from specs.matrix import by_family
from specs.matrix.model import Facet, Hypervisor


def row_of(host: Host, known: Capabilities) -> Hypervisor:
    """The row of a host that was asked."""
    row = by_family(known.family)
    lacking = {facet for facet in Facet if getattr(host, facet.value) is None}
    return replace(
        row,
        types=known.domain_types or row.types,
        kinds=known.kinds or row.kinds,
        can=frozenset(each for each in row.can if each.facet not in lacking),
    )
