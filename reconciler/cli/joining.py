"""Files that are written into a tree, or into none: all of them or none, and read again afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from drivers.base import Observation
from reconciler.cli.init import fleet_name
from reconciler.faults import Fault
from reconciler.report.words import counted
from specs.compiling.kept import load_cached
from specs.desired import Desired, FleetPolicy
from specs.diagnostics import InvalidTree
from specs.editors import SCHEMA_FILE, schema_text
from specs.names import spelt
from specs.reading.walking import rules_of


def tree_at(folder: Path, name: str, uri: str) -> Desired | None:
    """The tree that the files join; None where there is none yet. One that is always given its host on the
    command line is given this one. Raises InvalidTree."""
    files = (f for suffix in ("yaml", "yml", "xml") for f in folder.rglob(f"*.{suffix}"))
    if next(files, None) is None:
        return None
    try:
        return _if_any(load_cached(folder, {}, None))
    except InvalidTree as error:
        try:
            return _if_any(load_cached(folder, {name: uri}, None))
        except InvalidTree:
            raise error from None


def _if_any(tree: Desired) -> Desired | None:
    """The tree, if the files declare anything; what other tools keep there is none."""
    declares = tree.fleet.declared or tree.resources or any(not host.given for host in tree.hosts.values())
    return tree if declares else None


def in_a_line(error: InvalidTree) -> str:
    """The first problem of a tree, and how many others there are."""
    first, *more = str(error).splitlines()
    return f"{first}, and {counted(len(more), 'other')}" if more else first


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes all files or, when one is there already, none; and the schema that they name, for editors."""
    existing = [path for path in files if (folder / path).exists()]
    if existing:
        raise Fault(f"{folder / existing[0]} exists already; nothing was written")
    rules = rules_of(folder)
    for path in files:
        if by := rules.leave_out(path):
            raise Fault(f"{folder / path} would be left out by {by}, and so not be read; nothing was written")
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    if not (folder / SCHEMA_FILE).exists():
        (folder / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")


def undo(folder: Path, files: Iterable[str]) -> None:
    """Takes back what was just written, with the folders that were made for it."""
    for path in files:
        (folder / path).unlink()
        for made in (folder / path).relative_to(folder).parents[:-1]:
            if not any((folder / made).iterdir()):
                (folder / made).rmdir()


def read_back(folder: Path, wanted: Iterable[Observation], hosts: Mapping[str, str]) -> Desired:
    """What was written has to be read again: what is skipped would look as if it were to be removed.
    Raises InvalidTree or Fault."""
    desired = load_cached(folder, hosts, None)
    read = {(resource.address.kind, resource.native) for resource in desired.resources.values()}
    missed = [o for o in wanted if (o.kind, o.name) not in read]
    if missed:
        shown = ", ".join(f"{o.kind}/{spelt(o.name)}" for o in missed)
        raise Fault(f"the files for {shown} are not read as they were meant: do not apply them")
    return desired


def new_fleet(folder: Path, known: FleetPolicy | None) -> FleetPolicy:
    """The fleet of a new tree: the one whose guests were found, or one of its own."""
    fleet = known or FleetPolicy(fleet_name(folder))
    return replace(fleet, uuid=fleet.uuid or str(uuid4()))
