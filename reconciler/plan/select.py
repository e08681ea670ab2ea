"""Whether a resource is among those that a person chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from specs.diagnostics import did_you_mean
from specs.identity import Address
from specs.selectors import Selector

__all__ = ["Selector", "missed", "selected"]

Labels = Iterable[tuple[str, str]]


def selected(selectors: tuple[Selector, ...], address: Address, labels: Labels = ()) -> bool:
    """Whether any selector chooses the resource; without selectors everything is chosen."""
    return not selectors or any(selector.matches(address, labels) for selector in selectors)


def missed(selectors: Iterable[Selector], known: Mapping[Address, Labels]) -> str:
    """What is to be said of a selector that means nothing of what is known: the nearest that does; '' when
    all are well. A pattern may mean nothing, for what it is to mean may come."""
    for selector in selectors:
        if "*" in selector.name or any(selector.matches(*each) for each in known.items()):
            continue
        if selector.label:
            there = {f"{name}={value}" for labels in known.values() for name, value in labels}
            return f"no resource has the label {selector}{did_you_mean(str(selector), there)}"
        alike = [str(address) for address in known if address.kind == selector.kind]
        return f"there is no {selector}{did_you_mean(str(selector), alike or map(str, known))}"
    return ""
