"""Volumes' bytes over the streams of a real daemon: real images, and what goes wrong on the way."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.base.errors import NotFound, Refused, Unreachable
from drivers.contract.complete import CompleteHost, open_complete
from reconciler.inputs.images.content import Bytes, FileContent, Stamp
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.support.daemons import LibvirtHost

MIB = 1 << 20
POOL = "<pool type='dir'><name>p</name><target><path>{path}</path></target></pool>"
VOLUME = """<volume><name>{name}</name><capacity unit='bytes'>{size}</capacity><allocation>0</allocation>
  <target><format type='raw'/></target></volume>"""


@dataclass(frozen=True)
class Noise:
    """Random data, as many pieces of a MiB's quarter; `between` is called before each one."""

    number: int = 64
    between: Callable[[int], None] = lambda _: None

    @property
    def size(self) -> int:
        return self.number * MIB // 4

    def pieces(self) -> Iterator[bytes | int]:
        for number in range(self.number):
            self.between(number)
            yield os.urandom(MIB // 4)


def silent(_done: int) -> None:
    return


@pytest.fixture
def pool(driver: CompleteHost, libvirt_host: LibvirtHost) -> Path:
    """The folder of an active pool `p`."""
    return active(driver, libvirt_host.images / "pool")


def active(driver: CompleteHost, path: Path) -> Path:
    driver.lifecycle.define(Kind.STORAGE_POOL, "p", POOL.format(path=path))
    driver.lifecycle.build_pool("p")
    driver.lifecycle.start(Kind.STORAGE_POOL, "p")
    return path


def empty(driver: CompleteHost, name: str = "v.img", size: int = 16 * MIB) -> str:
    driver.lifecycle.define(Kind.VOLUME, f"p/{name}", VOLUME.format(name=name, size=size))
    return f"p/{name}"


def whole(pieces: Iterable[bytes | int]) -> bytes:
    return b"".join(bytes(piece) if isinstance(piece, int) else piece for piece in pieces)


def document(driver: CompleteHost, name: str) -> str:
    seen = driver.observe.one(Kind.VOLUME, name)
    assert seen is not None
    return seen.document


def test_a_qcow2_image_shows_its_virtual_size(driver: CompleteHost, pool: Path, tmp_path: Path) -> None:
    image = tmp_path / "image.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(image), "3G"], check=True)
    subprocess.run(["qemu-io", "-c", "write -P 7 1G 1M", str(image)], check=True, capture_output=True)
    size = image.stat().st_size
    name = empty(driver, size=size)
    driver.storage.upload(name, FileContent(image, Stamp.of(image)), silent)
    assert "<format type='qcow2'/>" in document(driver, name)
    assert f"<capacity unit='bytes'>{3 << 30}</capacity>" in document(driver, name)
    assert (pool / "v.img").read_bytes() == image.read_bytes()
    assert whole(driver.storage.download(name)) == image.read_bytes()
    checked = ["qemu-img", "check", "-q", str(pool / "v.img")]
    assert subprocess.run(checked, check=False).returncode == 0


def test_holes_stay_holes_on_both_ways(driver: CompleteHost, pool: Path) -> None:
    size = 1 << 30
    name = empty(driver, size=size)

    class Sparse:
        size = 1 << 30

        def pieces(self) -> Iterator[bytes | int]:
            yield b"begin"
            yield size - 8
            yield b"end"

    driver.storage.upload(name, Sparse(), silent)
    assert (pool / "v.img").stat().st_size == size
    assert (pool / "v.img").stat().st_blocks * 512 < MIB
    pieces = list(driver.storage.download(name))
    assert sum(piece for piece in pieces if isinstance(piece, int)) > size - MIB
    assert sum(piece if isinstance(piece, int) else len(piece) for piece in pieces) == size


def test_a_full_pool_says_so(driver: CompleteHost, libvirt_host: LibvirtHost) -> None:
    small = libvirt_host.images / "small"
    small.mkdir()
    libvirt_host.run("mount", "-t", "tmpfs", "-o", "size=4m", "none", str(small))
    try:
        active(driver, small)
        name = empty(driver)
        with pytest.raises(Refused, match="No space left"):
            driver.storage.upload(name, Noise(), silent)
        driver.lifecycle.undefine(Kind.VOLUME, name)
        assert driver.observe.one(Kind.VOLUME, name) is None
    finally:
        driver.lifecycle.stop(Kind.STORAGE_POOL, "p", StopPolicy(methods=(), deadline=5, force=True))
        libvirt_host.run("umount", str(small))


def test_a_volume_deleted_behind_libvirts_back(driver: CompleteHost, pool: Path) -> None:
    name = empty(driver)
    (pool / "v.img").unlink()
    with pytest.raises((Refused, NotFound)):
        driver.storage.upload(name, Noise(), silent)
    with pytest.raises((Refused, NotFound)):
        list(driver.storage.download(name))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


def fall(host: LibvirtHost, how: str) -> None:
    {"kill": host.kill, "stop": host.stop, "freeze": host.freeze}[how]()


def rise(host: LibvirtHost, how: str) -> None:
    {"kill": host.start, "stop": host.start, "freeze": host.thaw}[how]()


pytestmark = pytest.mark.usefixtures("impatient")
FALLS = pytest.mark.parametrize("how", ["kill", "stop", "freeze"])
PATIENCE = 30
"""Seconds until a daemon that says nothing is given up: keepalive's, and a margin."""


@FALLS
def test_the_daemon_falls_in_the_middle_of_an_upload(
    driver: CompleteHost, pool: Path, libvirt_host: LibvirtHost, how: str
) -> None:
    name = empty(driver)

    def between(number: int) -> None:
        if number == 16:
            fall(libvirt_host, how)

    try:
        with within(PATIENCE), pytest.raises(Unreachable):
            driver.storage.upload(name, Noise(256, between), silent)
    finally:
        rise(libvirt_host, how)
    driver.lifecycle.start(Kind.STORAGE_POOL, "p")
    data = os.urandom(16 * MIB)
    driver.storage.upload(name, Bytes(data), silent)
    assert (pool / "v.img").read_bytes().startswith(data)


@FALLS
def test_the_daemon_falls_in_the_middle_of_a_download(
    driver: CompleteHost, pool: Path, libvirt_host: LibvirtHost, how: str
) -> None:
    name = empty(driver, size=256 * MIB)
    driver.storage.upload(name, Noise(1024), silent)
    pieces = iter(driver.storage.download(name))
    assert next(pieces)
    fall(libvirt_host, how)
    try:
        with within(PATIENCE), pytest.raises(Unreachable):
            list(pieces)
    finally:
        rise(libvirt_host, how)
    driver.lifecycle.start(Kind.STORAGE_POOL, "p")
    assert next(iter(driver.storage.download(name)))


def test_many_at_once(driver: CompleteHost, pool: Path, libvirt_host: LibvirtHost) -> None:
    """Streams of one connection do not get in each other's way."""
    names = [empty(driver, f"v{number}.img", 4 * MIB) for number in range(4)]

    def both(name: str) -> None:
        data = os.urandom(4 * MIB)
        driver.storage.upload(name, Bytes(data), silent)
        assert whole(driver.storage.download(name)) == data

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(both, names))


def test_a_reader_may_not_download(driver: CompleteHost, pool: Path, libvirt_host: LibvirtHost) -> None:
    """libvirt lets nobody read volumes over a read-only connection (virStorageVolDownload)."""
    name = empty(driver)
    reader = open_complete(libvirt_host.qemu, host="hv1", readonly=True)
    with pytest.raises(Refused):
        list(reader.storage.download(name))
    reader.close()
