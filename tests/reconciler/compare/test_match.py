"""Which element is which."""

from __future__ import annotations

from reconciler.compare import Base
from reconciler.compare.model import Cause
from specs.identity import Kind
from tests.reconciler.compare.support import disk, domain, facts, judged, nic, paths

ONE, TWO = "52:54:00:00:00:01", "52:54:00:00:00:02"


def test_a_nic_without_mac_is_found_through_the_record() -> None:
    old = domain(devices=nic("red") + nic("blue"))
    kept = domain(devices=nic("red", ONE) + nic("blue", TWO))
    swapped = domain(devices=nic("blue", TWO) + nic("red", ONE))
    assert judged(old, swapped, Base(old, kept)).differences == ()


def test_an_edited_nic_without_mac_keeps_its_mac() -> None:
    old, new = domain(devices=nic("red") + nic("blue")), domain(devices=nic("green") + nic("blue"))
    kept = domain(devices=nic("red", ONE) + nic("blue", TWO))
    found = judged(new, kept, Base(old, kept))
    assert facts(found) == [
        (f"devices/interface[{ONE}]/source/@network", "green", "red", Cause.EDITED)
    ]  # fmt: skip
    assert ONE in found.merged
    assert TWO in found.merged


def test_the_nic_that_is_taken_out_of_the_files_goes() -> None:
    old, new = domain(devices=nic("red") + nic("blue")), domain(devices=nic("blue"))
    kept = domain(devices=nic("red", ONE) + nic("blue", TWO))
    found = judged(new, kept, Base(old, kept))
    assert paths(found) == [f"devices/interface[{ONE}]"]
    assert TWO in found.merged


def test_another_mac_is_another_nic() -> None:
    found = judged(domain(devices=nic("lan", TWO)), domain(devices=nic("lan", ONE)))
    assert sorted(paths(found)) == [f"devices/interface[{ONE}]", f"devices/interface[{TWO}]"]


def test_disks_are_known_by_their_targets() -> None:
    given = domain(devices=disk("vdb", "/b2") + disk("vda", "/a"))
    kept = domain(devices=disk("vda", "/a") + disk("vdb", "/b"))
    assert paths(judged(given, kept)) == ["devices/disk[vdb]/source/@file"]


def test_another_target_is_another_disk() -> None:
    found = judged(domain(devices=disk("vdb", "/a")), domain(devices=disk("vda", "/a")))
    assert sorted(paths(found)) == ["devices/disk[vda]", "devices/disk[vdb]"]


def test_a_controller_without_index_is_the_one_of_its_type() -> None:
    given = domain(devices="<controller type='scsi' model='virtio-scsi'/>")
    kept = domain(
        devices="<controller type='usb' index='0'/><controller type='scsi' index='0' model='virtio-scsi'/>"
    )
    assert judged(given, kept).differences == ()


def test_dhcp_hosts_are_known_by_mac_or_name() -> None:
    network = "<network><name>n</name><ip address='10.0.0.1' prefix='24'><dhcp>{}</dhcp></ip></network>"
    one = f"<host mac='{ONE}' ip='10.0.0.5'/>"
    two = f"<host mac='{TWO}' ip='10.0.0.6'/>"
    assert judged(network.format(one + two), network.format(two + one), None, Kind.NETWORK).differences == ()
    moved = judged(network.format(one), network.format(one.replace(".5", ".7")), None, Kind.NETWORK)
    assert [(d.declared, d.observed) for d in moved.differences] == [("10.0.0.5", "10.0.0.7")]


def test_a_foreign_dhcp_host_is_seen_without_a_record() -> None:
    network = "<network><name>n</name><ip address='10.0.0.1' prefix='24'><dhcp>{}</dhcp></ip></network>"
    found = judged(
        network.format(""), network.format(f"<host mac='{ONE}' ip='10.0.0.5'/>"), None, Kind.NETWORK
    )
    assert len(found.differences) == 1


def test_hosts_of_one_name_are_told_apart_by_port() -> None:
    pool = "<pool type='rbd'><name>p</name><source><name>rbd</name>{}</source></pool>"
    hosts = "<host name='mon' port='6789'/><host name='mon' port='6790'/>"
    assert judged(pool.format(hosts), pool.format(hosts), None, Kind.STORAGE_POOL).differences == ()
    moved = hosts.replace("6790", "6791")
    found = judged(pool.format(hosts), pool.format(moved), None, Kind.STORAGE_POOL)
    assert found.differences
    assert judged(pool.format(hosts), found.merged, None, Kind.STORAGE_POOL).differences == ()


