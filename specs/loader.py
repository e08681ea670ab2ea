"""From files to what is desired: every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from specs import checks
from specs.desired import (
    DeclaredHost,
    Desired,
    FleetPolicy,
)
from specs.diagnostics import InvalidTree, Origin, Problem
from specs.fleet import Fleet
from specs.identity import Address, Kind
from specs.loading.compiler import Compiler
from specs.loading.entries import read_entries
from specs.loading.linking import linked
from specs.loading.placing import fleet_of, host_of, hosts_of
from specs.loading.work import Compiled, Entry, Load
from specs.storage import Volume


def load(root: Path, hosts: Mapping[str, str] | None = None) -> Desired:
    """Loads a tree, which is a folder.

    `hosts` adds or overrides hosts by name → URI; the name '' stands for the tree's only host. Raises
    InvalidTree with everything that is wrong.
    """
    work = Load(root, hosts or {})
    entries = read_entries(work)
    fleet = fleet_of(entries, work)
    declared_hosts = hosts_of(entries, work)
    resources = _resources(entries, fleet, declared_hosts, work)
    work.problems.extend(checks.collisions(resources.values()))
    if work.problems:
        raise InvalidTree(work.problems)
    if not resources:
        work.warnings.append(Problem(Origin(str(root)), "the tree declares no resources"))
    spec = fleet.spec
    return Desired(
        root=str(root),
        fleet=FleetPolicy(fleet.metadata.name, spec.prune, spec.max_deletions, spec.parallel),
        hosts=declared_hosts,
        resources={address: compiled.declared for address, compiled in resources.items()},
        warnings=tuple(sorted(set(work.warnings))),
    )


def _resources(
    entries: Iterable[Entry], fleet: Fleet, hosts: Mapping[str, DeclaredHost], work: Load
) -> dict[Address, Compiled]:
    placed: dict[Address, tuple[Entry, str]] = {}
    for entry in entries:
        if entry.kind in (Kind.FLEET, Kind.HOST, Kind.DOMAIN_TEMPLATE):
            continue
        host = host_of(entry, hosts, work)
        if host is None:
            work.broken.add((entry.kind, entry.name))
            continue
        pool = cast(Volume, entry.model).spec.pool if entry.kind is Kind.VOLUME else ""
        address = Address(entry.kind, entry.name, "" if entry.kind is Kind.DOMAIN else host, pool)
        if address in placed:
            first, other = placed[address]
            message = f"{address} is declared at {first.origin} already"
            if host != other:
                message += (
                    f", on host '{other}' and here on '{host}'; a domain's name is its identity in the whole"
                    " fleet, so give one of them another name"
                )
            work.problems.append(Problem(entry.at("metadata", "name"), message))
            continue
        placed[address] = (entry, host)
    compiler = Compiler(fleet, hosts, placed, work)
    compiled = {}
    for address, (entry, host) in placed.items():
        done = compiler.compile(address, entry, host)
        if done:
            compiled[address] = done
        else:
            work.broken.add((address.kind, address.name))
    return linked(compiled, fleet.spec.external, work)
