"""What this machine's QEMU would refuse, its plan says; and that QEMU does refuse it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

_TREE = """\
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: new}
spec: {type: qemu, state: stopped, memory: 64MiB, machine: pc-i440fx-99.0}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: odd}
spec: {type: qemu, state: stopped, memory: 64MiB, video: {model: xen}}
"""
_REFUSED = """<domain type='qemu'><name>x</name><memory>65536</memory>
<os><type machine='{}'>hvm</type></os><devices><video><model type='{}'/></video></devices></domain>"""


@pytest.mark.parametrize(("machine", "model"), [("pc-i440fx-99.0", "vga"), ("pc", "xen")])
def test_qemu_refuses_it(empty_host: LibvirtHost, tmp_path: Path, machine: str, model: str) -> None:
    (tmp_path / "x.xml").write_text(_REFUSED.format(machine, model))
    with pytest.raises(Exception, match="support"):
        empty_host.virsh("define", str(tmp_path / "x.xml"))


def test_the_plan_foresees_it(host: LibvirtHost, shell: Shell) -> None:
    shell.write("guests.yaml", _TREE)
    assert shell("plan") == 1, shell.err
    assert "hv1 has no machine type 'pc-i440fx-99.0' for x86_64" in shell.out
    assert shell("apply", "--yes") == 1  # libvirt tells models to nobody who may only read
    assert "hv1 has no video model type 'xen' (it has" in shell.out
    assert "2 blocked." in shell.out
