"""Guests from an image: uploaded once, laid under copy-on-write disks, told their names by their seeds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost
from tests.support.guests import DISK, HOSTNAME, wait_for
from tests.support.images import bootable_image

pytestmark = pytest.mark.real
MIB = 2**20

_TREE = """\
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{target: {images}/pool}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: base.img}}
spec:
  pool: images
  source: {source}
"""
_GUEST = """\
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: {name}.qcow2}}
spec: {{pool: images, capacity: {size}, backing: {{volume: base.img, format: raw}}}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}}}
spec:
  type: qemu
  memory: 256MiB
  disks: [{{target: vda, volume: {{pool: images, name: {name}.qcow2}}}}]
  serial: [{{type: file, path: {console}}}]
  cloudInit:
    userData: {{users: [{{name: admin}}]}}
    metaData: {{local-hostname: {hostname}}}
"""


def write_tree(host: LibvirtHost, shell: Shell, image: Path, **hostnames: str) -> None:
    text = _TREE.format(images=host.images, source=image)
    for number, (name, hostname) in enumerate(hostnames.items()):
        text += _GUEST.format(
            name=name,
            hostname=hostname,
            size=f"{64 * (number + 1)}MiB",
            console=host.images / f"{name}.log",
        )
    shell.write("guests.yaml", text)


def test_two_guests_boot_from_one_image_with_their_own_names_and_sizes(
    host: LibvirtHost, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    image = tmp_path / "base.img"
    shutil.copy(bootable_image(), image)
    write_tree(host, shell, image, web="web-one", db="db-two")
    shell.apply()
    shell.expect_nothing_to_do()
    for name, hostname, size in (("web", "web-one", 64 * MIB), ("db", "db-two", 128 * MIB)):
        said = wait_for(host.images / f"{name}.log")
        assert f"{HOSTNAME}{hostname}" in said
        assert f"{DISK}vda {size}" in said
    assert (host.images / "pool/base.img").read_bytes() == image.read_bytes()
    running = [host.qemu_process(name) for name in ("web", "db")]
    host.restart()
    shell.expect_nothing_to_do()
    shutil.rmtree(tmp_path / "cache")
    shell.expect_nothing_to_do()
    shell.lose_state()
    shell.apply()
    shell.expect_nothing_to_do()
    assert [host.qemu_process(name) for name in ("web", "db")] == running
