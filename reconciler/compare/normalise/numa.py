"""NUMA cells and cache tuning, which libvirt fits to the number of virtual CPUs."""

from __future__ import annotations

from reconciler.compare.normalise.values import expand, is_number, ranges
from reconciler.compare.tree import Node

_MOST = 65536
"""More virtual CPUs no hypervisor has; a document that says so is not believed."""


def normalise_numa(root: Node, family: str) -> None:
    """Cells are numbered; QEMU's first one takes the CPUs that none has (qemuDomainDefNumaCPUsRectify);
    tuned CPUs beyond the last are dropped (virDomainResctrlParseVcpus)."""
    count = root.value("vcpu") or "1"
    maximum = set(range(int(count))) if is_number(count) and int(count) <= _MOST else set()
    for cpu in root.all("cpu"):
        for numa in cpu.all("numa"):
            cells = numa.all("cell")
            for index, cell in enumerate(cells):
                cell.attrs.setdefault("id", str(index))
            if family in ("qemu", "sim"):
                _fill(cells, maximum)
    for cputune in root.all("cputune"):
        tunes = [*cputune.all("cachetune"), *cputune.all("memorytune")]
        for tune in tunes:
            tuned = expand(tune.attrs.get("vcpus", ""))
            if tuned is not None and maximum:
                tune.attrs["vcpus"] = ranges(tuned & maximum)
        cputune.drop(lambda child, tunes=tunes: child in tunes and not child.attrs.get("vcpus"))  # type: ignore[misc]


def _fill(cells: list[Node], maximum: set[int]) -> None:
    members = [expand(cell.attrs.get("cpus", "")) for cell in cells]
    known = [cpus for cpus in members if cpus is not None]
    if not cells or len(known) < len(members) or not any(known):
        return
    missing = maximum - set().union(*known)
    if missing:
        cells[0].attrs["cpus"] = ranges(known[0] | missing)
