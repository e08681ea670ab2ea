"""plan: what apply would do, through connections that cannot write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from reconciler.cli import out
from reconciler.cli.common import Common, takes
from reconciler.cli.ends import CHANGES, FAILED, OK
from reconciler.cli.options import DECIDING, PATH, REMOTE, SHOWING
from reconciler.cli.selecting import require_selected
from reconciler.cli.source import placed
from reconciler.cli.words import resources_of_source
from reconciler.engine import round as rounds
from reconciler.engine.hosts import Hosts, connect
from reconciler.engine.round import Planned
from reconciler.faults import Fault
from reconciler.plan import Options, Plan
from reconciler.report import json, text
from reconciler.report.markdown import merge_markdown, plan_markdown, problems_markdown
from reconciler.report.wrap import terminal_width
from specs.desired import Desired
from specs.diagnostics import InvalidTree


@click.command()
@takes(
    "state", "hosts", "policy", *REMOTE, *DECIDING, "prune", "allow_shrink", "untrusted", "detailed", *SHOWING
)
@resources_of_source
@click.option("--out", "file", type=PATH, help="Saves the plan, for apply --plan.")
@click.option("--base", metavar="REV", default="", help="Shows what merging into this commit would do.")
@click.option("--head", metavar="REV", default="", help="With --base: what is merged; HEAD by default.")
def command(
    common: Common,
    source: str,
    *,
    file: Path | None,
    base: str,
    head: str,
) -> int:
    """Shows what apply would do, and why. Nothing is changed, on no host.

    With --base, of a git working copy or URL: what merging would do, apart from what is to be done anyway.
    """
    if head and not base:
        raise Fault("--head says what is merged into --base: give both")
    common = placed(common, source)
    if file and (base or common.repository):
        raise Fault("--out saves a plan of a folder as it is, so that apply can look at it again")
    try:
        if base:
            return _merge(common, base, head)
        return _plan(common, file)
    except InvalidTree as error:
        if common.markdown:
            out.say_lines(problems_markdown(error.problems))
        raise


def _plan(common: Common, file: Path | None) -> int:
    commit = ""
    if common.repository:
        from reconciler.cli.comparing import fetched

        common, commit = fetched(common)
    if file:
        common = replace(common, tree=common.tree.resolve())  # it may be applied from another folder
    desired = common.desired()
    common.tell_others(desired)
    options = common.options()
    if commit:
        options = replace(options, commit=commit)
    planned = dry_run(common, desired, options)
    made = planned.plan
    if file:
        from reconciler.cli.saved import save

        save(file, planned, options, common)
        given = f" --state {common.state}" if common.state else ""
        common.tell(f"saved to {file}; apply it with: virt-reconcile apply --plan {file}{given}")
    show(common, made)
    return ended(made, detailed=common.detailed)


def _merge(common: Common, base: str, head: str) -> int:
    from reconciler.cli.comparing import compare

    merge = compare(common, base, head)
    if common.markdown:
        out.say_lines(merge_markdown(merge))
    elif common.json:
        common.say_json(json.merge_document(merge))
    else:
        for line in text.merge_lines(merge, common.paint(), verbose=common.verbose, width=terminal_width()):
            common.say(line)
    if merge.pending.unreachable:
        return FAILED
    return ended(merge.merged, detailed=common.detailed, changes=bool(merge.averted))


def ended(made: Plan, *, detailed: bool, changes: bool = False) -> int:
    """How a command that only looks ends: as apply would, where something cannot be as declared."""
    if rounds.stuck(made):
        return FAILED
    return CHANGES if detailed and (changes or made.changes) else OK


def dry_run(common: Common, desired: Desired, options: Options) -> Planned:
    """The plan and the world it was made from, through read-only connections and a read-only state."""
    with looking(common, desired, options) as (planned, _):
        return planned


@contextmanager
def looking(common: Common, desired: Desired, options: Options) -> Iterator[tuple[Planned, Hosts]]:
    """A dry run whose connections are open still."""
    unsigned = common.unsigned(desired)
    if unsigned:
        common.tell(f"warning: {unsigned}; apply refuses it")
    hosts = connect(desired.hosts, desired.root, readonly=True, guard=desired.guard)
    try:
        with common.store_to_look(desired) as (store, missing):
            planned = rounds.plan(desired, hosts, store, options)
        require_selected(common, planned, options)
        yield (_noted(planned, missing) if missing and (common.json or common.markdown) else planned), hosts
    finally:
        hosts.close()


def _noted(planned: Planned, missing: str) -> Planned:
    """With what was missing for it, for whoever reads the plan elsewhere."""
    return replace(planned, plan=replace(planned.plan, warnings=(missing, *planned.plan.warnings)))


def show(common: Common, made: Plan, command: str = "apply") -> None:
    """Prints a plan in the chosen form: what a command would do."""
    if common.json:
        common.say_json(json.plan_document(made))
        return
    if common.markdown:
        out.say_lines(plan_markdown(made, command))
        return
    paint = common.paint()
    if common.quiet:
        common.say(text.summary(made))
        return
    for line in text.plan_lines(made, paint, verbose=common.verbose, width=terminal_width()):
        common.say(line)
