"""What an active object lacks of its persistent document."""

from __future__ import annotations

import pytest

from reconciler.compare.model import Effect
from specs.identity import Kind
from tests.reconciler.compare.support import disk, domain, judged, live, nic

MAC = "52:54:00:00:00:01"
CDROM = "<disk type='file' device='cdrom'>{}<target dev='sda' bus='sata'/><readonly/></disk>"
NETWORK = (
    "<network><name>n</name><uuid>4b1f3c9e-8a55-4f2c-9d5e-0b8a1c2d3e4f</uuid>{}"
    "<ip address='10.0.0.1' prefix='24'><dhcp>{}</dhcp></ip></network>"
)
HOST = f"<host mac='{MAC}' ip='10.0.0.{{}}'/>"


def _memory(kib: int) -> str:
    return domain(f"<currentMemory unit='KiB'>{kib}</currentMemory>")


def _vcpus(count: int) -> str:
    return domain().replace("<vcpu>2", f"<vcpu current='{count}'>2")


def test_nothing_is_lacking_where_a_start_only_added_its_own() -> None:
    persistent = domain(
        "<clock offset='variable' adjustment='0' basis='utc'/><cpu mode='host-model'/>",
        disk("vda", "/a") + nic("lan", MAC) + "<graphics type='vnc' port='-1' autoport='yes'/>",
    )
    active = domain(
        "<clock offset='variable' adjustment='7' basis='utc'/>"
        "<cpu mode='custom' match='exact' check='full'><model>Skylake</model><feature name='x'/></cpu>"
        "<resource><partition>/machine</partition></resource>"
        "<seclabel type='dynamic' model='dac' relabel='yes'><label>+0:+0</label></seclabel>",
        disk(
            "vda",
            "/a",
            "<backingStore/><alias name='virtio-disk0'/><address type='pci' slot='0x04'/>",
        ).replace("<source", "<source index='1'")
        + nic("lan", MAC, "<target dev='vnet0'/><alias name='net0'/>")
        + "<graphics type='vnc' port='5900' autoport='yes'/>",
    ).replace("<domain ", "<domain id='3' ")
    found = live(persistent, active)
    assert found.changes == ()
    assert found.pending == ()


def test_memory_within_the_maximum_is_set() -> None:
    (change,) = live(_memory(262144), _memory(524288)).changes
    assert (change.operation.verb, change.operation.arguments()) == ("set-memory", {"kib": "262144"})
    assert change.difference.effect is Effect.LIVE


def test_memory_above_the_maximum_waits() -> None:
    small = domain(memory="<memory unit='MiB'>256</memory>")
    found = live(domain(), small)
    assert found.changes == ()
    assert {d.path for d in found.pending} == {"memory", "currentMemory"}
    assert {d.effect for d in found.pending} == {Effect.NEXT_BOOT}


def test_vcpus_within_the_maximum_are_set() -> None:
    (change,) = live(_vcpus(2), _vcpus(1)).changes
    assert (change.operation.verb, change.operation.arguments()) == ("set-vcpus", {"count": "2"})


def test_more_vcpus_than_the_maximum_wait() -> None:
    found = live(domain(), domain().replace("<vcpu>2", "<vcpu>1"))
    assert found.changes == ()
    assert {d.path for d in found.pending} == {"vcpu", "vcpu/@current"}


def test_a_new_disk_is_attached() -> None:
    (change,) = live(
        domain(devices=disk("vda", "/a") + disk("vdb", "/b")), domain(devices=disk("vda", "/a"))
    ).changes
    assert change.operation.verb == "attach"
    assert "/b" in change.operation.document


def test_a_disk_that_is_gone_is_detached() -> None:
    (change,) = live(domain(), domain(devices=disk("vdb", "/b"))).changes
    assert change.operation.verb == "detach"
    assert "/b" in change.operation.document


def test_a_watchdog_that_is_defined_no_more_is_unplugged() -> None:
    """No start adds one that the definition has not."""
    (change,) = live(domain(), domain(devices="<watchdog model='i6300esb' action='reset'/>")).changes
    assert change.operation.verb == "detach"


def test_an_interface_is_attached_and_detached() -> None:
    other = "52:54:00:00:00:02"
    found = live(domain(devices=nic("lan", other)), domain(devices=nic("lan", MAC)))
    assert {(c.operation.verb, other in c.operation.document) for c in found.changes} == {
        ("attach", True),
        ("detach", False),
    }


@pytest.mark.parametrize(
    "device",
    [
        "<video><model type='vga'/></video>",
        "<sound model='ich6'/>",
        disk("sda", "/a").replace("virtio", "sata"),
    ],
)
def test_devices_that_cannot_be_plugged_wait(device: str) -> None:
    found = live(domain(devices=device), domain())
    assert found.changes == ()
    assert len(found.pending) == 1


