"""Whether a resource is among those that a person chose."""

from __future__ import annotations

from collections.abc import Iterable

from specs.identity import Address
from specs.selectors import Selector

__all__ = ["Selector", "selected"]


def selected(
    selectors: tuple[Selector, ...], address: Address, labels: Iterable[tuple[str, str]] = ()
) -> bool:
    """Whether any selector chooses the resource; without selectors everything is chosen."""
    return not selectors or any(selector.matches(address, labels) for selector in selectors)
