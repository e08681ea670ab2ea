"""Images: only what leads nowhere else, from where it may come, as much as it may be, as it was looked at."""

from __future__ import annotations

import gzip
import hashlib
import ipaddress
import lzma
import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpcore
import pytest
import zstandard

from drivers.contract.complete import open_complete
from reconciler.inputs.images import ImageError, Limits, Prepared, prepare
from reconciler.inputs.images.cache import Cache
from reconciler.inputs.images.connect import LINK_LOCAL, LOOPBACK, PRIVATE, PUBLIC, Forbidden, Reach, nearness
from reconciler.inputs.images.fetch import Fetcher
from specs.checks.transport import plain_download, unprotected
from specs.content import MARKER, Source
from specs.identity import Kind
from tests.reconciler.cli.lab import Lab

MIB = 2**20
needs_qemu_img = pytest.mark.skipif(not shutil.which("qemu-img"), reason="qemu-img is not installed")


def got(folder: Path, source: Source, **more: Any) -> Prepared:
    return prepare(source, root=folder, cache=folder / "cache", **more)


def image(folder: Path, form: str, *options: str, size: str = "8M") -> Path:
    path = folder / f"a.{form}"
    subprocess.run(["qemu-img", "create", "-qf", form, *options, path, size], check=True, cwd=folder)
    return path


def refused(folder: Path, name: str, form: str, match: str, *, exact: bool = False) -> None:
    with pytest.raises(ImageError, match=match):
        got(folder, Source(file=name, format=form, exact=exact))


# formats


@needs_qemu_img
@pytest.mark.parametrize("form", ["qcow", "qed", "parallels"])
def test_formats_that_may_lead_elsewhere_are_not_taken(tmp_path: Path, form: str) -> None:
    path = image(tmp_path, form)
    refused(tmp_path, path.name, form, "which is not taken")
    refused(tmp_path, path.name, "raw", f"looks like {form}")
    refused(tmp_path, path.name, "qcow2", f"is {form}")


@needs_qemu_img
@pytest.mark.parametrize("form", ["qcow", "qed", "qcow2"])
@pytest.mark.parametrize("declared", ["as it is", "raw", "taken as raw bytes"])
def test_a_backing_file_is_refused_whatever_it_is_declared(tmp_path: Path, form: str, declared: str) -> None:
    if form == "qcow":  # qemu-img makes no such image any more, and QEMU opens it
        path = image(tmp_path, form)
        header(path, 8, struct.pack(">QI", 48, 11))
        header(path, 48, b"/etc/shadow")
    else:
        path = image(tmp_path, form, "-u", "-b", "/etc/shadow", "-F", "raw")
    said = form if declared == "as it is" else "raw"
    refused(tmp_path, path.name, said, ".", exact=declared == "taken as raw bytes")


