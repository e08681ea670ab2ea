"""suspend, resume and decisions: what people decide beside the files, told and respected everywhere."""

from __future__ import annotations

from contextlib import closing

import pytest

from state import open_state
from tests.reconciler.cli.lab import UUID, Lab

WEB = "Domain/web"


def status_of(lab: Lab, address: str = WEB) -> dict[str, object]:
    rows = lab("status", "TREE", "-o", "json").json["resources"]
    (row,) = (row for row in rows if row["address"] == address)
    return dict(row)


def suspend(lab: Lab, subject: str = WEB, *more: str) -> None:
    said = lab("suspend", subject, "TREE", "--reason", "disks", "--author", "ann", *more)
    assert said.code == 0, said.err


def test_what_is_suspended_is_left_alone_until_it_is_resumed(shop: Lab) -> None:
    suspend(shop, "domain/web")
    said = shop("apply", "TREE", "--yes")
    assert said.code == 0
    assert "suspended: by ann: disks (resume Domain/web ends it)" in said.out
    assert status_of(shop)["status"] == "suspended"
    assert status_of(shop)["observed"] == "absent"
    assert status_of(shop, "Domain/db")["observed"] == "running"
    assert shop("resume", "domain/web", "TREE").code == 0
    assert shop("apply", "TREE", "--yes").code == 0
    assert status_of(shop)["observed"] == "running"


def test_what_is_observed_is_shown_and_not_done(shop: Lab) -> None:
    suspend(shop, WEB, "--observe")
    said = shop("plan", "TREE", "-o", "json").json
    held = [action for action in said["actions"] if action["address"] == WEB]
    assert {action["deferred"] for action in held} == {"observe: by ann: disks (resume Domain/web ends it)"}
    (row,) = (row for row in said["resources"] if row["address"] == WEB)
    assert (row["mode"], row["status"]) == ("observe", "create")


def test_the_later_word_counts(shop: Lab) -> None:
    suspend(shop, WEB, "--observe")
    suspend(shop, WEB)
    suspend(shop, WEB, "--observe")
    assert status_of(shop)["mode"] == "observe"
    listed = shop("decisions", "TREE", "--past", "-o", "json").json["decisions"]
    assert [(each["verb"], each["ended_by"]) for each in listed] == [
        ("observe", "ann"),
        ("suspend", "ann"),
        ("observe", ""),
    ]


def test_decisions_are_listed_also_when_they_are_over(shop: Lab) -> None:
    suspend(shop, "Host/hv1", "--for", "2h")
    (row,) = shop("decisions", "TREE").out.splitlines()[1:]
    assert row.split()[:3] == ["suspend", "Host/hv1", "ann"]
    assert row.endswith("disks")
    shop("resume", "Host/hv1", "TREE", "--author", "ben")
    assert shop("decisions", "TREE").out == ""
    (past,) = shop("decisions", "TREE", "--past", "-o", "json").json["decisions"]
    assert (past["ended_by"], past["expires"] - past["at"]) == ("ben", pytest.approx(7200, abs=60))


@pytest.mark.parametrize("until", ["2999-01-01T06:00", "2999-01-01T06:00Z", "2999-01-01 06:00:00+02:00"])
def test_an_end_may_be_a_moment(shop: Lab, until: str) -> None:
    suspend(shop, "Fleet", "--until", until)
    assert "until 2999-01-01" in shop("plan", "TREE").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("domain/wep",), "'domain/wep' selects no resource; did you mean 'Domain/web'?"),
        (("Host/hv9",), "there is no Host 'hv9'"),
        (("Fleet/other",), "the fleet is called 'shop'"),
        (("app=none",), "'app=none' selects no resource"),
        (("web",), "'web' selects nothing: write KIND/NAME or LABEL=VALUE"),
        ((WEB, "--for", "long"), "--for: 'long' is no duration"),
        ((WEB, "--for", "0s"), "--for: it has to be longer than 0"),
        ((WEB, "--until", "soon"), "--until: 'soon' is no time"),
        ((WEB, "--until", "2001-01-01"), "--until: 2001-01-01 is over"),
        ((WEB, "--for", "2h", "--until", "2999-01-01"), "give one of them"),
    ],
)
def test_what_means_nothing_is_not_decided(shop: Lab, arguments: tuple[str, ...], told: str) -> None:
    subject, *more = arguments
    said = shop("suspend", subject, "TREE", "--reason", "disks", *more)
    assert said.code == 1
    assert told in said.err
    assert shop("decisions", "TREE").out == ""


def test_a_reason_is_asked_for(shop: Lab) -> None:
    assert "--reason" in shop("suspend", WEB, "TREE").err


def test_resuming_what_is_not_suspended_tells_what_is(shop: Lab) -> None:
    suspend(shop, "Host/hv1")
    said = shop("resume", WEB, "TREE")
    assert said.code == 1
    assert "no decision suspends 'Domain/web'; in force: Host/hv1" in said.err


def test_a_saved_plan_goes_stale_when_something_is_suspended(shop: Lab) -> None:
    file = str(shop.path / "p.json")
    assert shop("plan", "TREE", "--out", file).code == 0
    suspend(shop)
    said = shop("apply", "--plan", file, "--yes")
    assert said.code == 1
    assert "stale" in said.err
    assert "Domain/web" in said.err


def test_people_decide_while_another_process_writes(shop: Lab) -> None:
    state = open_state(str(shop.tree / ".virt-reconcile/state.db"), fleet="shop", uuid=UUID)
    with closing(state), state.writer("run"):
        suspend(shop)
        assert [each.subject for each in state.decisions()] == [WEB]
