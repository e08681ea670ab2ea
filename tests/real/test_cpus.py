"""A start rewrites a guest's CPU: no reason to start it again."""

from __future__ import annotations

import pytest

from tests.real.conftest import Shell
from tests.real.corpus import OUTSIDE
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

_GUEST = """\
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}}}
spec:
  type: qemu
  memory: 32MiB
  restart: if-needed
  interfaces: []
  xml: "<domain>{cpu}</domain>"
"""


def test_guests_whose_cpu_a_start_rewrote_are_left_alone(host: LibvirtHost, shell: Shell) -> None:
    cpus = {name: cpu for name, cpu in OUTSIDE.items() if name.startswith("cpu-") and "numa" not in name}
    for name, cpu in cpus.items():
        shell.write(f"{name}.yaml", _GUEST.format(name=name, cpu=cpu))
    shell.apply()
    running = {name: host.qemu_process(name) for name in cpus}
    shell.expect_nothing_to_do()
    shell.apply()
    host.restart()
    shell.expect_nothing_to_do()
    shell.lose_state()
    shell.apply()
    shell.expect_nothing_to_do()
    assert {name: host.qemu_process(name) for name in cpus} == running
