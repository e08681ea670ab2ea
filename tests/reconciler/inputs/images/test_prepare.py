from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pycdlib
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from reconciler.inputs.images import ImageError, Prepared, identity_of, iso, prepare
from reconciler.inputs.images.checksums import checksum_in
from specs.content import Source
from tests.reconciler.inputs.images.conftest import Web

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
HOLE = 5 * 2**20
IMAGE = b"boot" + os.urandom(300_000) + bytes(HOLE) + b"end"


def whole(prepared: Prepared) -> bytes:
    pieces = list(prepared.content.pieces())
    assert all(isinstance(p, int) or 0 < len(p) <= 256 * 1024 for p in pieces)
    data = b"".join(bytes(p) if isinstance(p, int) else p for p in pieces)
    assert len(data) == prepared.content.size
    return data


def made(tmp_path: Path, source: Source) -> Prepared:
    return prepare(source, root=tmp_path, cache=tmp_path / "cache")


def test_a_sparse_file_is_read_with_its_holes_and_not_copied(tmp_path: Path) -> None:
    with (tmp_path / "a.img").open("wb") as file:
        file.write(b"start")
        file.seek(64 * 2**20)
        file.write(b"x" * 70_000)
        file.truncate(96 * 2**20)
    prepared = made(tmp_path, Source(file="a.img"))
    assert sum(p for p in prepared.content.pieces() if isinstance(p, int)) > 90 * 2**20
    assert whole(prepared) == (tmp_path / "a.img").read_bytes()
    assert not list((tmp_path / "cache").rglob("prepared/*"))


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.img").write_bytes(IMAGE)
    prepared = made(tmp_path, Source(file="a.img"))
    pieces = prepared.content.pieces()
    next(pieces)
    os.utime(tmp_path / "a.img", (1, 1))
    with pytest.raises(ImageError, match="changed while"):
        list(pieces)


