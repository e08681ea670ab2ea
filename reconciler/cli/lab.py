"""lab: several real libvirt hosts on one machine, to try things on."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from reconciler.cli import out
from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, OK
from reconciler.cli.options import PATH
from reconciler.cli.showing import showing
from reconciler.faults import Fault
from reconciler.underway import doing

_FOLDER = click.argument(
    "directory", metavar="[DIR]", type=PATH, default=Path("lab"), help="The lab's folder."
)


@click.group(name="lab", no_args_is_help=False)
def command() -> None:
    """Several real libvirt hosts on this machine, in namespaces of their own, to try things on."""


@command.command()
@_FOLDER
@click.option("--hosts", type=click.IntRange(1, 100), default=3, show_default=True, help="How many hosts.")
@click.option("--guest", is_flag=True, help="Declares guests that count, on shared and on own disks.")
def up(directory: Path, hosts: int, *, guest: bool) -> None:
    """Starts hosts that reach each other, and writes a tree for them."""
    from reconciler.lab.lab import Lab

    lab = Lab(directory)
    kept = lab.tree.exists()
    with _faults(), showing(), doing(f"starting {hosts} hosts"):
        lab.up(hosts, guests=guest)
    tree, program = directory / "tree", _program()
    for known in lab.status():
        out.say(f"{known.name}  {known.uri}")
    out.say()
    out.say(f"The tree of before is kept: {tree}" if kept else f"A tree for them: {tree}")
    out.say(f"Now: {program} apply {tree}")
    if guest and not kept:
        out.say(f"Then change `host:` in {tree / 'guests.yaml'} and apply again: the guest moves live.")
    out.say(f"At the end: {program} lab down {directory}")


def _program() -> str:
    """How this program is called again: sudo finds what is in the system's folders by its name alone."""
    called = Path(sys.argv[0])
    name = called.name
    if shutil.which(name) is None and called.exists():
        name = str(called.absolute())
    return f"sudo {name}" if "SUDO_USER" in os.environ else "virt-reconcile"


@command.command()
@takes("output")
@_FOLDER
def status(common: Common, directory: Path) -> int:
    """Shows the lab's hosts and whether they answer."""
    from reconciler.lab.lab import Lab
    from reconciler.report import json

    with _faults():
        found = Lab(directory).status()
    if common.json:
        common.say_json(json.document(kind="lab", hosts=found))
    else:
        rows = [(host.name, host.state, host.address, host.uri) for host in found]
        common.say_table(("HOST", "STATE", "ADDRESS", "URI"), rows)
    return FAILED if any(host.state != "running" for host in found) else OK


@command.command()
@_FOLDER
def down(directory: Path) -> None:
    """Ends the lab with all that is in it, and removes all traces."""
    from reconciler.lab.lab import Lab

    lab = Lab(directory)
    with _faults(), showing(), doing("ending the lab's hosts"):
        ended = lab.down()
    out.say(f"The lab in {directory}/ has ended." if ended else f"There is no lab in {directory}/.")
    if ended and lab.tree.exists():
        out.say(f"Its tree is kept, for it was changed: {directory / 'tree'}")


@contextmanager
def _faults() -> Iterator[None]:
    from reconciler.lab.errors import LabError

    try:
        yield
    except LabError as error:
        raise Fault(str(error)) from error
