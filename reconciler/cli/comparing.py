"""plan --base: what merging one commit into another would do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from reconciler.cli.common import Common
from reconciler.cli.foreseeing import foreseen
from reconciler.cli.source import keep_of, remote_of
from reconciler.faults import Fault
from reconciler.inputs.git.scratch import Revisions, of_remote, of_working_copy
from reconciler.inputs.sources import SourceError
from reconciler.plan import Plan
from reconciler.plan.merging import Merge, merging
from specs.compiling.loader import load
from specs.diagnostics import InvalidTree


def compare(common: Common, base: str, head: str) -> Merge:
    """Plans both, of what is on the hosts now. Raises Fault, and InvalidTree where the head is broken: what
    is wrong with the base, merging may mend."""
    with _revisions(common, base, head) as found:
        try:
            before = _planned(common, found.folder_of(found.base), found.head)
        except InvalidTree:
            common.tell(
                f"note: the files of {base} are broken; all that there is to do is told as the merge's"
            )
            before = None
        after = _planned(common, found.folder_of(found.merged), found.head)
    return merging(before, after)


@contextmanager
def _revisions(common: Common, base: str, head: str) -> Iterator[Revisions]:
    of = (
        of_remote(remote_of(common), base, head or common.ref or "HEAD")
        if common.repository
        else of_working_copy(common.tree, base, head or "HEAD")
    )
    try:
        with of as found:
            yield found
    except SourceError as error:
        raise Fault(str(error)) from None


def _planned(common: Common, root: Path, commit: str) -> Plan:
    """The same commit is said for both, so that marks do not differ by it, and that both are where the source
    is."""
    desired = load(root, common.host_uris(), common.guard())
    made = foreseen(common, desired, replace(replace(common, tree=root).options(), commit=commit))
    source = common.repository or str(common.tree)
    warnings = tuple(warning.replace(str(root), source) for warning in made.warnings)
    return replace(made, root=source, warnings=warnings)


def fetched(common: Common) -> tuple[Common, str]:
    """A repository's tree in a folder of its own, and its commit. Raises Fault."""
    keep = keep_of(common)
    try:
        commit = keep.mirror.fetch()
        return replace(common, tree=keep.folder_of(commit)), commit
    except SourceError as error:
        raise Fault(str(error)) from None
