"""A guest that the files call otherwise is renamed, and keeps all that it is."""

from __future__ import annotations

import pytest

from drivers.simulated import faults
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.reconciler.cli.lab import Lab

GUEST = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}{formerly}}}
spec: {{host: hv1, memory: {memory}, state: {state}, interfaces: [{{bridge: br0}}]}}
"""


FORCE = StopPolicy(methods=(), deadline=5, force=True)


def declare(lab: Lab, name: str, formerly: str = "", state: str = "stopped", memory: str = "1GiB") -> None:
    said = f", formerly: {formerly}" if formerly else ""
    lab.write("guest.yaml", GUEST.format(name=name, formerly=said, state=state, memory=memory))


def facts(lab: Lab, name: str) -> tuple[str, str]:
    driver = lab.driver()
    seen = driver.observe.one(Kind.DOMAIN, name)
    driver.close()
    assert seen is not None
    return seen.uuid, seen.document.partition("<mac address=")[2][:20]


@pytest.mark.parametrize("lost", [False, True])
def test_it_is_renamed_and_stays_the_same_guest(lab: Lab, lost: bool) -> None:
    """The UUID and MAC addresses that were derived from the old name stay, also once formerly is gone."""
    lab.fleet(prune=True)
    declare(lab, "web")
    lab.applied()
    before = facts(lab, "web")
    declare(lab, "www", "web", memory="2GiB")
    state = ("--state", f"sqlite:///{lab.path}/other.db") if lost else ()
    planned = lab("plan", "TREE", *state).out
    assert "name: web → www" in planned
    assert "rename to www, define" in planned
    assert "0 to create, 1 to change, 0 to delete" in planned
    said = lab("apply", "TREE", "--yes", *state)
    assert said.code == 0, said.err + said.out
    assert (lab.domains(), facts(lab, "www")) == ({"www": "stopped"}, before)
    assert lab("plan", "TREE", "--detailed-exitcode", *state).code == 0
    declare(lab, "www", memory="2GiB")
    assert lab("plan", "TREE", "--detailed-exitcode", *state).code == 0
    assert "web" not in lab("status", "TREE", *state).out


def test_what_runs_keeps_its_name_until_it_is_stopped(lab: Lab) -> None:
    lab.fleet(prune=True)
    declare(lab, "web", state="running")
    lab.applied()
    declare(lab, "www", "web", state="running", memory="2GiB")
    said = lab("apply", "TREE", "--yes")
    assert said.code == 0
    assert "held back: it runs: a guest is renamed while it is stopped" in said.out
    assert lab.domains() == {"web": "running"}
    driver = lab.driver()
    driver.lifecycle.stop(Kind.DOMAIN, "web", FORCE)
    driver.close()
    lab.applied()
    assert lab.domains() == {"www": "running"}
    lab.assert_converged()


def test_killed_after_the_rename_the_next_apply_goes_on(lab: Lab) -> None:
    declare(lab, "web")
    lab.applied()
    declare(lab, "www", "web", memory="2GiB")
    faults.inject(lab.path / "sim.db", "hv1", "define", "www", "refused")
    assert lab("apply", "TREE", "--yes").code == 1
    assert lab.domains() == {"www": "stopped"}
    planned = lab("plan", "TREE").out
    assert "1 GiB → 2 GiB" in planned
    lab.applied()
    lab.assert_converged()


def test_both_are_there(lab: Lab) -> None:
    declare(lab, "web")
    lab.applied()
    declare(lab, "www")
    lab.applied()
    declare(lab, "www", "web")
    said = lab("plan", "TREE")
    assert "and there are both: 'www' on hv1, 'web' on hv1" in said.out
    assert lab("apply", "TREE", "--yes").code == 1
    assert set(lab.domains()) == {"web", "www"}


def test_another_fleets_guest_is_not_renamed(lab: Lab) -> None:
    declare(lab, "web")
    lab.applied()
    lab.fleet(name="rival", uuid="")
    declare(lab, "www", "web")
    said = lab("plan", "TREE", "--state", f"sqlite:///{lab.path}/other.db")
    assert "belongs to the fleet 'shop'" in said.out
    assert "0 to create" in said.out or "No changes" in said.out


def test_a_former_name_that_is_nobodys_any_more_does_no_harm(lab: Lab) -> None:
    declare(lab, "www", "web")
    lab.applied()
    assert lab.domains() == {"www": "stopped"}
    lab.assert_converged()
