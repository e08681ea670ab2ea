"""A setting that this machine's libvirt drops: the plan and status say so, and it is tried once."""

from __future__ import annotations

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

PATH = "devices/disk[vda]/target/@dpofua"
_TREE = """\
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec:
  type: qemu
  state: stopped
  memory: 64MiB
  disks: [{file: /srv/web.img, format: raw, target: vda}]
  xml: |
    <domain><devices><disk><target dev='vda' dpofua='on'/></disk></devices></domain>
"""


def test_a_setting_that_the_host_does_not_keep(host: LibvirtHost, shell: Shell) -> None:
    shell.write("web.yaml", _TREE)
    told = f"not kept by the hypervisor: {PATH}: on (libvirt 12.8.0 keeps it)"
    assert shell("plan") == 0, shell.err
    assert told in shell.out
    shell.apply()
    shell.expect_nothing_to_do()
    assert shell("status") == 0, shell.err
    assert f"Domain/web: {told}" in shell.out
    shell.lose_state()
    shell.expect_nothing_to_do()
