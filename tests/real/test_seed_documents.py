"""Every kind of seed upon every machine: a real host takes it, starts the guest, and has no more to do."""

from __future__ import annotations

import pytest

from tests.real.conftest import Shell
from tests.specs.tree import document, many
from tests.support.daemons import LibvirtHost

GUESTS = {
    "by-default": "cloudInit: {pool: p, userData: '#!/bin/sh'}",
    "old": "machine: pc, cloudInit: {pool: p, userData: {packages: [a]}}",
    "new": "machine: q35, configDrive: {pool: p, files: {a/b/c.txt: text}}",
    "core": "machine: q35, ignition: {pool: p, config: {ignition: {version: 3.4.0}}}",
    "answered": "configDrive: {pool: p, label: OEMDRV, files: {ks.cfg: text}}",
}


@pytest.mark.parametrize("guest", GUESTS)
def test_the_guest_starts_with_its_seed(host: LibvirtHost, shell: Shell, guest: str) -> None:
    spec = f"{{type: qemu, memory: 32MiB, stop: {{deadline: 0, force: true}}, {GUESTS[guest]}}}"
    pool = document("StoragePool", "p", f"{{target: {host.images}/p}}")
    shell.write("a.yaml", many(pool, document("Domain", guest, spec)))
    shell.apply()
    shell.expect_nothing_to_do()
    assert host.virsh("domstate", guest).strip() == "running"
    host.virsh("pool-refresh", "p")
    shell.expect_nothing_to_do()
    assert shell("diff") == 0
    assert shell.out == ""
    shell.lose_state()
    shell.expect_nothing_to_do()
