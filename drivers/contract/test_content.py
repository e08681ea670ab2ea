"""Volumes are filled, read and copied to the byte."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

import pytest

from drivers.base.errors import NotFound, Refused
from drivers.contract.bench import (
    FORCE,
    NOISE,
    PIECE,
    Bench,
    Broken,
    Pieces,
    needs,
    proves,
    silent,
    text_of,
    whole,
)
from drivers.contract.features import Feature
from specs.identity import Kind

QCOW2 = struct.pack(">4sIQIIQ", b"QFI\xfb", 3, 0, 0, 16, 3 << 30).ljust(104, b"\0")
"""The header of an image of 3 GiB (docs/interop/qcow2.txt of QEMU)."""


@needs(Feature.CONTENT)
def test_a_volume_that_nobody_wrote_to_is_empty(bench: Bench) -> None:
    bench.volume()
    assert whole(bench.driver.storage.download(bench.disk)) == bytes(8 << 20)


@needs(Feature.CONTENT)
@pytest.mark.parametrize(
    "given",
    [
        pytest.param((NOISE,) * 32, id="full"),
        pytest.param((1 << 20, NOISE, b"odd", PIECE - 3, NOISE[:-7], 7, 6 << 20, NOISE[3:], 3), id="holes"),
        pytest.param((NOISE, (8 << 20) - PIECE), id="hole-at-the-end"),
        pytest.param((8 << 20,), id="a-hole"),
    ],
)
def test_what_is_uploaded_is_downloaded(bench: Bench, given: tuple[bytes | int, ...]) -> None:
    bench.pool()
    sparse = bench.document(Kind.VOLUME).replace("<target>", "<allocation>0</allocation><target>")
    bench.driver.lifecycle.define(Kind.VOLUME, bench.disk, sparse)
    told: list[int] = []
    bench.driver.storage.upload(bench.disk, Pieces(given), told.append)
    got = list(bench.driver.storage.download(bench.disk))
    expected = whole(given)
    assert whole(got) == expected
    assert all(len(piece) <= PIECE for piece in got if isinstance(piece, bytes))
    assert any(isinstance(piece, int) for piece in got) == any(isinstance(piece, int) for piece in given)
    assert told == sorted(told)
    assert told[-1] == len(expected)
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str(8 << 20)


@needs(Feature.CONTENT)
@pytest.mark.parametrize(
    "given", [(), (b"short",), (PIECE, b"behind a hole")], ids=["nothing", "data", "hole"]
)
def test_a_volume_has_as_many_bytes_as_it_says(bench: Bench, given: tuple[bytes | int, ...]) -> None:
    """Also where the content is shorter; then a hole may cut off the rest (virFDStreamThreadDoWrite)."""
    bench.volume()
    bench.driver.storage.upload(bench.disk, Pieces(given), silent)
    got = whole(bench.driver.storage.download(bench.disk))
    assert got.startswith(whole(given))
    assert not any(got[len(whole(given)) :])
    assert str(len(got)) == text_of(bench.see(Kind.VOLUME).document, "capacity")


@needs(Feature.CONTENT, Feature.IMAGES)
@proves("storage.upload")
def test_an_upload_extends_a_volume(bench: Bench) -> None:
    bench.volume()
    bench.driver.storage.upload(bench.disk, Pieces((b"begin", 8 << 20, b"end")), silent)
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str((8 << 20) + 8)
    assert whole(bench.driver.storage.download(bench.disk)) == b"begin" + bytes(8 << 20) + b"end"


@needs(Feature.CONTENT, Feature.GROW)
def test_a_volume_that_grows_keeps_its_content(bench: Bench) -> None:
    bench.volume()
    bench.driver.storage.upload(bench.disk, Pieces((NOISE,)), silent)
    bench.driver.storage.resize(bench.disk, 9 << 20)
    assert whole(bench.driver.storage.download(bench.disk)) == NOISE.ljust(9 << 20, b"\0")


@needs(Feature.CONTENT, Feature.IMAGES)
def test_an_image_shows_what_its_header_says(bench: Bench) -> None:
    bench.volume()
    image = Pieces((QCOW2, (1 << 20) - len(QCOW2)))
    bench.driver.storage.upload(bench.disk, image, silent)
    seen = bench.see(Kind.VOLUME).document
    assert re.search(r"<format type=['\"]qcow2['\"]", seen)
    assert text_of(seen, "capacity") == str(3 << 30)


@needs(Feature.CONTENT)
def test_content_that_breaks_off_is_told_and_can_be_uploaded_again(bench: Bench) -> None:
    bench.volume()
    with pytest.raises(Broken):
        bench.driver.storage.upload(bench.disk, Pieces((NOISE, PIECE, NOISE), Broken()), silent)
    bench.driver.storage.upload(bench.disk, Pieces((NOISE,) * 32), silent)
    assert whole(bench.driver.storage.download(bench.disk)) == NOISE * 32


@needs(Feature.CONTENT)
def test_a_download_may_be_given_up(bench: Bench) -> None:
    bench.volume()
    bench.driver.storage.upload(bench.disk, Pieces((NOISE,) * 32), silent)
    pieces = iter(bench.driver.storage.download(bench.disk))
    assert next(pieces)
    del pieces
    assert whole(bench.driver.storage.download(bench.disk)) == NOISE * 32


@needs(Feature.CONTENT)
@pytest.mark.parametrize("capacity", [8, 12], ids=["as-large", "larger"])
@proves("storage.clone")
def test_a_clone_is_a_copy_of_its_own(bench: Bench, capacity: int) -> None:
    bench.volume()
    bench.driver.storage.upload(bench.disk, Pieces((1 << 20, NOISE, b"odd")), silent)
    before = whole(bench.driver.storage.download(bench.disk))
    document = bench.document_of_copy()
    document = document.replace(">8</capacity>", f">{capacity}</capacity>")
    bench.driver.storage.clone(bench.copy, document, bench.disk)
    assert whole(bench.driver.storage.download(bench.copy)) == before.ljust(capacity << 20, b"\0")
    seen = bench.driver.observe.one(Kind.VOLUME, bench.copy)
    assert seen is not None
    assert text_of(seen.document, "capacity") == str(capacity << 20)
    with pytest.raises(Refused):
        bench.driver.storage.clone(bench.copy, document, bench.disk)
    bench.driver.storage.upload(bench.disk, Pieces((NOISE,) * 32), silent)
    assert whole(bench.driver.storage.download(bench.copy)) == before.ljust(capacity << 20, b"\0")


@needs(Feature.CONTENT)
def test_a_new_volume_has_nothing_of_an_old_one(bench: Bench) -> None:
    bench.volume()
    bench.driver.storage.upload(bench.disk, Pieces((NOISE,)), silent)
    bench.driver.lifecycle.undefine(Kind.VOLUME, bench.disk)
    bench.define(Kind.VOLUME)
    assert whole(bench.driver.storage.download(bench.disk)) == bytes(8 << 20)


@needs(Feature.CONTENT)
@pytest.mark.parametrize("name", ["contract/absent.img", "absent/disk.img"])
def test_content_of_what_is_not_there_is_not_found(bench: Bench, name: str) -> None:
    bench.volume()
    copy = bench.document_of_copy()
    verb: Callable[[], object]
    for verb in (
        lambda: bench.driver.storage.upload(name, Pieces((b"x",)), silent),
        lambda: whole(bench.driver.storage.download(name)),
        lambda: bench.driver.storage.clone(bench.copy, copy, name),
    ):
        with pytest.raises(NotFound):
            verb()
    assert bench.driver.observe.one(Kind.VOLUME, bench.copy) is None


@needs(Feature.CONTENT, Feature.START_POOL)
def test_an_inactive_pool_gives_and_takes_no_content(bench: Bench) -> None:
    bench.volume()
    bench.driver.lifecycle.stop(Kind.STORAGE_POOL, "contract", FORCE)
    copy = bench.document_of_copy()
    verb: Callable[[], object]
    for verb in (
        lambda: bench.driver.storage.upload(bench.disk, Pieces((b"x",)), silent),
        lambda: whole(bench.driver.storage.download(bench.disk)),
        lambda: bench.driver.storage.clone(bench.copy, copy, bench.disk),
    ):
        with pytest.raises(Refused):
            verb()
