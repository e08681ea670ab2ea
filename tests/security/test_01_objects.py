"""While apply waits at its question, somebody else puts another object in the place of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drivers.contract.complete import CompleteHost
from drivers.simulated.facets.lifecycle import SimulatedLifecycle
from reconciler.cli import asking
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.reconciler.cli.lab import Lab
from tests.security.parts import NETWORK_AND_POOL, VOLUME, content_of, replace_the_volume

THEIRS = "11111111-2222-4333-8444-555555555555"
GUEST = (
    "<domain type='kvm'><name>{name}</name><uuid>{uuid}</uuid>"
    "<metadata><vr:owner xmlns:vr='urn:virt-reconcile:1' fleet='theirs' digest='d' protect='true'"
    " uuid='{uuid}' name='{name}'/></metadata>"
    "<memory>65536</memory><os><type>hvm</type></os><devices>{devices}</devices></domain>"
)
NETWORK = (
    "<network><name>lan</name><uuid>{uuid}</uuid><ip address='10.9.0.1' netmask='255.255.255.0'/></network>"
)
POOL = "<pool type='dir'><name>data</name><uuid>{uuid}</uuid><target><path>/elsewhere</path></target></pool>"
DISK = (
    "<disk type='volume' device='disk'><driver name='qemu' type='raw'/>"
    "<source pool='data' volume='shop.img'/><target dev='vda' bus='virtio'/></disk>"
)
INFRASTRUCTURE = NETWORK_AND_POOL + VOLUME


@pytest.fixture
def meanwhile(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[CompleteHost], None]], None]:
    """Lets somebody do something to the host between the plan that is shown and its doing."""

    def arrange(deed: Callable[[CompleteHost], None]) -> None:
        def ask(*_: object) -> None:
            driver = lab.driver()
            deed(driver)
            driver.close()

        monkeypatch.setattr(asking, "leave", ask)

    return arrange


Meanwhile = Callable[[Callable[[CompleteHost], None]], None]


def _replaced(driver: CompleteHost, name: str, *, start: bool = False) -> None:
    driver.lifecycle.stop(Kind.DOMAIN, name, StopPolicy(force=True))
    driver.lifecycle.undefine(Kind.DOMAIN, name)
    driver.lifecycle.define(Kind.DOMAIN, name, GUEST.format(name=name, uuid=THEIRS, devices=""))
    if start:
        driver.lifecycle.start(Kind.DOMAIN, name)


@pytest.mark.parametrize("start", [False, True], ids=["stopped", "running"])
def test_a_guest_in_the_place_of_one_that_is_pruned(shop: Lab, meanwhile: Meanwhile, start: bool) -> None:
    shop.applied()
    (shop.tree / "db.yaml").unlink()
    meanwhile(lambda driver: _replaced(driver, "db", start=start))
    said = shop("apply", "TREE", "--prune")
    assert said.code == 1
    assert "another Domain of that name stands there by now" in said.out + said.err
    assert shop.domains()["db"] == ("running" if start else "stopped")


@pytest.mark.parametrize("edit", ["state: stopped", "memory: 2GiB"])
def test_a_guest_in_the_place_of_one_that_is_changed(shop: Lab, meanwhile: Meanwhile, edit: str) -> None:
    shop.applied()
    field, value = edit.split(": ")
    shop.guest("db", **{field: value})
    meanwhile(lambda driver: _replaced(driver, "db", start=True))
    said = shop("apply", "TREE")
    assert said.code == 1
    assert "another Domain of that name" in said.out + said.err
    driver = shop.driver()
    left = driver.observe.one(Kind.DOMAIN, "db")
    driver.close()
    assert left is not None
    assert left.uuid == THEIRS
    assert "65536" in left.document
    assert str(left.power) == "running"


def test_a_guest_that_is_protected_meanwhile(shop: Lab, meanwhile: Meanwhile) -> None:
    shop.applied()
    (shop.tree / "db.yaml").unlink()

    def protect(driver: CompleteHost) -> None:
        seen = driver.observe.one(Kind.DOMAIN, "db")
        assert seen is not None
        driver.lifecycle.set_mark(
            Kind.DOMAIN,
            "db",
            "<vr:owner xmlns:vr='urn:virt-reconcile:1' fleet='shop' digest='d' protect='true'"
            f" uuid='{seen.uuid}' name='db'/>",
        )

    meanwhile(protect)
    said = shop("apply", "TREE", "--prune")
    assert said.code == 1
    assert "it changed since it was planned" in said.out + said.err
    assert shop.domains()["db"] == "running"
    # And the next plan reads the protection from the mark, whatever the last declaration was.
    said = shop("plan", "TREE", "--prune")
    assert "protect: true" in said.out


def test_a_network_and_a_pool_in_the_place_of_ours(shop: Lab, meanwhile: Meanwhile) -> None:
    shop.write("infrastructure.yaml", NETWORK_AND_POOL)
    shop.applied()
    (shop.tree / "infrastructure.yaml").unlink()

    def replaced(driver: CompleteHost) -> None:
        for kind, name, document in ((Kind.NETWORK, "lan", NETWORK), (Kind.STORAGE_POOL, "data", POOL)):
            driver.lifecycle.stop(kind, name, StopPolicy())
            driver.lifecycle.undefine(kind, name)
            driver.lifecycle.define(kind, name, document.format(uuid=THEIRS))

    meanwhile(replaced)
    said = shop("apply", "TREE", "--prune", "--allow-data-loss")
    assert said.code == 1
    assert "another Network of that name" in said.out + said.err
    assert "another StoragePool of that name" in said.out + said.err
    driver = shop.driver()
    assert driver.observe.one(Kind.NETWORK, "lan") is not None
    assert driver.observe.one(Kind.STORAGE_POOL, "data") is not None
    driver.close()


def test_a_guest_is_started_on_a_volume_that_goes(shop: Lab, meanwhile: Meanwhile) -> None:
    shop.write("infrastructure.yaml", INFRASTRUCTURE)
    shop.applied()
    shop.write("infrastructure.yaml", NETWORK_AND_POOL)

    def used(driver: CompleteHost) -> None:
        driver.lifecycle.define(Kind.DOMAIN, "theirs", GUEST.format(name="theirs", uuid=THEIRS, devices=DISK))
        driver.lifecycle.start(Kind.DOMAIN, "theirs")

    meanwhile(used)
    said = shop("apply", "TREE", "--prune", "--allow-data-loss")
    assert said.code == 1
    assert "Domain/theirs on hv1 uses it and runs" in said.out + said.err
    driver = shop.driver()
    assert driver.observe.one(Kind.VOLUME, "data/shop.img") is not None
    driver.close()


def test_what_we_did_ourselves_is_no_change_by_others(shop: Lab) -> None:
    """A definition, a restart and a removal in one apply: each finds what the one before made."""
    shop.applied()
    text = (shop.tree / "web.yaml").read_text()
    shop.write("web.yaml", text.replace("vcpus: 1", "vcpus: 3, restart: if-needed, stop: {force: true}"))
    (shop.tree / "db.yaml").unlink()
    said = shop("apply", "TREE", "--yes", "--prune")
    assert said.code == 0, said.out + said.err
    shop.assert_converged()
    assert shop.domains() == {"web": "running"}


def test_a_guest_is_defined_on_a_volume_that_is_replaced(lab: Lab, meanwhile: Meanwhile) -> None:
    replace_the_volume(lab)
    meanwhile(
        lambda driver: driver.lifecycle.define(
            Kind.DOMAIN, "theirs", GUEST.format(name="theirs", uuid=THEIRS, devices=DISK)
        )
    )
    said = lab("apply", "TREE", "--allow-data-loss")
    assert said.code == 1
    assert "Domain/theirs on hv1 uses it" in said.err
    driver = lab.driver()
    assert content_of(driver, "data/shop.img") == b"1" * 512
    driver.close()


def test_a_guest_that_somebody_starts_is_not_vouched_for(lab: Lab, meanwhile: Meanwhile) -> None:
    """It runs with the definition of before, and the next plan says so."""
    lab.guest("web", state="stopped")
    lab.applied()
    lab.guest("web", memory="2GiB")
    define = SimulatedLifecycle.define

    meanwhile(lambda driver: None)
    started: list[str] = []

    def started_first(lifecycle: SimulatedLifecycle, kind: Kind, name: str, document: str) -> None:
        if not started:
            started.append(name)
            lifecycle.start(kind, name)
        define(lifecycle, kind, name, document)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimulatedLifecycle, "define", started_first)
        said = lab("apply", "TREE")
    assert "was started already" in said.err
    said = lab("plan", "TREE")
    assert "memory: 1 GiB → 2 GiB  [edited; at next start" in said.out
