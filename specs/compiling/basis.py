"""What of a tree can be known while its files are invalid: whose it is, and its hosts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from specs.compiling.entries import read_entries
from specs.compiling.guarding import check_hosts, check_state
from specs.compiling.hosting import fleet_of, hosts_of
from specs.compiling.loader import fleet_policy
from specs.compiling.work import Load
from specs.desired import Desired
from specs.diagnostics import InvalidTree
from specs.entries import Entry
from specs.guard.guard import Guard
from specs.identity import Kind


def load_basis(root: Path, hosts: Mapping[str, str], guard: Guard) -> Desired:
    """The Fleet and the Hosts of a tree, as far as they are sound, and no resources. Raises InvalidTree where
    nobody can say whose tree it is."""
    work = Load(root, hosts, guard)
    entries = read_entries(work)
    folder = [problem for problem in work.problems if problem.origin.line == 0]
    if folder or len(work.fleets) != sum(entry.kind is Kind.FLEET for entry in entries):
        raise InvalidTree(folder or work.problems)
    work.problems.clear()
    fleet = fleet_of(entries, work)
    check_state(entries, work)
    if work.problems:
        raise InvalidTree(work.problems)
    declared = hosts_of(entries, work)
    sound = {name: host for name, host in declared.items() if host.given}
    for entry in entries:
        if entry.kind is Kind.HOST and _is_sound(entry, work):
            sound[entry.name] = declared[entry.name]
    return Desired(str(root), fleet_policy(fleet, entries, None), sound, {}, guard=guard)


def _is_sound(entry: Entry, work: Load) -> bool:
    work.problems.clear()
    check_hosts([entry], hosts_of([entry], work), work)
    return not work.problems
