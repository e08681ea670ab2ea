"""The fleet, its hosts, and on which of them each document belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from specs.checks.transport import unprotected
from specs.compiling.work import Load
from specs.desired import (
    DeclaredHost,
)
from specs.diagnostics import Origin, Problem, did_you_mean
from specs.entries import Entry
from specs.guests import HostSelector
from specs.identity import Kind
from specs.listing import listed
from specs.models.base import API_VERSION
from specs.models.fleet import HOW_TO_LOG_IN, Fleet, FleetSpec, Host, holds_password
from specs.models.policy import windows_of
from specs.modes import Mode
from specs.selection import chosen
from specs.uris import in_the_tree

ONLY_HOST = "default"
"""More hosts or labels than a person would read are not listed."""


def fleet_of(entries: Iterable[Entry], work: Load) -> Fleet:
    """The tree's Fleet, or one by default."""
    found = [entry for entry in entries if entry.kind is Kind.FLEET]
    for other in found[1:]:
        work.problems.append(
            Problem(other.origin, f"a tree has one Fleet; the first is at {found[0].origin}")
        )
    if found:
        return cast(Fleet, found[0].model)
    return Fleet.model_validate(
        {"apiVersion": API_VERSION, "kind": "Fleet", "metadata": {"name": "default"}, "spec": FleetSpec()}
    )


def hosts_of(entries: Iterable[Entry], work: Load) -> dict[str, DeclaredHost]:
    """The hosts that the files and the command line declare."""
    hosts: dict[str, DeclaredHost] = {}
    for entry in entries:
        if entry.kind is not Kind.HOST:
            continue
        host = cast(Host, entry.model)
        if entry.name in hosts:
            work.problems.append(
                Problem(
                    entry.origin, f"the Host '{entry.name}' is declared at {hosts[entry.name].origin} already"
                )
            )
            continue
        hosts[entry.name] = _declared(host, entry.origin, work.root)
    for given, uri in work.hosts.items():
        if holds_password(uri):
            work.problems.append(Problem(Origin("--host"), HOW_TO_LOG_IN))
            continue
        name = given
        if not name:
            if len(hosts) > 1:
                work.problems.append(
                    Problem(
                        Origin("--host"), f"names no host; write NAME={uri} with one of {', '.join(hosts)}"
                    )
                )
                continue
            name = next(iter(hosts), ONLY_HOST)
        known = hosts.get(name)
        known = known or DeclaredHost(name, uri, Origin("--host"))
        hosts[name] = replace(known, uri=uri, given=True)
    for declared in hosts.values():
        for told in unprotected(declared.uri):
            work.warnings.append(Problem(declared.origin, f"Host/{declared.name}: {told}"))
    return hosts


def _declared(host: Host, origin: Origin, root: Path) -> DeclaredHost:
    spec = host.spec
    return DeclaredHost(
        name=host.metadata.name,
        uri=in_the_tree(spec.uri, root),
        origin=origin,
        labels=tuple(sorted(host.metadata.labels.items())),
        maintenance=spec.maintenance,
        schedulable=spec.schedulable,
        fenced=spec.fenced,
        storage_lost=spec.storage_lost,
        capacity=spec.capacity.capacity(),
        migration=spec.migration.migration(),
        credentials=spec.credentials.sources() if spec.credentials else (),
        mode=Mode(spec.mode),
        windows=windows_of(spec.windows),
    )


def scheme_of(host: DeclaredHost) -> str:
    """The hypervisor of a host, by its URI."""
    return host.uri.partition(":")[0].partition("+")[0]


def chosen_by(
    selector: HostSelector, entry: Entry, path: tuple[str, ...], hosts: Mapping[str, DeclaredHost], work: Load
) -> tuple[str, ...]:
    """The hosts that a document chooses; a name without a host, or a choice of none, is a problem."""
    broken = any(kind == Kind.HOST for kind, _ in work.broken)
    unknown = [name for name in selector.names if not _has_pattern(name) and name not in hosts]
    for name in unknown:
        if not broken:
            message = f"there is no Host '{name}'{did_you_mean(name, hosts)}"
            work.problems.append(Problem(entry.mention(name), message))
    found = work.chosen.get(selector)
    if found is None:
        by_labels = bool(selector.labels) and not selector.names
        found = _labelled(selector, hosts, work) if by_labels else chosen(selector, hosts)
        work.chosen[selector] = found
    if not hosts:
        work.homeless.append(entry.at(*path))
    elif not found and not unknown and not broken:
        work.problems.append(Problem(entry.at(*path), _chooses_none(selector, hosts)))
    return found


def _labelled(selector: HostSelector, hosts: Mapping[str, DeclaredHost], work: Load) -> tuple[str, ...]:
    """As `chosen`, without looking through all hosts for each of many selectors."""
    if not work.labelled:
        for name, host in hosts.items():
            for label in host.labels:
                work.labelled.setdefault(label, set()).add(name)
    return tuple(sorted(set.intersection(*(work.labelled.get(label, set()) for label in selector.labels))))


def _has_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def _chooses_none(selector: HostSelector, hosts: Mapping[str, DeclaredHost]) -> str:
    if selector.labels:
        wanted = ", ".join(f"{label}: {value}" for label, value in selector.labels)
        there = sorted({f"{label}: {value}" for host in hosts.values() for label, value in host.labels})
        return f"no Host has the labels {{{wanted}}}; hosts have {listed(there) or 'no labels'}"
    return f"no Host is called {' or '.join(selector.names)}; there are {listed(sorted(hosts))}"


def host_of(entry: Entry, hosts: Mapping[str, DeclaredHost], work: Load) -> str | None:
    """The host that a document names, that its folder is named after, or the only one there is."""
    named = getattr(entry.model.spec, "host", None) if entry.model else None  # type: ignore[attr-defined]
    if named:
        if named in hosts:
            return str(named)
        if (Kind.HOST, named) not in work.broken:
            work.problems.append(
                Problem(entry.at("spec", "host"), f"there is no Host '{named}'{did_you_mean(named, hosts)}")
            )
        return None
    if entry.xml is not None:
        for folder in reversed(Path(entry.origin.file).parts[:-1]):
            if folder in hosts:
                return folder
    if len(hosts) == 1:
        return next(iter(hosts))
    if any(kind == Kind.HOST for kind, _ in work.broken):
        return None
    if not hosts:
        work.homeless.append(entry.at("spec"))
        return None
    if entry.xml is not None:
        message = f"which host? put the file into a folder named after one of: {', '.join(sorted(hosts))}"
    else:
        message = f"'host' is missing; with several hosts it must be one of: {', '.join(sorted(hosts))}"
    work.problems.append(Problem(entry.at("spec"), message))
    return None
