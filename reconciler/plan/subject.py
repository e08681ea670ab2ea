"""What a decision is about: the fleet, a host, one resource, or all that a selector chooses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from reconciler.plan.select import Selector
from specs.desired import Desired
from specs.diagnostics import did_you_mean
from specs.identity import Address

FLEET = "Fleet"
_HOST = "Host/"


def subject_of(text: str, desired: Desired, known: Iterable[Address]) -> str:
    """A subject as it is kept, from what a person writes; ValueError when it means nothing. `known` are the
    resources that have a record, for those that are declared no more count as well."""
    kind, _, name = text.partition("/")
    if kind.lower() == FLEET.lower():
        if name not in ("", desired.fleet.name):
            raise ValueError(f"the fleet is called '{desired.fleet.name}': write {FLEET}")
        return FLEET
    if kind.lower() == "host" and "=" not in kind:
        if name not in desired.hosts:
            raise ValueError(f"there is no Host '{name}'{did_you_mean(name, desired.hosts)}")
        return _HOST + name
    selector = Selector.parse(text)
    declared = {address: resource.labels for address, resource in desired.resources.items()}
    resources = dict.fromkeys(known, ()) | declared
    if not any(selector.matches(address, labels) for address, labels in resources.items()):
        near = did_you_mean(text, map(str, resources)) if selector.kind else ""
        raise ValueError(f"'{text}' selects no resource{near}")
    return str(selector)


def covers(subject: str, host: str) -> bool:
    """Whether a subject is all that is on a host."""
    return subject in (FLEET, _HOST + host)


def means(subject: str, address: Address, hosts: Iterable[str], labels: Iterable[tuple[str, str]]) -> bool:
    """Whether a subject is, or holds, a resource with these labels on these hosts."""
    if subject == FLEET or subject.startswith(_HOST):
        return any(covers(subject, host) for host in hosts)
    selector = _selector(subject)
    return subject == str(address) or (selector is not None and selector.matches(address, labels))


@lru_cache(maxsize=256)
def _selector(subject: str) -> Selector | None:
    """None for what selects nothing, whoever wrote it."""
    try:
        return Selector.parse(subject)
    except ValueError:
        return None
