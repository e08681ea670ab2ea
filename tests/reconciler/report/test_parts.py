"""Words, tables, colour, XML differences, JSON."""

from __future__ import annotations

import io
import json as standard

import pytest

from reconciler.plan.model import Plan, Status, Verdict
from reconciler.report import json
from reconciler.report.paint import Paint, paint_for, shown
from reconciler.report.table import table
from reconciler.report.words import counted, shortened
from reconciler.report.xmldiff import xml_diff
from specs.diagnostics import Origin
from specs.identity import Address, Kind


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2097152 KiB", "2 GiB"),
        ("1572864 KiB", "1.5 GiB"),
        ("1048577 KiB", "1048577 KiB"),
        ("5368709120 bytes", "5 GiB"),
        ("host", "host"),
        ("<a>\n  <b/>\n</a>", "<a><b/></a>"),
        ("x" * 300, "x" * 99 + "…"),
        (f"<a b='{'x' * 300}'/>", "<a> of 309 characters (diff shows it)"),
        ("<b>" + "x" * 300, "<b>" + "x" * 96 + "…"),
    ],
)
def test_values_as_people_recognise_them(value: str, shown: str) -> None:
    assert shortened(value) == shown


def test_counted() -> None:
    assert counted(1, "file") == "1 file"
    assert counted(2, "file") == "2 files"
    assert counted(0, "resource matches", "resources match") == "0 resources match"


def test_tables_align() -> None:
    assert list(table(("A", "BB"), [("long", "x"), ("s", "")])) == ["A     BB", "long  x", "s"]
    assert list(table(("A", "B"), [])) == ["A  B"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_only_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert paint_for("auto", Terminal()) == Paint(True)
    assert paint_for("auto", io.StringIO()) == Paint(False)
    assert paint_for("always", io.StringIO()) == Paint(True)
    assert paint_for("never", Terminal()) == Paint(False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint_for("auto", Terminal()) == Paint(False)
    assert shown(Paint(True)("red", "x")) == "\033[31mx\033[0m"
    assert Paint(True)("", "x") == "x"
    assert Paint(False)("red", "x") == "x"


def test_documents_are_compared_without_their_layout() -> None:
    assert list(xml_diff("a", "<d><m>1</m></d>", "<d>\n <m>1</m>\n</d>", Paint())) == []
    lines = list(xml_diff("a", "<d><m>1</m></d>", "<d><m>2</m></d>", Paint()))
    assert lines[:2] == ["--- observed/a", "+++ declared/a"]
    assert "-  <m>1</m>" in lines
    assert "+  <m>2</m>" in lines
    assert "+<d/>" in list(xml_diff("a", None, "<d/>", Paint()))


def test_frozen_data_becomes_json() -> None:
    verdict = Verdict(Address(Kind.NETWORK, "lan", "hv1"), "hv1", Status.CREATE, Origin("a.yaml", 2, 3))
    shown = standard.loads(json.plan_document(Plan("shop", "tree", 1.5, {"hv1": "sim:x"}, (verdict,))))
    assert shown["format_version"] == json.FORMAT_VERSION
    (resource,) = shown["resources"]
    assert resource["address"] == "Network/lan@hv1"
    assert resource["status"] == "create"
    assert resource["origin"] == "a.yaml:2:3"
    assert shown["created"] == 1.5
    assert json.plain({"a": (1, None, True, frozenset({"x"}))}) == {"a": [1, None, True, ["x"]]}
