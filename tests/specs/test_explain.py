"""`explain`, and the reference page that is made of the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.explain import explain, reference
from specs.models.registry import MODELS

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


def test_the_page_is_what_the_models_say() -> None:
    assert PAGE.read_text() == reference(), "run: python -m specs.explain > docs/reference.md"


def test_the_page_has_every_kind_and_no_dead_link() -> None:
    page = reference()
    headings = [line.lstrip("# ") for line in page.splitlines() if line.startswith("##")]
    anchors = {heading.replace(".", "").lower() for heading in headings}
    assert set(MODELS) <= set(headings)
    assert len(headings) == len(set(headings))
    links = {part.split(")")[0] for part in page.split("](#")[1:]}
    assert links <= anchors, links - anchors


@pytest.mark.parametrize("kind", MODELS)
def test_every_kind_is_explained(kind: str) -> None:
    assert explain(kind) == explain(kind.lower())
    assert explain(kind).startswith(f"{kind}\n")


def test_a_field() -> None:
    assert explain("domain.disks.cache") == (
        "Domain.disks.cache\n"
        "  How the host caches it.\n"
        "  type:    default | none | writethrough | writeback | directsync | unsafe\n"
        "  example: cache: none\n"
        "  libvirt: devices/disk/driver/@cache\n"
    )


def test_what_words_mean() -> None:
    assert explain("Domain.restart").splitlines()[-3:] == [
        "    never      what needs a restart waits until somebody restarts it",
        "    if-needed  it is restarted at once, where a change needs it",
        "    window     it is restarted in its window",
    ]
    assert "    nat          guests reach the world" in explain("Network.forward.mode")


def test_a_field_with_fields() -> None:
    text = explain("network.ips.dhcp")
    assert text.startswith("Network.ips.dhcp\n")
    assert "  ranges  Addresses that are given out.\n" in text


def test_defaults_and_required_fields() -> None:
    assert "  default: required\n" in explain("Domain.memory")
    assert "  default: keep\n" in explain("Volume.onDelete")
    assert "  default: {count: 1}\n" in explain("Domain.vcpus")
    assert "size " in explain("Domain.memory")
    assert "(required)" in explain("Domain.memory")
    assert "required" not in explain("DomainTemplate.memory")


def test_short_forms_are_in_the_type() -> None:
    assert "  type:    text such as 2GiB | mapping\n" in explain("Domain.memory")
    assert "  type:    list of (vnc | spice | mapping); one may stand alone\n" in explain("Domain.graphics")


def test_spec_may_be_said_and_metadata_is_reached() -> None:
    assert explain("Domain.spec.title").splitlines()[1:] == explain("Domain.title").splitlines()[1:]
    assert "labels" in explain("Domain.metadata")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("Domian", "there is no kind 'Domian'; did you mean 'Domain'"),
        ("domain.disk", "Domain has no field 'disk'; did you mean 'disks'"),
        ("Domain.disks.cahce", "Domain.disks has no field 'cahce'; did you mean 'cache'"),
        ("Domain.title.x", "Domain.title has no field 'x'"),
        ("", "there is no kind ''"),
        ("Domain.", "Domain has no field ''"),
    ],
)
def test_what_there_is_not(path: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        explain(path)
