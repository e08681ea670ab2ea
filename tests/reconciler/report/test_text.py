"""Plans and outcomes as text."""

from __future__ import annotations

from dataclasses import replace

from reconciler.compare.model import Cause, Difference, Effect, Note
from reconciler.plan.model import Action, Outcome, Plan, Result, Status, Verdict
from reconciler.report.paint import Paint
from reconciler.report.text import outcome_line, outcomes_summary, plan_lines, summary
from specs.diagnostics import Origin
from specs.identity import Address, Kind
from tests.support.operations import operation

WEB = Address(Kind.DOMAIN, "web")
LAN = Address(Kind.NETWORK, "lan", "hv1")
MEMORY = Difference("currentMemory", "2097152 KiB", "1048576 KiB", Cause.EDITED, Effect.NEXT_BOOT)
PLAIN = Paint()


def action(verb: str, address: Address = WEB, effect: Effect = Effect.NONE, deferred: str = "") -> Action:
    return Action(
        f"{verb} {address}", operation(verb, effect=effect), address, "hv1", address.name, deferred=deferred
    )


def plan(*verdicts: Verdict, actions: tuple[Action, ...] = ()) -> Plan:
    return Plan("shop", "tree", 0.0, {"hv1": "sim:x"}, verdicts, actions)


def shown(made: Plan, *, verbose: bool = False) -> str:
    return "\n".join(plan_lines(made, PLAIN, verbose=verbose))


def test_a_change_shows_values_cause_effect_and_actions() -> None:
    verdict = Verdict(WEB, "hv1", Status.CHANGE, Origin("web.yaml", 3, 1), (MEMORY,))
    text = shown(plan(verdict, actions=(action("define", effect=Effect.NEXT_BOOT),)))
    assert text == (
        "\n~ Domain/web on hv1  (web.yaml:3:1)\n"
        "    memory: 1 GiB → 2 GiB  [edited, at next start]\n"
        "    → define\n"
        "\n"
        "Plan: 0 to create, 1 to change (1 at next start), 0 to delete."
    )


def test_what_could_be_live_and_waits_is_counted_as_waiting() -> None:
    agent = Difference("devices/channel[agent]", "<channel/>", None, Cause.EDITED, Effect.LIVE)
    define = replace(action("define", effect=Effect.LIVE), reasons=(agent,))
    for pending, told in (((), "1 live"), ((replace(agent, effect=Effect.NEXT_BOOT),), "1 at next start")):
        verdict = Verdict(WEB, "hv1", Status.CHANGE, differences=(agent,), pending=pending)
        assert f"1 to change ({told})" in summary(plan(verdict, actions=(define,)))


def test_a_move_stands_out_among_the_actions() -> None:
    move = action("migrate", effect=Effect.MIGRATE)
    assert "    → migrate NOW from " in shown(plan(Verdict(WEB, "hv1", Status.CHANGE), actions=(move,)))


def test_what_matches_is_only_shown_verbosely() -> None:
    note = Note("cpu", "host", "host-model")
    made = plan(Verdict(LAN, "hv1", Status.CONVERGED, rewritten=(note,)))
    assert shown(made) == "\nNo changes. 1 resource matches."
    verbose = shown(made, verbose=True)
    assert "= Network/lan@hv1" in verbose
    assert "rewritten by the hypervisor: cpu: host is kept as host-model" in verbose


def test_what_is_dropped_is_told_without_being_asked() -> None:
    note = Note("devices/watchdog", "i6300esb", None)
    made = plan(Verdict(WEB, "hv1", Status.CHANGE, differences=(MEMORY,), rewritten=(note,)))
    assert "not kept by the hypervisor: watchdog: i6300esb" in shown(made)


def test_what_waits_for_a_restart_is_always_shown() -> None:
    held = replace(
        action("restart", effect=Effect.RESTART, deferred="restart: never; later"), reasons=(MEMORY,)
    )
    made = plan(Verdict(WEB, "hv1", Status.CONVERGED, pending=(MEMORY,)), actions=(held,))
    text = shown(made)
    assert "    memory: 1 GiB → 2 GiB  [edited; at next start: restart: never]\n" in text
    assert "restart" not in text.replace("restart: never]", "").replace("for a restart.", "")
    assert text.endswith("No changes. 1 resource matches. 1 resource waits for a restart.")


def test_what_stops_guests_or_destroys_data_is_said() -> None:
    stop = action("stop", effect=Effect.RESTART)
    lost = action("undefine", effect=Effect.DESTROYS_DATA)
    text = shown(plan(Verdict(WEB, "hv1", Status.DELETE), actions=(stop, lost)))
    assert "→ stop NOW, undefine (DESTROYS DATA)" in text


def test_hosts_out_of_reach_and_warnings_come_first() -> None:
    made = replace(
        plan(Verdict(WEB, "hv1", Status.UNREACHABLE, problem="away")),
        unreachable={"hv1": "no route"},
        warnings=("key.yaml:1:1: not set",),
    )
    lines = list(plan_lines(made, PLAIN))
    assert lines[:2] == ["? host hv1 cannot be reached: no route", "warning: key.yaml:1:1: not set"]
    assert lines[-1] == "No changes on the hosts that were reached. 0 resources match. 1 unreachable."


def test_the_summary_counts_each_status() -> None:
    adopted = plan(Verdict(WEB, "hv1", Status.ADOPT), actions=(action("adopt"),))
    assert summary(adopted) == "No changes. 1 resource matches. 1 to adopt (ownership mark only)."
    both = plan(
        Verdict(WEB, "hv1", Status.BLOCKED, problem="x"), Verdict(LAN, "hv1", Status.KEPT, problem="y")
    )
    assert summary(both) == "No changes. 0 resources match. 1 blocked. 1 kept."


def test_outcomes() -> None:
    done = Outcome(action("define"), Result.DONE, seconds=1.23)
    failed = Outcome(action("start"), Result.FAILED, "no memory", 0.01)
    assert outcome_line(done, PLAIN) == "done      define Domain/web (1.2 s)"
    assert outcome_line(failed, PLAIN) == "failed    start Domain/web: no memory"
    assert outcomes_summary([done, failed]) == "Applied: 1 done, 1 failed."
    assert outcomes_summary([]) == "Applied: nothing to do."
