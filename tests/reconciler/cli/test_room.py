"""A running guest does not move to a host that has no room for it."""

from __future__ import annotations

from tests.reconciler.cli.lab import Lab


def test_a_move_to_a_host_without_room_is_refused_and_the_guest_goes_on(shop: Lab) -> None:
    small = shop.uri("hv2") + "&memory=2GiB"
    shop.fleet(hv1=shop.uri(), hv2=small)
    shop.guest("big", memory="1536MiB")
    shop.guest("there", memory="1GiB", host="hv2")
    shop.applied()
    shop.guest("big", memory="1536MiB", host="hv2")
    said = shop("plan", "TREE")
    assert "it needs 1.5 GiB of memory, and hv2 has 1 GiB free" in said.out
    shop("apply", "TREE", "--yes")
    assert shop.domains("hv1")["big"] == "running"
    assert "big" not in shop.domains("hv2")
