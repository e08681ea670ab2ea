"""Hosts that a selector chooses, and a tree whose domains are given hosts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from specs.desired import Declared, DeclaredHost, Desired
from specs.guests import HostSelector
from specs.identity import Address, Kind


def chosen(selector: HostSelector, hosts: Mapping[str, DeclaredHost]) -> tuple[str, ...]:
    """The names of the hosts that a selector chooses, sorted."""
    wanted = set(selector.labels)
    return tuple(
        sorted(
            name
            for name, host in hosts.items()
            if wanted <= set(host.labels)
            and (not selector.names or any(fnmatchcase(name, pattern) for pattern in selector.names))
        )
    )


def rehome(desired: Desired, hosts: Mapping[Address, str]) -> Desired:
    """The same tree with domains (and shared volumes) on the hosts that are given by their addresses.

    What follows a domain goes with it, under its new address; what these require of their host is
    required of the new one instead. Everything else stays as it is, and so do UUIDs, digests and
    documents: where a domain runs is no edit of it. '' for a host takes it off its host.
    """
    moved = {
        address: host
        for address, host in hosts.items()
        if address in desired.resources and desired.resources[address].host != host
    }
    if not moved:
        return desired
    renamed = {
        address: replace(address, host=moved[declared.follows])
        for address, declared in desired.resources.items()
        if declared.follows in moved
    }
    resources = {}
    for address, declared in desired.resources.items():
        host = moved.get(declared.follows or address)
        if host is not None:
            declared = _on(declared, host, renamed.get(address, address), desired)
        elif not renamed.keys().isdisjoint(declared.requires):
            declared = replace(declared, requires=tuple(renamed.get(a, a) for a in declared.requires))
        resources[declared.address] = declared
    return replace(desired, resources=resources)


def _on(declared: Declared, host: str, address: Address, desired: Desired) -> Declared:
    requires = tuple(
        needed if _is_everywhere(needed, desired) else replace(needed, host=host)
        for needed in declared.requires
    )
    return replace(declared, host=host, address=address, requires=requires)


def _is_everywhere(address: Address, desired: Desired) -> bool:
    """Whether a resource's identity has no host: a domain, and a volume of shared storage."""
    if address.kind is Kind.DOMAIN:
        return True
    known = desired.resources.get(address)
    return known is not None and known.shared
