"""Names that mean harm are text: no markup, no controls, no direction that reaches beyond them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from reconciler.server.pages.fleet import Filter
from reconciler.server.pages.rendering import clock, lines, name, plain, query
from tests.reconciler.server.pages.fleet import HOSTILE, guest
from tests.reconciler.server.pages.page import Shown

Look = Callable[[str], str]
PAGES = [
    "/",
    "/?q=" + "%3Cscript%3Ealert(1)%3C/script%3E&host=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
    f"/resource?{query(address=guest(0, 3).address)}",
    "/runs",
    "/runs/1",
    "/hosts",
    "/commits",
    "/decisions",
    "/help",
]
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_markup_and_no_control_of_others(look: Look, path: str) -> None:
    text = look(path)
    page = Shown(text)
    assert page.find("//img | //iframe | //object | //svg | //style | //script[not(@src)] | //@style") == []
    assert [name for name in page.find("//@*") if name.attrname.startswith("on")] == []
    assert CONTROLS.search(text) is None


def test_the_hostile_are_there_to_be_seen(look: Look) -> None:
    shown = "<img src=x onerror=alert(1)>\"'&\\u{001b}[31m\\u{202e}gnp.exe"
    assert any(shown in cell for row in Shown(look("/?show=failed")).rows("fleet") for cell in row)
    assert any(shown in cell for row in Shown(look("/runs/1")).rows("actions") for cell in row)
    assert any(shown in cell for row in Shown(look("/commits")).rows("commits") for cell in row)


def test_names_are_isolated_and_spelt() -> None:
    assert name(HOSTILE) == (
        "<bdi>&lt;img src=x onerror=alert(1)&gt;&#34;&#39;&amp;\\u{001b}[31m\\u{202e}gnp.exe</bdi>"
    )
    assert lines("a\n\u202eb") == "<bdi>a</bdi>\n<bdi>\\u{202e}b</bdi>"
    assert plain("(secret:" + "a" * 32 + ")") == "(secret)"


def test_addresses_and_times_are_for_machines_too() -> None:
    assert query(q="a&b", show=("x", "y"), host="", page=0) == "q=a%26b&show=x&show=y"
    assert clock(0) == '<time datetime="1970-01-01T00:00:00+00:00">1970-01-01 00:00:00</time>'


def test_a_nul_reaches_no_database(viewer: TestClient) -> None:
    assert Filter.of(QueryParams("q=a%00b&host=%00")) == Filter("a\ufffdb", host="\ufffd")
    for path in ("/?q=%00&host=%00", "/resource?address=Domain/%00"):
        assert viewer.get(path).status_code in (200, 404)
