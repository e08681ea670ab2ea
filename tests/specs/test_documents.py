"""Where each field lands in libvirt's XML, and the defaults that a document gets."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree
from pydantic import ValidationError

from specs.documents.domain import render_domain
from specs.documents.setting import Setting
from specs.documents.storage import render_pool, render_volume
from specs.identity import Kind
from specs.models.base import API_VERSION
from specs.models.domain import Domain
from specs.models.storage import StoragePool, Volume
from tests.specs.wide import model_of, render, text, wide

DOMAIN = {
    "@type": "kvm",
    "title": "Everything",
    "memory": "4194304",
    "memory/@unit": "KiB",
    "currentMemory": "2097152",
    "count(memoryBacking/hugepages)": 1.0,
    "vcpu": "8",
    "vcpu/@current": "2",
    "cputune/shares": "2048",
    "os/@firmware": "efi",
    "os/type": "hvm",
    "os/type/@machine": "q35",
    "os/firmware/feature[@name='secure-boot']/@enabled": "yes",
    "features/smm/@state": "on",
    "os/nvram": "/var/lib/nvram/e.fd",
    "os/nvram/@template": "/usr/share/OVMF/VARS.fd",
    "os/kernel": "/boot/vmlinuz",
    "os/initrd": "/boot/initrd",
    "os/cmdline": "quiet ro",
    "cpu/@mode": "custom",
    "cpu/model": "Skylake-Client",
    "cpu/topology/@sockets": "2",
    "cpu/topology/@dies": "2",
    "cpu/topology/@cores": "2",
    "cpu/topology/@threads": "1",
    "cpu/feature[@name='vmx']/@policy": "disable",
    "clock/@adjustment": "3600",
    "clock/@basis": "localtime",
    "clock/timer[@name='rtc']/@tickpolicy": "catchup",
    "clock/timer[@name='hpet']/@present": "no",
    "on_crash": "coredump-restart",
    "devices/disk[target/@dev='vda']/source/@volume": "web.qcow2",
    "devices/disk[target/@dev='vda']/driver/@type": "qcow2",
    "devices/disk[target/@dev='vda']/driver/@cache": "none",
    "devices/disk[target/@dev='vda']/driver/@io": "native",
    "devices/disk[target/@dev='vda']/driver/@discard": "unmap",
    "devices/disk[target/@dev='vda']/driver/@detect_zeroes": "unmap",
    "devices/disk[target/@dev='vda']/serial": "WD-1",
    "devices/disk[target/@dev='vda']/boot/@order": "1",
    "devices/disk[target/@dev='vda']/iotune/total_iops_sec": "500",
    "devices/disk[target/@dev='vda']/iotune/total_bytes_sec": "104857600",
    "count(devices/disk[target/@dev='sda']/shareable)": 1.0,
    "devices/disk[target/@dev='sdb']/source/@dev": "/dev/vg/lv",
    "count(devices/disk[target/@dev='sdb']/readonly)": 1.0,
    "devices/disk[target/@dev='vdb']/source/@protocol": "rbd",
    "devices/disk[target/@dev='vdb']/source/host[1]/@port": "6789",
    "devices/disk[target/@dev='vdb']/source/auth/@username": "admin",
    "devices/disk[target/@dev='vdb']/source/auth/secret/@usage": "ceph-admin",
    "devices/disk[target/@dev='vdc']/source/auth/secret/@type": "iscsi",
    "devices/filesystem[1]/driver/@type": "virtiofs",
    "devices/filesystem[2]/@accessmode": "mapped",
    "devices/interface[1]/source/@portgroup": "staff",
    "devices/interface[1]/mac/@address": "52:54:00:00:00:01",
    "devices/interface[1]/mtu/@size": "9000",
    "devices/interface[1]/vlan/tag/@id": "42",
    "devices/interface[1]/link/@state": "down",
    "devices/interface[1]/bandwidth/inbound/@peak": "2000",
    "devices/interface[1]/filterref/parameter[@name='IP']/@value": "192.168.122.5",
    "devices/interface[1]/driver/@queues": "4",
    "devices/interface[2]/model/@type": "e1000e",
    "devices/interface[2]/virtualport/@type": "openvswitch",
    "devices/interface[3]/source/@mode": "private",
    "devices/interface[4]/@type": "user",
    "devices/graphics[@type='vnc']/@port": "5901",
    "devices/graphics[@type='vnc']/@autoport": "no",
    "devices/graphics[@type='vnc']/listen/@address": "127.0.0.1",
    "devices/graphics[@type='spice']/@autoport": "yes",
    "devices/video/model/@heads": "2",
    "devices/serial[2]/log/@file": "/var/log/e-all.log",
    "devices/serial[3]/source/@service": "4555",
    "devices/serial[4]/source/@path": "/run/e.sock",
    "devices/console[1]/target/@type": "serial",
    "devices/channel[target/@name='org.qemu.guest_agent.0']/@type": "unix",
    "devices/rng/rate/@period": "1000",
    "devices/watchdog/@action": "poweroff",
    "devices/tpm/backend/@version": "2.0",
    "devices/hostdev[1]/source/address/@function": "0x1",
    "devices/hostdev[1]/@managed": "no",
    "devices/hostdev[2]/source/vendor/@id": "0x046d",
    "devices/hostdev[3]/@model": "vfio-ap",
    "devices/memballoon/stats/@period": "10",
}

NETWORK = {
    "forward/@mode": "nat",
    "forward/@dev": "eth0",
    "bridge/@stp": "on",
    "domain/@localOnly": "yes",
    "dns/host/hostname[2]": "b",
    "dns/srv/@weight": "5",
    "dns/forwarder[2]/@domain": "corp.example",
    "portgroup/@default": "yes",
    "ip[1]/@prefix": "24",
    "ip[1]/dhcp/host/@mac": "52:54:00:00:00:01",
    "ip[2]/@family": "ipv6",
    "ip[2]/dhcp/host/@id": "0:3:0:1:0:16:3e:11:22:33",
}


def found(document: etree._Element, path: str) -> Any:
    value = document.xpath(path)
    if isinstance(value, list):
        assert len(value) == 1, f"{path}: {value}\n{text(document)}"
        return value[0].text if isinstance(value[0], etree._Element) else str(value[0])
    return value


@pytest.mark.parametrize("path", DOMAIN)
def test_domain(path: str) -> None:
    assert found(wide(Kind.DOMAIN, "everything"), path) == DOMAIN[path]


@pytest.mark.parametrize("path", NETWORK)
def test_network(path: str) -> None:
    assert found(wide(Kind.NETWORK, "lan"), path) == NETWORK[path]


def domain(scheme: str = "qemu", /, **spec: Any) -> etree._Element:
    model = Domain.model_validate(
        {
            "apiVersion": API_VERSION,
            "kind": "Domain",
            "metadata": {"name": "d"},
            "spec": {"memory": "1GiB", **spec},
        }
    )
    return render_domain(model, Setting(scheme))


def resource(kind: str, /, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": "x"}, "spec": spec}


def test_a_document_holds_only_what_is_said() -> None:
    document = domain()
    assert document.get("type") is None
    assert document.find("uuid") is None
    assert document.find("os/type").attrib == {}  # type: ignore[union-attr]
    assert [device.tag for device in document.find("devices")] == ["serial"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("scheme", "kind"), [("lxc", "lxc"), ("xen", "xen"), ("test", "test"), ("sim", None)]
)
def test_the_scheme_decides_the_type(scheme: str, kind: str | None) -> None:
    assert domain(scheme).get("type") == kind


@pytest.mark.parametrize(
    ("disk", "scheme", "target", "bus"),
    [
        ({"file": "/a"}, "qemu", "vda", "virtio"),
        ({"file": "/a", "bus": "sata"}, "qemu", "sda", "sata"),
        ({"file": "/a", "target": "hda"}, "qemu", "hda", "ide"),
        ({"file": "/a", "target": "sda"}, "qemu", "sda", "scsi"),
        ({"device": "cdrom"}, "qemu", "sda", "sata"),
        ({"device": "floppy", "file": "/a"}, "qemu", "fda", "fdc"),
        ({"file": "/a"}, "xen", "xvda", "xen"),
        ({"file": "/a"}, "esx", "sda", "scsi"),
    ],
)
def test_disk_target_and_bus(disk: dict[str, Any], scheme: str, target: str, bus: str) -> None:
    node = domain(scheme, disks=[disk]).find("devices/disk/target")
    assert node is not None
    assert (node.get("dev"), node.get("bus")) == (target, bus)


def test_disks_take_the_next_free_target() -> None:
    disks = [{"file": "/a"}, {"file": "/b", "target": "vda"}, {"file": "/c"}]
    targets = domain(disks=disks).xpath("devices/disk/target/@dev")
    assert targets == ["vdb", "vda", "vdc"]


def test_many_disks() -> None:
    disks = domain(disks=[{"file": f"/{n}"} for n in range(28)]).iterfind("devices/disk/target")
    assert [disk.get("dev") for disk in disks][25:] == ["vdz", "vdaa", "vdab"]


@pytest.mark.parametrize(
    ("scheme", "driver"), [("qemu", "qemu"), ("sim", "qemu"), ("xen", None), ("lxc", None)]
)
def test_only_qemu_has_a_driver_called_qemu(scheme: str, driver: str | None) -> None:
    node = domain(scheme, disks=[{"file": "/a"}]).find("devices/disk/driver")
    assert node is not None
    assert node.get("name") == driver


def test_a_device_in_the_boot_order_takes_the_place_of_kinds() -> None:
    assert domain(boot=["hd"], disks=[{"file": "/a", "boot": 1}]).find("os/boot") is None
    assert domain(boot=["hd"], disks=[{"file": "/a"}]).find("os/boot") is not None


def test_virtiofs_makes_memory_shared_but_not_in_containers() -> None:
    share = [{"source": "/srv", "target": "srv"}]
    assert found(domain(filesystems=share), "memoryBacking/access/@mode") == "shared"
    assert domain(filesystems=[{**share[0], "driver": "9p"}]).find("memoryBacking") is None
    assert domain("lxc", filesystems=share).find("memoryBacking") is None


def test_only_the_first_console_is_the_serial_port() -> None:
    kinds = domain(serial="pty", console=["pty", "pty"]).xpath("devices/console/target/@type")
    assert kinds == ["serial", "virtio"]


def test_a_secret_is_found_by_its_usage() -> None:
    network = {"protocol": "rbd", "name": "p/i", "user": "admin", "secret": "key"}
    model = model_of(resource("Domain", memory="1GiB", disks=[{"network": network}]))
    assert isinstance(model, Domain)
    document = render_domain(model, Setting(usage={"key": "client.admin"}.__getitem__))
    assert found(document, "devices/disk/source/auth/secret/@usage") == "client.admin"
    auth = {"type": "ceph", "user": "admin", "secret": "key"}
    pool = model_of(resource("StoragePool", type="rbd", source={"name": "rbd", "auth": auth}))
    assert isinstance(pool, StoragePool)
    assert found(render_pool(pool, {"key": "client.admin"}.__getitem__), "source/auth/secret/@usage") == (
        "client.admin"
    )


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"type": "logical", "source": {"name": "vg0"}}, "/dev/vg0"),
        ({"type": "zfs", "source": {"name": "tank"}}, "/dev/zvol/tank"),
        ({"type": "mpath"}, "/dev/mapper"),
        ({"target": "/srv/images"}, "/srv/images"),
    ],
)
def test_pool_target(spec: dict[str, Any], path: str) -> None:
    assert found(render(resource("StoragePool", **spec)), "target/path") == path


@pytest.mark.parametrize(
    ("backing", "path", "kind"),
    [
        ("base.qcow2", "/srv/images/base.qcow2", "qcow2"),
        ("base.img", "/srv/images/base.img", "raw"),
        ({"path": "/b"}, "/b", "qcow2"),
        ({"path": "/b", "format": "raw"}, "/b", "raw"),
    ],
)
def test_backing(backing: Any, path: str, kind: str) -> None:
    model = model_of(resource("Volume", pool="p", capacity="1GiB", backing=backing))
    assert isinstance(model, Volume)
    document = render_volume(model, pool_path="/srv/images", secret_uuid=None)
    assert found(document, "backingStore/path") == path
    assert found(document, "backingStore/format/@type") == kind


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Domain", {"firmware": {"type": "bios", "loader": "/f"}}),
        ("Domain", {"disks": [{"network": {"protocol": "rbd", "user": "me"}}]}),
        ("Domain", {"serial": {"type": "pty", "path": "/p"}}),
        ("Domain", {"serial": {"type": "null", "port": 1}}),
        ("Domain", {"rng": {"period": 5}}),
        ("Domain", {"interfaces": [{"user": True, "filterParameters": {"IP": "1"}}]}),
        ("Domain", {"hostDevices": [{"usb": "keyboard"}]}),
        ("Domain", {"clock": {"offset": "timezone", "timezone": "Europe/Vienna", "adjustment": 5}}),
        ("Network", {"forward": {"mode": "isolated", "dev": "eth0"}}),
        ("Network", {"domainLocalOnly": True}),
        ("NetworkFilter", {"rules": [{"action": "drop", "direction": "in", "match": {"dstportstart": 1}}]}),
        ("NetworkFilter", {"rules": [{"action": "drop", "direction": "in", "protocol": "a b"}]}),
        ("Domain", {"title": "\x01"}),
        ("Domain", {"on_crash": "destroy"}),
        ("Domain", {"vcpus": 4, "cpu": {"topology": {"sockets": 1, "cores": 2}}}),
        ("Domain", {"firmware": {"type": "uefi", "secureBoot": True}}),
    ],
)
def test_what_could_not_be_rendered_is_refused(kind: str, spec: dict[str, Any]) -> None:
    needed = {"memory": "1GiB"} if kind == "Domain" else {}
    with pytest.raises(ValidationError):
        render(resource(kind, **needed, **spec))
