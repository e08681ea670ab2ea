"""The clock as the files say it: each form is written, and read back as it was said."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from specs.documents.forms import form_of
from specs.documents.reading import fields_in
from specs.documents.setting import Setting
from specs.identity import Kind
from specs.models.domain import Domain
from specs.models.machine import Clock
from specs.xml import parse
from tests.specs.wide import model_of, text

FORMS: list[tuple[Any, dict[str, str]]] = [
    ("utc", {"offset": "utc"}),
    ({"offset": "utc", "adjustment": "reset"}, {"offset": "utc", "adjustment": "reset"}),
    ({"offset": "utc", "adjustment": 3600}, {"offset": "utc", "adjustment": "3600"}),
    ("localtime", {"offset": "localtime"}),
    ({"offset": "localtime", "adjustment": "reset"}, {"offset": "localtime", "adjustment": "reset"}),
    ({"offset": "localtime", "adjustment": -60}, {"offset": "localtime", "adjustment": "-60"}),
    (
        {"offset": "timezone", "timezone": "Europe/Vienna"},
        {"offset": "timezone", "timezone": "Europe/Vienna"},
    ),
    ({"offset": "absolute", "start": 1700000000}, {"offset": "absolute", "start": "1700000000"}),
    ("variable", {"offset": "variable", "adjustment": "0"}),
    ({"offset": "variable", "adjustment": "reset"}, {"offset": "variable", "adjustment": "reset"}),
    (
        {"offset": "variable", "adjustment": 7, "basis": "localtime"},
        {"offset": "variable", "adjustment": "7", "basis": "localtime"},
    ),
]


@pytest.mark.parametrize(("said", "written"), FORMS)
def test_each_form_is_written_and_read_back(said: Any, written: dict[str, str]) -> None:
    values = {"apiVersion": "virt-reconcile/v1", "kind": "Domain", "metadata": {"name": "a"},
              "spec": {"memory": "64MiB", "clock": said}}  # fmt: skip
    domain = model_of(values)
    assert isinstance(domain, Domain)
    clock = parse(text(form_of(Kind.DOMAIN).render(domain, Setting("xen")))).find("clock")
    assert clock is not None
    assert {str(name): str(value) for name, value in clock.attrib.items()} == written
    read = {name: str(value) for name, value in fields_in(clock, Clock).items()}
    assert {"offset": "utc", **read} == written  # what is said by default is left out


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"offset": "utc", "timezone": "Europe/Vienna"}, "timezone goes with offset: timezone"),
        ({"offset": "timezone"}, "offset: timezone needs timezone"),
        ({"offset": "absolute"}, "offset: absolute needs start"),
        (
            {"offset": "absolute", "start": 1, "adjustment": 5},
            "adjustment goes with offset: utc or localtime",
        ),
        ({"offset": "utc", "basis": "utc"}, "basis goes with offset: variable"),
        ({"offset": "utc", "adjustment": "often"}, "reset"),
        ({"offset": "absolute", "start": -1}, "greater than or equal to 0"),
    ],
)
def test_what_does_not_go_together_is_refused(said: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Clock.model_validate(said)
