"""Another host in the file: the guest moves there, live or cold, and is never lost or doubled."""

from __future__ import annotations

import pytest

from tests.real.conftest import vouched_for
from tests.real.fleet import Fleet, wait_for_tick
from tests.support.ticker import Watch, tick_on_disk, ticks

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("mode", "pool"),
    [
        ("managed", "shared"),
        ("peer-to-peer", "shared"),
        ("tunnelled", "shared"),
        ("managed", "images"),
        ("peer-to-peer", "images"),
    ],
)
def test_a_running_guest_moves_without_a_restart(fleet: Fleet, mode: str, pool: str) -> None:
    fleet.declare("web", "hv1", pool=pool, migration=f"{{mode: {mode}}}")
    fleet.shell.apply()
    fleet.shell.expect_nothing_to_do()
    wait_for_tick(fleet, "web", 3)
    fleet.declare("web", "hv2", pool=pool, migration=f"{{mode: {mode}}}")
    assert fleet.shell("plan") == 0
    assert "migrate" in fleet.shell.out
    with Watch(fleet.console("web")) as seen:
        fleet.shell.apply()
    assert fleet.where("web") == {"hv2": "running"}
    fleet.shell.expect_nothing_to_do()
    last = ticks(fleet.console("web"))[-1]
    wait_for_tick(fleet, "web", last + 3)
    fleet.expect_unbroken("web")
    assert seen.longest_pause < 10
    assert fleet.hosts["hv2"].virsh("dominfo", "web").split("Autostart:")[1].split()[0] == "enable"
    assert vouched_for(fleet.hosts["hv2"], "web")
    disk = fleet.shared if pool == "shared" else fleet.hosts["hv2"].own_images
    assert tick_on_disk(disk / "web.img") >= last


@pytest.mark.parametrize("pool", ["shared", "images"])
def test_a_stopped_guest_moves_with_its_disk(fleet: Fleet, pool: str) -> None:
    fleet.declare("web", "hv1", pool=pool)
    fleet.shell.apply()
    wait_for_tick(fleet, "web", 5)
    fleet.declare("web", "hv1", pool=pool, state="stopped")
    fleet.shell.apply()
    folder = fleet.shared if pool == "shared" else fleet.hosts["hv1"].own_images
    written = (folder / "web.img").read_bytes()
    fleet.declare("web", "hv3", pool=pool, state="stopped")
    fleet.shell.apply()
    assert fleet.where("web") == {"hv3": "shut off"}
    assert vouched_for(fleet.hosts["hv3"], "web")
    fleet.shell.expect_nothing_to_do()
    folder = fleet.shared if pool == "shared" else fleet.hosts["hv3"].own_images
    assert (folder / "web.img").read_bytes() == written


def test_an_edit_goes_along(fleet: Fleet) -> None:
    fleet.declare("web", "hv1")
    fleet.shell.apply()
    wait_for_tick(fleet, "web", 3)
    fleet.declare("web", "hv2")
    path = fleet.shell.tree / "web.yaml"
    path.write_text(path.read_text().replace("  memory: 64MiB\n", "  memory: 64MiB\n  description: moved\n"))
    fleet.shell.apply()
    fleet.shell.expect_nothing_to_do()
    assert fleet.hosts["hv2"].virsh("desc", "web") == "moved"
    fleet.expect_unbroken("web")


def test_what_the_destination_lacks_is_said_before_anything_moves(fleet: Fleet) -> None:
    fleet.declare("web", "hv1")
    path = fleet.shell.tree / "web.yaml"
    text = path.read_text() + "  interfaces: [{network: only-here}]\n"
    fleet.shell.write(
        "only.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Network\nmetadata: {name: only-here}\nspec: {host: hv1}\n",
    )
    path.write_text(text)
    fleet.shell.apply()
    path.write_text(
        text.replace("host: hv1", "host: hv2").replace("  interfaces: [{network: only-here}]\n", "")
    )
    assert fleet.shell("apply", "--yes") == 1
    assert "hv2 has no network 'only-here'" in fleet.shell.out
    assert fleet.where("web") == {"hv1": "running"}


def test_there_and_back_again_while_storage_is_copied(fleet: Fleet) -> None:
    fleet.declare("web", "hv1", pool="images")
    fleet.shell.apply()
    for host in ("hv2", "hv1", "hv3"):
        wait_for_tick(fleet, "web", len(ticks(fleet.console("web"))) + 2)
        fleet.declare("web", host, pool="images")
        fleet.shell.apply()
        assert fleet.where("web") == {host: "running"}
        fleet.shell.expect_nothing_to_do()
    fleet.expect_unbroken("web")
