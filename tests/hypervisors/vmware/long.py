"""The same folder over a real sshd: what is done there is seen here, and a cut connection is opened again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivers.contract.bench import Pieces, silent
from drivers.contract.complete import open_complete
from specs.desired import PowerState
from specs.identity import Kind
from tests.drivers.vmware.conftest import desk
from tests.drivers.vmware.test_power import SOFT, define, power
from tests.support.sshd import CALLED, SshServer
from tests.support.vmware import DesktopStandIn


def test_a_folder_over_ssh_is_the_same_folder(
    desk: DesktopStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = SshServer(tmp_path / "ssh")
    with (server.folder / "sshd_config").open("a") as configuration:
        configuration.write(f"SetEnv PATH={os.environ['PATH']}\n")
    server.stop()
    server.start()
    monkeypatch.setenv("HOME", str(server.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    try:
        there = open_complete(f"vmware+ssh://{CALLED}{desk.machines}", host="desk")
        here = open_complete(f"vmware://{desk.machines}", host="desk")
        define(there)
        there.lifecycle.start(Kind.DOMAIN, "web")
        assert power(here) is PowerState.RUNNING
        assert here.observe.inventory().objects == there.observe.inventory().objects
        server.cut()
        there.lifecycle.stop(Kind.DOMAIN, "web", SOFT)
        assert power(here) is PowerState.STOPPED
        pool = f"<pool type='dir'><name>p</name><target><path>{tmp_path}/p</path></target></pool>"
        there.lifecycle.define(Kind.STORAGE_POOL, "p", pool)
        image = "<volume><name>a.iso</name><capacity>4</capacity></volume>"
        there.lifecycle.define(Kind.VOLUME, "p/a.iso", image)
        there.storage.upload("p/a.iso", Pieces((b"data", 4)), silent)
        assert list(here.storage.download("p/a.iso")) == [b"data\0\0\0\0"]
        there.close()
        here.close()
    finally:
        server.stop()


__all__ = ["desk"]
