"""What is checked before and after an action, and which verbs mean which calls."""

from __future__ import annotations

from typing import Any, cast, get_args

import pytest

from drivers.base import Belonging
from drivers.base.errors import NotFound, Refused, Transient, Unreachable
from drivers.base.tunables import CpuParameter, CpuTune
from reconciler.compare.model import Cause, Difference
from reconciler.execute.calls import perform
from reconciler.operations import AnyOperation, Operation, Restart
from reconciler.plan.model import Result
from specs.desired import PowerState, digest
from specs.identity import Kind
from tests.reconciler.execute.fake import STOP, Walk, act


def test_what_changed_since_it_was_planned_is_left_alone(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document="<changed/>")
    outcome = walk.execute(act("define", expects=digest("<planned/>")))["define web"]
    assert outcome.result is Result.FAILED
    assert outcome.message == "it changed since it was planned (run plan again)"
    assert walk.verbs == []
    assert walk.driver.of(Kind.DOMAIN, "web").document == "<changed/>"


def test_what_is_gone_since_it_was_planned_is_not_made_again(walk: Walk) -> None:
    outcome = walk.execute(act("adopt", document="<mark/>", expects=digest("<planned/>")))["adopt web"]
    assert outcome.result is Result.FAILED
    assert outcome.message == "it is gone since it was planned (run plan again)"
    assert walk.verbs == []


def test_what_is_as_it_was_planned_is_redefined(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document="<planned/>")
    outcome = walk.execute(act("define", expects=digest("<planned/>")))["define web"]
    assert outcome.result is Result.DONE
    assert walk.driver.of(Kind.DOMAIN, "web").document == "<web/>"


def test_a_second_try_does_not_mistake_its_own_work_for_a_change(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document="<planned/>")

    def lose_reply() -> None:
        walk.driver.put(Kind.DOMAIN, "web", document="<web/>")
        del walk.driver.instead["define web"]
        raise Unreachable("the reply was lost")

    walk.driver.instead["define web"] = lose_reply
    outcome = walk.execute(act("define", expects=digest("<planned/>")))["define web"]
    assert outcome.result is Result.DONE
    assert walk.verbs == ["define web"] * 2


@pytest.mark.parametrize(
    ("verb", "shown", "message"),
    [
        ("start", {"power": PowerState.STOPPED}, "it is stopped afterwards"),
        ("stop", {"power": PowerState.RUNNING}, "it is running afterwards"),
        ("suspend", {"power": PowerState.RUNNING}, "it is running afterwards"),
        ("resume", {"power": PowerState.PAUSED}, "it is paused afterwards"),
        ("autostart", {"autostart": False}, "autostart is false afterwards"),
        ("undefine", {}, "it is still there"),
    ],
)
def test_a_call_without_its_effect_has_failed(
    walk: Walk, verb: str, shown: dict[str, object], message: str
) -> None:
    walk.driver.put(Kind.DOMAIN, "web", **shown)
    walk.driver.instead[f"{verb} web"] = lambda: None
    arguments = {**STOP, "on": "true"}
    outcome = walk.execute(act(verb, arguments=arguments))[f"{verb} web"]
    assert outcome.result is Result.FAILED
    assert outcome.message == message


def test_a_guest_that_vanishes_with_its_start_is_a_failure(walk: Walk) -> None:
    walk.driver.instead["start web"] = lambda: None
    outcome = walk.execute(act("start"))["start web"]
    assert outcome.result is Result.FAILED
    assert outcome.message == "it is not there afterwards"


@pytest.mark.parametrize("verb", ["stop", "undefine", "detach"])
def test_what_was_to_go_may_be_gone(walk: Walk, verb: str) -> None:
    walk.driver.faults[f"{verb} web"] = [NotFound("no such thing")]
    outcome = walk.execute(act(verb, document="<disk/>", arguments=STOP))[f"{verb} web"]
    assert outcome.result is Result.UNCHANGED
    assert outcome.message == "was gone already"


def test_what_was_to_be_used_must_not_be_gone(walk: Walk) -> None:
    outcome = walk.execute(act("start"))["start web"]
    assert outcome.result is Result.FAILED
    assert outcome.message == "no Domain 'web'"


