"""Fixed addresses on a real network: dnsmasq is told, at once, and nothing is planned again."""

from __future__ import annotations

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

TREE = """\
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: fixed}
spec:
  ips:
    - address: 10.77.0.1/24
      dhcp:
        ranges: [{start: 10.77.0.100, end: 10.77.0.120}]
        hosts: [{mac: "52:54:00:77:00:01", name: printer, ip: 10.77.0.9}]
    - {address: "fd00:77::1/64", dhcp: {ranges: [{start: "fd00:77::10", end: "fd00:77::20"}]}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec: {type: qemu, memory: 32MiB, state: stopped, interfaces: [WEB]}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: db}
spec: {type: qemu, memory: 32MiB, state: stopped, interfaces: [DB]}
"""


def test_dnsmasq_knows_them(host: LibvirtHost, shell: Shell) -> None:
    known = host.root / "lib/dnsmasq/fixed.hostsfile"

    def become(web: str, db: str) -> set[str]:
        nics = (f"{{network: fixed, ip: [{each}]}}" if each else "{network: fixed}" for each in (web, db))
        text = TREE.replace("WEB", next(nics)).replace("DB", next(nics))
        shell.write("tree.yaml", text)
        shell.apply()
        return {line.partition(",")[2] for line in known.read_text().splitlines()} - {"10.77.0.9,printer"}

    assert become("10.77.0.10", "'fd00:77::b', 10.77.0.11") == {
        "10.77.0.10,web",
        "10.77.0.11,db",
        "[fd00:77::b]",
    }
    shell.expect_nothing_to_do()
    assert become("10.77.0.11", "10.77.0.10") == {"10.77.0.11,web", "10.77.0.10,db"}  # they swap
    shell.lose_state()
    shell.expect_nothing_to_do()
    assert become("10.77.0.12", "") == {"10.77.0.12,web"}
    assert "printer" in known.read_text()
