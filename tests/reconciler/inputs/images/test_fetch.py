from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from reconciler.inputs.images.cache import Cache
from reconciler.inputs.images.errors import ImageError
from reconciler.inputs.images.fetch import Fetcher
from tests.reconciler.inputs.images.conftest import Web

DATA = os.urandom(3_000_000)
DIGEST = f"sha256:{hashlib.sha256(DATA).hexdigest()}"


@pytest.fixture
def fetcher(tmp_path: Path) -> Fetcher:
    return Fetcher(Cache(tmp_path / "cache"), stall=0.3, pause=0.01)


def test_a_file_is_fetched_once_and_asked_after(web: Web, fetcher: Fetcher) -> None:
    web.files["/a.img"] = DATA
    path, digest = fetcher.file(web.address + "/a.img")
    assert (path.read_bytes(), digest) == (DATA, DIGEST)
    assert fetcher.file(web.address + "/a.img") == (path, digest)
    assert "if-none-match" in web.asked[1][1]
    web.files["/a.img"] = b"new"
    assert fetcher.file(web.address + "/a.img")[0].read_bytes() == b"new"
    assert fetcher.cache.root.stat().st_mode & 0o777 == 0o700


def test_a_cached_file_with_a_checksum_needs_no_server(web: Web, fetcher: Fetcher) -> None:
    web.files["/a.img"] = DATA
    fetcher.file(web.address + "/a.img", DIGEST)
    fetcher.file(web.address + "/a.img", DIGEST)
    assert len(web.asked) == 1


def test_a_download_that_broke_goes_on_where_it_ended(web: Web, fetcher: Fetcher) -> None:
    web.files["/a.img"] = DATA
    web.cut_once.add("/a.img")
    assert fetcher.file(web.address + "/a.img")[1] == DIGEST
    assert int(web.asked[1][1]["range"].removeprefix("bytes=").rstrip("-")) > 0


def test_a_file_that_changed_in_between_is_begun_anew(web: Web, fetcher: Fetcher) -> None:
    web.files["/a.img"] = b"x" * 2_000_000
    web.cut.add("/a.img")
    with pytest.raises(ImageError):
        fetcher.file(web.address + "/a.img")
    web.cut.clear()
    web.files["/a.img"] = DATA
    assert fetcher.file(web.address + "/a.img")[1] == DIGEST


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (500, 4), (503, 4)])
def test_refusals_are_final_and_faults_are_tried_again(
    web: Web, fetcher: Fetcher, status: int, tries: int
) -> None:
    web.status["/a.img"] = status
    with pytest.raises(ImageError, match=str(status)) as told:
        fetcher.file(web.address.replace("//", "//me:hidden@") + "/a.img?token=hidden")
    assert len(web.asked) == tries
    assert "hidden" not in str(told.value)


def test_a_cut_download_and_a_stalled_one_are_errors(web: Web, fetcher: Fetcher) -> None:
    web.files |= {"/cut": DATA, "/slow": DATA}
    web.cut.add("/cut")
    web.stalls.add("/slow")
    with pytest.raises(ImageError, match="cut short"):
        fetcher.file(web.address + "/cut")
    with pytest.raises(ImageError, match=r"nothing for 0\.3 s"):
        fetcher.file(web.address + "/slow")


def test_a_wrong_checksum_tells_both_and_leaves_nothing(web: Web, fetcher: Fetcher) -> None:
    web.files["/a.img"] = DATA
    wrong = "sha256:" + "0" * 64
    with pytest.raises(ImageError) as told:
        fetcher.file(web.address + "/a.img", wrong)
    assert DIGEST in str(told.value)
    assert wrong in str(told.value)
    assert not [p for p in fetcher.cache.root.rglob("*") if p.is_file() and p.stat().st_size > 1000]


def test_redirects_are_followed(web: Web, fetcher: Fetcher) -> None:
    web.files["/b"] = DATA
    web.redirects["/a"] = "/b"
    assert fetcher.file(web.address + "/a")[1] == DIGEST


def test_no_server(fetcher: Fetcher) -> None:
    with pytest.raises(ImageError, match="no connection"):
        fetcher.file("http://127.0.0.1:9/a")