# storage


def test_a_volume_that_exists_is_never_made_again(walk: Walk) -> None:
    walk.driver.put(Kind.VOLUME, "pool/disk", document="<with data/>")
    action = act("define", "pool/disk", Kind.VOLUME, arguments={"if_missing": "true"})
    outcome = walk.execute(action)["define pool/disk"]
    assert outcome.result is Result.UNCHANGED
    assert outcome.message == "exists already"
    assert walk.verbs == []
    assert walk.driver.of(Kind.VOLUME, "pool/disk").document == "<with data/>"


def test_a_volume_whose_creation_was_not_confirmed_is_not_made_twice(walk: Walk) -> None:
    def lose_reply() -> None:
        walk.driver.put(Kind.VOLUME, "pool/disk", document="<made/>")
        raise Unreachable("the reply was lost")

    walk.driver.instead["define pool/disk"] = lose_reply
    outcome = walk.execute(act("define", "pool/disk", Kind.VOLUME))["define pool/disk"]
    assert outcome.result is Result.UNCHANGED
    assert walk.verbs == ["define pool/disk"]


def test_a_pool_that_was_built_before_is_started_all_the_same(walk: Walk) -> None:
    walk.driver.put(Kind.STORAGE_POOL, "images")
    walk.driver.faults["build images"] = [Refused("not empty")]
    outcomes = walk.execute(
        act("build", "images", Kind.STORAGE_POOL, arguments={"overwrite": "false"}),
        act("start", "images", Kind.STORAGE_POOL, after=("build images",)),
    )
    assert outcomes["build images"].result is Result.UNCHANGED
    assert outcomes["build images"].message == "was built already"
    assert outcomes["start images"].result is Result.DONE


def test_a_build_that_was_to_overwrite_and_could_not_has_failed(walk: Walk) -> None:
    walk.driver.put(Kind.STORAGE_POOL, "images")
    walk.driver.faults["build images anew"] = [Refused("in use")]
    outcome = walk.execute(act("build", "images", Kind.STORAGE_POOL, arguments={"overwrite": "true"}))
    assert outcome["build images"].result is Result.FAILED


# restarts