@pytest.mark.parametrize(
    ("wanted", "running"),
    [("/new.iso", "/old.iso"), ("/new.iso", None), (None, "/old.iso")],
    ids=["change", "insert", "eject"],
)
def test_media_are_changed_in_place(wanted: str | None, running: str | None) -> None:
    def drive(path: str | None) -> str:
        return domain(devices=CDROM.format(f"<source file='{path}'/>" if path else ""))

    (change,) = live(drive(wanted), drive(running)).changes
    assert change.operation.verb == "update"
    assert ("<source" in change.operation.document) is (wanted is not None)
    assert "sda" in change.operation.document


def test_the_source_of_a_disk_waits() -> None:
    found = live(domain(devices=disk("vda", "/new")), domain(devices=disk("vda", "/old")))
    assert found.changes == ()
    assert [d.path for d in found.pending] == ["devices/disk[vda]/source/@file"]


@pytest.mark.parametrize(("wanted", "running"), [("down", ""), ("", "down"), ("up", "down")])
def test_a_link_is_set_in_place(wanted: str, running: str) -> None:
    def linked(state: str) -> str:
        link = f"<link state='{state}'/>" if state else ""
        return domain(devices=nic("lan", MAC, f"{link}<address type='pci' slot='0x03'/>"))

    (change,) = live(linked(wanted), linked(running)).changes
    assert change.operation.verb == "update"
    assert ("down" in change.operation.document) is (wanted == "down")
    assert MAC in change.operation.document


def test_another_network_is_set_in_place_and_another_model_waits() -> None:
    def wired(network: str, model: str) -> str:
        return domain(devices=nic(network, MAC, f"<model type='{model}'/>"))

    (change,) = live(wired("blue", "virtio"), wired("red", "virtio")).changes
    assert change.operation.verb == "update"
    found = live(wired("blue", "e1000"), wired("red", "virtio"))
    assert found.changes == ()
    assert len(found.pending) == 2


@pytest.mark.parametrize("field", ["title", "description"])
@pytest.mark.parametrize("value", ["new", ""])
def test_texts_are_set_and_taken_away(field: str, value: str) -> None:
    wanted = domain(f"<{field}>{value}</{field}>" if value else "")
    (change,) = live(wanted, domain(f"<{field}>old</{field}>")).changes
    assert (change.operation.verb, change.operation.arguments()) == (
        "set-text",
        {"field": field, "value": value},
    )


def test_tuning_is_set() -> None:
    def shares(value: int) -> str:
        return domain(f"<cputune><shares>{value}</shares></cputune>")

    (change,) = live(shares(512), shares(1024)).changes
    assert change.operation.verb == "tune"
    assert change.operation.arguments() == {"path": "cputune/shares", "value": "512"}


@pytest.mark.parametrize("config", ["<on_crash>restart</on_crash>", "<features><acpi/></features>"])
def test_configuration_waits_for_the_next_boot(config: str) -> None:
    found = live(domain(config), domain())
    assert found.changes == ()
    assert [d.effect for d in found.pending] == [Effect.NEXT_BOOT]


@pytest.mark.parametrize(
    ("wanted", "running", "commands"),
    [
        (HOST.format(5), "", ["add"]),
        ("", HOST.format(5), ["delete"]),
        (HOST.format(6), HOST.format(5), ["modify"]),
        (
            "<range start='10.0.0.9' end='10.0.0.19'/>",
            "<range start='10.0.0.9' end='10.0.0.29'/>",
            ["add", "delete"],
        ),
    ],
)
def test_dhcp_of_a_network_is_updated(wanted: str, running: str, commands: list[str]) -> None:
    found = live(NETWORK.format("", wanted), NETWORK.format("", running), Kind.NETWORK)
    assert found.pending == ()
    assert sorted(change.operation.arguments()["command"] for change in found.changes) == commands
    assert {change.operation.arguments()["parent"] for change in found.changes} == {"0"}
    assert {change.operation.verb for change in found.changes} == {"update-network"}


def test_the_bridge_of_a_network_waits() -> None:
    found = live(
        NETWORK.format("<domain name='b'/>", ""), NETWORK.format("<domain name='a'/>", ""), Kind.NETWORK
    )
    assert found.changes == ()
    assert [d.path for d in found.pending] == ["domain/@name"]


def test_containers_cannot_set_vcpus_live() -> None:
    from drivers.dialects import dialect
    from reconciler.compare import compare_live

    found = compare_live(Kind.DOMAIN, _vcpus(2), _vcpus(1), dialect("lxc"))
    assert found.changes == ()
    assert len(found.pending) == 1


HOSTDEV = (
    "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
    "<address domain='0' bus='3' slot='0' function='0'/></source></hostdev>"
)


def test_a_host_device_is_plugged_in_though_its_name_holds_brackets() -> None:
    found = live(domain(devices=HOSTDEV), domain())
    assert [change.operation.verb for change in found.changes] == ["attach"]
    planned = judged(domain(devices=HOSTDEV), domain())
    assert [difference.effect for difference in planned.differences] == [Effect.LIVE]
