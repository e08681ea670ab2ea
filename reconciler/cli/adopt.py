"""adopt: files for what runs on a host; planning them changes nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drivers.base import Capabilities, Inventory
from drivers.base.errors import DriverError
from drivers.base.registry import open_host
from drivers.base.sound import sound
from reconciler.cli import asking
from reconciler.cli.apply import YES
from reconciler.cli.common import Common, takes
from reconciler.cli.joining import in_a_line, new_fleet, read_back, tree_at, undo, write
from reconciler.cli.options import PATH, SHOWING
from reconciler.faults import Fault
from reconciler.mishaps import told
from reconciler.report import json
from reconciler.report.words import counted
from reconciler.underway import doing
from specs.desired import Desired, FleetPolicy
from specs.diagnostics import InvalidTree
from specs.identity import Kind
from specs.names import spelt

if TYPE_CHECKING:
    from reconciler.engine.adoption import Adoption
    from reconciler.report.adopted import Surroundings, Written


@click.command()
@takes("only", *SHOWING)
@click.argument("files", nargs=-1, type=PATH)
@click.option("--host", metavar="[NAME=]URI", help="The host to adopt; with FILES, the one they are for.")
@click.option("--to", type=PATH, help="Where the files are written: by default here, of FILES in ./adopted.")
@click.option("--take-over", is_flag=True, help="Takes guests from other fleets, each asked for by name.")
@YES
def command(
    common: Common, files: tuple[Path, ...], host: str | None, to: Path | None, take_over: bool, yes: bool
) -> None:
    """Writes files for all that is on a host, or what --only selects; planning them is empty.

    Into a tree, they join what it declares. Nothing is changed on the host, but for the marks of guests that
    are taken over.

    With FILES no host is asked: these are what other tools wrote (.vmx, .vbox, xl.cfg, lxc.conf, bhyve's
    command lines, OVF and OVA, libvirt XML), and what they describe is declared.
    """
    if files:
        _adopt_files(common, files, host, to or Path("adopted"), take_over)
    elif host is None:
        raise Fault("say what is adopted: FILES, or a host by --host [NAME=]URI")
    else:
        _adopt_host(common, host, to or Path(), take_over, yes)


def _adopt_files(
    common: Common, files: tuple[Path, ...], host: str | None, to: Path, take_over: bool
) -> None:
    from reconciler.cli.adoptedfiles import adopt_files

    if take_over or common.only:
        raise Fault("--take-over and --only are for what is on a host; of files, all is adopted")
    given = replace(common, hosts=(host,)).host_uris() if host else {"": ""}
    ((name, uri),) = given.items()
    adopt_files(common, files, name, uri, to)


def _adopt_host(common: Common, host: str, to: Path, take_over: bool, yes: bool) -> None:
    from drivers.dialects import dialect_of
    from reconciler.engine.adoption import Wish, called, choose, fleet_in
    from reconciler.engine.takeover import take
    from reconciler.report.adopted import tree_files

    wish = Wish(common.selectors(), take_over)
    ((name, uri),) = replace(common, hosts=(host,)).host_uris().items()
    tree = tree_at(to, name or _name_of(uri), uri)
    name = _host_in(tree, name, uri)
    credentials = _login(tree, name, to)
    inventory, known_host = _look(name, uri, credentials)
    ours = tree.fleet if tree else new_fleet(to, None if take_over else fleet_in(inventory))
    adoption = choose(inventory, name, tree, ours, wish)
    if not yes:
        owners = " and ".join(sorted({called(mark) for mark in adoption.foreign.values()}))
        asking.by_name(
            [a.name for a in adoption.foreign], f"takes from {owners} into '{ours.name}':", "--yes"
        )
    surroundings = _surroundings(name, uri, inventory, tree, ours, to)
    written = tree_files(surroundings, adoption.wanted, dialect_of(known_host))
    write(to, written.files)
    try:
        with doing(f"reading {counted(len(written.files), 'file')} back"):
            hosts = {} if surroundings.declared or tree is None else {name: uri}
            joined = read_back(to, adoption.wanted, hosts)
    except InvalidTree as error:
        if tree is None:
            raise
        undo(to, written.files)
        raise Fault(
            f"with these files the tree would be invalid: {in_a_line(error)}; nothing was written"
        ) from None
    if adoption.foreign:
        driver = open_host(uri, host=name, readonly=False, credentials=credentials)
        try:
            take(adoption.foreign, joined, driver)
        finally:
            driver.close()
    _tell(common, name, to, adoption, written)


def _tell(common: Common, host: str, to: Path, adoption: Adoption, written: Written) -> None:
    from specs.documents.sensitive import without

    kept = {f"{o.kind}/{o.name}": held for o in adoption.wanted if (held := without(o.document)[1])}
    if common.json:
        common.say_json(
            json.document(
                kind="adopted",
                host=host,
                files=sorted(written.files),
                left_out=adoption.left_out,
                secrets=kept,
                external=[f"{kind}/{name}" for kind, name in written.external],
                taken_over=sorted(f"{a.kind}/{a.name}" for a in adoption.foreign),
            )
        )
        return
    for what, places in kept.items():
        common.tell(
            f"warning: {what}: secrets stay on the host, and are in no file: {', '.join(places)};"
            " to declare them, write ${secret:NAME} and a Secret"
        )
    for what, why in adoption.left_out.items():
        common.tell(f"left out: {what}: {why}")
    if written.external:
        shown = ", ".join(f"{kind}/{spelt(name)}" for kind, name in written.external)
        common.tell(f"note: referred to, and external in fleet.yaml (the host has it, no file does): {shown}")
    for what, others in written.refers.items():
        common.tell(
            f"note: {what} is written as XML, for no file declares what it refers to: {others};"
            " adopt that too, or list it under external: in the Fleet"
        )
    for address in adoption.foreign:
        common.tell(f"taken over: {address.kind}/{spelt(address.name)}")
    if not written.files:
        common.say("nothing to write")
        return
    common.say(f"wrote {counted(len(written.files), 'file')} to {to}")
    common.say()
    common.say(f"Now: virt-reconcile plan {to}")


def _login(tree: Desired | None, name: str, folder: Path) -> dict[str, str]:
    """What the host asks for at the login, as the tree that the files join says it."""
    from reconciler.engine.hosts import login

    if tree is None or name not in tree.hosts:
        return {}
    return login(tree.hosts[name].credentials, str(folder), tree.guard)


def _look(name: str, uri: str, credentials: dict[str, str]) -> tuple[Inventory, Capabilities]:
    """What is on the host, and what it can do. Raises DriverError, or Fault for what nobody foresaw."""
    with doing(f"connecting to {name}"):
        driver = open_host(uri, host=name, readonly=True, credentials=credentials)
    try:
        with doing(f"reading {name}"):
            return sound(driver.observe.inventory()), driver.capabilities()
    except DriverError:
        raise
    except Exception as error:
        raise Fault(f"{name} cannot be looked at: {told(error)}") from error
    finally:
        driver.close()


def _host_in(tree: Desired | None, name: str, uri: str) -> str:
    """What the tree calls the host. Raises Fault where the tree knows another of that name, or this one by
    another."""
    hosts = tree.hosts if tree else {}
    same = [host.name for host in hosts.values() if host.uri == uri]
    called = name or next(iter(same), _name_of(uri))
    if called in hosts and called not in same:
        raise Fault(
            f"the tree's Host '{called}' is another ({hosts[called].uri}): give this one another name"
            f" (--host NAME={uri}); nothing was written"
        )
    if same and called not in same:
        raise Fault(f"the tree calls that host '{same[0]}': --host {same[0]}={uri}; nothing was written")
    return called


def _surroundings(
    name: str, uri: str, inventory: Inventory, tree: Desired | None, ours: FleetPolicy, to: Path
) -> Surroundings:
    from reconciler.report.adopted import AdoptedFleet, Surroundings
    from specs.documents.tidying import Named

    if tree is None:
        fleet = AdoptedFleet(ours.name, ours.uuid)
        return Surroundings(name, uri, there=inventory.objects.keys(), fleet=fleet)
    here = [d for d in tree.resources.values() if d.host == name or d.shared]
    secrets = [d for d in here if d.address.kind is Kind.SECRET]
    return Surroundings(
        name,
        uri,
        declared=name in tree.hosts and not tree.hosts[name].given,
        there=inventory.objects.keys(),
        declares={(d.address.kind, d.native) for d in here},
        external={(Kind(kind), called) for kind, called in tree.fleet.external},
        secrets=Named(
            by_usage={d.native: d.address.name for d in secrets},
            by_uuid={d.uuid: d.address.name for d in secrets},
        ),
        taken={str(path.relative_to(to)) for path in to.rglob("*") if path.is_file()},
    )


def _name_of(uri: str) -> str:
    """A host's name from its URI: the machine's, else the hypervisor's."""
    machine = uri.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
    return re.sub(r"[^A-Za-z0-9-]", "-", machine) or uri.partition(":")[0].partition("+")[0]
