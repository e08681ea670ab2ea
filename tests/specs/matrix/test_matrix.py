"""The matrix: every scheme and family has one row, and drivers of others bring theirs along."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from specs import matrix
from specs.documents.fields import spec_model
from specs.identity import Kind
from specs.matrix import ROWS, by_family, by_scheme, by_uri, words
from specs.matrix.model import Ability, Bounds, Facet, Hypervisor, NameRule, Span, cannot
from specs.models.seeds import FIELDS
from specs.uris import SCHEMES


def test_every_scheme_has_one_row_and_every_family_one() -> None:
    schemes = [scheme for row in ROWS for scheme in row.schemes]
    assert len(schemes) == len(set(schemes))
    assert {*SCHEMES, "sim"} <= set(schemes)
    assert len({row.family for row in ROWS}) == len(ROWS)
    assert all(by_scheme(scheme) is by_family(row.family) is row for row in ROWS for scheme in row.schemes)
    assert by_uri("qemu+ssh://a@hv1/system?no_tty=1").family == "qemu"


def test_every_row_names_what_there_is() -> None:
    fields = {field.alias or name for name, field in spec_model(Kind.DOMAIN).model_fields.items()}
    for row in ROWS:
        assert row.title
        assert row.seeds <= set(FIELDS) <= fields
        assert row.usual.type in ("", *row.types)


def test_what_nobody_knows_forbids_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    row = by_scheme("nobody-knows")
    assert (row.title, row.types, dict(row.allows), row.can) == ("nobody-knows", (), {}, frozenset(Ability))
    brought = Hypervisor("mine", "Mine", ("mine",), types=("mine",))

    def points(**wanted: Any) -> list[Any]:
        assert wanted == {"group": "virt_reconcile.hypervisors", "name": "mine"}
        return [SimpleNamespace(load=lambda: brought)]

    monkeypatch.setattr("importlib.metadata.entry_points", points)
    assert by_uri("mine://hv1/") is brought
    matrix.by_scheme.cache_clear()


def test_facets_are_of_what_can_be_done() -> None:
    assert by_scheme("qemu").facets == frozenset(Facet)
    assert Facet.STORAGE not in by_scheme("vmwarews").facets
    assert Facet.LIFECYCLE in by_scheme("test").facets
    assert cannot("hv1", Facet.MOVE) == "hv1 cannot move domains to other hosts"


def test_spans_and_names() -> None:
    assert [number for number in range(12) if Span(2, 8, 3).holds(number)] == [3, 6]
    assert Span(5).holds(10**9)
    assert NameRule(longest=3).holds("ab c") is False
    assert NameRule(longest=3).holds("a c")


def test_the_page_is_made_from_the_rows() -> None:
    page = Path(__file__).parents[3] / "docs" / "matrix.md"
    assert page.read_text() == words.page(ROWS), "run: python -m specs.matrix > docs/matrix.md"


def test_limits_in_words() -> None:
    bounds = Bounds(
        Span(4096, 2**31, 4096), Span(1, 32), Span(512), {Kind.DOMAIN: NameRule(words="letters", longest=9)}
    )
    assert list(words.limits(replace(by_scheme("qemu"), bounds=bounds))) == [
        "memory 4 MiB to 2 TiB, in steps of 4 MiB",
        "vCPUs 1 to 32",
        "volumes 512 B or more",
        "names of domains: letters, at most 9 characters",
    ]
    assert list(words.limits(by_scheme("qemu"))) == []
