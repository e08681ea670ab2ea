"""Volumes that name no host: they are where the domain is that uses them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from lxml import etree

from specs.compiling.hosting import host_of
from specs.compiling.standing import Ground, Site
from specs.compiling.work import Load
from specs.desired import DeclaredHost
from specs.diagnostics import Problem
from specs.documents.references import references
from specs.entries import Entry
from specs.identity import Address, Kind
from specs.models.domain import Domain
from specs.models.storage import Volume
from specs.paths import resolve
from specs.reading.documents import read_xml
from specs.xml import NotXml, parse


def add_followers(
    entries: Iterable[Entry], ground: Ground, hosts: Mapping[str, DeclaredHost], work: Load
) -> None:
    """Puts volumes beside the one domain that uses them, itself or through another of them; that there
    is none, or several that need not be together, is a problem."""
    waiting = {(cast(Volume, entry.model).spec.pool, entry.name): entry for entry in entries}
    if not waiting:
        return
    users = _users(waiting, ground, work)
    for (pool, name), entry in waiting.items():
        found = users[pool, name]
        places = {(site.host, site.candidates) for site in found.values()}
        moving = any(site.candidates for site in found.values())
        if not found:
            if not _is_broken(work):
                host_of(entry, hosts, work)
        elif len(found) > 1 and (moving or len(places) > 1):
            listed = ", ".join(sorted(address.name for address in found))
            message = (
                f"'host' is missing: it is used by several domains ({listed}), so that it cannot follow one;"
                " say host, or hosts to have one on each"
            )
            work.problems.append(Problem(entry.at("spec"), message))
        else:
            address, site = next(iter(found.items()))
            ground.add(
                Address(Kind.VOLUME, name, site.host, pool),
                Site(entry, site.host, site.candidates, follows=address if len(found) == 1 else None),
                work,
            )
            continue
        work.broken.add((Kind.VOLUME, name))


def _is_broken(work: Load) -> bool:
    """Whether a domain is missing that may have been the one."""
    return any(kind == Kind.DOMAIN for kind, _ in work.broken)


def _users(
    waiting: Mapping[tuple[str, str], Entry], ground: Ground, work: Load
) -> Mapping[tuple[str, str], dict[Address, Site]]:
    """The domains that use each of the volumes."""
    users: defaultdict[tuple[str, str], dict[Address, Site]] = defaultdict(dict)
    for address, site in ground.sites.items():
        if address.kind is Kind.DOMAIN:
            for volume in _with_bases(_volumes_of(site.entry, work), waiting):
                users[volume][address] = site
    return users


def _with_bases(
    volumes: Iterable[tuple[str, str]], waiting: Mapping[tuple[str, str], Entry]
) -> set[tuple[str, str]]:
    """Those of the volumes that wait, and those that they are laid upon or copied of."""
    found: set[tuple[str, str]] = set()
    ahead = list(volumes)
    while ahead:
        volume = ahead.pop()
        if volume not in waiting or volume in found:
            continue
        found.add(volume)
        pool, spec = volume[0], cast(Volume, waiting[volume].model).spec
        if spec.backing and spec.backing.volume:
            ahead.append((pool, spec.backing.volume))
        if spec.source and spec.source.volume:
            named = spec.source.volume.partition("/")
            ahead.append((named[0], named[2]) if named[1] else (pool, named[0]))
    return found


def _volumes_of(entry: Entry, work: Load) -> Iterator[tuple[str, str]]:
    """The volumes that a domain says, wherever it does."""
    if isinstance(entry.model, Domain):
        spec = entry.model.spec
        for disk in spec.disks:
            if disk.volume:
                yield disk.volume.pool, disk.volume.name
        if spec.xml_file and (path := resolve(entry.origin.file, spec.xml_file)) in work.files:
            found = read_xml(path, work.files[path].data)
            if not isinstance(found, Problem):
                yield from _in_xml(found[1])
        if spec.xml and "<source" in spec.xml:
            try:
                yield from _in_xml(parse(spec.xml))
            except NotXml:
                return
    elif entry.xml is not None:
        yield from _in_xml(entry.xml)


def _in_xml(document: etree._Element) -> Iterator[tuple[str, str]]:
    for reference in references(document):
        if reference.kind is Kind.VOLUME and reference.pool:
            yield reference.pool, reference.name
