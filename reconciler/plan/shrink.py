"""When nothing is pruned though that was asked for: nobody knows whose it is, or too much has vanished."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from posixpath import dirname

from reconciler.plan.world import Options, World
from specs.desired import HOW_TO_MAKE_ONE, Desired
from specs.identity import Address
from specs.listing import listed
from specs.units import format_percent

FEW = 3
"""So many removals at once are never too much, unless they are more than half of the tree."""

_LISTED = 3
_REMOVE_IT = "remove the file, if that is what you mean"


def nobodys(desired: Desired) -> str:
    """Why this tree prunes nothing at all; '' when it may. Trees without a UUID of their own cannot be
    told from one another."""
    fleet = desired.fleet
    if not fleet.declared:
        return (
            "the tree has no Fleet, and nothing is pruned without one: add a file fleet.yaml with"
            " {apiVersion: virt-reconcile/v1, kind: Fleet, metadata: {name: NAME}, spec: {uuid: UUID}},"
            " where UUID is what uuidgen prints"
        )
    if not fleet.uuid:
        where = f" ({fleet.origin})" if fleet.origin else ""
        return f"nothing is pruned for a Fleet without a uuid{where}: {HOW_TO_MAKE_ONE}"
    return ""


def vanished(leaving: Collection[Address], desired: Desired, world: World, options: Options) -> str:
    """Why what would leave looks more like a tree that is not all there than like a decision; '' when it
    does not, or when somebody said that it is one."""
    if not leaving or options.allow_shrink:
        return ""
    if options.regional is not None:
        return options.regional.shrunk
    counted = [address for address in leaving if not _is_generated(address, world)]
    folders = sorted(
        _folders_gone(desired, world) & {_folder(world.recorded.origins.get(a, "")) for a in leaving}
    )
    if folders:
        shown = listed([f"'{folder}'" for folder in folders], _LISTED)
        return (
            f"the folder{'s' if len(folders) > 1 else ''} {shown} declared something and"
            f" {'declare' if len(folders) > 1 else 'declares'} nothing now (not mounted? not checked out?):"
            " nothing is pruned; --allow-shrink prunes all the same"
        )
    known = {a for a in world.records if not _is_generated(a, world)} | set(counted)
    share = desired.fleet.max_shrink
    if len(counted) <= _allowed(len(known), share):
        return ""
    return (
        f"{len(counted)} of {len(known)} resources vanished from the tree, more than maxShrink"
        f" ({format_percent(share)}): nothing is pruned; --allow-shrink prunes all the same"
    )


def _allowed(known: int, share: float) -> int:
    """How many of so many resources may leave at once."""
    if not share:
        return 0
    return max(int(known * share + 1e-9), min(FEW, known // 2), 1)


def _folders_gone(desired: Desired, world: World) -> frozenset[str]:
    """The sub-folders of which nothing is declared any more, there or anywhere else."""
    there = {_folder(declared.origin.file) for declared in desired.resources.values()}
    were: defaultdict[str, list[Address]] = defaultdict(list)
    for address, file in world.recorded.origins.items():
        if address in world.records:
            were[_folder(file)].append(address)
    return frozenset(
        folder
        for folder, addresses in were.items()
        if folder and folder not in there and not any(a in desired.resources for a in addresses)
    )


def _folder(file: str) -> str:
    return dirname(file)


def _is_generated(address: Address, world: World) -> bool:
    """Whether it comes and goes with another resource, as seeds do with their guests."""
    record = world.records.get(address)
    return record is not None and record.policy.generated


def not_read(address: Address, desired: Desired, world: World) -> str:
    """Why a resource seems to be declared no more only because its file was not read; '' for others."""
    for kind, name, file in desired.skipped:
        if (kind, name) == (address.kind, address.name):
            return f"it stands in {file}, which is {_how_skipped(file, desired)}"
    file = world.recorded.origins.get(address, "")
    if _is_ignored(file, desired):
        return f"its file {file} is left out by .virt-reconcile-ignore now: {_REMOVE_IT}"
    if file in desired.empty:
        return f"its file {file} is there, and empty of declarations: {_REMOVE_IT}"
    return ""


def _how_skipped(file: str, desired: Desired) -> str:
    ignored = _is_ignored(file, desired)
    return f"left out by .virt-reconcile-ignore: {_REMOVE_IT}" if ignored else "skipped"


def _is_ignored(file: str, desired: Desired) -> bool:
    return any(file == each or (each[-1] == "/" and file.startswith(each)) for each in desired.ignored)
