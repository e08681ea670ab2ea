"""What the pages show of commands is what these print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.likeness import alike, brought_up_to_date
from tests.docs.page import Page, all_pages
from tests.docs.player import is_played, needs_a_host, play

if TYPE_CHECKING:
    from tests.support.daemons import LibvirtHost

PLAYED = [page for page in all_pages() if is_played(page)]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.real] if needs_a_host(page) else [], id=page.path)
        for page in PLAYED
    ],
)
def test_a_page_shows_what_is_printed(page: Page, request: pytest.FixtureRequest) -> None:
    def host() -> LibvirtHost:
        given: LibvirtHost = request.getfixturevalue("libvirt_host")
        emptied(given)
        return given

    wrong = []
    for each in play(page, host):
        if each.block.language != "console":
            if each.code:
                wrong.append(f"{each.block}: `{each.command}` ended with {each.code}: {each.printed}")
        elif not alike(each.shown, each.printed, each.block.said.get("but", "")):
            wrong.append("\n".join((f"{each.block}: $ {each.command}", *each.printed)))
    if needs_a_host(page):
        host()
    assert wrong == [], "if it is right: python -m tests.docs --write, and look at the difference"


def emptied(host: LibvirtHost) -> None:
    """A host as new, with the folders of pools that pages make."""
    host.clear()
    host.run("rm", "-rf", "/var/lib/libvirt/guests")


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["a", "…", "z"], ["a", "b", "c", "z"], True),
        (["a", "…", "z"], ["a", "z"], True),
        (["a", "…", "z"], ["a", "b"], False),
        (["memory: … GiB"], ["memory: 2 GiB"], True),
        (["done      b", "done      a (0.4 s)"], ["done      a", "done      b"], True),
        (["done      b"], ["failed    b"], False),
        (["at 2026-11-23 02:54 52:54:00:18:72:01"], ["at 2027-01-01 10:00 52:54:00:aa:bb:cc"], True),
        (["NAME  SIZE", "a     1"], ["NAME        SIZE", "a           1"], True),
        (["memory: 1 GiB"], ["memory: 2 GiB"], False),
    ],
)
def test_what_is_alike(shown: list[str], printed: list[str], same: bool) -> None:
    assert alike(shown, printed) == same
    assert alike(brought_up_to_date(shown, printed), printed)


def test_what_was_left_out_stays_left_out() -> None:
    shown, printed = (
        ["…", "done      x", "Applied: 1 done."],
        ["+ X", "Plan: 1", "done      x", "Applied: 2 done."],
    )
    assert brought_up_to_date(shown, printed) == ["…", "done      x", "Applied: 2 done."]
