"""What a file says of a machine is what was said to write it."""

from __future__ import annotations

from plainqemu.description import arguments, describe, machine_of

from drivers.native import Drive, Machine, Nic, machine_document, read_machine

WHOLE = Machine(
    type="qemu",
    name="web",
    uuid="5b3dc7d6-6d10-4d3c-8f4a-4f0b8f1f7a01",
    title="Web",
    description="of the shop",
    mark='<vr:owner xmlns:vr="urn:virt-reconcile:1" fleet="shop"/>',
    memory_max=64 * 1024,
    vcpus=2,
    arch="x86_64",
    machine="q35",
    drives=(Drive(file="/a,b.img", format="raw", target="vda", bus="virtio", readonly=True),),
    nics=(Nic(type="user", mac="52:54:00:00:00:01", model="e1000", link="up"),),
)


def test_both_ways() -> None:
    assert machine_of(describe(WHOLE)) == WHOLE
    assert read_machine(machine_document(WHOLE)) == (WHOLE, ())


def test_a_comma_in_a_file_name_is_one() -> None:
    assert "if=virtio,format=raw,file=/a,,b.img,readonly=on" in arguments(describe(WHOLE))
