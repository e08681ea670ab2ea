"""A saved plan over a running QEMU guest: applied while nothing moved, refused by name when something did."""

from __future__ import annotations

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

GUEST = """\
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec: {{type: qemu, memory: 64MiB, vcpus: 1, title: {title}, restart: {restart}}}
"""


def test_it_is_applied_as_shown_or_refused(host: LibvirtHost, shell: Shell) -> None:
    def declare(title: str, restart: str = "never") -> None:
        shell.write("web.yaml", GUEST.format(title=title, restart=restart))

    file = str(shell.tree.parent / "saved.json")
    declare("one")
    shell.apply()
    declare("two")
    assert shell("plan", "--out", file) == 0, shell.err
    declare("two", restart="if-needed")
    assert shell.run("apply", "--plan", file, "--yes") == 1
    assert "Domain/web: its policy" in shell.err
    declare("two")
    host.virsh("desc", "web", "somebody was here", "--config")
    assert shell.run("apply", "--plan", file, "--yes") == 1
    assert "Domain/web changed since" in shell.err
    assert shell("plan", "--out", file) == 0, shell.err
    assert shell.run("apply", "--plan", file, "--yes") == 0, shell.err
    shell.expect_nothing_to_do()
    assert shell.run("apply", "--plan", file, "--yes") == 1
    assert "it was applied already, as run 2" in shell.err
