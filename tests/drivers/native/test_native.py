"""A machine is its document and the document the machine: nothing is lost on the way, and nothing dropped."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from drivers.native import (
    DeviceAdded,
    DeviceChanged,
    DeviceController,
    DeviceRemoved,
    Drive,
    Machine,
    NativeNetwork,
    NativePool,
    NativeVolume,
    Nic,
    SoundCard,
    ValueChanged,
    VideoCard,
    changes,
    differing,
    holding_document,
    machine_document,
    parted,
    read_holding,
    read_machine,
    with_mark,
)
from specs.documents.marks import Mark, read_mark
from tests.drivers.native.values import any_value

MARK = str(Mark("acme", "0123", uuid="11111111-2222-4333-8444-555555555555", name="web"))
QUICK = settings(
    max_examples=25, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
)

WEB = Machine(
    type="vmware",
    name="web",
    description="the shop\n\nits pages",
    mark=MARK,
    guest="debian12-64",
    memory_max=2 << 20,
    vcpus=2,
    drives=(Drive(target="sda", bus="scsi", file="/vm/web.vmdk"), Drive(target="hda", device="cdrom")),
    controllers=(DeviceController(type="scsi", index=0, model="lsilogic"),),
    nics=(Nic(mac="00:50:56:00:00:01", network="lan"), Nic(mac="00:50:56:00:00:02", network="lan")),
    videos=(VideoCard(type="vmvga"),),
)


def canonical(machine: Machine) -> Machine:
    """Without what means the same: an element that says nothing, memory that is all that it can have."""
    if machine.memory == machine.memory_max or machine.memory_max is None:
        machine = replace(machine, memory=None)
    return machine


@QUICK
@given(any_value(Machine), st.sampled_from(["", MARK]))
def test_a_machine_is_what_its_document_says(machine: Machine, mark: str) -> None:
    machine = canonical(replace(machine, mark=mark))
    again, unknown = read_machine(machine_document(machine))
    assert (machine_document(again), unknown) == (machine_document(machine), ())
    assert without_nothing(again) == without_nothing(machine)


@QUICK
@given(st.sampled_from([NativeNetwork, NativePool, NativeVolume]).flatmap(any_value))
def test_so_are_networks_pools_and_volumes(holding: Any) -> None:
    again, unknown = read_holding(holding_document(holding), type(holding))
    assert (without_nothing(again), unknown) == (without_nothing(holding), ())


def without_nothing(value: Any) -> Any:
    """A value as a plain structure, without what says nothing: an element without content is not written."""
    if isinstance(value, tuple):
        return tuple(said for each in value if (said := without_nothing(each)) != {})
    if not is_dataclass(value):
        return value
    parts = {field.name: without_nothing(getattr(value, field.name)) for field in fields(value)}
    return {name: part for name, part in parts.items() if part not in (None, (), {})}


def test_what_nobody_understands_is_told_by_its_path() -> None:
    document = (
        machine_document(WEB)
        .replace("<features>", "")
        .replace(
            "</domain>",
            "<memoryBacking><hugepages/></memoryBacking><iothreads>2</iothreads><features><pae/>"
            "<hap state='on'/></features><cpu mode='custom'><model>qemu64</model></cpu></domain>",
        )
    )
    document = document.replace("<source file=", "<driver io='native'/><source file=").replace(
        "<vcpu>2<", "<vcpu current='many'>2<"
    )
    machine, unknown = read_machine(document)
    assert machine == replace(WEB, pae=True, cpu_mode="custom")
    assert {str(each) for each in unknown} == {
        "vcpu/@current=many",
        "devices/disk/driver/@io=native",
        "memoryBacking/hugepages",
        "iothreads=2",
        "features/hap/@state=on",
        "cpu/model=qemu64",
    }


def test_sizes_have_one_unit() -> None:
    text = "<domain><memory unit='GiB'>2</memory><currentMemory unit='b'>1025</currentMemory></domain>"
    machine, unknown = read_machine(text)
    assert (machine.memory_max, machine.memory, machine.memory_now, unknown) == (2 << 20, 2, 2, ())


def test_a_mark_stands_in_the_document_as_any() -> None:
    assert read_mark(machine_document(WEB)) == read_mark(f"<domain><metadata>{MARK}</metadata></domain>")
    assert read_machine(machine_document(WEB))[0] == WEB


@pytest.mark.parametrize("words", ["", "the shop", "the shop\n\nits pages", "<vr:owner/> is ours"])
@pytest.mark.parametrize("mark", ["", MARK])
def test_a_text_field_holds_the_users_words_and_the_mark(words: str, mark: str) -> None:
    text = with_mark(words, mark)
    assert parted(text) == parted(text.replace("\n", "\r\n") + "\n") == (words, mark)


def test_a_mark_is_the_last_line_and_nothing_else() -> None:
    for text in (f"look: {MARK}", f"{MARK}\nis what it says", MARK.replace("urn:virt", "urn:other")):
        assert parted(text) == (text, "")


def test_changes_are_what_has_to_be_done() -> None:
    assert changes(WEB, WEB) == ()
    data = Drive(target="sdb", bus="scsi", file="/vm/data.vmdk")
    first, second = WEB.nics
    wanted = replace(
        WEB,
        vcpus=4,
        drives=(WEB.drives[0], data),
        nics=(second, replace(first, link="down")),
        videos=(VideoCard(type="vmvga", vram=16384),),
        sounds=(SoundCard(model="hda"),),
    )
    found = changes(WEB, wanted)
    assert found[0] == DeviceRemoved("drives", WEB.drives[1])
    assert set(found[1:]) == {
        ValueChanged("vcpus", 2, 4),
        DeviceAdded("drives", data),
        DeviceChanged("nics", first, replace(first, link="down")),
        DeviceChanged("videos", *WEB.videos, *wanted.videos),
        DeviceAdded("sounds", SoundCard(model="hda")),
    }
    assert differing(first, replace(first, link="down")) == {"link"}


def test_devices_without_a_name_are_told_apart_by_their_order() -> None:
    """A NIC of which the files say no MAC address is the one that is there; one key twice is two devices."""
    wanted = replace(WEB, nics=tuple(replace(nic, mac=None, model="e1000") for nic in WEB.nics))
    assert [type(change) for change in changes(WEB, wanted)] == [DeviceChanged, DeviceChanged]
    twice = replace(WEB, drives=(WEB.drives[0], WEB.drives[0]))
    assert changes(twice, replace(WEB, drives=WEB.drives[:1])) == (DeviceRemoved("drives", WEB.drives[0]),)
