"""Another machine answers in the place of a host: nothing is taken away there, and nothing starts twice."""

from __future__ import annotations

import pytest

from specs.identity import Kind
from tests.reconciler.cli.lab import Lab
from tests.security.parts import NETWORK_AND_POOL, VOLUME

INFRASTRUCTURE = NETWORK_AND_POOL + VOLUME


def _objects(lab: Lab, host: str) -> set[tuple[Kind, str]]:
    driver = lab.driver(host)
    seen = set(driver.observe.inventory().objects)
    driver.close()
    return seen


@pytest.fixture
def neighbours(lab: Lab) -> Lab:
    """Our fleet on hv1, and another one, which has things of the same names, on `other`."""
    lab.fleet(name="theirs", hv1=lab.uri("other"))
    lab.write("infrastructure.yaml", INFRASTRUCTURE)
    lab.guest("web")
    lab.applied()
    for file in (lab.tree / ".virt-reconcile").iterdir():
        file.unlink()
    lab.fleet()
    lab.applied()
    return lab


@pytest.mark.parametrize("how", ["option", "edited"])
@pytest.mark.parametrize(
    "command", [("destroy",), ("apply",), ("apply", "--prune"), ("run", "--once", "--prune")]
)
def test_another_machine_is_not_touched(neighbours: Lab, how: str, command: tuple[str, ...]) -> None:
    lab = neighbours
    before = _objects(lab, "other")
    if "--prune" in command:
        (lab.tree / "infrastructure.yaml").unlink()
        lab.guest("db")
    options: tuple[str, ...] = ("--host", f"hv1={lab.uri('other')}")
    if how == "edited":
        lab.fleet(hv1=lab.uri("other"))
        options = ()
    yes = () if command[0] == "run" else ("--yes",)
    loss = ("--allow-data-loss",)
    said = lab(command[0], "TREE", *command[1:], *yes, *loss, *options)
    assert said.code == 1
    assert "it is another machine than before" in said.out + said.err
    assert _objects(lab, "other") == before
    assert lab.domains("other") == {"web": "running"}


def test_a_guest_is_not_started_a_second_time(shop: Lab) -> None:
    shop.applied()
    shop.fleet(hv1=shop.uri("new"))
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert shop.domains("new") == {}
    assert shop.domains("hv1") == {"web": "running", "db": "running"}
    said = shop("apply", "TREE", "--yes", "--accept-host", "hv1")
    assert said.code == 0, said.out + said.err
    assert shop.domains("new") == {"web": "running", "db": "running"}
    shop.assert_converged()


def test_the_same_machine_by_another_way_is_no_stranger(shop: Lab) -> None:
    shop.applied()
    said = shop("plan", "TREE", "--detailed-exitcode", "--host", f"hv1={shop.uri()}&delay=1ms")
    assert said.code == 0, said.out + said.err


def test_two_names_for_one_machine(shop: Lab) -> None:
    shop.fleet(hv1=shop.uri(), hv2=f"{shop.uri()}&delay=1ms")
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert "hv1 and hv2 are one and the same machine" in said.out
    assert shop.domains() == {}


def test_on_a_machine_that_was_accepted_only_our_own_objects_go(neighbours: Lab) -> None:
    lab = neighbours
    said = lab(
        "destroy", "TREE", "--yes", "--allow-data-loss", "--accept-host", "hv1",
        "--host", f"hv1={lab.uri('other')}",
    )  # fmt: skip
    assert said.code == 1
    left = _objects(lab, "other")
    assert {(Kind.DOMAIN, "web"), (Kind.NETWORK, "lan"), (Kind.STORAGE_POOL, "data")} <= left
