"""console: a terminal at a guest's serial console."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from drivers.base import needed
from drivers.base.errors import DriverError
from reconciler.cli.common import Common, takes
from reconciler.cli.options import PATH
from reconciler.engine.hosts import connect
from reconciler.faults import Fault
from specs.desired import OFF, DeclaredHost
from specs.diagnostics import Origin, did_you_mean
from specs.identity import Address, Kind


@click.command()
@takes("state", "hosts", "policy", "quiet")
@click.argument("name", metavar="NAME", help="The domain.")
@click.argument(
    "tree",
    metavar="[TREE]",
    type=PATH,
    required=False,
    help="The folder of desired-state files; this one by default.",
)
@click.option("--device", default="", metavar="ALIAS", help="Another console than the first: serial1.")
@click.option("--force", is_flag=True, help="Throws out whoever is attached already.")
@click.option(
    "--escape",
    default="^]",
    show_default=True,
    metavar="CHARACTER",
    help="What leaves the console; none for nothing.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Leaves after so long; 0 for never.",
)
def command(
    common: Common, name: str, tree: Path | None, device: str, *, force: bool, escape: str, timeout: float
) -> None:
    """Attaches to a guest's serial console. Without TREE, --host URI alone finds any domain there."""
    from reconciler.cli import terminal

    try:
        leave = terminal.escape_byte(escape)
    except ValueError as error:
        raise Fault(f"--escape: {error}") from None
    common, name = common.at(tree or Path()), name.removeprefix(f"{Kind.DOMAIN}/")
    known, native = _find(common, name, undeclared=tree is None)
    where = known.name
    hosts = connect({where: known}, str(common.tree), readonly=False, guard=common.guard())
    try:
        if where in hosts.unreachable:
            raise Fault(f"host {where} cannot be reached: {hosts.unreachable[where]}")
        seen = hosts.drivers[where].observe.one(Kind.DOMAIN, native)
        if seen is not None and seen.power in OFF:
            raise Fault(f"Domain/{name} on {where} is not running: start {name} starts it")
        try:
            attached = needed.guest(hosts.drivers[where]).console(native, device, force=force)
        except DriverError as error:
            raise Fault(f"Domain/{name} on {where}: {error}") from error
        keys = f" (Ctrl and {escape[1]})" if len(escape) == 2 else ""
        told = f"; {escape} leaves{keys}" if leave and sys.stdin.isatty() else ""
        common.tell(f"attached to {name} on {where}{told}")
        terminal.join(attached, leave, timeout)
        common.tell("")
        common.tell("left the console")
    finally:
        hosts.close()


def _find(common: Common, name: str, *, undeclared: bool) -> tuple[DeclaredHost, str]:
    """The host where a domain is, and the domain's name there.

    Raises Fault when the tree declares no such domain, or it is on no host yet.
    """
    given = common.host_uris()
    if undeclared and set(given) == {""}:
        return DeclaredHost("host", given[""], Origin("--host")), name
    desired = common.known()
    domains = {address.name: d for address, d in desired.resources.items() if address.kind is Kind.DOMAIN}
    with common.store_to_look(desired) as (store, _):
        record = store.records().get(Address(Kind.DOMAIN, name))
    if name not in domains and (record is None or desired.resources):
        raise Fault(f"the tree declares no domain '{name}'{did_you_mean(name, domains)}")
    where = record.host if record and record.host in desired.hosts else ""
    where = where or (domains[name].host if name in domains else "")
    if not where:
        raise Fault(f"'{name}' is on no host yet; apply places it")
    return desired.hosts[where], domains[name].native if name in domains else name
