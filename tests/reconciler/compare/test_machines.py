"""Machine types: an alias follows the guest, and whatever else is said is meant."""

from __future__ import annotations

import pytest

from drivers.dialects import dialect
from reconciler.compare import Base, compare
from reconciler.compare.model import Comparison
from specs.identity import Kind

NEW = dialect(
    "qemu",
    {
        "x86_64/pc": "pc-i440fx-10.0",
        "x86_64/q35": "pc-q35-10.0",
        "aarch64/virt": "virt-10.0",
        "s390x/s390-ccw-virtio": "s390-ccw-virtio-rhel9.4.0",
    },
)
"""A host whose QEMU is newer than its guests."""


def guest(machine: str, arch: str = "x86_64") -> str:
    kind = f"<os><type arch='{arch}' machine='{machine}'>hvm</type></os>"
    return f"<domain type='qemu'><name>a</name>{kind}</domain>"


def found(declared: str, observed: str, base: Base | None = None, arch: str = "x86_64") -> Comparison:
    return compare(Kind.DOMAIN, guest(declared, arch), guest(observed, arch), base, NEW)


@pytest.mark.parametrize(
    ("alias", "kept", "arch"),
    [
        ("pc", "pc-i440fx-7.2", "x86_64"),
        ("pc", "pc-i440fx-rhel7.6.0", "x86_64"),
        ("pc", "pc-i440fx-jammy", "x86_64"),
        ("q35", "pc-q35-5.2", "x86_64"),
        ("virt", "virt-7.2", "aarch64"),
        ("s390-ccw-virtio", "s390-ccw-virtio-7.2", "s390x"),
    ],
)
@pytest.mark.parametrize("recorded", [True, False])
def test_an_alias_is_any_version_of_its_family(alias: str, kept: str, arch: str, recorded: bool) -> None:
    base = Base(guest(alias, arch), guest(kept, arch), same_version=False) if recorded else None
    assert found(alias, kept, base, arch).differences == ()


@pytest.mark.parametrize(
    ("declared", "observed"),
    [("q35", "pc-i440fx-7.2"), ("pc", "pc-q35-7.2"), ("pc-i440fx-10.0", "pc-i440fx-7.2"), ("pc", "microvm")],
)
def test_another_family_and_another_version_by_name_are_other_machines(declared: str, observed: str) -> None:
    (difference,) = found(declared, observed).differences
    assert (difference.path, difference.observed) == ("os/type/@machine", observed)
    assert f'machine="{declared}"' in found(declared, observed).merged


def test_an_alias_that_was_edited_is_a_change() -> None:
    base = Base(guest("pc"), guest("pc-i440fx-7.2"), same_version=False)
    (difference,) = found("q35", "pc-i440fx-7.2", base).differences
    assert (str(difference.cause), difference.declared) == ("edited", "q35")


def test_what_somebody_made_of_an_alias_goes_back_to_what_it_was() -> None:
    """Not to what the alias means by now."""
    base = Base(guest("pc"), guest("pc-i440fx-7.2"), same_version=False)
    drifted = found("pc", "pc-i440fx-6.2", base)
    assert [(each.declared, str(each.cause)) for each in drifted.differences] == [
        ("pc-i440fx-7.2", "drifted")
    ]
    assert 'machine="pc-i440fx-7.2"' in drifted.merged
