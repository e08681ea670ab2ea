"""One suite measured on a host of its own, and what becomes of it when the host is upgraded."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import libvirt

from tests.support.policy import trusting
from tests.versions.documents import below, own
from tests.versions.drift import drifted
from tests.versions.host import VersionHost
from tests.versions.live import edited
from tests.versions.measures import Column, accepted, applied, declared, settled
from tests.versions.running import chosen, processes, start, started, untouched
from tests.versions.storage import storage
from tests.versions.tree import Tree

_VALUES = frozenset({"value"})  # of secrets: nobody can compare what may not be read


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured in one place: a suite, or one that another was upgraded to."""

    place: str
    version: str
    columns: Mapping[str, Column]


def measure(
    roots: Mapping[str, Path], kept: Path, folders: Sequence[Path], *, thorough: bool = True
) -> Iterator[Row]:
    """The first suite's row, then one for each that its host is upgraded to, one after the other. `folders`
    hold documents beside our own. The `thorough` measure changes each domain by hand, and starts our own."""
    with (
        _quiet(),
        tempfile.TemporaryDirectory(prefix="vr-versions-") as scratch,
        trusting(Path(scratch)),
        VersionHost(roots, kept) as host,
    ):
        ours = list(own(host.images))
        documents = [*ours, *(document for folder in folders for document in below(folder))]
        tree = Tree(Path(scratch) / "tree", host.qemu)
        taken = accepted(host, documents)
        valid, checked = declared(tree, taken)
        columns = {"accepted": Column(len(documents), {d.file: "" for d in documents if d not in taken})}
        columns |= {"valid": checked, "first sight": settled(tree.plan())}
        host.clear()
        (tree.folder / "storage.yaml").write_text(storage(host.images / "store", Path(scratch)))
        columns |= {"applied": applied(tree), "second plan": settled(tree.plan())}
        host.restart()
        columns["after a restart"] = settled(tree.plan())
        with tree.without_state():
            columns["without state"] = settled(tree.plan(), apart=_VALUES)
        if thorough:
            columns["drift"] = drifted(host, tree, valid)
            columns["running"] = started(host, tree, [each for each in ours if each in valid])
            columns["live changes"] = edited(host, Tree(Path(scratch) / "live", host.qemu))
        path = host.suite
        yield Row(path, version(host), columns)
        later = list(roots)[1:]
        guests = start(host, chosen(valid)) if later else []
        for suite in later:
            path = f"{path} → {suite}"
            columns = upgraded(host, suite, tree, processes(host, guests))
            columns["drift"] = drifted(host, tree, valid)
            yield Row(path, version(host), columns)


def upgraded(
    host: VersionHost, suite: str, tree: Tree, guests: dict[str, tuple[int, str]]
) -> dict[str, Column]:
    """What has to change after an upgrade, while `guests` run; then everything is applied, so that the next
    begins from there."""
    host.upgrade(suite)
    columns = {"with state": settled(tree.plan())}
    with tree.without_state():
        columns["without state"] = settled(tree.plan(), apart=_VALUES)
    columns["applied"] = applied(tree)
    columns["second plan"] = settled(tree.plan())
    columns["not restarted"] = untouched(host, guests)
    return columns


def version(host: VersionHost) -> str:
    """'9.0.0, QEMU 7.2.22'."""
    connection = libvirt.open(host.qemu)
    try:
        daemon, hypervisor = connection.getLibVersion(), connection.getVersion()
    finally:
        connection.close()
    return f"{_dotted(daemon)}, QEMU {_dotted(hypervisor)}"


def _dotted(number: int) -> str:
    return f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Within it, libvirt prints no errors of its own."""
    libvirt.registerErrorHandler(lambda *_: None, None)
    try:
        yield
    finally:
        libvirt.registerErrorHandler(None, None)