@pytest.mark.parametrize("name", PACK)
def test_archives_are_unpacked_sparse(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_bytes(PACK[name](IMAGE[:1000]) + PACK[name](IMAGE[1000:]))
    prepared = made(tmp_path, Source(file="a"))
    assert whole(prepared) == IMAGE
    (kept,) = (tmp_path / "cache" / "prepared").iterdir()
    assert kept.stat().st_blocks * 512 < HOLE
    assert kept.name == hashlib.sha256(IMAGE).hexdigest()


@pytest.mark.parametrize("name", PACK)
def test_damaged_archives_are_errors_and_leave_nothing(tmp_path: Path, name: str) -> None:
    packed = PACK[name](IMAGE)
    for data in (packed[:-20], packed[: len(packed) // 2], packed[:200] + b"\xff" * 400 + packed[600:]):
        (tmp_path / "a").write_bytes(data)
        with pytest.raises(ImageError, match="archive"):
            whole(made(tmp_path, Source(file="a", compression=name)))
        assert not list((tmp_path / "cache").glob("prepared/*"))
        assert not list((tmp_path / "cache").glob("partial/*"))


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="qemu-img is not installed")
@pytest.mark.parametrize("form", ["qcow2", "vmdk", "vdi", "vhdx", "vpc"])
def test_formats_are_told_by_their_bytes(tmp_path: Path, form: str) -> None:
    subprocess.run(["qemu-img", "create", "-qf", form, tmp_path / "a", "8M"], check=True)
    prepared = made(tmp_path, Source(file="a", format=form))
    assert prepared.format == form
    if form in ("qcow2", "vmdk", "vdi"):
        assert prepared.virtual_size == 8 * 2**20
    with pytest.raises(ImageError, match=f"looks like {form}"):
        made(tmp_path, Source(file="a"))
    assert made(tmp_path, Source(file="a", exact=True)).format == "raw"
    (tmp_path / "a").write_bytes(IMAGE)
    with pytest.raises(ImageError, match=f"declared {form} and is raw"):
        made(tmp_path, Source(file="a", format=form))


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="qemu-img is not installed")
@pytest.mark.parametrize(
    "options",
    [
        ["-b", "/etc/passwd", "-F", "raw", "-u"],
        ["-b", "/etc/passwd", "-F", "raw", "-u", "-o", "compat=0.10"],
        ["-o", "data_file=other.raw"],
    ],
)
def test_images_that_name_other_files_are_refused(tmp_path: Path, options: list[str]) -> None:
    subprocess.run(["qemu-img", "create", "-qf", "qcow2", *options, "a", "8M"], check=True, cwd=tmp_path)
    with pytest.raises(ImageError, match=r"names .* refused"):
        made(tmp_path, Source(file="a", format="qcow2"))


def test_sums_from_a_url(tmp_path: Path, web: Web) -> None:
    packed = gzip.compress(IMAGE)
    web.files["/a.img.gz"] = packed
    web.files["/SUMS"] = f"{hashlib.sha256(packed).hexdigest()} *a.img.gz\n".encode()
    source = Source(url=web.address + "/a.img.gz", sums=web.address + "/SUMS", identity="url:x")
    assert whole(made(tmp_path, source)) == IMAGE
    with pytest.raises(ImageError, match=r"it lists a\.img\.gz"):
        made(tmp_path, replace(source, sums_name="b"))


@given(
    st.dictionaries(
        st.text(st.characters(whitelist_categories=("L", "N")), min_size=1), st.binary(), min_size=1
    ),
    st.sampled_from(["{h}  {n}", "{h} *{n}", "{h}  ./{n}", "SHA256 ({n}) = {h}"]),
)
def test_every_listed_name_is_found(files: dict[str, bytes], form: str) -> None:
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    text = "# sums\n" + "\n".join(form.format(h=h, n=n) for n, h in digests.items())
    for name, digest in digests.items():
        assert checksum_in(text, name, "SUMS") == f"sha256:{digest}"
    with pytest.raises(ImageError, match="does not list"):
        checksum_in(text, "no/such", "SUMS")


def test_the_identity_of_a_file_is_its_digest_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(IMAGE)
    monkeypatch.setattr("reconciler.inputs.images.checksums._SETTLED_NS", -1)
    first = identity_of(Source(file="a"), root=tmp_path, cache=tmp_path / "cache")
    assert first.startswith("content:")
    with monkeypatch.context() as patched:
        patched.setattr(
            "reconciler.inputs.images.content.FileContent.pieces", lambda _: pytest.fail("read again")
        )
        assert identity_of(Source(file="a"), root=tmp_path, cache=tmp_path / "cache") == first
    path.write_bytes(IMAGE + b"!")
    assert identity_of(Source(file="a"), root=tmp_path, cache=tmp_path / "cache") != first
    with pytest.raises(ImageError, match="No such file"):
        identity_of(Source(file="missing"), root=tmp_path, cache=tmp_path / "cache")


@given(
    st.lists(st.tuples(st.integers(0, 40), st.binary(min_size=1, max_size=3)), max_size=4),
    st.integers(0, 9),
)
def test_the_identity_of_a_file_knows_its_bytes_and_not_its_holes(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[int, bytes]], rest: int
) -> None:
    folder = tmp_path_factory.mktemp("identity")
    with (folder / "sparse").open("wb") as file:
        for place, data in parts:
            file.seek(place * 16384 + place)
            file.write(data)
        file.truncate(42 * 16384 + rest)
    (folder / "full").write_bytes((folder / "sparse").read_bytes())
    (folder / "other").write_bytes((folder / "sparse").read_bytes()[:-1] + b"!")
    sparse, full, other = (
        identity_of(Source(file=name), root=folder, cache=folder / "cache")
        for name in ("sparse", "full", "other")
    )
    assert sparse == full != other


def test_an_iso_has_its_names_in_both_trees_and_no_date(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"user-data": "#cloud-config\n", "meta-data": "", "openstack/latest/user_data": "x"}
    first = iso("cidata", tuple(files.items()))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    time.sleep(1.1)
    assert iso("cidata", tuple(reversed(files.items()))) == first
    monkeypatch.undo()
    time.tzset()
    image = pycdlib.PyCdlib()
    image.open_fp(io.BytesIO(first))
    for kind in ("rr_path", "joliet_path"):
        for name, text in files.items():
            out = io.BytesIO()
            image.get_file_from_iso_fp(out, **{kind: f"/{name}"})
            assert out.getvalue() == text.encode()
