"""explain: kinds and fields."""

from __future__ import annotations

import pytest

from tests.reconciler.cli.lab import Lab


@pytest.mark.parametrize(
    "path", ["Fleet", "Domain", "Domain.memory", "Domain.disks.cache", "Network.forward"]
)
def test_explain_documents_kinds_and_fields(lab: Lab, path: str) -> None:
    said = lab("explain", path)
    assert said.code == 0
    assert path.rpartition(".")[2] in said.out


@pytest.mark.parametrize(
    ("path", "told"),
    [("Domian", "did you mean 'Domain'"), ("Domain.dsks", "did you mean 'disks'"), ("", "kind")],
)
def test_explain_names_what_is_near(lab: Lab, path: str, told: str) -> None:
    said = lab("explain", path)
    assert said.code == 1
    assert told in said.err


def test_it_is_data_too(lab: Lab) -> None:
    said = lab("explain", "Domain.disks", "-o", "json").json["explanation"]
    assert said["path"] == "Domain.disks"
    assert {"name": "cache"}.items() <= next(f for f in said["fields"] if f["name"] == "cache").items()
    assert lab("explain", "Domain.disks", "-o", "markdown").out.startswith("```text\nDomain.disks\n")
