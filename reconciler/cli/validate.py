"""validate: reads and checks everything offline."""

from __future__ import annotations

from os.path import relpath

import click

from reconciler.cli import out
from reconciler.cli.common import Common, takes
from reconciler.cli.ends import INVALID, OK
from reconciler.cli.options import SHOWING
from reconciler.report.others import other_lines, others_note
from reconciler.report.words import counted
from specs.desired import Declared
from specs.diagnostics import InvalidTree, Problem

FORGES = ("github", "gitlab")
"""Whose jobs show problems beside the lines of the files."""


@click.command()
@takes("tree", "hosts", "policy", "untrusted", *SHOWING, forms=FORGES)
@click.option("--strict", is_flag=True, help="Takes warnings for problems: for jobs that let nothing pass.")
def command(common: Common, strict: bool) -> int:
    """Reads and checks the files, offline: FILE:LINE:COL: message, all problems at once.

    In jobs of a forge -o github and -o gitlab write what it shows beside the lines of the files.
    """
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    count = 0
    beyond: list[Declared] = []
    foreign: tuple[tuple[str, str], ...] = ()
    try:
        desired = common.desired()
        warnings, count = desired.warnings, len(desired.resources)
        beyond = [d for d in desired.resources.values() if d.privileged]
        foreign = desired.foreign
    except InvalidTree as error:
        problems = error.problems
    if strict:
        problems, warnings = (*problems, *warnings), ()
    if common.output in FORGES:
        _say_beside_lines(common, problems, warnings)
    elif common.json:
        from reconciler.report import json

        common.say_json(
            json.document(
                kind="problems",
                problems=problems,
                warnings=warnings,
                resources=count,
                foreign=[{"file": path, "what": what} for path, what in foreign],
                privileged=[{"address": d.address, "host": d.host, "what": d.privileged} for d in beyond],
            )
        )
    elif common.markdown and problems:
        from reconciler.report.markdown import problems_markdown

        out.say_lines(problems_markdown(problems))
    else:
        _say_text(common, problems, warnings, beyond, foreign)
        if not problems and not common.quiet:
            common.say(f"{counted(count, 'resource is', 'resources are')} valid.")
    return INVALID if problems else OK


def _say_beside_lines(common: Common, problems: tuple[Problem, ...], warnings: tuple[Problem, ...]) -> None:
    """The files are told as seen from here, where the job has the repository."""
    from reconciler.report.annotations import github_lines, gitlab_report

    folder = relpath(common.tree)
    if common.output == "gitlab":
        common.say_json(gitlab_report(problems, warnings, folder))
        return
    for line in github_lines(problems, warnings, folder):
        out.say(line)


def _say_text(
    common: Common,
    problems: tuple[Problem, ...],
    warnings: tuple[Problem, ...],
    beyond: list[Declared],
    foreign: tuple[tuple[str, str], ...],
) -> None:
    for problem in problems:
        common.say(str(problem))
    for warning in warnings:
        common.tell(f"warning: {warning}")
    for declared in beyond if common.verbose else ():
        for what in declared.privileged:
            common.say(f"{declared.origin}: {declared.address}: privileged: {what}")
    if foreign and not common.verbose:
        common.tell(f"note: {others_note(foreign)}")
    for line in other_lines(foreign) if common.verbose else ():
        common.say(line)
