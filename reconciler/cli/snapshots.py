"""snapshots: those that declared guests have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import click

from reconciler.cli.asked import Request, looked_at
from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, OK
from reconciler.cli.named import guests_of, names_and_tree, selectors_of
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.snapshotting import with_snapshots
from reconciler.cli.source import located
from reconciler.plan import World
from reconciler.plan.asked import drafts_of, make_asked_plan, place_of
from reconciler.plan.draft import Draft, verdict
from reconciler.plan.held import SnapshotsHeld
from reconciler.plan.model import Status
from reconciler.report import json
from specs.desired import Declared

_COLUMNS = ("GUEST", "SNAPSHOT", "TAKEN", "STATE", "AFTER", "NOW", "DESCRIPTION")


@click.command()
@takes("state", "hosts", "policy", *REMOTE, *SHOWING)
@click.argument("words", metavar="[NAME]... [TREE]", nargs=-1, help="Guests, all by default; and the tree.")
def command(common: Common, words: tuple[str, ...]) -> int:
    """Shows the snapshots of declared guests.

    AFTER is the snapshot that one was taken after; NOW marks the one that the guest goes on from.
    """
    names, source = names_and_tree(words, lonely_tree=True)
    return show(common, names or ("*",), source)


def show(common: Common, names: tuple[str, ...], source: str) -> int:
    """The table of them, or the same as data; the exit code."""
    only = selectors_of(names)
    common, desired = located(common, source, valid=True)
    guests = guests_of(names, only, desired)
    request = Request(
        "snapshots",
        guests,
        lambda tree, world: make_asked_plan(
            drafts_of(guests, tree, world, lambda each, *_: Draft(verdict(each, Status.CONVERGED))),
            tree,
            world,
            "",
        ),
        learn=lambda world, hosts: with_snapshots(world, hosts, guests),
    )
    with (
        common.store(desired, readonly=True) as store,
        looked_at(desired, request, store, readonly=True) as (planned, _),
    ):
        world = planned.world
        held = {each.address.name: (each, world.answers.snapshots.get(_key(each, world))) for each in guests}
    if common.json:
        rows = [_plain(each, known) for each, known in held.values() if known]
        common.say_json(json.document(kind="snapshots", guests=rows))
    else:
        found = [row for each, known in held.values() if known for row in _rows(each, known)]
        if found:
            common.say_table(_COLUMNS, found)
        else:
            common.tell("no snapshots")
    for host, why in planned.plan.unreachable.items():
        common.tell(f"host {host} cannot be reached: {why}")
    return FAILED if planned.plan.unreachable else OK


def _key(declared: Declared, world: World) -> tuple[str, str]:
    place = place_of(declared, world)
    return place.host, place.native


def _rows(declared: Declared, held: SnapshotsHeld) -> Iterator[tuple[str, ...]]:
    for each in held.all:
        taken = datetime.fromtimestamp(each.created, UTC).strftime("%Y-%m-%d %H:%M:%S")
        state = f"{each.power}, with memory" if each.memory else str(each.power)
        now = "*" if each.current else "-"
        yield declared.address.name, each.name, taken, state, each.parent or "-", now, each.description or "-"


def _plain(declared: Declared, held: SnapshotsHeld) -> dict[str, object]:
    return {"address": str(declared.address), "obstacle": held.obstacle, "snapshots": held.all}
