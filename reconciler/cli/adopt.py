"""adopt: files for what runs on a host; planning them changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import click

from drivers.base import Capabilities, Inventory, Observation
from drivers.base.errors import DriverError
from drivers.base.registry import open_host
from drivers.base.sound import sound
from reconciler.cli.common import Common, takes
from reconciler.cli.init import fleet_name
from reconciler.cli.options import PATH, SHOWING
from reconciler.faults import Fault
from reconciler.mishaps import told
from reconciler.plan.ownership import belongs, own_mark
from reconciler.plan.readable import why_unreadable
from reconciler.report import json
from reconciler.report.words import counted
from specs.compiling.kept import load_cached
from specs.desired import FleetPolicy
from specs.documents.marks import Mark
from specs.identity import Kind
from specs.names import spelt


@click.command()
@takes(*SHOWING)
@click.option("--host", required=True, metavar="[NAME=]URI", help="The host to adopt.")
@click.option("--to", type=PATH, default=Path(), show_default=True, help="Where the files are written.")
def command(common: Common, host: str, to: Path) -> None:
    """Writes files for all that is on a host; planning them is empty. Nothing is changed there."""
    ((name, uri),) = replace(common, hosts=(host,)).host_uris().items()
    name = name or _name_of(uri)
    inventory, known_host = _look(name, uri)
    unread = {o: why for o in inventory.objects.values() if (why := why_unreadable(o))}
    marks = {o: mark for o in inventory.objects.values() if o not in unread and (mark := _mark(o))}
    known = _fleet_of(to)
    ours = known or _fleet_in(marks.values()) or FleetPolicy(fleet_name(to))
    from drivers.dialects import dialect_of
    from reconciler.report.adopted import AdoptedFleet, adoptable, cannot_be_declared, tree_files

    left_out = {f"{kind}/{what}": message for (kind, what), message in inventory.failures.items()}
    wanted = []
    for observation in inventory.objects.values():
        if observation in unread:
            left_out[f"{observation.kind}/{observation.name}"] = f"unreadable: {unread[observation]}"
        elif not observation.persistent:
            left_out[f"{observation.kind}/{observation.name}"] = "it is transient: it ends when it stops"
        elif (mark := marks.get(observation)) and not belongs(mark, ours):
            left_out[f"{observation.kind}/{observation.name}"] = f"it belongs to {_called(mark)}"
        elif why := cannot_be_declared(observation):
            left_out[f"{observation.kind}/{spelt(observation.name)}"] = f"no file can say its name: {why}"
        else:
            wanted.append(observation)
    from specs.documents.sensitive import without

    kept = {f"{o.kind}/{o.name}": held for o in wanted if (held := without(o.document)[1])}
    dialect = dialect_of(known_host)
    fleet = None if known else AdoptedFleet(ours.name, ours.uuid or str(uuid4()))
    wanted = adoptable(wanted)
    files = tree_files(name, uri, fleet, wanted, dialect)
    _write(to, files)
    _read_back(to, wanted)
    if common.json:
        common.say_json(
            json.document(kind="adopted", host=name, files=sorted(files), left_out=left_out, secrets=kept)
        )
        return
    for what, places in kept.items():
        common.tell(
            f"warning: {what}: secrets stay on the host, and are in no file: {', '.join(places)};"
            " to declare them, write ${secret:NAME} and a Secret"
        )
    for what, why in left_out.items():
        common.tell(f"left out: {what}: {why}")
    common.say(f"wrote {counted(len(files), 'file')} to {to}")
    common.say()
    common.say(f"Now: virt-reconcile plan {to}")


def _look(name: str, uri: str) -> tuple[Inventory, Capabilities]:
    """What is on the host, and what it can do. Raises DriverError, or Fault for what nobody foresaw."""
    driver = open_host(uri, host=name, readonly=True)
    try:
        return sound(driver.observe.inventory()), driver.capabilities()
    except DriverError:
        raise
    except Exception as error:
        raise Fault(f"{name} cannot be looked at: {told(error)}") from error
    finally:
        driver.close()


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes all files or, when one is there already, none."""
    existing = [path for path in files if (folder / path).exists()]
    if existing:
        raise Fault(f"{folder / existing[0]} exists already; nothing was written")
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")


def _read_back(folder: Path, wanted: Iterable[Observation]) -> None:
    """What was written has to be read again: what is skipped would look as if it were to be removed.
    Raises InvalidTree or Fault."""
    declared = load_cached(folder, {}, None).resources.values()
    read = {(resource.address.kind, resource.native) for resource in declared}
    missed = [o for o in wanted if (o.kind, o.name) not in read]
    if missed:
        shown = ", ".join(f"{o.kind}/{spelt(o.name)}" for o in missed)
        raise Fault(f"the files for {shown} are not read as they were meant: do not apply them")


def _mark(observation: Observation) -> Mark | None:
    return own_mark(observation) if observation.kind is Kind.DOMAIN else None


def _fleet_of(folder: Path) -> FleetPolicy | None:
    """The fleet of the tree that the files join; None where there is none yet. Raises InvalidTree."""
    files = (f for suffix in ("yaml", "yml", "xml") for f in folder.rglob(f"*.{suffix}"))
    return load_cached(folder, {}, None).fleet if next(files, None) else None


def _fleet_in(marks: Iterable[Mark]) -> FleetPolicy | None:
    """The one fleet that all marks are of, as when its files were lost."""
    found = {(mark.fleet, mark.fleet_uuid) for mark in marks}
    return FleetPolicy(*found.pop()) if len(found) == 1 else None


def _called(mark: Mark) -> str:
    return f"the fleet '{mark.fleet}'" + (f" ({mark.fleet_uuid})" if mark.fleet_uuid else "")


def _name_of(uri: str) -> str:
    """A host's name from its URI: the machine's, else the hypervisor's."""
    machine = uri.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
    return re.sub(r"[^A-Za-z0-9-]", "-", machine) or uri.partition(":")[0].partition("+")[0]
