"""What each operation says of itself: whoever orders, holds back, runs or shows it goes by nothing else."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

import pytest

from drivers.base import Belonging, NetworkSection, Observation, SectionCommand
from reconciler.operations import (
    Adopt,
    AnyOperation,
    Attach,
    Await,
    Build,
    Define,
    Detach,
    DropSnapshot,
    Effect,
    Evidence,
    Fill,
    Lane,
    Migrate,
    OnRetry,
    Operation,
    Reconfigure,
    Release,
    Rename,
    Resize,
    Restart,
    Resume,
    Revert,
    SetAutostart,
    SetMemory,
    SetText,
    SetValue,
    SetVcpus,
    Start,
    Stop,
    Suspend,
    TakeSnapshot,
    Tune,
    Undefine,
    UpdateDevice,
    UpdateNetwork,
)
from specs.desired import PowerState, StopPolicy
from specs.guests import Ready
from specs.identity import Kind

STOP = StopPolicy(("agent", "acpi"), 5.0, force=True)
POLICY = {"methods": "agent,acpi", "deadline": "5", "force": "true"}
LIVE, NONE = Effect.LIVE, Effect.NONE
STATE, BY_ITS_DEFINITION, RUNNING, ITSELF = (
    Evidence.STATE,
    Evidence.DEFINITION,
    Evidence.LIVE,
    Evidence.ITSELF,
)

FLAGS = ("needs", "provides", "starts", "ends", "harms", "lets_go", "settles", "stands")

# operation, verb, effect, how it shows, the flags that are set, its arguments
Row = tuple[Operation, str, Effect, Evidence, str, dict[str, str]]
ALL: list[Row] = [
    (Adopt("<m/>"), "adopt", NONE, STATE, "harms stands", {}),
    (Define("<d/>", LIVE), "define", LIVE, BY_ITS_DEFINITION,
     "needs provides harms lets_go settles stands", {}),
    (Define("<d/>", if_missing=True), "define", NONE, BY_ITS_DEFINITION,
     "needs provides harms lets_go settles stands", {"if_missing": "true"}),
    (Release(), "release", NONE, STATE, "harms", {"marked": "true"}),
    (Rename("www"), "rename", NONE, STATE, "ends harms", {"to": "www"}),
    (Undefine(), "undefine", NONE, STATE, "ends harms", {}),
    (Undefine(Effect.DESTROYS_DATA, (Belonging.SNAPSHOTS,)), "undefine", Effect.DESTROYS_DATA, STATE,
     "ends harms", {"discards": "snapshots"}),
    (SetValue(), "set-value", NONE, STATE, "provides", {}),
    (SetAutostart(on=True), "autostart", NONE, STATE, "", {"on": "true"}),
    (SetAutostart(on=False), "autostart", NONE, STATE, "", {"on": "false"}),
    (Build(overwrite=False), "build", NONE, STATE, "provides harms", {"overwrite": "false"}),
    (Build(overwrite=True), "build", Effect.DESTROYS_DATA, STATE, "provides harms", {"overwrite": "true"}),
    (Start(), "start", NONE, STATE, "needs provides starts settles", {}),
    (Start(paused=True), "start", NONE, STATE, "needs provides starts settles", {"paused": "true"}),
    (Stop(STOP), "stop", Effect.RESTART, STATE, "ends harms lets_go settles", POLICY),
    (Stop(STOP, LIVE), "stop", LIVE, STATE, "ends harms lets_go settles", POLICY),
    (Restart(STOP), "restart", Effect.RESTART, STATE, "needs starts harms lets_go settles", POLICY),
    (Reconfigure(STOP, xml="<d/>"), "reconfigure", Effect.RESTART, STATE,
     "needs starts harms lets_go settles", POLICY),
    (Suspend(), "suspend", LIVE, STATE, "", {}),
    (Resume(), "resume", LIVE, STATE, "starts", {}),
    (Attach("<d/>"), "attach", LIVE, RUNNING, "needs", {}),
    (Detach("<d/>"), "detach", LIVE, RUNNING, "ends harms lets_go", {}),
    (UpdateDevice("<d/>"), "update", LIVE, RUNNING, "needs harms lets_go settles", {}),
    (SetMemory(kib=5), "set-memory", LIVE, RUNNING, "", {"kib": "5"}),
    (SetVcpus(count=5), "set-vcpus", LIVE, RUNNING, "", {"count": "5"}),
    (SetText("title", ""), "set-text", LIVE, RUNNING, "", {"field": "title", "value": ""}),
    (Tune("cputune/shares", "7"), "tune", LIVE, RUNNING, "", {"path": "cputune/shares", "value": "7"}),
    (UpdateNetwork("<host/>", NetworkSection.DNS_HOST, SectionCommand.ADD), "update-network", LIVE, RUNNING,
     "", {"section": "dns-host", "command": "add", "parent": "-1"}),
    (Resize(capacity=5), "resize", LIVE, BY_ITS_DEFINITION, "provides harms", {"capacity": "5"}),
    (Fill("<v/>", "a.img"), "fill", NONE, ITSELF, "needs provides harms stands", {"from": "a.img"}),
    (Fill("<v/>", "a.img", Effect.DESTROYS_DATA, "hv2", replace=True, if_missing=True, marks=("a", "b"),
          strays=("c",)),
     "fill", Effect.DESTROYS_DATA, ITSELF, "needs provides harms stands",
     {"from": "a.img", "origin": "hv2", "replace": "true", "if_missing": "true", "marks": "a,b",
      "strays": "c"}),
    (Await(Ready("tcp", 22, 30)), "await", NONE, ITSELF, "",
     {"method": "tcp", "port": "22", "timeout": "30"}),
    (Migrate("<d/>", "hv2", live=True, disks=("vda", "vdb")), "migrate", Effect.MIGRATE, ITSELF,
     "needs harms settles stands", {"from": "hv2", "live": "true", "disks": "vda,vdb"}),
    (TakeSnapshot("one"), "snapshot", NONE, ITSELF, "", {"name": "one"}),
    (TakeSnapshot("one", "why", LIVE), "snapshot", LIVE, ITSELF, "", {"name": "one", "description": "why"}),
    (Revert("one"), "revert", Effect.DESTROYS_DATA, ITSELF, "harms", {"to": "one"}),
    (DropSnapshot("one"), "drop-snapshot", NONE, ITSELF, "", {"name": "one"}),
]  # fmt: skip


@pytest.mark.parametrize("row", ALL, ids=lambda row: repr(row[0])[:50])
def test_what_an_operation_says_of_itself(row: Row) -> None:
    operation, verb, effect, shows, flags, arguments = row
    assert (operation.verb, operation.effect, operation.shows) == (verb, effect, shows)
    assert [flag for flag in FLAGS if getattr(operation, flag)] == [f for f in FLAGS if f in flags.split()]
    assert operation.arguments() == arguments
    assert operation.visible is not isinstance(operation, Adopt)


def test_every_operation_is_among_them() -> None:
    assert {type(row[0]) for row in ALL} == set(get_args(AnyOperation))


def test_what_a_second_try_does() -> None:
    unlike = {type(row[0]): row[0].again for row in ALL if row[0].again is not OnRetry.REPEATS}
    assert unlike == {
        Attach: OnRetry.LOOKS,
        UpdateNetwork: OnRetry.LOOKS,
        Fill: OnRetry.CONTINUES,
        Migrate: OnRetry.CONTINUES,
        TakeSnapshot: OnRetry.CONTINUES,
    }


def test_who_waits_and_who_moves_holds_up_nobody_who_works() -> None:
    unlike = {type(row[0]): row[0].lane for row in ALL if row[0].lane is not Lane.WORK}
    assert unlike == {Await: Lane.WAIT, Migrate: Lane.MOVE}


def test_what_takes_something_away_from_those_who_use_it() -> None:
    taking = [row[0] for row in ALL if row[0].takes_away]
    assert {type(operation) for operation in taking} == {Undefine, Build, Stop, Restart, Reconfigure, Fill}
    assert not Build(overwrite=False).takes_away
    assert not Fill("<v/>", "a.img").takes_away


@pytest.mark.parametrize("operation", [Operation, *get_args(AnyOperation)], ids=lambda each: each.__name__)
def test_its_word_is_no_argument(operation: type[Operation]) -> None:
    (verb,) = (each for each in fields(operation) if each.name == "verb")
    assert verb.kw_only


def test_documents_and_origins() -> None:
    assert (Start().document, Start().origin, Start().detail()) == ("", "", "")
    documented = {type(row[0]) for row in ALL if row[0].document}
    assert documented == {
        Adopt, Define, Reconfigure, Attach, Detach, UpdateDevice, UpdateNetwork, Fill, Migrate,
    }  # fmt: skip
    assert {type(row[0]): row[0].origin for row in ALL if row[0].origin} == {Fill: "hv2", Migrate: "hv2"}


def test_what_a_plan_says_of_them() -> None:
    assert {row[0].detail() for row in ALL} == {
        "", "to www", "to one", "from a.img", "tcp (up to 30 s)", "from hv2 (live, copying vda,vdb)",
    }  # fmt: skip
    assert Migrate("", "hv2", live=False, disks=("vda",)).detail() == "from hv2 (stopped)"
    assert Migrate("", "hv2", live=True).detail() == "from hv2 (live)"


def test_a_restart_is_a_stop_and_a_start() -> None:
    assert Restart(STOP, paused=True).steps() == (Stop(STOP), Start(paused=True))
    anew = Reconfigure(STOP, xml="<d/>")
    assert anew.steps() == (Stop(STOP), Define("<d/>", Effect.RESTART), Start())
    assert anew.document == "<d/>"
    assert Start().steps() == (Start(),)


def seen(power: PowerState | None = None, **values: Any) -> Observation:
    return Observation(Kind.DOMAIN, "web", "<domain/>", power=power, **values)


ACTIVE = (PowerState.RUNNING, PowerState.PAUSED, PowerState.ACTIVE)
INACTIVE = (PowerState.STOPPED, PowerState.INACTIVE)
GOALS = {
    Start(): ACTIVE,
    Stop(STOP): INACTIVE,
    Suspend(): (PowerState.PAUSED,),
    Resume(): (PowerState.RUNNING,),
}


@pytest.mark.parametrize("operation", GOALS, ids=lambda operation: str(operation.verb))
def test_the_state_that_is_shown_afterwards(operation: Operation) -> None:
    for power in (*ACTIVE, *INACTIVE):
        told = "" if power in GOALS[operation] else f"it is {power} afterwards"
        assert operation.shortfall(seen(power)) == told
    assert operation.shortfall(seen()) == "", "a hypervisor that tells nothing is believed"
    gone = "" if isinstance(operation, Stop) else "it is not there afterwards"
    assert operation.shortfall(None) == gone


def test_a_removal_a_value_and_autostart_show_too() -> None:
    assert Undefine().shortfall(None) == ""
    assert Undefine().shortfall(seen(persistent=False)) == ""
    assert Undefine().shortfall(seen()) == "it is still there"
    assert SetValue().shortfall(seen(has_value=True)) == SetValue().shortfall(seen(has_value=None)) == ""
    assert SetValue().shortfall(seen(has_value=False)) == "it has no value afterwards"
    assert SetAutostart(on=True).shortfall(seen(autostart=True)) == ""
    assert SetAutostart(on=True).shortfall(seen(autostart=None)) == ""
    assert SetAutostart(on=True).shortfall(seen(autostart=False)) == "autostart is false afterwards"
    assert SetAutostart(on=False).shortfall(seen(autostart=True)) == "autostart is true afterwards"
    for operation in (SetValue(), SetAutostart(on=True), Adopt("<m/>"), Resize(capacity=1)):
        assert operation.shortfall(None) == "it is not there afterwards"


def test_a_mark_is_there_whatever_became_of_its_form() -> None:
    adopt = Adopt("<m xmlns='urn:m' fleet='a' digest='d'/>")

    def told(metadata: str) -> str:
        document = f"<domain><metadata>{metadata}</metadata></domain>"
        return adopt.shortfall(Observation(Kind.DOMAIN, "web", document))

    assert told("<x:m xmlns:x='urn:m' digest='d' fleet='a' more='m'/>") == ""
    assert told("<x:m xmlns:x='urn:m' fleet='b'/><x:m xmlns:x='urn:m' digest='d' fleet='a'/>") == ""
    for other in ("", "<x:m xmlns:x='urn:m' digest='e' fleet='a'/>", "<m digest='d' fleet='a'/>"):
        assert told(other) == "our mark is not in its metadata afterwards"
    unreadable = Observation(Kind.DOMAIN, "web", "<domain")
    assert adopt.shortfall(unreadable) == "its document cannot be read afterwards"
