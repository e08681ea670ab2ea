"""What a hypervisor cannot do is said offline."""

from __future__ import annotations

import pytest
from lxml import etree

from specs.checks.capability import cannot


@pytest.mark.parametrize(
    ("scheme", "xml", "fields"),
    [
        ("lxc", "<domain><os firmware='efi'/><devices><tpm/></devices></domain>", ["firmware", "tpm"]),
        ("lxc", "<domain type='lxc'><os><init>/bin/sh</init></os></domain>", []),
        ("qemu", "<domain type='xen'/>", ["type"]),
        ("qemu", "<domain type='kvm'><os><init>/bin/sh</init></os></domain>", ["init"]),
        ("xen", "<domain><devices><watchdog/></devices></domain>", ["watchdog"]),
        ("unheard-of", "<domain type='kvm'/>", []),
    ],
)
def test_cannot(scheme: str, xml: str, fields: list[str]) -> None:
    assert sorted(field for field, _ in cannot(etree.fromstring(xml), scheme)) == fields
