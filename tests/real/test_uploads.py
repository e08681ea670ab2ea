"""Killed at any point of an upload, the next apply ends with the same bytes."""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.base import Content
from drivers.libvirt.facets.lifecycle import LibvirtLifecycle
from drivers.libvirt.facets.storage import LibvirtStorage
from reconciler.cli.main import call
from specs.content import MARKER
from specs.identity import Kind
from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real
MIB = 2**20
_SIZE = 24 * MIB
_GROWN = 40 * MIB

_TREE = """\
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{target: {images}/pool}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: base.img}}
spec: {{pool: images, capacity: 40MiB, source: {source}}}
"""

Hook = Callable[[str, str, int], None]
"""Told a call ('define', 'upload', …) with the volume's name and how many bytes are through: -1 before
the call, its total after it."""


def watch(monkeypatch: pytest.MonkeyPatch, hook: Hook) -> None:
    """Has the hook told of everything that an upload does on the host."""
    for facet, method, verb in (
        (LibvirtLifecycle, "define", "define"),
        (LibvirtLifecycle, "undefine", "undefine"),
        (LibvirtStorage, "resize", "resize_volume"),
    ):
        real = getattr(facet, method)

        def told(self: object, *given: object, verb: str = verb, real: Callable[..., None] = real) -> None:
            name = str(given[1] if given[0] is Kind.VOLUME else given[0])
            name = re.sub(r"\.[0-9a-f]{16}(?=\.filling$)", "", name)  # a marker's nonce
            hook(verb, name, -1)
            real(self, *given)
            hook(verb, name, 0)

        monkeypatch.setattr(facet, method, told)
    real_upload = LibvirtStorage.upload

    def upload(self: LibvirtStorage, name: str, content: Content, progress: Callable[[int], None]) -> None:
        def passing(done: int) -> None:
            hook("upload", name, done)
            progress(done)

        real_upload(self, name, content, passing)

    monkeypatch.setattr(LibvirtStorage, "upload", upload)


POINTS = [
    ("define", f"images/base.img{MARKER}", -1),
    ("define", f"images/base.img{MARKER}", 0),
    ("define", "images/base.img", -1),
    ("define", "images/base.img", 0),
    ("upload", "images/base.img", 1),
    ("upload", "images/base.img", _SIZE // 2),
    ("upload", "images/base.img", _SIZE),
    ("resize_volume", "images/base.img", -1),
    ("resize_volume", "images/base.img", 0),
    ("undefine", f"images/base.img{MARKER}", -1),
    ("undefine", f"images/base.img{MARKER}", 0),
]


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An image with data, a hole and data."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "base.img"
    noise = random.Random(7).randbytes(MIB)
    with path.open("wb") as file:
        for place in (*range(0, 8), *range(16, 24)):
            file.seek(place * MIB)
            file.write(noise[place:] + noise[:place])
    return path


def expect_whole(host: LibvirtHost, shell: Shell, image: Path) -> None:
    shell.apply()
    shell.expect_nothing_to_do()
    made = (host.images / "pool/base.img").read_bytes()
    assert len(made) == _GROWN
    assert made[:_SIZE] == image.read_bytes()
    assert not any(made[_SIZE:])
    assert sorted(host.virsh("vol-list", "images").split()[::2]) == ["base.img"]


@pytest.mark.parametrize("lost", [False, True], ids=["", "state-lost"])
@pytest.mark.parametrize(("verb", "name", "done"), POINTS)
def test_our_process_is_killed(
    host: LibvirtHost,
    shell: Shell,
    image: Path,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    name: str,
    done: int,
    lost: bool,
) -> None:
    shell.write("tree.yaml", _TREE.format(images=host.images, source=image))

    def kill(seen_verb: str, seen_name: str, seen: int) -> None:
        if (seen_verb, seen_name) == (verb, name) and (seen >= done if done > 0 else seen == done):
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        watch(monkeypatch, kill)
        call(["apply", "--yes", str(shell.tree)])
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was to be killed on its way"
    if lost:
        shell.lose_state()
    expect_whole(host, shell, image)


@pytest.mark.parametrize(("verb", "name", "done"), [POINTS[2], POINTS[4], POINTS[5], POINTS[6], POINTS[9]])
def test_libvirtd_is_killed(
    host: LibvirtHost,
    shell: Shell,
    image: Path,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    name: str,
    done: int,
) -> None:
    shell.write("tree.yaml", _TREE.format(images=host.images, source=image))
    killed: list[int] = []

    def kill(seen_verb: str, seen_name: str, seen: int) -> None:
        there = (seen_verb, seen_name) == (verb, name) and (seen >= done if done > 0 else seen == done)
        if there and not killed:
            killed.append(seen)
            host.kill()

    with monkeypatch.context() as patching:
        watch(patching, kill)
        assert shell("apply", "--yes") == 1, shell.out + shell.err
    assert killed
    assert "Traceback" not in shell.err
    host.start()
    expect_whole(host, shell, image)


def test_a_changed_image_replaces_only_by_policy_and_by_name(
    host: LibvirtHost, shell: Shell, image: Path
) -> None:
    tree = _TREE.format(images=host.images, source=image)
    shell.write("tree.yaml", tree)
    shell.apply()
    with image.open("r+b") as file:
        file.write(b"another image")
    shell.expect_nothing_to_do()
    assert "onSourceChange: ignore" in shell.out
    shell.write("tree.yaml", tree.replace("capacity: 40MiB", "capacity: 40MiB, onSourceChange: replace"))
    assert shell("apply", "--yes") == 1
    assert "this destroys the data of images/base.img" in shell.err
    assert (host.images / "pool/base.img").read_bytes()[:13] != b"another image"
    shell.apply("--allow-data-loss")
    expect_whole(host, shell, image)
