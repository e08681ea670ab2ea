"""Places of documents in the words of the files: every field has its own, by its own declaration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from specs.documents.fields import Placed, placed_fields, spec_model
from specs.documents.hooks import HOOKS
from specs.documents.said import field_at, said
from specs.identity import MANAGED_KINDS, Kind
from specs.places import At, Hook, In, Pairs, Path, Spread

DISK = (
    "<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/>"
    "<source pool='guests' volume='a.qcow2'/>"
    "<target dev='vdb' bus='virtio'/></disk>"
)
PCI = (
    "<hostdev mode='subsystem' type='pci' managed='yes'>"
    "<source><address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></source></hostdev>"
)


def joined(*parts: str) -> str:
    return "/".join(filter(None, parts))


def places(model: type[BaseModel], where: str = "", name: str = "") -> Iterator[tuple[str, str]]:
    """Every place that a field declares, and what the field is called; L is an entry, k a pair."""
    for field in placed_fields(model):
        at = joined(where, *(step.tag for step in field.path.steps if step.tag != "."))
        yield from of_field(field, at, f"{name}{field.alias}")


def of_field(field: Placed, at: str, name: str) -> Iterator[tuple[str, str]]:
    place, attribute = field.place, field.path.attribute
    if isinstance(place, Hook):
        for path, below in HOOKS[place.name].says.items():
            yield joined(at, path.replace("*", "tcp")), f"{name}.{below}".rstrip(".").replace("*", "tcp")
    elif field.model is not None and field.is_list:
        yield f"{at}[L]", f"{name}[L]"
        yield from places(field.model, f"{at}[L]", f"{name}[L].")
    elif field.model is not None or isinstance(place, In):
        assert field.model is not None
        for path, told in places(field.model, at, f"{name}."):
            yield path, name if field.short and told == f"{name}.{field.short}" else told
    elif isinstance(place, Pairs):
        value = Path.parse(place.value).attribute
        yield joined(f"{at}[k]", f"@{value}" if value else ""), f"{name}.k"
    elif isinstance(place, At) and isinstance(place.form, Spread):
        yield from ((joined(at, path), name) for path in place.form.paths)
    else:
        yield joined(at, f"@{attribute}" if attribute else ""), name


@pytest.mark.parametrize("kind", MANAGED_KINDS)
def test_every_field_is_told_by_its_name(kind: Kind) -> None:
    """A new field is, too: nothing but its declaration says how its place is called."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for path, name in places(spec_model(kind)):
        names[path].add(name)
    assert len(names) >= 5
    for path, known in names.items():
        assert field_at(kind, path) in known, path
        if "@" in path:
            assert {each.field for each in said(kind, path, "1")} <= known, path


@pytest.mark.parametrize(
    ("path", "value", "field", "told"),
    [
        ("currentMemory", "1572864 KiB", "memory", "1.5 GiB"),
        ("memory", "2097152 KiB", "memory.max", "2 GiB"),
        ("vcpu/@current", "4", "vcpus", "4"),
        ("devices/disk[vda]/source/@volume", "a.qcow2", "disks[vda].volume.name", "a.qcow2"),
        ("devices/disk[vda]/iotune/total_bytes_sec", "1048576", "disks[vda].bandwidth", "1 MiB"),
        ("devices/interface[52:54:00:00:00:01]/mtu/@size", "9", "interfaces[52:54:00:00:00:01].mtu", "9"),
        ("cpu/feature[vmx]", "<feature name='vmx' policy='require'/>", "cpu.features.vmx", "require"),
        ("features/acpi", "<acpi/>", "acpi", "true"),
        ("description", "<b>bold</b>", "description", "<b>bold</b>"),
        ("description", "<b>no end", "description", "<b>no end"),
        ("os/@firmware", "efi", "firmware.type", "uefi"),
        ("numatune", "<numatune><memory nodeset='0'/></numatune>", "numa.nodes", "0"),
        ("features/hyperv/relaxed/@state", "on", "hyperv.relaxed", "true"),
        ("metadata/{urn:x}a", "<a xmlns='urn:x'/>", "userMetadata", '<a xmlns="urn:x"/>'),
    ],
)
def test_values_are_spelt_as_in_the_files(path: str, value: str, field: str, told: str) -> None:
    (found,) = said(Kind.DOMAIN, path, value)
    assert (found.field, found.value) == (field, told)


def test_entries_are_told_as_a_whole() -> None:
    (disk,) = said(Kind.DOMAIN, "devices/disk[vdb]", DISK)
    assert (disk.field, disk.noun, disk.label) == ("disks[vdb]", "disk", "vdb")
    assert ("volume.pool", "guests") in {(part.field, part.value) for part in disk.parts}
    (device,) = said(Kind.DOMAIN, "devices/hostdev[address[('bus', '0x03')]]", PCI)
    assert (device.noun, device.label) == ("host device", "0000:03:00.0")
    dhcp = (
        "<dhcp><range start='10.0.0.2' end='10.0.0.9'/><host mac='52:54:00:00:00:01' ip='10.0.0.3'/></dhcp>"
    )
    told = said(Kind.NETWORK, "ip[10.0.0.1]/dhcp", dhcp)
    assert [each.noun for each in told] == ["dhcp range", "dhcp host"]
    (agent,) = said(
        Kind.DOMAIN,
        "devices/channel[virtio,org.qemu.guest_agent.0]",
        "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
    )
    assert (agent.field, agent.value, agent.missing) == ("agent", "true", "false")


def test_what_no_field_can_say_has_no_words() -> None:
    assert said(Kind.DOMAIN, "devices/redirdev", "<redirdev bus='usb' type='spicevmc'/>") == ()
    assert field_at(Kind.DOMAIN, "devices/redirdev") == ""
    assert field_at(Kind.DOMAIN, "devices/disk[vda]/driver/@queue_size") == "disks[vda]"
    for odd in ("", "/", "]][", "a b/@", "@", "leftover on hv2"):
        assert field_at(Kind.DOMAIN, odd) == ""
        assert said(Kind.DOMAIN, odd, "\x00") == ()


def test_what_follows_from_another_field_has_no_field_of_its_own() -> None:
    assert [each.field for each in said(Kind.DOMAIN, "devices/disk[vda]/@type", "block")] == [""]
