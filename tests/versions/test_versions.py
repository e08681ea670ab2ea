"""What is measured with, and the measure itself on this machine's own libvirt."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.lab.errors import LabError
from specs.identity import Kind
from tests.support.debian import cache_folder
from tests.support.session import unavailable
from tests.versions.documents import below
from tests.versions.measures import settled
from tests.versions.roots import HERE, MACHINE
from tests.versions.suite import measure

_GUEST = """<domain type='qemu'><name>same</name><uuid>C7A5FDBD-CDAF-9455-926A-D65C16DB1809</uuid>
<sysinfo type='smbios'><system>
<entry name='uuid'>c7a5fdbd-cdaf-9455-926a-d65c16db1809</entry></system></sysinfo>
<devices><disk type='file'><source file='/a.img'/><target dev='vda'/></disk>
<interface type='user'><mac address='52:54:00:00:00:01'/></interface></devices></domain>"""


def test_documents_of_one_name_get_names_and_belongings_of_their_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.xml").write_text(_GUEST)
    (tmp_path / "broken.xml").write_text("<domain>")
    (tmp_path / "other.xml").write_text("<capabilities/>")
    one, two = below(tmp_path)
    assert (one.kind, one.name, two.name) == (Kind.DOMAIN, "one", "two")
    for shared in ("<name>same", "c7a5fdbd", "C7A5FDBD", "'/a.img'", "52:54:00:00:00:01"):
        assert shared not in one.text + two.text
    assert [text.count(text.partition("<uuid>")[2][:36]) for text in (one.text, two.text)] == [2, 2]


def test_what_differs_waits_or_is_blocked_is_wrong() -> None:
    right = {"problem": "", "differences": [], "pending": [], "status": "converged"}
    differs = {"path": "memory", "declared": "1", "observed": "2", "cause": "drifted"}
    found = settled(
        {
            "a": right,
            "b": right | {"status": "adopt"},
            "c": right | {"status": "change"},
            "d": right | {"differences": [differs]},
            "e": right | {"pending": [differs]},
            "f": right | {"problem": "unreadable"},
        }
    )
    assert (found.of, found.right, str(found)) == (6, 2, "2 of 6")
    assert found.wrong["d"] == "memory: '1' is '2' (drifted)"


@pytest.mark.real
def test_all_of_our_own_documents_are_right_on_this_machine() -> None:
    try:
        (row,) = measure({HERE: MACHINE}, cache_folder(), (), thorough=False)
    except LabError as error:
        unavailable(str(error))
    assert {name: column.wrong for name, column in row.columns.items() if column.wrong} == {}
    assert row.columns["applied"].of >= 150
