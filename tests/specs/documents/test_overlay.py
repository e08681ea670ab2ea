"""Merging `xml:` into a rendered document."""

from __future__ import annotations

import pytest
from lxml import etree

from specs.documents.overlay import merge

QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"

DOMAIN = f"""
<domain type='kvm' xmlns:qemu='{QEMU}'>
  <name>web</name>
  <uuid>5b3dc7d6-6d10-4d3c-8f4a-4f0b8f1f7a01</uuid>
  <memory unit='KiB'>1048576</memory>
  <cpu mode='host-model'><feature policy='require' name='pcid'/></cpu>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='/a'/><target dev='vda' bus='virtio'/><boot order='1'/>
    </disk>
    <disk type='file' device='disk'><source file='/b'/><target dev='vdb' bus='virtio'/></disk>
    <interface type='network'>
      <mac address='52:54:00:00:00:01'/><source network='lan'/><model type='virtio'/>
    </interface>
    <interface type='network'><source network='dmz'/></interface>
    <serial type='pty'><target port='0'/></serial>
    <console type='pty'><target type='serial'/></console>
    <hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><product id='0x2'/></source></hostdev>
    <video><model type='virtio'/></video>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
  <qemu:commandline><qemu:arg value='-a'/></qemu:commandline>
</domain>
"""

NETWORK = """
<network>
  <name>lan</name>
  <forward mode='bridge'><interface dev='eth0'/></forward>
  <dns><host ip='10.0.0.2'><hostname>a</hostname></host></dns>
  <ip address='10.0.0.1' prefix='24'><dhcp>
    <range start='10.0.0.10' end='10.0.0.20'/><host mac='52:54:00:00:00:01' ip='10.0.0.3'/>
  </dhcp></ip>
</network>
"""


def merged(document: str, overlay: str) -> etree._Element:
    root = etree.fromstring(document, etree.XMLParser(remove_blank_text=True))
    merge(root, overlay)
    return root


def on_devices(overlay: str) -> etree._Element:
    return merged(DOMAIN, f"<domain><devices>{overlay}</devices></domain>")


def count(root: etree._Element, path: str) -> int:
    return len(root.findall(path))


def test_an_empty_overlay_changes_nothing() -> None:
    assert etree.tostring(merged(DOMAIN, "<domain/>")) == etree.tostring(merged(DOMAIN, "<domain> </domain>"))
    plain = etree.fromstring(DOMAIN, etree.XMLParser(remove_blank_text=True))
    assert etree.tostring(merged(DOMAIN, "<domain/>")) == etree.tostring(plain)


def test_merging_twice_is_merging_once() -> None:
    overlay = """<domain><vcpu cpuset='0-3'>4</vcpu><devices>
      <disk><target dev='vda'/><iotune><total_iops_sec>9</total_iops_sec></iotune></disk>
      <controller type='scsi' index='0' model='virtio-scsi'/></devices></domain>"""
    once = merged(DOMAIN, overlay)
    before = etree.tostring(once)
    merge(once, overlay)
    assert etree.tostring(once) == before


def test_a_disk_is_found_by_its_target() -> None:
    root = on_devices("<disk><driver queues='4'/><target dev='vdb'/></disk>")
    assert root.xpath("devices/disk[target/@dev='vdb']/driver/@queues") == ["4"]
    assert count(root, "devices/disk") == 2


def test_another_target_is_another_disk() -> None:
    assert count(on_devices("<disk type='block'><target dev='vdc'/></disk>"), "devices/disk") == 3


def test_a_boot_order_is_replaced_not_doubled() -> None:
    root = on_devices("<disk><target dev='vda'/><boot order='2'/></disk>")
    assert root.xpath("devices/disk[target/@dev='vda']/boot/@order") == ["2"]


def test_a_nic_is_found_by_its_mac_or_else_by_its_position() -> None:
    by_mac = on_devices(
        "<interface><mac address='52:54:00:00:00:01'/><tune><sndbuf>0</sndbuf></tune></interface>"
    )
    assert by_mac.xpath("devices/interface[tune]/source/@network") == ["lan"]
    by_position = on_devices("<interface/><interface><model type='e1000'/></interface>")
    assert by_position.xpath("devices/interface[model/@type='e1000']/source/@network") == ["dmz"]
    another = on_devices("<interface type='user'><mac address='52:54:00:00:00:09'/></interface>")
    assert count(another, "devices/interface") == 3


