"""What a release of libvirt does not know yet, and that the table agrees with the schemas here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from drivers.dialects.settings import settings_of
from specs.documents.identities import LIBVIRT
from specs.documents.tree import to_node
from specs.identity import Kind
from specs.xml import parse
from tests.settings.schemas import ROOTS, written_paths

SCHEMAS = Path("/usr/share/libvirt/schemas")
DISK = "<disk><target dev='vda' bus='virtio'{}/></disk>"


def domain(devices: str) -> str:
    return f"<domain><devices>{devices}</devices></domain>"


def lost(document: str, release: tuple[int, int, int] | None) -> list[tuple[str, str, str]]:
    found = settings_of(release).unkept(Kind.DOMAIN, to_node(parse(document)), LIBVIRT)
    return [(each.path, each.value, each.keeper) for each in found]


def test_an_attribute_that_a_release_does_not_know_is_told_with_one_that_does() -> None:
    document = domain(DISK.format(" dpofua='on'"))
    assert lost(document, (9, 0, 0)) == [("devices/disk[vda]/target/@dpofua", "on", "12.8.0")]
    assert lost(document, (12, 8, 0)) == []


def test_an_element_is_told_whole() -> None:
    ((path, value, keeper),) = lost(domain("<pstore backend='acpi-erst'><path>/p</path></pstore>"), (9, 0, 0))
    assert (path, keeper) == ("devices/pstore", "11.3.0")
    assert "acpi-erst" in value


def test_nothing_is_said_of_a_release_between_two_of_the_table() -> None:
    assert lost(domain(DISK.format(" dpofua='on'")), (12, 0, 0)) == []


def test_nothing_is_said_of_a_host_without_libvirt() -> None:
    assert lost(domain(DISK.format(" dpofua='on'")), None) == []


@pytest.mark.parametrize(("more", "may"), [("", False), (" dpofua='on'", True)])
def test_a_document_without_any_such_name_is_not_looked_into(more: str, may: bool) -> None:
    assert settings_of((9, 0, 0)).may_drop(Kind.DOMAIN, domain(DISK.format(more))) is may


def installed() -> tuple[int, int, int]:
    told = subprocess.run(["libvirtd", "--version"], capture_output=True, text=True, check=True).stdout
    major, minor, micro = map(int, told.rpartition(" ")[2].strip().split("."))
    return major, minor, micro


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="libvirt's schemas are not on this machine")
@pytest.mark.parametrize("kind", ROOTS)
def test_the_table_agrees_with_the_schemas_of_the_installed_release(kind: Kind) -> None:
    known, release = written_paths(SCHEMAS, kind), installed()
    oldest = settings_of((0, 0, 0)).unknown.get(kind, {})
    lacking = settings_of(release).unknown.get(kind, {})
    assert not known & lacking.keys()
    keepers = {path: tuple(map(int, keeper.split("."))) for path, keeper in oldest.items()}
    assert {path for path, keeper in keepers.items() if keeper <= release} <= known
