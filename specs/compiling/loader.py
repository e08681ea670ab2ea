"""From files to what is desired: every problem at once."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from specs.checks import across as checks
from specs.compiling.compiler import Compiler
from specs.compiling.entries import read_entries
from specs.compiling.guarding import check_hosts, check_images, check_state, guarded
from specs.compiling.hosting import fleet_of, hosts_of
from specs.compiling.linking import linked
from specs.compiling.reserving import reserved
from specs.compiling.rolling import rollout_of
from specs.compiling.signing import signatures_of
from specs.compiling.sites import sites_of
from specs.compiling.whole import all_below, no_tree, part_of_another, without_host
from specs.compiling.work import ENOUGH, Load
from specs.desired import (
    HOW_TO_MAKE_ONE,
    DeclaredHost,
    Desired,
    FleetPolicy,
    SignaturePolicy,
)
from specs.diagnostics import InvalidTree, Origin, Problem
from specs.entries import Compiled, Entry
from specs.guard.guard import Guard
from specs.identity import FACTS, Address, Kind
from specs.models.fleet import Fleet
from specs.models.policy import windows_of
from specs.modes import Mode
from specs.reading.files import digest_of
from specs.reading.skipped import declared_in, skipped_files, warnings_of
from specs.rollouts import RolloutPolicy


def load(root: Path, hosts: Mapping[str, str] | None = None, guard: Guard = Guard()) -> Desired:
    """Loads a tree, which is a folder.

    `hosts` adds or overrides hosts by name → URI; the name '' stands for the tree's only host. `guard` is the
    controller's policy. Raises InvalidTree with everything that is wrong.
    """
    with _no_collecting():
        return _loaded(root, hosts or {}, guard)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """All that a load makes is kept to its end: looking for garbage in it takes as long as the load."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _loaded(root: Path, hosts: Mapping[str, str], guard: Guard) -> Desired:
    work = Load(root, hosts, guard)
    entries = read_entries(work)
    unread = bool(work.problems)  # one of these may be a Host
    if problem := no_tree(entries, work):
        raise InvalidTree([problem])
    fleet = fleet_of(entries, work)
    declared_hosts = hosts_of(entries, work)
    check_hosts(entries, declared_hosts, work)
    check_images(entries, work)
    check_state(entries, work)
    resources = _resources(entries, fleet, declared_hosts, work)
    for found in islice(checks.collisions(resources.values()), ENOUGH):
        (work.problems if found.fatal else work.warnings).append(found.problem)
    work.problems.extend(checks.former_names(entries))
    signatures = signatures_of(entries, work)
    rollout = _rollout(fleet, entries, resources.values(), work)
    if not unread and (homeless := without_host(work)):
        work.problems.append(homeless)
    skipped = skipped_files(root, work.rules())
    work.warnings.extend(
        (*warnings_of(skipped, work.rules()), *checks.look_alikes(entries), *_pruning_in_vain(entries))
    )
    part = None if any(problem.origin.line == 0 for problem in work.problems) else part_of_another(work)
    if work.problems:
        raise InvalidTree([part] if part else work.problems)
    work.warnings.extend(filter(None, (part, all_below(entries, work))))
    if not resources:
        work.warnings.append(Problem(Origin(str(root)), "the tree declares no resources"))
    return Desired(
        root=str(root),
        fleet=replace(fleet_policy(fleet, entries, signatures), rollout=rollout),
        hosts=declared_hosts,
        resources={address: compiled.declared for address, compiled in resources.items()},
        warnings=tuple(sorted(set(work.warnings))),
        inputs=tuple(sorted(work.inputs.items())),
        files=_digest(work),
        skipped=declared_in(skipped),
        empty=tuple(path for path, file in work.files.items() if path in work.vague or not file.data.strip()),
        foreign=tuple(sorted(work.foreign.items())),
        ignored=tuple(sorted(work.walk.ignored)) if work.walk else (),
        guard=guard,
    )


def fleet_policy(fleet: Fleet, entries: Iterable[Entry], signatures: SignaturePolicy | None) -> FleetPolicy:
    """What a Fleet says of the whole tree."""
    spec = fleet.spec
    return FleetPolicy(
        name=fleet.metadata.name,
        uuid=spec.uuid or "",
        declared=any(entry.kind is Kind.FLEET for entry in entries),
        origin=next((str(entry.origin) for entry in entries if entry.kind is Kind.FLEET), ""),
        external=tuple(
            (kind, name) for kind, facts in FACTS.items() for name in getattr(spec.external, facts.plural, ())
        ),
        prune=spec.prune,
        max_deletions=spec.max_deletions,
        max_shrink=spec.max_shrink,
        parallel=spec.parallel,
        migrations=spec.migrations,
        signatures=signatures,
        approval=spec.approval == "required",
        mode=Mode(spec.mode),
        windows=windows_of(spec.defaults.windows),
        fights=spec.fights.policy(),
        state=spec.state or "",
        receivers=tuple(receiver.receiver() for receiver in spec.notify),
    )


def _rollout(
    fleet: Fleet, entries: Iterable[Entry], resources: Iterable[Compiled], work: Load
) -> RolloutPolicy | None:
    at = next((e.at("spec", "rollout", "canary") for e in entries if e.kind is Kind.FLEET), Origin(""))
    return rollout_of(fleet.spec.rollout, (compiled.declared for compiled in resources), at, work)


def _digest(work: Load) -> str:
    """Of the very bytes that were loaded, not of what lies there a moment later."""
    total = digest_of(work.files[path] for path in sorted(work.files))
    total.update(json.dumps(sorted(work.inputs.items())).encode())
    return total.hexdigest()


def _pruning_in_vain(entries: Iterable[Entry]) -> Iterator[Problem]:
    """A Fleet that asks for pruning and does not say by which UUID its own is known."""
    for entry in entries:
        if isinstance(entry.model, Fleet) and entry.model.spec.prune and not entry.model.spec.uuid:
            message = f"prune: true has no effect without a uuid beside it: {HOW_TO_MAKE_ONE}"
            yield Problem(entry.at("spec", "prune"), message)


def _resources(
    entries: Iterable[Entry], fleet: Fleet, hosts: Mapping[str, DeclaredHost], work: Load
) -> dict[Address, Compiled]:
    ground = sites_of(entries, hosts, work)
    compiler = Compiler(fleet, hosts, ground, work)
    compiled = {}
    for address, site in tuple(ground.sites.items()):
        done = compiler.compile(address, site)
        if done:
            compiled[address] = done
        else:
            work.broken.add((address.kind, address.name))
    compiled |= compiler.seeds
    compiled = reserved(compiled, ground, fleet, hosts, work)
    found = linked(compiled, ground, fleet.spec, work)
    return guarded(found, fleet.metadata.name, hosts, ground, work)
