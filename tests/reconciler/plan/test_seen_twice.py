"""Two drivers of one machine show the same networks: one Host's is not the other's to remove."""

from __future__ import annotations

import pytest

from drivers.base import Inventory, Observation
from reconciler.plan import Options, Plan, make_plan
from specs.desired import PowerState
from specs.documents.marks import Mark
from specs.identity import Kind
from tests.reconciler.plan.facts import CAPABILITIES, HOST, UUID, VERSION, changed, declare, world
from tests.reconciler.plan.test_move import fleet

OURS = "0a0a0a0a-1111-4222-8333-444455556666"
OTHER = "0b0b0b0b-1111-4222-8333-444455556666"


def network(uuid: str) -> Observation:
    mark = Mark("default", "d", fleet_uuid=UUID, uuid=uuid, name="lan")
    document = f"<network><name>lan</name><uuid>{uuid}</uuid><metadata>{mark}</metadata></network>"
    return Observation(Kind.NETWORK, "lan", document, power=PowerState.INACTIVE)


def pruned(elsewhere: str) -> Plan:
    """The network is declared on hv1; hv2 shows one of its name, which says that it is ours."""
    declared = declare("<network><name>lan</name></network>", Kind.NETWORK, "lan")
    objects = {HOST: network(OURS), "hv2": network(elsewhere)}
    seen = changed(
        world(),
        inventories={h: Inventory(h, VERSION, {(Kind.NETWORK, "lan"): each}) for h, each in objects.items()},
        capabilities=dict.fromkeys(objects, CAPABILITIES),
    )
    return make_plan(fleet(declared), seen, Options(prune=True))


@pytest.mark.parametrize(("uuid", "removed"), [(OURS, []), (OTHER, ["hv2"])], ids=["the same", "another"])
def test_a_network_that_another_host_declares_stays(uuid: str, removed: list[str]) -> None:
    assert [action.host for action in pruned(uuid).actions if action.verb == "undefine"] == removed
