"""rebalance: proposes a change to the files that spreads guests better; it moves nothing."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.options import SHOWING, TREE
from reconciler.cli.plan import looking
from reconciler.engine.questions import with_capabilities
from reconciler.report import json
from specs.desired import Desired
from specs.identity import Address, Kind
from specs.plain import plain_lines

if TYPE_CHECKING:
    from reconciler.place.rebalance import Proposal


@click.command()
@takes(*TREE, *SHOWING)
@click.option(
    "--moves",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many moves to propose at most.",
)
def command(common: Common, moves: int) -> None:
    """Proposes moves that even out the hosts, as a patch of the files: of domains that have a placement.

    Nothing is moved: apply the patch (git apply), look at the plan, and apply that.
    """
    proposal, desired = _propose(common, moves)
    patch, unpatched = _patch(common.tree, desired, proposal)
    if common.json:
        common.say_json(
            json.document(
                kind="rebalance",
                before=proposal.before,
                after=proposal.after,
                moves=proposal.moves,
                patch=patch,
            )
        )
        return
    for move in proposal.moves:
        common.tell(f"{move.guest}: {move.origin} → {move.destination} ({move.why})")
    for name in unpatched:
        common.tell(
            f"{name} cannot be patched: its file names no spec of its own, or holds what no terminal shows;"
            " set host: there by hand"
        )
    told = f"score {proposal.before.total:.3f} → {proposal.after.total:.3f}"
    common.tell(f"{len(proposal.moves)} moves, {told}" if proposal.moves else f"nothing to gain ({told})")
    if patch:
        common.say_block(patch.rstrip("\n").split("\n"), "diff")


def _propose(common: Common, moves: int) -> tuple[Proposal, Desired]:
    from reconciler.place.assign import guests_and_hosts
    from reconciler.place.rebalance import rebalance

    desired = common.desired()
    with looking(common, desired, common.options()) as (planned, connected):
        world = with_capabilities(planned.world, connected, planned.world.inventories.keys())
        hosts, guests = guests_and_hosts(desired, world)
        return rebalance(hosts, guests, moves), desired


def _patch(tree: Path, desired: Desired, proposal: Proposal) -> tuple[str, list[str]]:
    """A unified diff relative to the tree, and the domains whose files cannot be changed in place."""
    from specs.reading.patch import with_host

    texts: dict[str, tuple[str, str]] = {}
    unpatched = []
    for move in proposal.moves:
        file = desired.resources[Address(Kind.DOMAIN, move.guest)].origin.file
        original, text = texts.get(file) or ((tree / file).read_text(),) * 2
        changed = with_host(text, Kind.DOMAIN, move.guest, move.destination) if file.endswith("l") else None
        if changed is None or plain_lines(text) != text:
            unpatched.append(move.guest)
        else:
            texts[file] = original, changed
    lines: list[str] = []
    for file, (original, text) in sorted(texts.items()):
        lines.extend(
            difflib.unified_diff(
                original.splitlines(keepends=True), text.splitlines(keepends=True), f"a/{file}", f"b/{file}"
            )
        )
    return "".join(lines), unpatched
