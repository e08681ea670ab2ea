"""NUMA cells and cache tuning, which libvirt fits to the number of virtual CPUs."""

from __future__ import annotations

from drivers.dialects.model import Platform
from specs.documents.tree import Node
from specs.documents.values import expand, is_number, ranges

_MOST = 65536
"""More virtual CPUs no hypervisor has; a document that says so is not believed."""


def number_cells(root: Node) -> None:
    """Cells without a number are counted (virDomainNumaDefParseXML)."""
    for cells in _cells(root):
        for index, cell in enumerate(cells):
            cell.attrs.setdefault("id", str(index))


def fill_first_cell(root: Node, _: Platform) -> None:
    """Of QEMU: the first cell takes the CPUs that none has (qemuDomainDefNumaCPUsRectify)."""
    maximum = _processors(root)
    for cells in _cells(root):
        members = [expand(cell.attrs.get("cpus", "")) for cell in cells]
        known = [cpus for cpus in members if cpus is not None]
        if not cells or len(known) < len(members) or not any(known):
            continue
        missing = maximum - set().union(*known)
        if missing:
            cells[0].attrs["cpus"] = ranges(known[0] | missing)


def trim_tunes(root: Node) -> None:
    """Tuned CPUs beyond the last are dropped (virDomainResctrlParseVcpus)."""
    maximum = _processors(root)
    for cputune in root.all("cputune"):
        tunes = [*cputune.all("cachetune"), *cputune.all("memorytune")]
        for tune in tunes:
            tuned = expand(tune.attrs.get("vcpus", ""))
            if tuned is not None and maximum:
                tune.attrs["vcpus"] = ranges(tuned & maximum)
        cputune.drop(lambda child, tunes=tunes: child in tunes and not child.attrs.get("vcpus"))  # type: ignore[misc]


def _cells(root: Node) -> list[list[Node]]:
    return [numa.all("cell") for cpu in root.all("cpu") for numa in cpu.all("numa")]


def _processors(root: Node) -> set[int]:
    """The numbers of all virtual CPUs; none where their count makes no sense."""
    count = root.value("vcpu") or "1"
    return set(range(int(count))) if is_number(count) and int(count) <= _MOST else set()
