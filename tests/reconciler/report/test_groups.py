"""Many alike are told once; what is felt or lost is told by itself, and stands out."""

from __future__ import annotations

from dataclasses import replace

from reconciler.compare.model import Cause, Difference, Effect
from reconciler.plan.model import Action, Plan, Status, Verdict
from reconciler.report.markdown import plan_markdown
from reconciler.report.paint import Paint, unmarked
from reconciler.report.text import plan_lines, summary
from reconciler.report.wrap import wrapped
from specs.identity import Address, Kind
from specs.plain import width
from tests.support.operations import operation

MEMORY = Difference("currentMemory", "2097152 KiB", "1048576 KiB", Cause.EDITED, Effect.NEXT_BOOT)
PLAIN = Paint()


def guest(number: int, **how: object) -> Verdict:
    mac = f"52:54:00:00:00:{number % 100:02}"
    link = Difference(f"devices/interface[{mac}]/link/@state", "up", "down", Cause.DRIFTED, Effect.LIVE)
    address = Address(Kind.DOMAIN, f"g{number}")
    plain = Verdict(address, f"hv{number % 4}", Status.CHANGE, differences=(MEMORY, link), pending=(MEMORY,))
    return replace(plain, **how)  # type: ignore[arg-type]


def plan(*verdicts: Verdict, verb: str = "define", effect: Effect = Effect.NONE) -> Plan:
    actions = (
        Action(f"{verb} {v.address}", operation(verb, effect=effect), v.address, v.host, v.address.name)
        for v in verdicts
    )
    return Plan("shop", "tree", 0.0, {}, verdicts, tuple(actions))


def test_many_alike_are_told_together_whatever_their_names() -> None:
    fleet = plan(*map(guest, range(200)))
    assert list(plan_lines(fleet, PLAIN)) == [
        "",
        "~ 200 domains on 4 hosts: g0, g1, g2 and 197 more  (-v lists them)",
        "    memory: 1 GiB → 2 GiB  [edited, at next start]",
        "    interfaces[*].link: down → up  [drifted, live]",
        "    → define",
        "",
        "Plan: 0 to create, 200 to change, 0 to delete. 200 resources wait for a restart.",
    ]
    assert sum(line.startswith("~ Domain/g") for line in plan_lines(fleet, PLAIN, verbose=True)) == 200
    few = list(plan_lines(plan(*map(guest, range(3))), PLAIN))
    assert sum(line.startswith("~ Domain/g") for line in few) == 3


def test_what_is_lost_or_wrong_or_has_a_note_of_its_own_is_told_by_itself() -> None:
    for alone in (
        plan(*(guest(n, status=Status.DELETE) for n in range(9)), verb="undefine"),
        plan(*(guest(n, status=Status.BLOCKED, problem="no room") for n in range(9))),
        plan(*(guest(n, notes=("look",)) for n in range(9))),
        plan(*(guest(n, privileged=("reaches out",)) for n in range(9))),
        plan(*(guest(n) for n in range(9)), verb="undefine", effect=Effect.DESTROYS_DATA),
    ):
        assert sum("Domain/g" in line for line in plan_lines(alone, PLAIN)) == 9
    volumes = (Verdict(Address(Kind.VOLUME, f"v{n}", "hv1", "p"), "hv1", Status.CREATE) for n in range(40))
    assert "+ 40 volumes on hv1: p/v0, p/v1, p/v2 and 37 more  (-v lists them)" in list(
        plan_lines(plan(*volumes), PLAIN)
    )


def test_the_summary_says_who_goes_down_and_whose_data_goes() -> None:
    old = Address(Kind.VOLUME, "old.qcow2", "hv1", "guests")
    gone = Verdict(old, "hv1", Status.DELETE)
    changed, stopped = guest(1), guest(2)

    def act(verdict: Verdict, verb: str, effect: Effect) -> Action:
        name = f"{verb} {verdict.address}"
        return Action(name, operation(verb, effect=effect), verdict.address, "hv1", name, verdict.differences)

    made = Plan("f", "t", 0.0, {}, (changed, stopped, gone), (
        act(changed, "restart", Effect.RESTART),
        act(stopped, "stop", Effect.RESTART),
        act(gone, "undefine", Effect.DESTROYS_DATA),
    ))  # fmt: skip
    assert summary(made) == (
        "Plan: 0 to create, 2 to change (1 restarts NOW, 1 stops NOW),"
        " 1 to delete (DESTROYS DATA: volume guests/old.qcow2)."
    )
    text = "\n".join(plan_lines(made, PLAIN))
    assert "memory: 1 GiB → 2 GiB  [edited, restarts NOW]" in text
    assert "→ restart NOW" in text
    assert "→ undefine (DESTROYS DATA)" in text
    assert all("NOW" not in line or "\x1b" in line for line in plan_lines(made, Paint(True)))


def test_lines_fit_a_terminal_and_stay_whole_in_a_pipe() -> None:
    long = guest(1, notes=("a rather long note " * 12,), problem="", host="h" * 120)
    for paint in (PLAIN, Paint(True)):
        whole = list(plan_lines(plan(long), paint))
        fitted = list(plan_lines(plan(long), paint, width=80))
        assert all(width(unmarked(line)) <= 80 or "h" * 120 in line for line in fitted)
        assert " ".join(" ".join(fitted).split()) == " ".join(" ".join(whole).split())
        assert any(width(unmarked(line)) > 80 for line in whole)
    tag = "    interfaces[52:54:00:00:00:01].link: down → up  [drifted; at next start: restart: never]"
    assert list(wrapped(tag, 60)) == [tag[:49].rstrip(), f"        {tag[51:].strip()}"]
    assert list(wrapped(tag, 20)) == [tag]


def test_names_are_starred_only_where_they_tell_resources_apart() -> None:
    """And never in what stands for a colour."""
    drift = Difference("title", "31", "g31", Cause.DRIFTED, Effect.NONE)
    alike = (guest(n, differences=(drift,), pending=()) for n in range(28, 33))
    assert "    title: g31 → 31  [drifted]" in list(plan_lines(plan(*alike), PLAIN))
    numbers = [replace(guest(n), address=Address(Kind.DOMAIN, str(n))) for n in range(30, 37)]
    told = list(plan_lines(plan(*numbers), Paint(True)))
    assert [unmarked(line) for line in told] == list(plan_lines(plan(*numbers), PLAIN))


def test_a_comment_tells_many_alike_in_one_row() -> None:
    rows = [
        line for line in plan_markdown(plan(*map(guest, range(200)))).splitlines() if line.startswith("| ✏")
    ]
    assert rows == ["| ✏ | 200 domains: `g0, g1, g2 and 197 more` | `4 hosts` | define |  |"]
