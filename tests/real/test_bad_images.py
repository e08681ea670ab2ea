"""Images that cannot be had or are not what they should be: a clear error, and nothing left on the host."""

from __future__ import annotations

import functools
import hashlib
import importlib
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reconciler.inputs.images.fetch import Fetcher
from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real
MIB = 2**20
_BYTES = b"a disk" + bytes(3 * MIB)

_TREE = """\
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{target: {pool}}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: base.img}}
spec: {{pool: images, {rest}}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: other.img}}
spec: {{pool: images, capacity: 1MiB}}
"""


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
        elif self.path == "/broken":
            self.send_error(500)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(_BYTES)))
            self.end_headers()
            half = _BYTES if self.path == "/whole" else _BYTES[: len(_BYTES) // 2]
            self.wfile.write(half)
            if self.path == "/slow":
                time.sleep(20)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[str]:
    """A web server with good and bad files; its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as http:
        http.daemon_threads = True
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://user:s3cret@127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.fixture(autouse=True)
def _quickly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    quick = functools.partial(Fetcher, stall=1.0, pause=0.05)
    monkeypatch.setattr(importlib.import_module("reconciler.inputs.images.prepare"), "Fetcher", quick)


def refused(host: LibvirtHost, shell: Shell, rest: str, *parts: str, pool: str = "") -> None:
    """Applies twice: either time the volume fails, with these words, and all else goes on."""
    shell.write("tree.yaml", _TREE.format(pool=pool or f"{host.images}/pool", rest=rest))
    for _ in range(2):
        assert shell("apply", "--yes") == 1, shell.out + shell.err
        for part in parts:
            assert part in shell.err
        assert "Traceback" not in shell.err
        assert "s3cret" not in shell.out + shell.err
        assert host.virsh("vol-list", "images").split()[::2] == ["other.img"]


@pytest.mark.parametrize(
    ("path", "said"),
    [("missing", "404"), ("broken", "500"), ("short", "base.img"), ("slow", "base.img")],
)
def test_a_server_that_does_not_give_it(
    host: LibvirtHost, shell: Shell, server: str, path: str, said: str
) -> None:
    refused(host, shell, f'source: "{server}/{path}"', said)


def test_a_good_server(host: LibvirtHost, shell: Shell, server: str) -> None:
    digest = hashlib.sha256(_BYTES).hexdigest()
    rest = f'source: {{url: "{server}/whole", checksum: "sha256:{digest}"}}'
    shell.write("tree.yaml", _TREE.format(pool=f"{host.images}/pool", rest=rest))
    shell.apply()
    shell.expect_nothing_to_do()
    assert "s3cret" not in shell.out + shell.err
    assert (host.images / "pool/base.img").read_bytes() == _BYTES


def test_a_wrong_checksum(host: LibvirtHost, shell: Shell, server: str) -> None:
    wrong = "0" * 64
    rest = f'source: {{url: "{server}/whole", checksum: "sha256:{wrong}"}}'
    refused(host, shell, rest, hashlib.sha256(_BYTES).hexdigest(), wrong)


def test_a_file_that_is_not_there(host: LibvirtHost, shell: Shell) -> None:
    refused(host, shell, "source: nowhere.img", "nowhere.img", "No such file")


@pytest.mark.parametrize("backing", ["/etc/shadow", "json:{'driver':'nbd','host':'10.0.0.1'}"])
def test_an_image_that_leads_elsewhere(host: LibvirtHost, shell: Shell, tmp_path: Path, backing: str) -> None:
    image = tmp_path / "evil.qcow2"
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", backing, "-F", "raw", str(image), "1M"]
    subprocess.run(command, check=True)
    refused(host, shell, f"format: qcow2, source: {image}", "evil.qcow2", "backing")


def test_an_image_of_another_format(host: LibvirtHost, shell: Shell, tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(image), "1M"], check=True)
    refused(host, shell, f"source: {image}", "qcow2")
    shell.write(
        "tree.yaml",
        _TREE.format(pool=f"{host.images}/pool", rest=f"source: {{file: {image}, format: raw}}"),
    )
    shell.apply()
    shell.expect_nothing_to_do()
    assert (host.images / "pool/base.img").read_bytes() == image.read_bytes()


def test_a_volume_smaller_than_its_image(host: LibvirtHost, shell: Shell, server: str) -> None:
    refused(
        host, shell, f'capacity: 1MiB, source: "{server}/whole"', "declare at least the size of the image"
    )


def test_a_full_pool(host: LibvirtHost, shell: Shell, tmp_path: Path) -> None:
    small = host.images / "small"
    small.mkdir()
    daemon = ("nsenter", "--mount", "--target", host.run("cat", "/run/libvirtd.pid").strip())
    host.run(*daemon, "mount", "-t", "tmpfs", "-o", "size=4m", "none", str(small))
    assert host.run(*daemon, "stat", "-f", "-c", "%T", str(small)).strip() == "tmpfs"
    image = tmp_path / "large.img"
    image.write_bytes(b"x" * 8 * MIB)
    try:
        refused(host, shell, f"source: {image}", "No space left", pool=str(small))
    finally:
        host.virsh("pool-destroy", "images")
        host.run(*daemon, "umount", str(small))