def test_single_devices_are_refined() -> None:
    root = on_devices(
        "<rng><rate bytes='5'/></rng><video><model heads='2'/></video><console><log file='/l'/></console>"
    )
    assert root.xpath("devices/rng/rate/@bytes") == ["5"]
    assert root.xpath("devices/video/model/@type") == ["virtio"]
    assert (count(root, "devices/rng"), count(root, "devices/video"), count(root, "devices/console")) == (
        1,
        1,
        1,
    )


def test_a_second_of_them_is_added() -> None:
    root = on_devices("<video/><video><model type='qxl'/></video>")
    assert root.xpath("devices/video/model/@type") == ["virtio", "qxl"]


def test_a_host_device_is_found_by_its_source() -> None:
    same = "<hostdev><source><vendor id='0x1'/><product id='0x2'/></source><boot order='3'/></hostdev>"
    other = "<hostdev><source><vendor id='0x1'/><product id='0x9'/></source></hostdev>"
    assert count(on_devices(same), "devices/hostdev[boot]") == 1
    assert count(on_devices(same), "devices/hostdev") == 1
    assert count(on_devices(other), "devices/hostdev") == 2


def test_memory_of_a_domain_is_no_memory_device() -> None:
    root = merged(DOMAIN, "<domain><memory unit='GiB'>4</memory></domain>")
    assert [(node.text, node.get("unit")) for node in root.iterfind("memory")] == [("4", "GiB")]
    module = on_devices("<memory model='dimm'><target><size unit='MiB'>1</size></target></memory>")
    assert count(module, "devices/memory") == 1


def test_features_are_found_by_name() -> None:
    root = merged(
        DOMAIN, "<domain><cpu><feature policy='disable' name='pcid'/><feature name='vmx'/></cpu></domain>"
    )
    assert root.xpath("cpu/feature/@policy") == ["disable"]
    assert root.xpath("cpu/feature/@name") == ["pcid", "vmx"]


def test_arguments_for_qemu_are_added() -> None:
    root = merged(
        DOMAIN,
        f"<domain xmlns:q='{QEMU}'><q:commandline>"
        "<q:arg value='-b'/><q:arg value='c'/></q:commandline></domain>",
    )
    assert root.xpath("q:commandline/q:arg/@value", namespaces={"q": QEMU}) == ["-a", "-b", "c"]


def test_a_network() -> None:
    root = merged(
        NETWORK,
        """<network connections='1'>
          <forward><interface dev='eth1'/></forward>
          <dns><host ip='10.0.0.2'><hostname>b</hostname></host><host ip='10.0.0.9'/></dns>
          <ip address='10.0.0.1' localPtr='yes'><dhcp>
            <host mac='52:54:00:00:00:01' name='web'/><range start='10.0.0.30' end='10.0.0.40'/>
          </dhcp></ip>
          <route address='10.9.0.0' prefix='16' gateway='10.0.0.7'/>
        </network>""",
    )
    assert root.xpath("forward/interface/@dev") == ["eth0", "eth1"]
    assert [name.text for name in root.iterfind("dns/host/hostname")] == ["a", "b"]
    assert count(root, "dns/host") == 2
    assert root.xpath("ip/@localPtr") == ["yes"]
    assert root.xpath("ip/dhcp/host/@name") == ["web"]
    assert count(root, "ip/dhcp/range") == 2
    assert root.xpath("route/@gateway") == ["10.0.0.7"]


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ("<domain>", "not well-formed"),
        ("<network/>", "begins with <network>"),
        ("<domain><name>db</name></domain>", "<name>db</name>"),
        ("<domain><uuid>00000000-0000-0000-0000-000000000000</uuid></domain>", "<uuid>"),
        ("<!DOCTYPE d [<!ENTITY e 'x'>]><domain><title>&e;</title></domain>", "entit"),
    ],
)
def test_what_is_refused(overlay: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        merged(DOMAIN, overlay)
