"""A daemon that makes up another host UUID at each start is still the machine that it was."""

from __future__ import annotations

import re

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

_TREE = """\
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec: {type: qemu, state: stopped, memory: 64MiB}
"""


def test_a_host_without_a_uuid_of_its_own(host: LibvirtHost, shell: Shell) -> None:
    settings = host.root / "etc/libvirtd.conf"
    given = settings.read_text()
    settings.write_text(re.sub("host_uuid.*", "", given))
    try:
        host.restart()
        shell.write("web.yaml", _TREE)
        shell.apply()
        host.restart()
        shell.expect_nothing_to_do()
        assert shell("apply", "--yes") == 0, shell.out
    finally:
        settings.write_text(given)
        host.restart()
