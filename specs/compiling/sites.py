"""Where each document belongs: on one host, on many, or wherever a domain is placed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from specs.compiling.following import add_followers
from specs.compiling.hosting import chosen_by, host_of, scheme_of
from specs.compiling.standing import Ground, Site
from specs.compiling.work import Load
from specs.desired import DeclaredHost
from specs.diagnostics import Problem
from specs.entries import Entry
from specs.identity import Address, Kind
from specs.models.domain import DomainSpec
from specs.models.storage import Volume, VolumeSpec


def sites_of(entries: Iterable[Entry], hosts: Mapping[str, DeclaredHost], work: Load) -> Ground:
    """Every document at its place; what has none is a problem."""
    ground = Ground(hosts)
    entries = [e for e in entries if e.kind not in (Kind.FLEET, Kind.HOST, Kind.DOMAIN_TEMPLATE)]
    for entry in entries:
        if entry.kind is not Kind.VOLUME:
            placed = list(_placed(entry, hosts, work))
            for site in placed:
                host = "" if entry.kind is Kind.DOMAIN else site.host
                ground.add(Address(entry.kind, entry.name, host), site, work)
            if not placed:
                work.broken.add((entry.kind, entry.name))
    _check_shared(ground, work)
    _add_volumes([entry for entry in entries if entry.kind is Kind.VOLUME], ground, hosts, work)
    return ground


def _placed(entry: Entry, hosts: Mapping[str, DeclaredHost], work: Load) -> Iterator[Site]:
    """A document's places by what it says itself."""
    spec = entry.model.spec if entry.model else None  # type: ignore[attr-defined]
    if isinstance(spec, DomainSpec) and spec.placement:
        yield from _placement(entry, spec, hosts, work)
        return
    selector = getattr(spec, "hosts", None)
    if selector is not None:
        for name in chosen_by(selector, entry, ("spec", "hosts"), hosts, work):
            yield Site(entry, name, many=True)
        return
    host = host_of(entry, hosts, work)
    if host is not None:
        yield Site(entry, host)


def _placement(
    entry: Entry, spec: DomainSpec, hosts: Mapping[str, DeclaredHost], work: Load
) -> Iterator[Site]:
    assert spec.placement is not None
    found = chosen_by(spec.placement.hosts, entry, ("spec", "placement", "hosts"), hosts, work)
    host = host_of(entry, hosts, work) if spec.host else ""
    if not found or host is None:
        return
    candidates = found if not host or host in found else tuple(sorted((host, *found)))
    schemes = _schemes(candidates, hosts)
    if len(schemes) > 1:
        said = " and ".join(f"{name} ({scheme})" for scheme, name in schemes.items())
        message = f"hosts of different kinds cannot run the same domain: {said}; choose hosts of one kind"
        work.problems.append(Problem(entry.at("spec", "placement", "hosts"), message))
        return
    yield Site(entry, host, candidates)


def _schemes(names: Iterable[str], hosts: Mapping[str, DeclaredHost]) -> Mapping[str, str]:
    """The hypervisors of hosts, each with one of these."""
    return {scheme_of(hosts[name]): name for name in names}


def _check_shared(ground: Ground, work: Load) -> None:
    for pool, hosts in ground.shared.items():
        for host in sorted(hosts):
            site = ground.sites[Address(Kind.STORAGE_POOL, pool, host)]
            if len(hosts) == 1 and not site.many:
                message = f"only {host} has this pool; a shared one is on several hosts, as in hosts: all"
                work.problems.append(Problem(site.entry.at("spec", "shared"), message))


def _add_volumes(
    entries: Iterable[Entry], ground: Ground, hosts: Mapping[str, DeclaredHost], work: Load
) -> None:
    entries = list(entries)
    loose = []
    for entry in entries:
        spec = cast(Volume, entry.model).spec
        pools = ground.hosts.get((Kind.STORAGE_POOL, spec.pool, ""), set())
        shared = ground.shared.get(spec.pool, set())
        if shared and not (spec.host and spec.host not in shared):
            _add_shared(entry, spec, ground, work)
        elif spec.hosts is not None or spec.host or len(hosts) == 1:
            placed = list(_placed(entry, hosts, work))
            for site in placed:
                ground.add(Address(Kind.VOLUME, entry.name, site.host, spec.pool), site, work)
            if not placed:
                work.broken.add((Kind.VOLUME, entry.name))
        elif len(pools) == 1:
            (host,) = pools
            ground.add(Address(Kind.VOLUME, entry.name, host, spec.pool), Site(entry, host), work)
        else:
            loose.append(entry)
    add_followers(loose, ground, hosts, work)


def _add_shared(entry: Entry, spec: VolumeSpec, ground: Ground, work: Load) -> None:
    """One volume for all hosts of the pool."""
    if spec.hosts is not None:
        message = f"pool '{spec.pool}' is shared, so that the volume is there once; leave hosts out"
        work.problems.append(Problem(entry.at("spec", "hosts"), message))
        work.broken.add((Kind.VOLUME, entry.name))
        return
    host = spec.host or ground.asked(spec.pool)
    ground.add(Address(Kind.VOLUME, entry.name, "", spec.pool), Site(entry, host, shared=True), work)