def test_a_controller_is_never_one_of_another_type() -> None:
    given = domain(devices="<controller type='scsi' model='virtio-scsi'/>")
    kept = domain(devices="<controller type='usb' index='0' model='piix3-uhci'/>")
    found = judged(given, kept, Base(domain(), kept))
    assert paths(found) == ["devices/controller"]
    assert "piix3-uhci" in found.merged
    assert "virtio-scsi" in found.merged


def _ich9(first: str, *others: str, index: str = "") -> str:
    names = (f"ich9-{name}" for name in (first, *others))
    return "".join(f"<controller type='usb' {index} model='{name}'/>" for name in names)


def test_controllers_without_an_index_are_found_by_their_model() -> None:
    """libvirt numbers them, and puts the EHCI controller before its companions."""
    given = _ich9("uhci1", "uhci2", "uhci3", "ehci1")
    kept = [_ich9("ehci1", "uhci1", "uhci2", "uhci3", index=f"index='{index}'") for index in (2, 4)]
    assert judged(domain(devices=given * 2), domain(devices="".join(kept))).differences == ()
    other = domain(devices=kept[0].replace("ich9-uhci3", "piix3-uhci"))
    assert paths(judged(domain(devices=given), other)) == ["devices/controller[usb,2]/@model"]


def test_any_scsi_controller_may_be_the_one_that_is_chosen() -> None:
    kept = domain(devices="<controller type='scsi' index='0' model='lsilogic'/>")
    for model, differs in (("model='auto'", False), ("", False), ("model='virtio-scsi'", True)):
        assert bool(judged(domain(devices=f"<controller type='scsi' {model}/>"), kept).differences) is differs


def test_an_input_without_a_bus_is_the_one_of_its_type() -> None:
    given = domain(devices="<input type='tablet'/><input type='keyboard'/>")
    usual = "<input type='mouse' bus='ps2'/><input type='keyboard' bus='ps2'/>"
    tablet = "<input type='tablet' bus='usb'/>"
    assert judged(given, domain(devices=usual + tablet)).differences == ()
    assert paths(judged(given, domain(devices=usual))) == ["devices/input"]
    other = given.replace("type='tablet'", "type='tablet' bus='virtio'")
    assert paths(judged(other, domain(devices=usual + tablet))) == ["devices/input[tablet,virtio]"]


def test_event_devices_are_known_by_the_device() -> None:
    devices = [
        f"<input type='evdev'><source dev='/dev/input/event{number}' {more}/></input>"
        for number, more in ((1, "grab='all'"), (2, ""))
    ]
    given, kept = domain(devices="".join(devices)), domain(devices="".join(reversed(devices)))
    assert judged(given, kept).differences == ()
    assert paths(judged(given.replace("event2", "event3"), kept)) == [
        "devices/input[evdev,/dev/input/event3]"
    ]


def test_of_two_serial_ports_with_one_number_the_one_of_the_kind_is_meant() -> None:
    """libvirt 7.0 gives one that says none a number that is taken."""
    one = "<serial type='dev'><source path='/dev/ttyS2'/>%s</serial>"
    two = "<serial type='file'><source path='/tmp/log'/><target port='0'/></serial>"
    given, kept = domain(devices=one % "" + two), domain(devices=one % "<target port='0'/>" + two)
    assert judged(given, kept).differences == ()
    assert judged(given.replace("/tmp/log", "/tmp/other"), kept).differences


def test_the_first_console_is_the_first_serial_port() -> None:
    unix = "<serial type='unix'><source mode='bind' path='/s'/><target port='0'/></serial>"
    alias = "<console type='unix'><source mode='bind' path='/s'/><target type='serial' port='0'/></console>"
    kept = domain(devices=unix + alias)
    assert judged(domain(devices=unix + "<console type='pty'/>"), kept).differences == ()
    assert judged(domain(devices=alias), kept).differences == ()
    pty = domain(devices="<console type='pty'><target type='serial'/></console>")
    found = judged(pty, kept)
    assert paths(found) == ["devices/serial[0]/@type", "devices/serial[0]/source"]
    assert judged(pty, found.merged).differences == ()
    virtio = "<console type='pty'><target type='virtio'/></console>"
    assert judged(domain(devices=virtio), kept).differences
    assert judged(domain(devices=virtio), domain(devices=unix + alias + virtio)).differences == ()


def test_the_iommu_of_a_guest_with_many_processors_is_the_hosts_own() -> None:
    iommu = "<iommu model='intel'><driver intremap='on' eim='on'/></iommu>"
    for count, own in (("288", True), ("255", False)):
        given, kept = (domain(devices=each).replace(">2</vcpu>", f">{count}</vcpu>") for each in ("", iommu))
        assert bool(judged(given, kept).differences) is not own
        assert judged(kept, given).differences