def test_a_restart_stops_by_its_policy_and_starts(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", power=PowerState.RUNNING)
    arguments = {"methods": "acpi", "deadline": "7.5", "force": "true", "paused": "true"}
    assert walk.execute(act("restart", arguments=arguments))["restart web"].result is Result.DONE
    assert walk.verbs == ["stop web", "start web"]
    (policy,) = walk.driver.policies
    assert (policy.methods, policy.deadline, policy.force) == (("acpi",), 7.5, True)
    assert walk.driver.of(Kind.DOMAIN, "web").power is PowerState.PAUSED


def test_a_guest_that_does_not_stop_is_not_started(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", power=PowerState.RUNNING)
    walk.driver.faults["stop web"] = [Transient("it did not shut down")] * 9
    outcome = walk.execute(act("restart", arguments=STOP))["restart web"]
    assert outcome.result is Result.FAILED
    assert outcome.message == "it did not shut down"
    assert set(walk.verbs) == {"stop web"}


def test_a_start_that_is_tried_again_does_not_stop_the_guest_again(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", power=PowerState.RUNNING)
    walk.driver.faults["start web"] = [Unreachable("the reply was lost")]
    assert walk.execute(act("restart", arguments=STOP))["restart web"].result is Result.DONE
    assert walk.verbs == ["stop web", "start web", "start web"]


# every verb reaches its call


@pytest.mark.parametrize(
    ("verb", "values", "call"),
    [
        ("adopt", {"document": "<mark/>"}, "mark web"),
        ("define", {}, "define web"),
        ("start", {}, "start web"),
        ("stop", {"arguments": STOP}, "stop web"),
        ("suspend", {}, "suspend web"),
        ("resume", {}, "resume web"),
        ("undefine", {}, "undefine web"),
        ("autostart", {"arguments": {"on": "true"}}, "autostart web"),
        ("attach", {"document": "<disk/>"}, "attach web <disk/>"),
        ("detach", {"document": "<disk/>"}, "detach web <disk/>"),
        ("update", {"document": "<disk/>"}, "update web <disk/>"),
        ("set-memory", {"arguments": {"kib": "4096"}}, "memory web 4096"),
        ("set-vcpus", {"arguments": {"count": "3"}}, "vcpus web 3"),
        ("set-text", {"arguments": {"field": "title", "value": "Web"}}, "text web title Web"),
        (
            "tune",
            {"arguments": {"path": "cputune/shares", "value": "7"}},
            f"tune web {CpuTune(CpuParameter.SHARES, 7)}",
        ),
        ("resize", {"arguments": {"capacity": "1024"}}, "resize web 1024"),
        ("build", {"arguments": {"overwrite": "true"}}, "build web anew"),
        (
            "update-network",
            {"document": "<host/>", "arguments": {"section": "dns-host", "command": "add", "parent": "1"}},
            "section web dns-host add <host/> 1",
        ),
    ],
)
def test_each_verb_is_its_call(walk: Walk, verb: str, values: dict[str, Any], call: str) -> None:
    volume = "<volume><capacity>1024</capacity></volume>"
    walk.driver.put(Kind.DOMAIN, "web", document=volume, live=volume)
    outcome = walk.execute(act(verb, **values))[f"{verb} web"]
    assert outcome.result is Result.DONE, outcome.message
    assert walk.verbs == [call]


@pytest.mark.parametrize(("fault", "result"), [(None, Result.DONE), (Refused("no"), Result.FAILED)])
def test_what_is_defined_anew_amid_a_restart_runs_in_any_case(
    walk: Walk, fault: Refused | None, result: Result
) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document="<domain/>", power=PowerState.RUNNING)
    if fault:
        walk.driver.faults["define web"] = [fault]
    changed = act("reconfigure", document="<domain><title>x</title></domain>", arguments=STOP)
    outcome = walk.execute(changed)["reconfigure web"]
    assert outcome.result is result
    assert walk.verbs == ["stop web", "define web", "start web"]
    assert walk.driver.of(Kind.DOMAIN, "web").power is PowerState.RUNNING
    assert outcome.message == ("no" if fault else "")


@pytest.mark.parametrize("operation", [cls for cls in get_args(AnyOperation) if not issubclass(cls, Restart)])
def test_nothing_but_a_restart_is_without_a_call_of_its_own(operation: type[Operation]) -> None:
    """A restart is its steps."""
    assert perform.dispatch(operation) is not perform.dispatch(object)


def test_what_nobody_knows_how_to_do_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="nothing does a Operation"):
        perform(cast(Any, object.__new__(Operation)), cast(Any, None))


def test_what_cannot_be_tuned_is_unsupported(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document="<domain/>", live="<domain/>")
    outcome = walk.execute(act("tune", arguments={"path": "os/type", "value": "x"}))["tune web"]
    assert (outcome.result, walk.verbs) == (Result.FAILED, [])
    assert outcome.message == "os/type cannot be changed while the guest runs"


@pytest.mark.parametrize("discards", [(), (Belonging.SNAPSHOTS, Belonging.TPM)])
def test_whose_object_is_removed_or_stopped_is_said_to_the_host(
    walk: Walk, discards: tuple[Belonging, ...]
) -> None:
    """It looks once more; what lies beside the disks stays where that was planned."""
    given: list[dict[str, object]] = []
    uuid = "11111111-2222-3333-4444-555555555555"

    def note(*_: object, **named: object) -> None:
        given.append(named)

    walk.driver.put(Kind.DOMAIN, "web", document=f"<domain><uuid>{uuid}</uuid></domain>")
    walk.driver.undefine = note  # type: ignore[method-assign]
    walk.driver.stop = note  # type: ignore[method-assign]
    walk.execute(act("stop", uuid=uuid, arguments=STOP))
    walk.execute(act("undefine", uuid=uuid, arguments={"discards": ",".join(discards)}))
    assert given == [{"uuid": uuid}, {"uuid": uuid, "discards": discards}]


@pytest.mark.parametrize("paused", [True, False])
def test_it_starts_paused_only_if_that_was_planned(walk: Walk, paused: bool) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    walk.execute(act("start", arguments={"paused": str(paused).lower()}))
    power = walk.driver.of(Kind.DOMAIN, "web").power
    assert power is (PowerState.PAUSED if paused else PowerState.RUNNING)


def test_a_pool_that_may_be_overwritten_is_and_another_is_not(walk: Walk) -> None:
    walk.driver.put(Kind.STORAGE_POOL, "images")
    for overwrite, call in (("true", "build images anew"), ("false", "build images")):
        walk.execute(act("build", "images", Kind.STORAGE_POOL, arguments={"overwrite": overwrite}))
        assert walk.verbs.pop() == call


# replies that leave it open


@pytest.mark.parametrize("verb", ["stop", "undefine"])
def test_not_found_is_not_believed_of_what_is_still_there(walk: Walk, verb: str) -> None:
    """What is missing may be something else, such as the file of its NVRAM."""
    walk.driver.put(Kind.DOMAIN, "web", power=PowerState.RUNNING)
    walk.driver.faults[f"{verb} web"] = [NotFound("no such file")]
    outcome = walk.execute(act(verb, arguments=STOP))[f"{verb} web"]
    assert outcome.result is Result.FAILED
    assert outcome.message == "no such file"


def domain(*disks: str) -> str:
    devices = "".join(
        f"<disk type='file' device='disk'><source file='/{disk}'/><target dev='{disk}'/></disk>"
        for disk in disks
    )
    return f"<domain type='kvm'><name>web</name><devices>{devices}</devices></domain>"


@pytest.mark.parametrize(("live", "result"), [(("vda",), Result.UNCHANGED), (("vda", "vdb"), Result.FAILED)])
def test_a_device_is_unplugged_when_the_guest_does_not_show_it(
    walk: Walk, live: tuple[str, ...], result: Result
) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=domain("vda"), live=domain(*live))
    walk.driver.faults["detach web"] = [NotFound("no such device")]
    reason = Difference("devices/disk[vdb]", None, "<disk/>", Cause.EDITED)
    assert walk.execute(act("detach", document="<disk/>", reasons=(reason,)))["detach web"].result is result


