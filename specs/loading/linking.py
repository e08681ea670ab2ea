"""What each resource requires, and what it names in vain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from specs import checks
from specs.desired import (
    Declared,
)
from specs.diagnostics import Problem
from specs.fleet import External
from specs.identity import Address, Kind
from specs.loading.work import Compiled, Load
from specs.references import Reference, is_shipped, missing, references


def linked(compiled: Mapping[Address, Compiled], external: External, work: Load) -> dict[Address, Compiled]:
    """Every resource with what it requires; what nothing declares is a problem, or in raw XML (which
    often stands beside what the host has) a warning."""
    by_secret = {
        key: address
        for address, item in compiled.items()
        if address.kind is Kind.SECRET
        for key in ((item.declared.host, item.declared.native), (item.declared.host, item.declared.uuid))
    }
    by_path = {
        (item.declared.host, path): address
        for address, item in compiled.items()
        if address.kind is Kind.VOLUME and (path := _path_of(item, compiled))
    }
    known = {
        Kind.NETWORK: set(external.networks),
        Kind.STORAGE_POOL: set(external.pools),
        Kind.NETWORK_FILTER: set(external.filters),
        Kind.SECRET: set(external.secrets),
    }
    result = {}
    for address, item in compiled.items():
        requires: dict[Address, None] = {}
        if address.kind is Kind.VOLUME:
            _require(Reference(Kind.STORAGE_POOL, address.pool), item, compiled, known, requires, work)
        for reference in references(item.xml):
            host = item.declared.host
            if reference.kind is Kind.SECRET:
                found = by_secret.get((host, reference.name))
                if found:
                    requires[found] = None
                else:
                    _require_secret(reference.name, item, known[Kind.SECRET], work)
            elif reference.path:
                found = by_path.get((host, reference.path))
                if found:
                    requires[found] = None
            else:
                _require(reference, item, compiled, known, requires, work)
        declared = _with_requirements(item.declared, requires)
        result[address] = Compiled(declared, item.xml, item.entry)
    work.problems.extend(checks.cycles({a: i.declared for a, i in result.items()}))
    return result


def _require(
    reference: Reference,
    item: Compiled,
    compiled: Mapping[Address, Compiled],
    known: Mapping[Kind, set[str]],
    requires: dict[Address, None],
    work: Load,
) -> None:
    wanted = Address(reference.kind, reference.name, item.declared.host, reference.pool)
    if wanted in compiled:
        requires[wanted] = None
        return
    pool_known = reference.kind is Kind.VOLUME and reference.pool in known[Kind.STORAGE_POOL]
    if reference.name in known.get(reference.kind, set()) or pool_known:
        return
    if reference.kind is Kind.NETWORK_FILTER and is_shipped(reference.name):
        return
    if (reference.kind, reference.name) in work.broken:
        return
    if (
        reference.kind is Kind.VOLUME
        and Address(Kind.STORAGE_POOL, reference.pool, wanted.host) not in compiled
    ):
        return  # the missing pool is said once
    names = [a.name for a in compiled if a.kind is reference.kind and a.host == wanted.host]
    _dangling(item, reference.name, missing(reference, wanted.host, names), work)


def _require_secret(wanted: str, item: Compiled, known: set[str], work: Load) -> None:
    usage, _, identifier = wanted.partition(":") if ":" in wanted else ("", "", wanted)
    if identifier in known or (Kind.SECRET, identifier) in work.broken:
        return
    if usage:
        message = f"no Secret on {item.declared.host} has the usage {{type: {usage}, id: {identifier}}}"
    else:
        message = f"no Secret on {item.declared.host} has the UUID {identifier}"
    _dangling(item, identifier, message, work)


def _dangling(item: Compiled, name: str, message: str, work: Load) -> None:
    raw = item.entry.xml is not None or getattr(item.entry.model.spec, "xml_file", None)  # type: ignore[union-attr]
    target = work.warnings if raw else work.problems
    target.append(Problem(item.entry.mention(name), message))


def _path_of(item: Compiled, compiled: Mapping[Address, Compiled]) -> str | None:
    """Where a volume of a directory pool lies on its host."""
    address = item.declared.address
    pool = compiled.get(Address(Kind.STORAGE_POOL, address.pool, address.host))
    folder = pool.xml.findtext("target/path") if pool else None
    return f"{folder.rstrip('/')}/{address.name}" if folder else None


def _with_requirements(declared: Declared, requires: Iterable[Address]) -> Declared:
    return replace(declared, requires=tuple(requires))
