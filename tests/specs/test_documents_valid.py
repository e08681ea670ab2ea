"""What is rendered is valid by libvirt's own schemas (libvirt-common ships them)."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest
from lxml import etree

from tests.specs.wide import WIDE, Values, name_of, render, text

SCHEMAS = Path("/usr/share/libvirt/schemas")
FILES = {
    "Domain": "domain.rng",
    "Network": "network.rng",
    "StoragePool": "storagepool.rng",
    "Volume": "storagevol.rng",
    "Secret": "secret.rng",
    "NetworkFilter": "nwfilter.rng",
}


@functools.cache
def _schema(kind: str) -> etree.RelaxNG:
    path = SCHEMAS / FILES[kind]
    if not path.exists():
        reason = f"{path} is missing; Debian's libvirt-clients or libvirt-common has it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return etree.RelaxNG(etree.parse(path))


@pytest.mark.parametrize("values", WIDE, ids=name_of)
def test_rendered_document_is_valid(values: Values) -> None:
    document = render(values)
    schema = _schema(values["kind"])
    if document.tag == "domain" and not document.get("type"):
        document.set("type", "kvm")  # the plan chooses it for the host
    assert schema.validate(document), f"{schema.error_log}\n{text(document)}"


def test_every_kind_with_a_document_is_among_them() -> None:
    assert {values["kind"] for values in WIDE} == set(FILES)
