"""convert: copies of a stopped guest's disks on a host of another kind; the guest itself is not touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from drivers.base import Host
from drivers.base.errors import DriverError
from drivers.base.sound import sound
from reconciler.cli import asking
from reconciler.cli.apply import YES
from reconciler.cli.common import Common, takes
from reconciler.cli.words import named
from reconciler.engine.hosts import connect
from reconciler.faults import Fault
from specs.desired import Declared, Desired
from specs.diagnostics import did_you_mean
from specs.identity import Address, Kind
from specs.units import format_size

if TYPE_CHECKING:
    from reconciler.plan.conversion import DiskCopy


@click.command()
@takes("state", "hosts", "policy", "quiet")
@named("name", "NAME", "The domain.")
@click.option("--onto", "to", required=True, metavar="HOST", help="The Host that gets the copies.")
@click.option("--pool", default="default", show_default=True, help="The pool there.")
@YES
def command(common: Common, name: str, to: str, pool: str, yes: bool) -> None:
    """Copies a stopped guest's disks to a host of another kind, converted by qemu-img.

    Shows what it would do, and asks. The guest and its volumes are only read; nothing that is there already
    is overwritten. Afterwards declare the guest on the new host with the copies, under another name until it
    has proven itself.
    """
    desired = common.desired()
    declared = _declared(desired, name)
    if to not in desired.hosts:
        raise Fault(f"the tree declares no host '{to}'{did_you_mean(to, desired.hosts)}")
    where = _where(common, desired, declared)
    if where == to:
        raise Fault(f"{name} is on {to} already")
    guard, root = desired.guard, desired.root
    reading = connect({where: desired.hosts[where]}, root, readonly=True, guard=guard)
    writing = connect({to: desired.hosts[to]}, root, readonly=False, guard=guard)
    try:
        for host, why in {**reading.unreachable, **writing.unreachable}.items():
            raise Fault(f"{host} cannot be reached: {why}")
        copies = _planned(
            common, desired, declared, {**reading.drivers, **writing.drivers}, (where, to, pool)
        )
        if not yes:
            asking.leave("convert")
        _copy(common, declared, copies, reading.drivers[where], writing.drivers[to])
    finally:
        reading.close()
        writing.close()
    common.say(f"Declare the copies as volumes of {to}, and a domain there that has them; then try it.")


def _planned(
    common: Common,
    desired: Desired,
    declared: Declared,
    drivers: Mapping[str, Host],
    way: tuple[str, str, str],
) -> tuple[DiskCopy, ...]:
    """What is to be copied, shown; Fault where something stands in the way."""
    from reconciler.plan.conversion import Side, conversion
    from specs.matrix import by_uri

    where, to, pool = way
    try:
        origin, goal = (
            Side(host, by_uri(desired.hosts[host].uri), sound(drivers[host].observe.inventory()))
            for host in (where, to)
        )
    except DriverError as error:
        raise Fault(str(error)) from error
    seen = origin.inventory.objects.get((Kind.DOMAIN, declared.native))
    if seen is None:
        raise Fault(f"{where} has no domain '{declared.native}'")
    found = conversion(seen, origin, goal, pool)
    for copy in found.copies:
        how = f"{copy.form} → {copy.into}" if copy.form != copy.into else f"{copy.form}, as it is"
        size = format_size(copy.capacity)
        common.say(f"disk {copy.target}: {copy.source} on {where} → {copy.made} on {to} ({how}, {size})")
    name = declared.address.name
    if found.obstacles:
        raise Fault(f"{name} cannot be converted: {'; '.join(found.obstacles)}; nothing was done")
    common.say(f"{name} and its volumes on {where} are only read; nothing on {to} is overwritten.")
    return found.copies


def _copy(common: Common, declared: Declared, copies: tuple[DiskCopy, ...], origin: Host, goal: Host) -> None:
    from reconciler.engine.converting import copy_disk, is_off
    from reconciler.inputs.images.errors import ImageError

    try:
        for copy in copies:
            copy_disk(copy, origin, goal, still_off=lambda: is_off(origin, declared.native), tell=common.tell)
            common.say(f"made {copy.made}")
    except (DriverError, ImageError) as error:
        raise Fault(f"{declared.address.name} was not converted: {error}; it is as it was") from error


def _declared(desired: Desired, name: str) -> Declared:
    domains = {address.name: d for address, d in desired.resources.items() if address.kind is Kind.DOMAIN}
    if name not in domains:
        raise Fault(f"the tree declares no domain '{name}'{did_you_mean(name, domains)}")
    return domains[name]


def _where(common: Common, desired: Desired, declared: Declared) -> str:
    """The host that has it: as recorded, else as declared."""
    with common.store(desired, readonly=True) as store:
        record = store.records().get(Address(Kind.DOMAIN, declared.address.name))
    return record.host if record and record.host in desired.hosts else declared.host
