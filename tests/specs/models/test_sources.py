"""What a volume is filled with: as the files say it, and as it is declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specs.compiling.loader import load
from specs.content import OnSourceChange, Source
from specs.desired import Declared
from specs.identity import Address, Kind
from tests.specs.tree import HOST, document, domain, loaded, many, refused, write
from tests.support.policy import TRUSTING

POOL = document("StoragePool", "p", "{target: /p}")
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SECRET_URL = "https://me:hunter2@example.org/i/base.img?token=hunter3#part"


def volume(source: str, more: str = "", name: str = "v") -> str:
    return document("Volume", name, f"{{pool: p, source: {source}{more}}}")


def _declared(root: Path, *documents: str, name: str = "v", file: str = "d/a.yaml") -> Declared:
    tree = write(root, {"host.yaml": HOST, file: many(POOL, *documents)})
    desired = load(tree, guard=TRUSTING)
    return desired.resources[Address(Kind.VOLUME, name, "h1", "p")]


def _source(root: Path, source: str, more: str = "") -> Source:
    found = _declared(root, volume(source, more)).source
    assert found
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("base.img", Source(file="d/base.img")),
        ("../images/./base.img", Source(file="images/base.img")),
        ("../../images/base.img", Source(file="../images/base.img")),
        ("/srv/base.img", Source(file="/srv/base.img")),
        ("{file: base.img.xz, compression: xz}", Source(file="d/base.img.xz", compression="xz")),
        ("{file: base.img, format: raw}", Source(file="d/base.img", exact=True)),
        (
            f"{{file: base.img, checksum: 'sha256:{HEX.upper()}'}}",
            Source(file="d/base.img", checksum=f"sha256:{HEX}", identity=f"sha256:{HEX}"),
        ),
        (
            f"{{file: base.img, checksum: {{sha256: {HEX}}}}}",
            Source(file="d/base.img", checksum=f"sha256:{HEX}", identity=f"sha256:{HEX}"),
        ),
        (
            "{file: base.img, checksum: {sums: ../SUMS}}",
            Source(file="d/base.img", sums="SUMS", sums_name="base.img", identity="sums:SUMS#base.img"),
        ),
        (
            "{url: 'https://h/i/a.img?x=1', checksum: {sums: 'https://u:p@h/SUMS?x=2'}}",
            Source(
                url="https://h/i/a.img?x=1",
                sums="https://u:p@h/SUMS?x=2",
                sums_name="a.img",
                identity="sums:https://h/SUMS#a.img",
            ),
        ),
        (
            "{url: 'https://h/a.img', checksum: {sums: 'https://h/SUMS', name: b.img}}",
            Source(
                url="https://h/a.img",
                sums="https://h/SUMS",
                sums_name="b.img",
                identity="sums:https://h/SUMS#b.img",
            ),
        ),
        ("http://h/a.img", Source(url="http://h/a.img", identity="url:http://h/a.img")),
        (f"'{SECRET_URL}'", Source(url=SECRET_URL, identity="url:https://example.org/i/base.img")),
    ],
)
def test_what_is_said_is_what_is_declared(tmp_path: Path, source: str, expected: Source) -> None:
    assert _source(tmp_path, source) == expected


@pytest.mark.parametrize(("more", "expected"), [("", "raw"), (", format: qcow2", "qcow2")])
def test_the_format_is_the_volumes(tmp_path: Path, more: str, expected: str) -> None:
    found = _source(tmp_path, "a.img", more)
    assert (found.format, found.exact) == (expected, False)


def test_a_copied_volume_is_required(tmp_path: Path) -> None:
    base = document("Volume", "base", "{pool: p, capacity: 1GiB}")
    for said in ("base", "p/base"):
        found = _declared(tmp_path, base, volume(f"{{volume: {said}}}"))
        assert found.source == Source(volume="p/base", compression="none", identity="volume:p/base")
        assert Address(Kind.VOLUME, "base", "h1", "p") in found.requires


def test_a_copied_volume_of_another_pool_is_required_with_its_pool(tmp_path: Path) -> None:
    other = document("StoragePool", "other", "{target: /o}")
    base = document("Volume", "base", "{pool: other, capacity: 1GiB}")
    found = _declared(tmp_path, other, base, volume("{volume: other/base}"))
    assert {str(address) for address in found.requires} == {
        "StoragePool/p@h1",
        "StoragePool/other@h1",
        "Volume/other/base@h1",
    }


def test_without_a_capacity_the_document_has_none(tmp_path: Path) -> None:
    assert "capacity" not in _declared(tmp_path, volume("a.img")).document
    sized = _declared(tmp_path, volume("a.img", ", capacity: 2GiB"))
    assert '<capacity unit="bytes">2147483648</capacity>' in sized.document


@pytest.mark.parametrize("more", ["", ", onSourceChange: ignore"])
def test_data_stays_by_default(tmp_path: Path, more: str) -> None:
    assert _declared(tmp_path, volume("a.img", more)).policy.on_source_change is OnSourceChange.IGNORE


def test_data_that_may_be_replaced(tmp_path: Path) -> None:
    overlay = document("Volume", "w", "{pool: p, capacity: 1GiB, backing: v, onSourceChange: replace}")
    documents = (volume("a.img", ", onSourceChange: replace"), overlay)
    for name in "vw":
        found = _declared(tmp_path, *documents, name=name)
        assert found.policy.on_source_change is OnSourceChange.REPLACE


@pytest.mark.parametrize("spec", ["format: qcow2", "format: raw"])
def test_a_disk_has_the_format_that_its_volume_is_declared_with(tmp_path: Path, spec: str) -> None:
    tree = many(
        POOL,
        document("Volume", "base", f"{{pool: p, source: a.img, {spec}}}"),
        document("Volume", "w.img", "{pool: p, capacity: 1GiB, backing: base, format: qcow2}"),
        domain(more="disks: [{volume: {pool: p, name: base}}]"),
    )
    wanted = spec.removeprefix("format: ")
    resources = loaded(tmp_path, {"a.yaml": tree}).resources
    assert f'type="{wanted}"/><source pool="p"' in resources[Address(Kind.DOMAIN, "web")].document
    overlay = resources[Address(Kind.VOLUME, "w.img", "h1", "p")].document
    assert f'<path>/p/base</path><format type="{wanted}"/>' in overlay


@pytest.mark.parametrize(
    ("spec", "at", "words"),
    [
        ("source: ~/a.img", "9:25", ("'~' is not expanded",)),
        ("source: {file: ~root/a.img}", "9:32", ("'~' is not expanded",)),
        ("source: images/", "9:25", ("path of a file",)),
        ("source: 'ftp://h/a.img'", "9:25", ("only http and https",)),
        ("source: {file: 'https://h/a'}", "9:32", ("write its path alone",)),
        ("source: {url: h/a.img}", "9:31", ("no URL",)),
        ("source: {url: 'https://'}", "9:31", ("no URL",)),
        ("source: {url: 'https://[::1/a'}", "9:31", ("no URL",)),
        ("source: {url: 'https://h/a b'}", "9:31", ("no URL",)),
        ("source: {volume: a/b/c}", "9:34", ("no volume", "pool/name")),
        ("source: {}", "9:25", ("exactly one of file, url and volume",)),
        ("source: {file: a, url: 'https://h/a'}", "9:25", ("exactly one of file, url and volume",)),
        (f"source: {{volume: a, checksum: 'sha256:{HEX}'}}", "9:25", ("go with file or url",)),
        ("source: {file: a, checksum: 'sha256:00'}", "9:45", ("64 hexadecimal digits",)),
        ("source: {file: a, checksum: 'md5:00'}", "9:45", ("64 hexadecimal digits",)),
        ("source: {file: a, checksum: {}}", "9:45", ("exactly one of sha256 and sums",)),
        (f"source: {{file: a, checksum: {{sha256: {HEX}, name: a}}}}", "9:45", ("name goes with sums",)),
        ("source: {file: a, checksum: {sums: ~/S}}", "9:52", ("'~' is not expanded",)),
        ("source: {file: a, compression: zip}", "9:48", ("'zip' is not allowed", "zst")),
        ("source: {file: a, format: qcow2}", "9:43", ("source is qcow2 and the volume raw", "format: qcow2")),
        ("source: {path: a}", "9:26", ("unknown key 'path'",)),
        ("source: {volume: nobody}", "9:34", ("no Volume 'nobody' in pool 'p' on h1",)),
        ("source: {volume: no/body}", "9:34", ("no StoragePool 'no' on h1",)),
        ("source: {volume: v}", "6:1", ("in a circle",)),
        ("source: a, capacity: 1GiB, backing: {path: /b}", "9:25", ("with backing has no source",)),
        ("source: a, capacity: 0", "9:7", ("capacity of 0",)),
        ("backing: {path: /b}", "9:7", ("'capacity' is missing", "source")),
        ("capacity: 1GiB, onSourceChange: replace", "9:7", ("goes with source or backing",)),
        ("source: a, onSourceChange: always", "9:44", ("'always' is not allowed", "replace")),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    tmp_path: Path, spec: str, at: str, words: tuple[str, ...]
) -> None:
    tree = many(POOL, document("Volume", "v", f"{{pool: p, {spec}}}"))
    problems = refused(tmp_path, {"a.yaml": tree})
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"a.yaml:{at}: "), problems
    assert all(word in problems[0] for word in words), problems


def test_a_copy_has_the_format_of_what_is_copied(tmp_path: Path) -> None:
    base = document("Volume", "base", "{pool: p, capacity: 1GiB, format: qcow2}")
    (problem,) = refused(tmp_path, {"a.yaml": many(POOL, base, volume("{volume: base}"))})
    assert "a.yaml:14:34: the copied volume is qcow2 and this one raw" in problem
    assert _declared(tmp_path, base, volume("{volume: base}", ", format: qcow2"), file="a.yaml").source


def test_encrypted_content_is_refused(tmp_path: Path) -> None:
    tree = many(
        POOL,
        document("Secret", "s", "{usage: {type: volume, id: v}, value: {env: X}}"),
        volume("a.img", ", encryption: {secret: s}"),
    )
    (problem,) = refused(tmp_path, {"a.yaml": tree})
    assert "cannot be encrypted" in problem


def test_a_disk_is_encrypted_as_its_volume_is(tmp_path: Path) -> None:
    disks = (
        "[{volume: {pool: p, name: v}}, {volume: {pool: p, name: w}}, {file: /a, encryption: {secret: s}}]"
    )
    tree = many(
        POOL,
        document("Secret", "s", "{usage: {type: volume, id: v}, value: {env: X}}"),
        document("Volume", "v", "{pool: p, capacity: 1GiB, encryption: {secret: s}}"),
        document("Volume", "w", "{pool: p, capacity: 1GiB}"),
        document("Domain", "d", f"{{memory: 1GiB, disks: {disks}}}"),
    )
    desired = loaded(tmp_path, {"a.yaml": tree})
    found = {address.name: declared for address, declared in desired.resources.items()}
    secret = f"uuid='{found['s'].uuid}'".replace("'", '"')
    whole, plain, file = found["d"].document.split("<disk ")[1:]
    assert all(secret in text for text in (whole, file, found["v"].document))
    assert "encryption" not in plain
    assert found["s"].address in found["d"].requires


def test_a_name_that_marks_a_filling_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, {"a.yaml": many(POOL, volume("a.img", name="v.filling"))})
    assert "marks a volume that is being filled" in problem


@pytest.mark.parametrize("wrong", ["https://me:hunter2@", "ftp://me:hunter2@h/a", "https://me:hunter2@h/ a"])
def test_no_error_says_what_a_url_may_hide(tmp_path: Path, wrong: str) -> None:
    for source in (f"'{wrong}'", f"{{url: '{wrong}'}}", f"{{file: '{wrong}'}}"):
        problems = refused(tmp_path, {"a.yaml": many(POOL, volume(source))})
        assert not [problem for problem in problems if "hunter2" in problem]


def test_a_printed_source_hides_its_secrets(tmp_path: Path) -> None:
    found: Any = _source(tmp_path, f"'{SECRET_URL}'")
    assert "hunter" not in repr(found)
    assert found.describe() == "https://example.org/i/base.img"
