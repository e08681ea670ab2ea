"""Partitions and documents, both ways, without any console."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base.errors import Refused
from drivers.hmc.documents import IBM_I_MACHINE, PERIOD, check_memory, machine_of, wish_of
from drivers.hmc.partition import edit_partition, new_partition, read_partition
from drivers.native import Drive, Machine, Nic, VlanTag, machine_document, read_machine
from specs.checks.fitting import misfits
from specs.identity import Kind
from specs.matrix.hmc import HMC
from specs.xml import parse
from tests.drivers.hmc.recorded import order_of, wrapped
from tests.drivers.hmc.resources import new_lpar

REGION, LEAST = 256, 0.05


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    most = draw(st.integers(1, 32))
    count = draw(st.integers(1, most))
    memory_most = draw(st.integers(1, 64)) * REGION
    memory = draw(st.integers(1, memory_most // REGION)) * REGION
    dedicated = draw(st.booleans())
    hundredths = draw(st.integers(-(-5 * count // 1), 100 * count))
    return Machine(
        type="phyp",
        name=draw(st.text("abcXYZ019_-. ", min_size=1, max_size=31).filter(str.strip).map(str.strip)),
        memory_max=memory_most * 1024,
        memory=None if memory == memory_most else memory * 1024,
        vcpus=most,
        vcpus_online=None if count == most else count,
        dedicated=True if dedicated else None,
        shares=None if dedicated else draw(st.none() | st.integers(0, 255)),
        cpu_period=None if dedicated else PERIOD,
        cpu_quota=None if dedicated else hundredths * (PERIOD // 100),
        arch="ppc64",
        machine=draw(st.sampled_from([None, IBM_I_MACHINE])),
        nics=(Nic(mac="52:54:00:00:00:01", network="lan", link="up", vlans=(VlanTag(id=7),), trunk=True),),
        drives=(Drive(type="volume", format="raw", pool="v.g", volume="d", target="sda", bus="scsi"),),
    )


@given(machines(), machines())
@settings(max_examples=30, deadline=None)
def test_what_is_written_is_read_back(machine: Machine, other: Machine) -> None:
    """A partition is made of a document and read back as that; and changed to another one, likewise."""
    element = new_partition(wish_of(machine, None, LEAST), REGION, LEAST)
    assert wrapped(element).name == machine.name
    made = new_lpar(element, "089FFB20-5D19-4A8C-BB80-13650627D985", 9)
    partition = read_partition(made)
    back = machine_of(partition, machine.nics, machine.drives)
    document = machine_document(back)
    assert read_machine(document) == (back, ())
    assert list(misfits(HMC, Kind.DOMAIN, parse(document), "h")) == []
    assert {**_values(back), "uuid": None} == _values(machine)

    wanted = _like(other, machine)
    edit_partition(made, wish_of(wanted, partition, LEAST), REGION, LEAST)
    after = machine_of(read_partition(made), wanted.nics, wanted.drives)
    assert {**_values(after), "uuid": None} == _values(wanted)
    assert not edit_partition(made, wish_of(wanted, read_partition(made), LEAST), REGION, LEAST)
    order = order_of(wrapped(made))
    tags = [str(each.tag).rpartition("}")[2] for each in made]
    assert [tag for tag in tags if tag in order] == sorted(
        (tag for tag in tags if tag in order), key=order.index
    )


def _values(machine: Machine) -> dict[str, object]:
    return {name: getattr(machine, name) for name in Machine.__dataclass_fields__}


def _like(machine: Machine, first: Machine) -> Machine:
    from dataclasses import replace

    return replace(machine, name=first.name, machine=first.machine)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"memory_max": 1000 * 1024}, "768 MiB or 1024 MiB"),
        ({"memory": 1023}, "KiB of memory"),
        ({"cpu_quota": 1234, "cpu_period": PERIOD}, "two decimals"),
        ({"cpu_quota": 3 * PERIOD, "cpu_period": PERIOD}, "0.1 to 2"),
        ({"dedicated": True, "shares": 3}, "no shares"),
        ({"machine": "q35"}, "ibmi"),
        ({"shares": 256}, "0 to 255"),
    ],
)
def test_what_no_partition_can_be_is_refused_in_words(change: dict[str, object], said: str) -> None:
    values = {"name": "web", "memory_max": 1024 * 1024, "vcpus": 2, **change}
    with pytest.raises(Refused, match=said):
        check_memory(wish_of(Machine(**values), None, LEAST), REGION)  # type: ignore[arg-type]


def test_an_entitlement_that_nobody_declared_follows_the_processors() -> None:
    element = new_partition(
        wish_of(Machine(name="web", memory_max=1 << 20, vcpus=1), None, LEAST), REGION, LEAST
    )
    partition = read_partition(new_lpar(element, "089FFB20-5D19-4A8C-BB80-13650627D985", 9))
    assert (partition.processors.units, partition.processors.weight) == (0.1, 128)
    grown = machine_of(partition, (), ())
    from dataclasses import replace

    assert wish_of(replace(grown, vcpus=16), partition, LEAST).processors.units == 0.8
