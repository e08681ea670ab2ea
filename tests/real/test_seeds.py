"""A changed seed: ignored, taken at the next boot, or a reason to rebuild the guest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.real.conftest import Shell
from tests.real.test_images import write_tree
from tests.support.daemons import LibvirtHost
from tests.support.guests import HOSTNAME, wait_for
from tests.support.images import bootable_image

pytestmark = pytest.mark.real


@pytest.fixture
def web(host: LibvirtHost, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A guest that runs with its first seed; its console."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_tree(host, shell, bootable_image(), web="first")
    shell.apply()
    console = host.images / "web.log"
    assert f"{HOSTNAME}first" in wait_for(console)
    return console


def reseed(shell: Shell, policy: str, **fields: str) -> None:
    """Changes the seed, under that policy."""
    text = (shell.tree / "guests.yaml").read_text()
    text = text.replace("local-hostname: first", "local-hostname: second")
    text = text.replace("  cloudInit:\n", f"  cloudInit:\n    onSeedChange: {policy}\n")
    for old, new in fields.items():
        text = text.replace(old, new)
    shell.write("guests.yaml", text)


def seeds(host: LibvirtHost) -> list[str]:
    return [name for name in host.virsh("vol-list", "images").split()[::2] if "-seed-" in name]


def test_ignored_it_is_shown_and_nothing_changes(host: LibvirtHost, shell: Shell, web: Path) -> None:
    (before,) = seeds(host)
    reseed(shell, "ignore")
    shell.expect_nothing_to_do()
    assert "its seed changed; the guest keeps the one that it has" in shell.out
    shell.apply()
    assert seeds(host) == [before]
    shell.lose_state()
    shell.apply()
    shell.expect_nothing_to_do()
    assert seeds(host) == [before]


def test_reseeded_the_running_guest_finds_the_new_one_at_its_next_boot(
    host: LibvirtHost, shell: Shell, web: Path
) -> None:
    (before,) = seeds(host)
    running = host.qemu_process("web")
    reseed(shell, "reseed")
    shell.apply()
    shell.expect_nothing_to_do()
    (after,) = seeds(host)
    assert after != before
    assert host.qemu_process("web") == running
    host.virsh("reset", "web")
    wait_for(web, f"{HOSTNAME}second")
    shell.expect_nothing_to_do()


def test_rebuilt_the_guest_gets_a_fresh_disk_only_by_name(host: LibvirtHost, shell: Shell, web: Path) -> None:
    (before,) = seeds(host)
    running = host.qemu_process("web")
    disk = host.images / "pool/web.qcow2"
    reseed(
        shell,
        "rebuild",
        **{
            "capacity: 64MiB, backing": "capacity: 64MiB, onSourceChange: replace, backing",
            "  memory: 256MiB\n": "  memory: 256MiB\n  stop: {deadline: 5s, force: true}\n",
        },
    )
    assert shell("apply", "--yes") == 1
    assert "this destroys the data of images/web.qcow2" in shell.err
    assert (host.qemu_process("web"), seeds(host)) == (running, [before])
    with disk.open() as old:
        shell.apply("--allow-data-loss")
        assert os.fstat(old.fileno()).st_nlink == 0
    shell.expect_nothing_to_do()
    wait_for(web, f"{HOSTNAME}second")
    assert host.qemu_process("web") != running
    assert len(seeds(host)) == 1