def header(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


BROKEN = {
    "version 4": (4, struct.pack(">I", 4)),
    "clusters of 2 bytes": (20, struct.pack(">I", 1)),
    "clusters of 2^63 bytes": (20, struct.pack(">I", 63)),
    "tables behind its end": (40, struct.pack(">Q", 1 << 40)),
    "a table that is not aligned": (40, struct.pack(">Q", 3)),
    "more bytes than its tables": (24, struct.pack(">Q", 1 << 62)),
    "an unknown encryption": (32, struct.pack(">I", 9)),
    "an external data file": (72, struct.pack(">Q", 1 << 2)),
    "corrupt": (72, struct.pack(">Q", 1 << 1)),
    "unknown features": (72, struct.pack(">Q", 1 << 50)),
    "the name of a data file": (104, struct.pack(">II", 0x44415441, 8) + b"/etc/pwd"),
}


@needs_qemu_img
@pytest.mark.parametrize("what", BROKEN)
def test_a_qcow2_that_is_not_sane(tmp_path: Path, what: str) -> None:
    path = image(tmp_path, "qcow2")
    at, data = BROKEN[what]
    if "name" in what:
        at = struct.unpack_from(">I", path.read_bytes(), 100)[0]
    header(path, at, data)
    refused(tmp_path, path.name, "qcow2", r"a\.qcow2")


@needs_qemu_img
def test_a_qcow2_that_is_sane(tmp_path: Path) -> None:
    for number, options in enumerate(("compat=0.10", "compat=1.1", "cluster_size=512", "extended_l2=on")):
        path = image(tmp_path, "qcow2", "-o", options, size="1G")
        prepared = got(tmp_path, Source(file=path.name, format="qcow2"))
        assert prepared.virtual_size == 2**30, number


VMDK = b'# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\n'


@needs_qemu_img
@pytest.mark.parametrize(
    "text",
    [
        b'RW 1 FLAT "/etc/shadow" 0\n',
        b'RW 1 SPARSE "one.vmdk"\nRW 1 SPARSE "two.vmdk"\n',
    ],
)
def test_a_vmdk_that_is_only_a_description(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a").write_bytes(VMDK + text)
    refused(tmp_path, "a", "vmdk", "other files")
    refused(tmp_path, "a", "raw", "names other files", exact=True)


@needs_qemu_img
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"parentCID=ffffffff", b"parentCID=00000001"),
        (b'createType="monolithicSparse"', b'createType="monolithicFlat"  '),
        (b"SPARSE", b"FLAT  "),
        (b"ddb.adapterType", b"parentFileNameHint"[:15]),
    ],
)
def test_a_vmdk_that_leads_elsewhere(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = image(tmp_path, "vmdk")
    data = path.read_bytes()
    assert before in data
    hint = b'parentFileNameHint="/etc/shadow"\n'
    changed = data.replace(before, after, 1)
    if before.startswith(b"ddb"):
        at = data.index(b"# Extent description")
        changed = data[:at] + hint + data[at + len(hint) :]
    path.write_bytes(changed)
    refused(tmp_path, path.name, "vmdk", "another file")


@needs_qemu_img
def test_a_vmdk_whose_description_lies_far_behind(tmp_path: Path) -> None:
    path = image(tmp_path, "vmdk")
    data = path.read_bytes()
    far = -(-len(data) // 512) * 512 + MIB
    header(path, 28, struct.pack("<QQ", far // 512, 20))
    header(path, far, VMDK + b'parentFileNameHint="/etc/shadow"\n' + bytes(20 * 512))
    refused(tmp_path, path.name, "vmdk", "another file")


@needs_qemu_img
def test_parents_of_vhdx_vdi_and_vpc(tmp_path: Path) -> None:
    path = image(tmp_path, "vhdx")
    data = path.read_bytes()
    parameters = bytes.fromhex("3767a1ca36fa434db3b633f0aa44e76b")
    at = data.index(parameters)
    offset = struct.unpack_from("<I", data, at + 16)[0]
    header(path, data.index(b"metadata") + offset + 4, b"\2")
    refused(tmp_path, path.name, "vhdx", "a parent image")
    path = image(tmp_path, "vdi")
    header(path, 0x4C, struct.pack("<I", 4))
    refused(tmp_path, path.name, "vdi", "a parent image")
    path = image(tmp_path, "vpc")
    header(path, 60, struct.pack(">I", 4))
    refused(tmp_path, path.name, "vpc", "a parent image")
    for form in ("vhdx", "vdi", "vpc"):
        (tmp_path / "short").write_bytes(image(tmp_path, form).read_bytes()[:300])
        refused(tmp_path, "short", form, "short")


def test_the_controller_may_take_fewer_formats(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1000)
    with pytest.raises(ImageError, match="not taken"):
        got(tmp_path, Source(file="a"), limits=Limits(formats=frozenset({"qcow2"})))


# a server that means no good


@dataclass
class Web:
    """Answers with the files, sends elsewhere, or sends slowly."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    lengths: dict[str, str] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def web() -> Iterator[Web]:
    told = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            if self.path in told.redirects:
                self.send_response(302)
                self.send_header("Location", told.redirects[self.path])
                self.end_headers()
                return
            data = told.files.get(self.path, b"")
            self.send_response(200)
            length = told.lengths.get(self.path, str(len(data)))
            if length:
                self.send_header("Content-Length", length)
            self.end_headers()
            step = 100 if self.path in told.slow else 65536
            for at in range(0, len(data), step):
                try:
                    self.wfile.write(data[at : at + step])
                    self.wfile.flush()
                except OSError:
                    return
                if self.path in told.slow:
                    time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        told.address = f"http://127.0.0.1:{server.server_port}"
        yield told
        server.shutdown()


def fetcher(folder: Path, **limits: Any) -> Fetcher:
    given = Limits(**limits)
    return Fetcher(Cache(folder / "cache"), stall=2.0, pause=0.01, limits=given, bound=given.most(0))


def left(folder: Path) -> list[Path]:
    return [
        p for p in (folder / "cache").rglob("*") if p.is_file() and p.parent.name in ("published", "partial")
    ]


@pytest.mark.parametrize("told", ["2000000", "", "9" * 400])
def test_more_than_the_limit_is_not_fetched(web: Web, tmp_path: Path, told: str) -> None:
    web.files["/a"] = bytes(2_000_000)
    web.lengths["/a"] = told
    with pytest.raises(ImageError):
        fetcher(tmp_path, largest=MIB).file(web.address + "/a")
    assert left(tmp_path) == []


def test_no_more_is_fetched_than_the_volume_holds(web: Web, tmp_path: Path) -> None:
    web.files["/a"] = os.urandom(MIB)
    web.lengths["/a"] = str(500 * MIB)
    with pytest.raises(ImageError, match="the volume has a capacity of 1 MiB"):
        got(tmp_path, Source(url=web.address + "/a"), capacity=MIB)


def test_a_server_that_drips(web: Web, tmp_path: Path) -> None:
    web.files["/a"] = bytes(100_000)
    web.slow.add("/a")
    with pytest.raises(ImageError, match="sends less than"):
        fetcher(tmp_path).file(web.address + "/a")


def test_a_download_that_takes_too_long(web: Web, tmp_path: Path) -> None:
    web.files["/a"] = bytes(100_000)
    web.slow.add("/a")
    begun = time.monotonic()
    with pytest.raises(ImageError, match=r"longer than 0\.5 s"):
        fetcher(tmp_path, longest=0.5, slowest=1).file(web.address + "/a")
    assert time.monotonic() - begun < 25  # all of it would take fifty


def test_headers_that_drip_take_no_longer(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not over.wait(0.05):
                try:
                    connection.sendall(b"X-A: b\r\n")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    with pytest.raises(ImageError, match=r"longer than 0\.5 s"):
        fetcher(tmp_path, longest=0.5).file(f"http://127.0.0.1:{listener.getsockname()[1]}/a")
    over.set()
    thread.join(30)
    listener.close()


def test_redirects_end(web: Web, tmp_path: Path) -> None:
    web.redirects["/a"] = "/a"
    with pytest.raises(ImageError, match="redirects more than 5 times"):
        fetcher(tmp_path).file(web.address + "/a")
    assert len(web.asked) == 6


@pytest.mark.parametrize(
    "to", ["file:///etc/shadow", "ftp://127.0.0.1/a", "gopher://127.0.0.1/", "javascript:x"]
)
def test_redirects_stay_with_the_web(web: Web, tmp_path: Path, to: str) -> None:
    web.redirects["/a"] = to
    with pytest.raises(ImageError, match=r"neither http nor https|InvalidURL"):
        fetcher(tmp_path).file(web.address + "/a")


@pytest.mark.parametrize("to", ["http://", "http://[::1", "http://\udcff/", "//:99999/", "\x00"])
def test_redirects_to_nonsense(web: Web, tmp_path: Path, to: str) -> None:
    web.redirects["/a"] = to.encode(errors="surrogateescape").decode("latin-1")
    with pytest.raises(ImageError):
        fetcher(tmp_path).file(web.address + "/a")


def test_no_way_from_https_to_http(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="from https to http"):
        fetcher(tmp_path)._redirected("https://a/x", "https://a/x", "http://a/x")


def test_only_servers_that_the_controller_allows(web: Web, tmp_path: Path) -> None:
    web.files["/a"] = b"x"
    web.redirects["/b"] = "http://localhost:1/a"
    allowed = fetcher(tmp_path, hosts=("127.0.0.*",))
    assert allowed.file(web.address + "/a")[0].read_bytes() == b"x"
    with pytest.raises(ImageError, match="may not come from localhost"):
        allowed.file(web.address + "/b")
    with pytest.raises(ImageError, match=r"may not come from 127\.0\.0\.1"):
        fetcher(tmp_path, hosts=("*.debian.org",)).file(web.address + "/c")


NEAR = {
    "8.8.8.8": PUBLIC,
    "2606:4700::1111": PUBLIC,
    "10.1.2.3": PRIVATE,
    "100.64.0.1": PRIVATE,
    "fd00::1": PRIVATE,
    "::ffff:192.168.0.1": PRIVATE,
    "2002:0a00:0001::": PRIVATE,
    "169.254.169.254": LINK_LOCAL,
    "fe80::1": LINK_LOCAL,
    "224.0.0.1": LINK_LOCAL,
    "64:ff9b::a9fe:a9fe": LINK_LOCAL,
    "127.8.9.1": LOOPBACK,
    "::1": LOOPBACK,
    "0.0.0.0": LOOPBACK,
    "::": LOOPBACK,
    "::ffff:127.0.0.1": LOOPBACK,
    "64:ff9b::7f00:1": LOOPBACK,
}


@pytest.mark.parametrize(("address", "near"), NEAR.items())
def test_how_close_an_address_is(address: str, near: int) -> None:
    assert nearness(ipaddress.ip_address(address)) == near


def answers(monkeypatch: pytest.MonkeyPatch, *replies: str) -> list[str]:
    """The name server's answers, one look-up after the other; connections go to this machine's server, and
    are noted by the address that was asked for."""
    left, tried = list(replies), []

    def look_up(host: str, port: int) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...]:
        return tuple(map(ipaddress.ip_address, (left.pop(0) if len(left) > 1 else left[0]).split()))

    real = httpcore.SyncBackend.connect_tcp

    def connect(self: httpcore.SyncBackend, host: str, *given: object) -> httpcore.NetworkStream:
        tried.append(host)
        return real(self, "127.0.0.1", *given)  # type: ignore[arg-type]

    monkeypatch.setattr("reconciler.inputs.images.connect.look_up", look_up)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return tried


def test_a_public_server_leads_nowhere_inside(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = web.address.rpartition(":")[2]
    web.redirects["/a"] = f"http://inside.example:{port}/secret"
    web.files["/secret"] = b"secret"
    for inside in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"):
        tried = answers(monkeypatch, "93.184.216.34", inside)
        with pytest.raises(ImageError, match=r"leads to inside\.example, a "):
            fetcher(tmp_path).file(f"http://public.example:{port}/a")
        assert tried == ["93.184.216.34"]
    assert "/secret" not in web.asked
    answers(monkeypatch, "93.184.216.34", "10.0.0.1")
    assert (
        fetcher(tmp_path, private=True).file(f"http://public.example:{port}/a")[0].read_bytes() == b"secret"
    )


def test_a_private_server_leads_no_further_inside(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = web.address.rpartition(":")[2]
    web.redirects["/a"] = f"http://inside.example:{port}/b"
    web.files["/b"] = b"b"
    answers(monkeypatch, "10.0.0.1", "10.0.0.2")
    assert fetcher(tmp_path).file(f"http://own.example:{port}/a")[0].read_bytes() == b"b"
    (tmp_path / "again").mkdir()
    answers(monkeypatch, "10.0.0.1", "127.0.0.1")
    with pytest.raises(ImageError, match="a loopback address"):
        fetcher(tmp_path / "again").file(f"http://own.example:{port}/a")
    answers(monkeypatch, "169.254.169.254")
    with pytest.raises(ImageError, match="link-local"):
        fetcher(tmp_path).file(f"http://cloud.example:{port}/b")


def test_a_name_that_changes_its_answer(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was judged is what is connected to; a second look-up, for a second try, is judged anew."""
    port = web.address.rpartition(":")[2]
    web.files["/a"] = bytes(100)
    web.lengths["/a"] = "200"  # cut short, so that it is tried again
    tried = answers(monkeypatch, "93.184.216.34", "127.0.0.1")
    with pytest.raises(ImageError, match="a loopback address"):
        fetcher(tmp_path).file(f"http://rebinding.example:{port}/a")
    assert tried == ["93.184.216.34"]
    reach = Reach()
    mixed = tuple(map(ipaddress.ip_address, ("127.0.0.1", "93.184.216.34")))
    assert reach.choose("mixed.example", mixed) == mixed[1:]
    with pytest.raises(Forbidden):
        reach.choose("mixed.example", mixed[:1])


def test_credentials_do_not_follow_to_another_server(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    monkeypatch.setattr(
        "reconciler.inputs.images.connect.Transport.handle_request",
        _noting(given),
    )
    web.redirects["/a"] = web.address.replace("127.0.0.1", "localhost") + "/b"
    web.files["/b"] = b"b"
    fetcher(tmp_path).file(web.address.replace("//", "//me:hidden@") + "/a")
    assert [bool(value) for value in given] == [True, False]


def _noting(given: list[str]):  # type: ignore[no-untyped-def]
    from reconciler.inputs.images.connect import Transport

    real = Transport.handle_request

    def handle(self, request):  # type: ignore[no-untyped-def]
        given.append(request.headers.get("authorization", ""))
        return real(self, request)

    return handle


# bombs

BOMBS = {
    "gz": lambda data: gzip.compress(data),
    "xz": lambda data: lzma.compress(data, preset=0),
    "zst": lambda data: zstandard.ZstdCompressor().compress(data),
}


@pytest.mark.parametrize("form", BOMBS)
def test_what_unpacks_to_too_much(tmp_path: Path, form: str) -> None:
    (tmp_path / "a").write_bytes(BOMBS[form](bytes(80 * MIB)) * 3)
    assert (tmp_path / "a").stat().st_size < MIB
    with pytest.raises(ImageError, match="unpacks to more than"):
        got(tmp_path, Source(file="a"), limits=Limits(largest=MIB))
    with pytest.raises(ImageError, match="the volume has a capacity of 1 MiB"):
        got(tmp_path, Source(file="a"), capacity=MIB)
    assert not list((tmp_path / "cache").glob("p*/*"))
    assert got(tmp_path, Source(file="a")).virtual_size == 240 * MIB


def test_an_xz_that_asks_for_gigabytes_of_memory(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 64 * MIB, "preset": 0}]
    data = bytearray(lzma.compress(b"x" * 100, filters=filters))
    # The dictionary's size is one byte of the block header, which has a checksum of its own.
    at = data.index(b"\x21\x01") + 2
    data[at] = 40
    length = (data[12] + 1) * 4
    import zlib

    data[12 + length - 4 : 12 + length] = struct.pack("<I", zlib.crc32(bytes(data[12 : 12 + length - 4])))
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(ImageError, match="xz archive"):
        got(tmp_path, Source(file="a"))


# what is used is what was looked at

IMAGE = b"boot" + os.urandom(400_000)
DIGEST = f"sha256:{hashlib.sha256(IMAGE).hexdigest()}"


def test_a_cached_file_that_was_changed_is_found_out_and_fetched_again(web: Web, tmp_path: Path) -> None:
    web.files["/a"] = IMAGE
    source = Source(url=web.address + "/a", checksum=DIGEST)
    list(got(tmp_path, source).content.pieces())
    (kept,) = left(tmp_path)
    with kept.open("r+b") as file:
        file.write(b"evil")
    with pytest.raises(ImageError, match="thrown away"):
        list(got(tmp_path, source).content.pieces())
    pieces = got(tmp_path, source).content.pieces()
    assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == IMAGE
    assert web.asked == ["/a", "/a"]


@pytest.mark.parametrize("shelf", ["published", "prepared"])
def test_a_cached_archive_that_was_changed(web: Web, tmp_path: Path, shelf: str) -> None:
    packed = gzip.compress(IMAGE)
    web.files["/a.gz"] = packed
    source = Source(
        url=web.address + "/a.gz", checksum=f"sha256:{hashlib.sha256(packed).hexdigest()}", compression="gz"
    )
    list(got(tmp_path, source).content.pieces())
    (kept,) = (tmp_path / "cache" / shelf).iterdir()
    if shelf == "published":
        shutil.rmtree(tmp_path / "cache" / "prepared")
        kept.write_bytes(gzip.compress(b"evil"))
    else:
        kept.write_bytes(b"evil" + IMAGE[4:])
    with pytest.raises(ImageError):
        list(got(tmp_path, source).content.pieces())
    pieces = got(tmp_path, source).content.pieces()
    assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == IMAGE


def test_a_file_that_changes_its_bytes_and_not_its_times(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(IMAGE)
    prepared = got(tmp_path, Source(file="a"))
    before = path.stat()
    path.write_bytes(b"evil" + IMAGE[4:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ImageError, match="changed while"):
        list(prepared.content.pieces())


def test_a_file_that_is_swapped_after_it_was_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(IMAGE)
    prepared = got(tmp_path, Source(file="a"))
    before = path.stat()
    os.mkfifo(tmp_path / "b")
    (tmp_path / "b").rename(path)
    with pytest.raises(ImageError, match="changed while"):
        list(prepared.content.pieces())
    path.unlink()
    path.write_bytes(IMAGE)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ImageError, match="changed while"):
        list(prepared.content.pieces())


def test_a_checksum_holds_for_the_bytes_that_are_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(IMAGE)
    prepared = got(tmp_path, Source(file="a", checksum=DIGEST))
    path.write_bytes(b"evil" + IMAGE[4:])
    monkeypatch.setattr("reconciler.inputs.images.content.Stamp.of_open", lambda _: prepared.content.stamp)  # type: ignore[attr-defined]
    monkeypatch.setattr("reconciler.inputs.images.content.Stamp.of", lambda _: prepared.content.stamp)  # type: ignore[attr-defined]
    with pytest.raises(ImageError, match="not what its checksum says"):
        list(prepared.content.pieces())


def test_a_cache_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    if os.geteuid() == 0:
        os.chown(tmp_path / "cache", 12345, 12345)
        (tmp_path / "a.gz").write_bytes(gzip.compress(IMAGE))
        with pytest.raises(ImageError, match="belongs to another user"):
            got(tmp_path, Source(file="a.gz"))


_TREE = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: images}
spec: {target: /srv/images}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: base.img}
spec: {pool: images, source: SOURCE}
"""


@pytest.fixture
def lab(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lab = Lab(tmp_path, capsys)
    lab.fleet()
    return lab


def test_a_mismatch_at_the_end_of_an_upload_leaves_no_volume(lab: Lab, web: Web) -> None:
    web.files["/a"] = IMAGE
    lab.write("all.yaml", _TREE.replace("SOURCE", f'{{url: "{web.address}/a", checksum: "{DIGEST}"}}'))
    lab.applied()
    driver = open_complete(lab.uri(), host="hv1")
    driver.lifecycle.undefine(Kind.VOLUME, "images/base.img")
    (kept,) = [path for path in (lab.path / "cache").rglob("*") if path.parent.name == "published"]
    kept.write_bytes(b"evil" + IMAGE[4:])
    said = lab("apply", "TREE", "--yes")
    assert said.code == 1
    assert "thrown away" in said.err
    assert not [o for o in driver.observe.inventory().objects.values() if o.kind is Kind.VOLUME]
    lab.applied()
    volumes = [o.name for o in driver.observe.inventory().objects.values() if o.kind is Kind.VOLUME]
    assert volumes == ["images/base.img"]
    assert not any(name.endswith(MARKER) for name in volumes)
    lab.assert_converged()


# what is said before


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("qemu+tcp://hv1/system", "plain TCP"),
        ("xen+tcp://10.0.0.1/", "plain TCP"),
        ("qemu+tcp://127.0.0.1:1/system", ""),
        ("qemu+tls://hv1/system?no_verify=1", "no_verify"),
        ("qemu+tls://hv1/system?no_verify=0", ""),
        ("qemu+ssh://hv1/system?no_verify=1", "no_verify"),
        ("qemu+libssh://hv1/system?known_hosts_verify=ignore", "known_hosts_verify"),
        ("qemu+libssh://hv1/system?known_hosts_verify=normal", ""),
        ("qemu+ssh://hv1/system", ""),
        ("qemu:///system", ""),
        ("qemu+tls://[::1/system", ""),
    ],
)
def test_unprotected_connections_are_told(uri: str, said: str) -> None:
    told = " ".join(unprotected(uri))
    assert said in told if said else not told


@pytest.mark.parametrize(
    ("url", "checksum", "sums", "warned"),
    [
        ("http://a/x", "", "", True),
        ("HTTP://a/x", "", "", True),
        ("http://a/x", "", "http://a/SUMS", True),
        ("http://a/x", "", "https://a/SUMS", False),
        ("http://a/x", "", "SUMS", False),
        ("http://a/x", "sha256:0", "", False),
        ("https://a/x", "", "", False),
        ("", "", "", False),
    ],
)
def test_plain_downloads_are_told(url: str, checksum: str, sums: str, warned: bool) -> None:
    assert bool(plain_download(url, checksum, sums)) is warned


def test_validate_and_plan_tell_of_what_is_unprotected(lab: Lab) -> None:
    lab.write("all.yaml", _TREE.replace("SOURCE", "http://images.example/a.img"))
    for command in ("validate", "plan"):
        said = lab(command, "TREE", "--host", "hv1=sim+tcp://somewhere/x?no_verify=1")
        assert "plain http without a checksum" in said.out + said.err
    said = lab("validate", "TREE", "--host", "hv1=qemu+tcp://hv1/system?no_verify=1")
    assert said.code == 0
    assert "plain TCP" in said.err
    assert "no_verify" in said.err


def test_the_controllers_policy_bounds_images(lab: Lab) -> None:
    """maxSize of the policy reaches the unpacking."""
    (lab.tree / "a.img.gz").write_bytes(gzip.compress(b"x" * 4096))
    lab.write("all.yaml", _TREE.replace("SOURCE", "a.img.gz"))
    policy = lab.path / "policy.yaml"
    policy.write_text("apiVersion: virt-reconcile/v1\nkind: ControllerPolicy\nimages: {maxSize: 1KiB}\n")
    policy.chmod(0o600)
    said = lab("apply", "TREE", "--yes", "--policy", str(policy))
    assert said.code == 1
    assert "the limit is 1 KiB" in said.err
    assert lab("apply", "TREE", "--yes").code == 0
