"""What each resource requires, and what it names in vain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from specs.checks import across as checks
from specs.compiling.filling import format_in
from specs.compiling.seeding import seed_field
from specs.compiling.standing import Ground
from specs.compiling.work import Load
from specs.content import OnSeedChange, OnSourceChange
from specs.diagnostics import Origin, Problem, did_you_mean
from specs.documents.references import Reference, missing, references
from specs.documents.sensitive import may_hold, referenced
from specs.entries import Compiled
from specs.guests import MigrationPolicy
from specs.identity import FACTS, Address, Kind
from specs.listing import listed
from specs.models.domain import Domain
from specs.models.fleet import Defaults, FleetSpec
from specs.models.storage import StoragePool


@dataclass(frozen=True, slots=True)
class _Links:
    """What references are resolved by."""

    compiled: Mapping[Address, Compiled]
    ground: Ground
    known: Mapping[Kind, set[str]]
    """What the hosts have besides, by its names: what is external, and what hypervisors ship."""

    secrets: Mapping[str, Mapping[str, Address]]
    """By usage or UUID, then by host."""

    paths: Mapping[tuple[str, str], Address]
    """Volumes by host ('' on those of no single host) and path."""

    shared: tuple[str, ...]
    """The folders of shared pools."""

    work: Load


def linked(
    compiled: Mapping[Address, Compiled], ground: Ground, fleet: FleetSpec, work: Load
) -> dict[Address, Compiled]:
    """Every resource with what it requires; what nothing declares is a problem, or in raw XML (which
    often stands beside what the host has) a warning.

    What a domain requires of a host that it has yet to be placed on has '' for its host.
    """
    links = _Links(
        compiled,
        ground,
        {kind: {*getattr(fleet.external, facts.plural, ()), *facts.ships} for kind, facts in FACTS.items()},
        _secrets(compiled),
        {
            (address.host, path): address
            for address in compiled
            if address.kind is Kind.VOLUME and (path := _path_of(address, compiled, ground))
        },
        _shared_folders(ground),
        work,
    )
    result = {}
    for address, item in compiled.items():
        requires = dict(_required(item, links))
        _check_rebuild(item, compiled, requires.values(), work)
        declared = replace(item.declared, requires=tuple(requires))
        if address.kind is Kind.DOMAIN:
            declared = replace(declared, migration=_migration(item, fleet.defaults, links))
        result[address] = Compiled(declared, item.xml, item.entry)
        work.problems.extend(_unknown_forerunners(item, compiled, work))
    work.problems.extend(checks.cycles({a: i.declared for a, i in result.items()}))
    return result


def _secrets(compiled: Mapping[Address, Compiled]) -> Mapping[str, Mapping[str, Address]]:
    found: defaultdict[str, dict[str, Address]] = defaultdict(dict)
    for address, item in compiled.items():
        if address.kind is Kind.SECRET:
            for key in (item.declared.native, item.declared.uuid):
                found[key][address.host] = address
    return found


def _required(item: Compiled, links: _Links) -> Iterator[tuple[Address, Address]]:
    """What a resource requires: as it is said of its own host, and as it is found on one."""
    address, source = item.declared.address, item.declared.source
    if address.kind is Kind.VOLUME:
        yield from _require(Reference(Kind.STORAGE_POOL, address.pool), item, links)
    if source and source.volume:  # a document does not show what a volume is copied of
        pool, _, name = source.volume.partition("/")
        at = item.entry.at("spec", "source", "volume")
        yield from _require(Reference(Kind.STORAGE_POOL, pool), item, links, at)
        for said, found in _require(Reference(Kind.VOLUME, name, pool), item, links, at):
            _check_format(source.format, links.compiled[found], at, links.work)
            yield said, found
    for name in referenced(item.xml) if may_hold(item.declared.document) else ():
        yield from _require_value(name, item, links)
    for reference in references(item.xml):
        if reference.kind is Kind.SECRET:
            yield from _require_secret(reference.name, item, links)
        elif reference.path:
            by_path = _by_path(reference.path, item, links)
            if by_path:
                yield _said(by_path, item), by_path
        else:
            yield from _require(reference, item, links)


def _said(found: Address, item: Compiled) -> Address:
    """A resource as it is required: of whatever host a domain comes to be on, where it has none yet."""
    return replace(found, host=item.declared.host) if found.host else found


def _by_path(path: str, item: Compiled, links: _Links) -> Address | None:
    site = links.ground.sites[item.declared.address]
    for host in dict.fromkeys((site.host, site.seen_from)):
        if (host, path) in links.paths:
            return links.paths[host, path]
    found = links.paths.get(("", path))
    return found if found and site.seen_from in links.ground.shared.get(found.pool, ()) else None


def _migration(item: Compiled, defaults: Defaults, links: _Links) -> MigrationPolicy:
    """How a domain moves: its disks come along when one is on storage that only its host has."""
    spec = item.entry.model.spec if isinstance(item.entry.model, Domain) else None
    said = spec.migration.over(defaults.migration) if spec else defaults.migration
    if any(_own_disks(item, links)):
        return said.policy("copy")
    return said.policy("" if any(_plain_files(item, links)) else "shared")


def _own_disks(item: Compiled, links: _Links) -> Iterator[Address]:
    """The declared volumes that a domain writes to and that other hosts do not see."""
    site = links.ground.sites[item.declared.address]
    for disk in item.xml.iterfind("devices/disk"):
        source = disk.find("source")
        if source is None or checks.is_shareable(disk):
            continue
        pool, name = source.get("pool"), source.get("volume")
        path = source.get("file") or source.get("dev") or ""
        if pool and name:
            found = links.ground.reach(Kind.VOLUME, name, site, pool)
        else:
            found = _by_path(path, item, links)
        if found and not links.ground.sites[found].shared:
            yield found


def _plain_files(item: Compiled, links: _Links) -> Iterator[str]:
    """The files that a domain writes to and that lie in no declared volume, nor below a shared pool: whether
    other hosts see them nobody can tell."""
    for disk in item.xml.iterfind("devices/disk"):
        source = disk.find("source")
        if source is None or checks.is_shareable(disk):
            continue
        path = source.get("file") or source.get("dev") or ""
        if path and not _by_path(path, item, links) and not path.startswith(links.shared):
            yield path


def _shared_folders(ground: Ground) -> tuple[str, ...]:
    """The folders of shared pools, each with its slash."""
    models = (site.entry.model for site in ground.sites.values())
    targets = (m.spec.target for m in models if isinstance(m, StoragePool) and m.spec.shared)
    return tuple(dict.fromkeys(f"{target.path.rstrip('/')}/" for target in targets if target))


def _check_format(wanted: str, copied: Compiled, at: Origin, work: Load) -> None:
    found = format_in(copied.xml)
    if found != wanted:
        message = (
            f"the copied volume is {found} and this one {wanted}: content is not"
            f" converted, so say format: {found} in the volume's spec"
        )
        work.problems.append(Problem(at, message))


def _check_rebuild(
    item: Compiled, compiled: Mapping[Address, Compiled], requires: Iterable[Address], work: Load
) -> None:
    """A guest is rebuilt by making volumes anew: it needs one whose data may go."""
    seed = item.declared.seed
    if seed is None or seed.policy is not OnSeedChange.REBUILD:
        return
    policies = [compiled[address].declared.policy for address in requires]
    if not any(policy.on_source_change is OnSourceChange.REPLACE for policy in policies):
        field = seed_field(cast(Domain, item.entry.model).spec)
        message = (
            "rebuild makes the guest's volumes anew, and none of them may be: declare one with"
            " onSourceChange: replace, or say reseed"
        )
        work.problems.append(Problem(item.entry.at("spec", field, "onSeedChange"), message))


def _unknown_forerunners(
    item: Compiled, compiled: Mapping[Address, Compiled], work: Load
) -> Iterator[Problem]:
    for number, address in enumerate(item.declared.after):
        if address not in compiled and (Kind.DOMAIN, address.name) not in work.broken:
            near = did_you_mean(address.name, (a.name for a in compiled if a.kind is Kind.DOMAIN))
            yield Problem(
                item.entry.at("spec", "after", number), f"there is no Domain '{address.name}'{near}"
            )


def _require(
    reference: Reference, item: Compiled, links: _Links, at: Origin | None = None
) -> Iterator[tuple[Address, Address]]:
    kind, name, pool, work = reference.kind, reference.name, reference.pool, links.work
    if work.has_enough():
        return
    site = links.ground.sites[item.declared.address]
    found = links.ground.reach(kind, name, site, pool)
    if found and found in links.compiled:
        yield _said(found, item), found
    elif (kind, name) in work.broken:
        return
    if name in links.known[kind] or (kind is Kind.VOLUME and pool in links.known[Kind.STORAGE_POOL]):
        return
    if kind is Kind.VOLUME and links.ground.reach(Kind.STORAGE_POOL, pool, site) not in links.compiled:
        return  # the missing pool is said once
    lacking = links.ground.lacking(kind, name, site, pool)
    said_of_pool = kind is Kind.VOLUME and links.ground.lacking(Kind.STORAGE_POOL, pool, site)
    if found and (said_of_pool or not lacking):
        return
    message = _lacking(reference, lacking)
    if found is None:
        host = site.seen_from
        names = [a.name for a in links.compiled if a.kind is kind and a.host == host]
        message = missing(reference, host, names)
    _dangling(item, at or item.entry.mention(name), message, work)


def _lacking(reference: Reference, hosts: Sequence[str]) -> str:
    where = f" in pool '{reference.pool}'" if reference.pool else ""
    return (
        f"there is no {reference.kind} '{reference.name}'{where} on {listed(hosts)}, where the domain may"
        " be placed; declare it there too (hosts: …), or narrow placement.hosts"
    )


def _require_secret(wanted: str, item: Compiled, links: _Links) -> Iterator[tuple[Address, Address]]:
    usage, _, identifier = wanted.partition(":") if ":" in wanted else ("", "", wanted)
    if links.work.has_enough():
        return
    site = links.ground.sites[item.declared.address]
    there = links.secrets.get(wanted, {})
    found = there.get(site.seen_from)
    if found:
        yield _said(found, item), found
    if identifier in links.known[Kind.SECRET] or (Kind.SECRET, identifier) in links.work.broken:
        return
    lacking = [host for host in site.candidates or (site.host,) if host not in there]
    if lacking:
        kind = f"the usage {{type: {usage}, id: {identifier}}}" if usage else f"the UUID {identifier}"
        message = f"no Secret on {listed(lacking)} has {kind}"
        _dangling(item, item.entry.mention(identifier), message, links.work)


def _require_value(name: str, item: Compiled, links: _Links) -> Iterator[tuple[Address, Address]]:
    """The Secret whose value a document takes; it must be declared, with where that is read from."""
    site = links.ground.sites[item.declared.address]
    found = links.ground.reach(Kind.SECRET, name, site)
    if found and found in links.compiled:
        yield _said(found, item), found
    if (Kind.SECRET, name) in links.work.broken or links.work.has_enough():
        return
    lacking = links.ground.lacking(Kind.SECRET, name, site)
    if found is None or lacking:
        names = [a.name for a in links.compiled if a.kind is Kind.SECRET and a.host == site.seen_from]
        near = did_you_mean(name, names)
        message = f"there is no Secret '{name}' on {listed(lacking or (site.seen_from,))}{near}"
        links.work.problems.append(Problem(item.entry.at("spec"), f"{message}; declare it, with value:"))
    elif found in links.compiled and links.compiled[found].declared.secret is None:
        message = (
            f"Secret '{name}' has no value: that says where it is read from, and ${{secret:{name}}} needs it"
        )
        links.work.problems.append(Problem(item.entry.at("spec"), message))


def _dangling(item: Compiled, at: Origin, message: str, work: Load) -> None:
    raw = item.entry.xml is not None or getattr(item.entry.model.spec, "xml_file", None)  # type: ignore[union-attr]
    target = work.warnings if raw else work.problems
    target.append(Problem(at, message))


def _path_of(address: Address, compiled: Mapping[Address, Compiled], ground: Ground) -> str | None:
    """Where a volume of a directory pool lies on its host."""
    host = ground.sites[address].seen_from
    pool = compiled.get(Address(Kind.STORAGE_POOL, address.pool, host))
    folder = pool.xml.findtext("target/path") if pool else None
    return f"{folder.rstrip('/')}/{address.name}" if folder else None
