"""What is asked of a host that it does not have is told with its numbers, when it is to be made."""

from __future__ import annotations

from dataclasses import replace

from reconciler.plan import make_plan
from reconciler.plan.sanity import beyond_hosts
from reconciler.plan.world import Options, World
from specs.desired import Declared, Desired, PowerState
from specs.guests import Demand, HostCapacity
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import CAPABILITIES, HOST, declare, desire, observe, world

GIB = 1 << 20
POOL = (
    "<pool type='dir'><name>p</name><capacity unit='bytes'>{}</capacity>"
    "<available unit='bytes'>{}</available><target><path>/srv/p</path></target></pool>"
)


def seen(*observations: object, cpus: int = 8, memory: int = 16 * GIB) -> World:
    known = replace(CAPABILITIES, cpus=cpus, memory_kib=memory)
    return world(*observations, capabilities={HOST: known})  # type: ignore[arg-type]


def guest(name: str, cpus: int = 1, memory: int = GIB, power: PowerState = PowerState.RUNNING) -> Declared:
    return declare(name=name, demand=Demand(cpus, memory), power=power)


def told(desired: Desired, around: World) -> list[str]:
    return list(beyond_hosts(make_plan(desired, around, Options()), desired, around))


def test_one_guest_that_is_larger_than_its_host() -> None:
    assert told(desire(guest("web", 1000, 10 << 30)), seen()) == [
        "tree.yaml:3:1: Domain/web asks for 10 TiB of memory, and hv1 has 16 GiB",
        "tree.yaml:3:1: Domain/web asks for 1000 virtual CPUs, and hv1 has 8 CPUs",
    ]
    assert told(desire(guest("web", 8, 16 * GIB)), seen()) == []
    assert told(desire(guest("web", 1000, 10 << 30)), seen(cpus=0, memory=0)) == []


def test_all_guests_of_a_host_together() -> None:
    two = guest("a", 4, 10 * GIB), guest("b", 8, 10 * GIB), guest("off", 8, 10 * GIB, PowerState.STOPPED)
    (memory,) = told(desire(*two), seen())
    assert memory == "the 2 guests that run on hv1 have 20 GiB of memory together, and it has 16 GiB"
    (cpus,) = told(desire(*(guest(f"g{number}", 7) for number in range(5))), seen())
    assert cpus.endswith(
        "35 virtual CPUs together, and it has 8 CPUs, for 32 at most (capacity.overcommit.cpus)"
    )
    plenty = desire(*two)
    roomy = replace(plenty.hosts[HOST], capacity=HostCapacity(overcommit_memory=2.0, reserved_kib=GIB))
    assert told(replace(plenty, hosts={HOST: roomy}), seen()) == []


def test_what_is_there_already_is_not_told_again() -> None:
    tree = desire(guest("web", 1000, 10 << 30))
    plan = replace(make_plan(tree, seen(), Options()), verdicts=())
    assert list(beyond_hosts(plan, tree, seen())) == []


def test_volumes_and_what_their_pool_has() -> None:
    def volume(capacity: int, form: str = "qcow2", more: str = "") -> Declared:
        document = (
            f"<volume><name>v</name><capacity unit='bytes'>{capacity}</capacity>{more}"
            f"<target><format type='{form}'/></target></volume>"
        )
        declared = declare(document, Kind.VOLUME, "v")
        return replace(declared, address=Address(Kind.VOLUME, "v", HOST, "p"), native="p/v")

    def told_of(wanted: Declared) -> list[str]:
        around = seen(observe(POOL.format(1000, 100), Kind.STORAGE_POOL, "p", PowerState.ACTIVE))
        return [each.partition(": ")[2] for each in told(desire(wanted), around)]

    assert told_of(volume(1001)) == ["Volume/p/v@hv1 may grow to 1001 B, and pool p on hv1 has 1000 B in all"]
    assert told_of(volume(101, "raw")) == [
        "Volume/p/v@hv1 takes 101 B at once, and pool p on hv1 has 100 B free"
    ]
    assert told_of(volume(101)) == told_of(volume(100, "raw")) == []
    assert told_of(volume(500, "raw", "<allocation unit='bytes'>0</allocation>")) == []
