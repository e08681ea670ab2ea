"""Definitions that stand are changed: everything in the corpus comes, goes and comes again."""

from __future__ import annotations

import pytest

from tests.real import corpus
from tests.real.conftest import Shell
from tests.real.test_no_perpetual_change import fill
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

ANOTHER_OBJECT = frozenset({"n-bridged", "n-macvtap", "n-portgroups", "o-uuid", "o-tables-uuid"})
"""A network that libvirt gave a bridge of its own cannot do without it, and a UUID stays."""


def test_every_document_comes_and_goes_and_each_change_is_shown(host: LibvirtHost, shell: Shell) -> None:
    def declare(*, plain: bool) -> None:
        fill(shell, host)
        for name, _ in (*corpus.domains(), *corpus.networks()):
            if plain or name in ANOTHER_OBJECT:
                shell.write(f"hv1/{name}.xml", corpus.plain(name))

    for plain in (True, False, True, False):
        declare(plain=plain)
        shell.apply()
        shell.expect_nothing_to_do()