@pytest.mark.parametrize(("live", "result"), [(("vda", "vdb"), Result.UNCHANGED), (("vda",), Result.FAILED)])
def test_a_device_whose_plugging_in_was_not_confirmed(
    walk: Walk, live: tuple[str, ...], result: Result
) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=domain("vda", "vdb"), live=domain(*live))
    walk.driver.faults["attach web"] = [Unreachable("the reply was lost"), Refused("target vdb exists")]
    reason = Difference("devices/disk[vdb]", "<disk/>", None, Cause.EDITED)
    assert walk.execute(act("attach", document="<disk/>", reasons=(reason,)))["attach web"].result is result


def test_a_device_that_was_refused_at_once_is_refused(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web", document=domain("vda", "vdb"), live=domain("vda", "vdb"))
    walk.driver.faults["attach web"] = [Refused("target vdb exists")]
    reason = Difference("devices/disk[vdb]", "<disk/>", None, Cause.EDITED)
    assert (
        walk.execute(act("attach", document="<disk/>", reasons=(reason,)))["attach web"].result
        is Result.FAILED
    )


def test_a_device_is_plugged_in_where_the_definition_has_it(walk: Walk) -> None:
    address = "<address type='pci' slot='0x07'/>"
    defined = domain("vda", "vdb").replace("<target dev='vdb'/>", f"<target dev='vdb'/>{address}")
    walk.driver.put(Kind.DOMAIN, "web", document=defined, live=domain("vda"))
    planned = "<disk type='file' device='disk'><source file='/vdb'/><target dev='vdb'/></disk>"
    outcome = walk.execute(act("attach", document=planned))["attach web"]
    assert outcome.result is Result.DONE
    (call,) = walk.verbs
    assert 'slot="0x07"' in call.replace("'", '"')
