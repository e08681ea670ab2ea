"""The hypervisor has another version than the record: what of it still holds, and what is recorded then."""

from __future__ import annotations

import pytest

from reconciler.plan import Options, World, make_plan
from reconciler.plan.converged import unchanged_by_upgrades, unconverged
from reconciler.plan.releases import release_of
from specs.desired import Declared
from tests.reconciler.plan.facts import (
    VERSION,
    changed,
    declare,
    desire,
    domain_xml,
    marked,
    observe,
    record,
    world,
)

UPGRADED = "libvirt 11.3.0, QEMU 10.0.13"


def applied(version: str, *, seen: str = "") -> tuple[Declared, World]:
    """A guest that was applied under a version, as it is `seen` now."""
    declared = declare(domain_xml())
    document = marked(domain_xml(extra="<memballoon model='virtio'/>"), declared)
    known = record(declared, observe(document), version=version)
    given = world(observe(seen or document), records={known: (declared.document, document)})
    return declared, changed(given, compared=unconverged(desire(declared), given))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("libvirt 9.0.0, QEMU 7.2.22", "libvirt 9.0.0, QEMU 7.2.9", True),
        ("libvirt 9.0.0, QEMU 7.2.22", "libvirt 9.0.1, QEMU 7.2.22", True),
        ("libvirt 9.0.0, QEMU 7.2.22", "libvirt 9.1.0, QEMU 7.2.22", False),
        ("libvirt 9.0.0, QEMU 7.2.22", "libvirt 9.0.0, QEMU 8.2.22", False),
        ("libvirt 9.0.0, QEMU 7.1.0", "libvirt 9.0.0, LXC 7.1.0", False),
    ],
)
def test_a_point_release_is_no_other_release(one: str, other: str, same: bool) -> None:
    assert (release_of(one) == release_of(other)) is same


def test_what_an_upgrade_left_alone_is_recorded_under_the_new_version() -> None:
    for before, news in ((UPGRADED, VERSION), (VERSION, None)):
        declared, given = applied(before)
        plan = make_plan(desire(declared), given, Options())
        assert (plan.actions, plan.refreshes) == ((), ())
        assert unchanged_by_upgrades(plan, given) == ({declared.address: news} if news else {})


def test_what_an_upgrade_added_to_is_recorded_anew_and_nothing_is_done() -> None:
    document = domain_xml(extra="<memballoon model='virtio'/><watchdog model='itco' action='reset'/>")
    declared, given = applied(UPGRADED, seen=marked(document, declare(domain_xml())))
    plan = make_plan(desire(declared), given, Options())
    assert (plan.actions, [each.address for each in plan.refreshes]) == ((), [declared.address])
    assert unchanged_by_upgrades(plan, given) == {}


@pytest.mark.parametrize("version", [UPGRADED, VERSION])
def test_what_is_gone_after_an_upgrade_was_taken_by_somebody(version: str) -> None:
    declared, given = applied(version, seen=marked(domain_xml(), declare(domain_xml())))
    (action,) = make_plan(desire(declared), given, Options()).actions
    assert [reason.path for reason in action.reasons] == ["devices/memballoon"]
