"""What merging would do, apart from what is to be done anyway."""

from __future__ import annotations

from dataclasses import replace

from reconciler.operations import Define
from reconciler.plan.merging import merging
from reconciler.plan.model import Action, Plan, Status, Verdict
from specs.diagnostics import Origin
from specs.identity import Address, Kind


def plan(*resources: tuple[str, Status, str], root: str = "base", warnings: tuple[str, ...] = ()) -> Plan:
    """Name, status and document of each; one that converged has no action."""
    verdicts, actions = [], []
    for line, (name, status, document) in enumerate(resources):
        address = Address(Kind.DOMAIN, name)
        verdicts.append(Verdict(address, "hv1", status, Origin(root, line + 1)))
        if status is not Status.CONVERGED:
            actions.append(Action(f"define {address}", Define(document), address, "hv1", name))
    return Plan("f", root, 0.0, {}, tuple(verdicts), tuple(actions), warnings=warnings)


WEB = ("web", Status.CREATE, "<web/>")
DB = ("db", Status.CHANGE, "<db/>")


def names(made: Plan) -> list[str]:
    return [verdict.address.name for verdict in made.verdicts]


def test_what_both_do_is_to_be_done_anyway_wherever_it_is_declared() -> None:
    merge = merging(plan(WEB), plan(DB, WEB, root="head"))
    assert (names(merge.merged), names(merge.pending), merge.averted) == (["db"], ["web"], ())
    assert merging(plan(WEB, DB), plan(DB, WEB, root="head")).is_empty


def test_the_same_action_with_another_document_is_the_merge_s() -> None:
    merge = merging(plan(WEB), plan(("web", Status.CREATE, "<other/>")))
    assert [action.operation.document for action in merge.merged.actions] == ["<other/>"]


def test_what_is_not_to_be_done_any_more_is_told() -> None:
    merge = merging(plan(WEB), plan(("web", Status.CONVERGED, "")))
    assert [action.id for action in merge.averted] == ["define Domain/web"]
    assert (names(merge.merged), names(merge.pending)) == ([], [])
    assert not merge.is_empty


def test_warnings_and_hosts_that_are_there_anyway_are_not_the_merge_s() -> None:
    base = plan(warnings=("base:1: old",))
    head = plan(root="head", warnings=("head:1: old", "head:2: new"))
    base, head = (replace(each, unreachable={"hv1": "away"}) for each in (base, head))
    merge = merging(base, head)
    assert merge.merged.warnings == ("head:2: new",)
    assert (merge.merged.unreachable, merge.pending.unreachable) == ({}, {"hv1": "away"})


def test_without_a_base_everything_is_the_merge_s() -> None:
    assert names(merging(None, plan(WEB, DB)).merged) == ["web", "db"]
