"""Disks that are on other images than they are declared with."""

from __future__ import annotations

import pytest

from drivers.base import Observation
from reconciler.operations import Define
from reconciler.plan import Options, make_plan
from reconciler.plan.model import Plan, Status
from specs.desired import PowerState
from tests.reconciler.plan.facts import declare, desire, domain_xml, marked, observe, world
from tests.reconciler.plan.scenes import UUID, bytes_of, recorded

BASE, OVERLAY, SECOND = "/p/base", "/p/s1", "/p/s2"


def disk(image: str, *below: str, form: str = "qcow2") -> str:
    """A disk on an image, with what it is told to lie upon."""
    under = ""
    for each in reversed(below):
        under = (
            f"<backingStore type='file'><format type='qcow2'/><source file='{each}'/>{under}</backingStore>"
        )
    return (
        f"<disk type='file' device='disk'><driver name='qemu' type='{form}'/><source file='{image}'/>{under}"
        "<target dev='vda' bus='virtio'/></disk>"
    )


VOLUME = (
    "<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='p' volume='base'/>"
    "<target dev='vda' bus='virtio'/></disk>"
)


def planned(
    wanted: str,
    has: str,
    *,
    was: str = "",
    memory: int = 1048576,
    known: bool = True,
    live: str = "",
    volumes: tuple[Observation, ...] = (),
) -> Plan:
    """A plan of a guest that was applied with one disk, has another by now, and is declared with a third."""
    before = declare(domain_xml(extra=was or wanted))
    now = declare(domain_xml(extra=wanted, memory=memory))
    applied = observe(marked(domain_xml(extra=was or wanted, uuid=UUID), before))
    power = PowerState.RUNNING if live else PowerState.STOPPED
    seen = observe(marked(domain_xml(extra=has, uuid=UUID), before), power=power, live=live or None)
    records = recorded((before, applied)) if known else {}
    return make_plan(desire(now), world(seen, *volumes, records=records), Options())


def definitions(plan: Plan) -> list[str]:
    return [a.operation.document for a in plan.actions if isinstance(a.operation, Define)]


@pytest.mark.parametrize("known", [True, False], ids=["recorded", "state lost"])
@pytest.mark.parametrize("below", [(BASE,), (OVERLAY, BASE)], ids=["one", "two"])
def test_an_overlay_of_the_declared_image_stays(below: tuple[str, ...], known: bool) -> None:
    plan = planned(disk(BASE), disk(SECOND, *below), known=known)
    (verdict,) = plan.verdicts
    assert verdict.status in (Status.CONVERGED, Status.ADOPT)
    assert verdict.differences == ()
    assert definitions(plan) == []
    assert verdict.notes[0].startswith(
        f"disk vda runs on {SECOND}, an overlay (snapshot) of the declared {BASE}"
    )


def test_a_raw_image_may_have_an_overlay_in_another_format() -> None:
    plan = planned(disk(BASE, form="raw"), disk(OVERLAY, BASE))
    assert definitions(plan) == []
    assert plan.verdicts[0].notes


def test_the_chain_of_what_runs_and_those_of_volumes_tell_as_well() -> None:
    live = domain_xml(extra=disk(OVERLAY, BASE), uuid=UUID)
    assert planned(disk(BASE), disk(OVERLAY), live=live).verdicts[0].status is Status.CONVERGED
    volumes = (bytes_of("s1", backing="base", form="qcow2"), bytes_of("base", form="qcow2"))
    for wanted in (disk(BASE), VOLUME):
        plan = planned(wanted, disk(OVERLAY), volumes=volumes)
        assert plan.verdicts[0].status is Status.CONVERGED
        assert plan.verdicts[0].notes


def test_another_change_leaves_the_overlay_in_place() -> None:
    (document,) = definitions(planned(disk(BASE), disk(OVERLAY, BASE), memory=2097152))
    assert f'<source file="{OVERLAY}"/>' in document
    assert f'<source file="{BASE}"/>' in document  # below it
    assert "2097152" in document


@pytest.mark.parametrize("known", [True, False], ids=["recorded", "state lost"])
def test_an_image_of_which_nobody_knows_what_it_lies_upon_is_left_to_a_person(known: bool) -> None:
    plan = planned(disk(BASE), disk(OVERLAY), known=known)
    (verdict,) = plan.verdicts
    assert (verdict.status, plan.actions) == (Status.BLOCKED, ())
    assert "virsh blockcommit" in verdict.problem
    assert f"declare {OVERLAY}" in verdict.problem


def test_a_declared_overlay_that_was_committed_is_not_put_back() -> None:
    assert planned(disk(OVERLAY), disk(BASE)).verdicts[0].status is Status.BLOCKED


def test_an_image_that_the_files_ask_for_is_set() -> None:
    (document,) = definitions(planned(disk("/p/new"), disk(BASE), was=disk(BASE)))
    assert "/p/new" in document


def test_a_raw_image_lies_upon_nothing_and_is_put_back() -> None:
    (document,) = definitions(planned(disk(BASE, form="raw"), disk("/p/other", form="raw")))
    assert f'<source file="{BASE}"/>' in document


def test_one_image_by_two_names_is_no_other_image() -> None:
    plan = planned(VOLUME, disk(BASE), volumes=(bytes_of("base", form="qcow2"),))
    assert plan.verdicts[0].status is not Status.BLOCKED


def test_a_base_image_is_used_by_whoever_runs_on_its_overlay() -> None:
    from reconciler.plan.used import Used
    from specs.identity import Kind

    under = "<backingStore type='volume'><source pool='p' volume='base'/></backingStore>"
    runs = domain_xml(extra=disk(OVERLAY).replace("<target", f"{under}<target"))
    assert Used(Kind.VOLUME, "p/base").is_used_in(runs)
