"""The fleet, its hosts, and on which of them each document belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from specs.desired import (
    DeclaredHost,
)
from specs.diagnostics import Origin, Problem, did_you_mean
from specs.fleet import Fleet, FleetSpec, Host
from specs.identity import Kind
from specs.loading.work import Entry, Load
from specs.model import API_VERSION

ONLY_HOST = "default"


def fleet_of(entries: Iterable[Entry], work: Load) -> Fleet:
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
        labels = tuple(sorted(host.metadata.labels.items()))
        hosts[entry.name] = DeclaredHost(entry.name, host.spec.uri, entry.origin, labels)
    for given, uri in work.hosts.items():
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
        hosts[name] = DeclaredHost(name, uri, known.origin if known else Origin("--host"))
    return hosts


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
        message = "no host: declare one (kind: Host), or give --host URI"
    elif entry.xml is not None:
        message = f"which host? put the file into a folder named after one of: {', '.join(sorted(hosts))}"
    else:
        message = f"'host' is missing; with several hosts it must be one of: {', '.join(sorted(hosts))}"
    work.problems.append(Problem(entry.at("spec"), message))
    return None
