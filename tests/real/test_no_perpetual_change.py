"""Idempotency on a real libvirtd: what was applied plans empty, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drivers.dialects import Dialect
from tests.real import corpus
from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real


def fill(shell: Shell, host: LibvirtHost) -> int:
    """Writes the whole corpus as plain libvirt XML files; how many."""
    documents = [*corpus.domains(), *corpus.networks(), *corpus.pools(str(host.images / "pools"))]
    for name, document in documents:
        shell.write(f"hv1/{name}.xml", document)
    # These need what this machine has not: they are declared, not started.
    idle = [f"n-{name}" for name in corpus.NOT_STARTABLE_NETWORKS]
    idle += [f"p-{name}" for name in corpus.POOLS if not name.startswith("dir")]
    for name in idle:
        kind = "Network" if name.startswith("n-") else "StoragePool"
        shell.write(
            f"{name}.yaml",
            f"apiVersion: virt-reconcile/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
            f"spec: {{state: inactive, autostart: false, xmlFile: hv1/{name}.xml}}\n",
        )
    for name in corpus.POOLS:
        if name.startswith("dir"):
            (host.images / "pools" / name).mkdir(parents=True, exist_ok=True)
    return len(documents)


@contextmanager
def without_rules() -> Iterator[None]:
    """A comparison that knows no hypervisor's habits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dialect, "normalise", lambda _, kind, root: root)
        yield


def test_the_corpus_is_applied_and_then_nothing_is_left_to_do(host: LibvirtHost, shell: Shell) -> None:
    assert fill(shell, host) >= 150
    shell.apply()
    shell.expect_nothing_to_do()

    shell.lose_state()
    shell.expect_nothing_to_do()
    with without_rules():  # what was applied travels with each domain, in its mark
        shell.expect_nothing_to_do("--only", "Domain/*")
        assert shell("plan", "--detailed-exitcode", "--only", "StoragePool/*") == 2
    before = host.virsh("dumpxml", "--inactive", "d-disk-file-raw")
    shell.apply()  # records again
    assert host.virsh("dumpxml", "--inactive", "d-disk-file-raw") == before

    host.restart()
    shell.expect_nothing_to_do()

    shell.lose_state()
    shell.expect_nothing_to_do()
